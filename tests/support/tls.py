"""TLS contexts for clients of the test servers."""

import ssl
from pathlib import Path


def trusting(ca_file: Path) -> ssl.SSLContext:
    """Return a context that trusts the test authority only, and checks names."""
    return ssl.create_default_context(cafile=str(ca_file))
