"""A private S3 store: moto's server, which keeps everything in memory."""

import os
import sys
from http.client import HTTPConnection, HTTPException

from deploy.services import process
from deploy.services.base import Service

ACCESS_KEY = "postroom"
REGION = "us-east-1"


class S3(Service):
    """An S3-compatible store; buckets are gone when it stops."""

    name = "s3"
    port_names = ("http",)
    given_by = "POSTROOM_TEST_S3_URL"

    def start(self) -> list[process.Process]:
        """Start moto's server."""
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.ports["http"])]
        return [self.spawn_as_us(command, {"PATH": os.defpath, "HOME": str(self.layout.data)})]

    def ready(self) -> bool:
        """Tell whether the list of buckets is answered."""
        connection = HTTPConnection("127.0.0.1", self.ports["http"], timeout=2)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status < 500  # noqa: PLR2004 - a fault of the server
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def environment(self) -> dict[str, str]:
        """Return the endpoint and the key, which may be any."""
        return {
            "POSTROOM_TEST_S3_URL": f"http://127.0.0.1:{self.ports['http']}",
            "POSTROOM_TEST_S3_ACCESS_KEY": ACCESS_KEY,
            "POSTROOM_TEST_S3_SECRET_KEY": self.layout.secret,
            "POSTROOM_TEST_S3_REGION": REGION,
        }
