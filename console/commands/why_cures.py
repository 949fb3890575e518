"""What to do about a mail that was held or ignored, so that it becomes what it should have. Pure."""

from __future__ import annotations

from collections.abc import Mapping

_REPLAY = "then send this mail through again: 'postroom replay' with its id"
_BY_ITSELF = "this mail then goes on by itself"
_RULE = f"see what its rule makes of it with 'postroom rule test', mend and apply the rule, {_REPLAY}"

_CURES: Mapping[str, str] = {
    "no_sender_rule": f"add a sender rule and apply it, {_REPLAY}",
    "not_verified": f"take 'trust: verified' out of the rule and apply it if this sender is to be believed, {_REPLAY}",
    "bad_token": "somebody changed the reply token in it, or a mail server did; ask the sender by other means, "
    "or take it for a new mail: 'postroom replay --as-new' with its id",
    "regex_mismatch": _RULE,
    "regex_timeout": _RULE,
    "regex_too_long": _RULE,
    "regex_memory": _RULE,
    "regex_invalid": _RULE,
    "api_user_off": f"switch it on with 'postroom service-user on api'; {_BY_ITSELF}",
    "no_permission": f"give the API user a role with that permission and apply it; {_BY_ITSELF}",
    "no_district": f"give the API user the object's district, or all of them, and apply it; {_BY_ITSELF}",
}


def cure(reason: str) -> str | None:
    """Return what a person may do about a mail that ended with this ``reason``; None where nothing is amiss."""
    return _CURES.get(reason)
