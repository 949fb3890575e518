"""Fresh virtual hosts of RabbitMQ, made ten at a time: one call of rabbitmqctl takes about as long for one as for ten.

Measured on two cores: `rabbitmqctl add_vhost` 0.6 s for one, 1.0 s for twenty in one call.
"""

import os
from uuid import uuid4

from deploy.services.rabbitmq import RabbitMQ

BATCH = 10


class Vhosts:
    """A stock of empty virtual hosts."""

    def __init__(self, broker: RabbitMQ) -> None:
        """Name the broker; nothing is made yet."""
        self._broker = broker
        self._stock: list[str] = []
        self._made: list[str] = []

    def fresh_url(self) -> str:
        """Return the URL of a virtual host that nobody has used."""
        if not self._stock:
            names = [f"test-{os.getpid()}-{uuid4().hex[:8]}" for _ in range(BATCH)]
            self._broker.add_vhosts(names)
            self._stock += names
            self._made += names
        return self._broker.url(self._stock.pop())

    def delete_all(self) -> None:
        """Delete everything that was made here."""
        if self._made:
            self._broker.delete_vhosts(self._made)
            self._made, self._stock = [], []
