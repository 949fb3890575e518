"""Fresh places in an S3 store."""

import json
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlsplit
from uuid import uuid4


@dataclass(frozen=True)
class Bucket:
    """An empty bucket, or an empty prefix in one; `options` as obstore and POSTROOM_BLOB_OPTIONS take them."""

    url: str
    options: dict[str, str]

    def environment(self) -> dict[str, str]:
        """Return the variables that make Postroom keep its blobs there."""
        return {"POSTROOM_BLOB_URL": self.url, "POSTROOM_BLOB_OPTIONS": json.dumps(self.options)}


def make_bucket(endpoint: str, options: dict[str, str]) -> Bucket:
    """Make a bucket in moto's server, which asks for no signature."""
    name = f"test-{uuid4().hex}"
    where = urlsplit(endpoint)
    connection = HTTPConnection(where.hostname or "", where.port, timeout=10)
    try:
        connection.request("PUT", f"/{name}")
        assert connection.getresponse().status == 200
    finally:
        connection.close()
    return Bucket(f"s3://{name}", options)


def make_prefix(bucket: str, options: dict[str, str]) -> Bucket:
    """Return an empty prefix in a bucket that there is."""
    return Bucket(f"s3://{bucket}/test-{uuid4().hex}", options)
