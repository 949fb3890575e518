"""What the columns of the catalogue's tables are called in a file."""

from __future__ import annotations

_RENAMED = {
    "reopen_days": "closed.reopen_days",
    "recipient": "to",
    "regex_source": "match_against",
    "mismatch": "on_mismatch",
    "all_districts": "in all districts",
}
_SIDES = ("imap_", "smtp_")


def key_of(column: str) -> str:
    """Return the key that says in a file what ``column`` holds; one inside another is joined to it by a dot."""
    if column.startswith(_SIDES):
        return column.replace("_", ".", 1)
    return _RENAMED.get(column, column.removesuffix("_id"))
