"""What can go wrong around a server, said in one sentence."""


class ServiceError(Exception):
    """A server cannot be had; the message says what, where and how to mend it."""
