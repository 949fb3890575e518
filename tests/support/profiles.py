"""How many examples a property test tries: few and always the same ones, or many and new ones each time.

``POSTROOM_TEST_THOROUGH=1``, as ``make fuzz`` sets it, asks for the many. No example has a deadline: a machine that is
busy must not fail a test.
"""

import os

from hypothesis import HealthCheck, settings

THOROUGH = bool(os.environ.get("POSTROOM_TEST_THOROUGH"))
_SLOW = (HealthCheck.too_slow, HealthCheck.filter_too_much)


def load() -> None:
    """Choose for all property tests of this session that say nothing else."""
    settings.register_profile("few", max_examples=50, deadline=None, derandomize=True, suppress_health_check=_SLOW)
    settings.register_profile("many", max_examples=500, deadline=None, suppress_health_check=_SLOW)
    settings.load_profile("many" if THOROUGH else "few")
