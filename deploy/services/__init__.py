"""Real servers for tests and benchmarks without containers: private instances in one folder, on free ports."""

from deploy.services.errors import ServiceError
from deploy.services.sets import KINDS, ServiceSet

__all__ = ["KINDS", "ServiceError", "ServiceSet"]
