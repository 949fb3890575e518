"""What every piece of work is handed: the settings, the stores, the keys and the way to tell the next stage."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from backbone import clock
from backbone.blobs import Blobs
from backbone.broker import Publisher, SilentPublisher
from backbone.catalogue.snapshot import CatalogueCache
from backbone.database import Database
from backbone.settings import Settings
from backbone.vault import Vault, open_vault


@dataclass(frozen=True, slots=True)
class Runtime:
    """The shared parts of one process."""

    settings: Settings
    database: Database
    blobs: Blobs
    vault: Vault
    publisher: Publisher
    threads: int = 1
    """Threads that work at once in this process."""
    catalogue: CatalogueCache = field(default_factory=CatalogueCache)

    def due(self) -> datetime:
        """When a row written now should be published again, had its event got lost."""
        return clock.after(self.settings.requeue_after) if self.publisher.delivers else clock.now()

    def close(self) -> None:
        """Close connections."""
        self.publisher.close()
        self.database.close()


def open_runtime(
    settings: Settings, publisher: Publisher | None = None, threads: int = 1, *, others: int = 2
) -> Runtime:
    """Open the stores of these settings for ``threads`` that work and some ``others``.

    Without ``publisher``, events are left to the scheduler.
    """
    return Runtime(
        settings=settings,
        database=Database(settings.resolved_database_url, settings.database_pool or threads + others),
        blobs=Blobs(settings.resolved_blob_url, settings.blob_options),
        vault=open_vault(settings),
        publisher=publisher or SilentPublisher(),
        threads=threads,
    )
