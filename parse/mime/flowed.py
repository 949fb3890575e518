"""Paragraphs out of ``format=flowed`` text (RFC 3676): soft line breaks joined, quoting and space-stuffing undone."""

from __future__ import annotations

_SIGNATURE = "-- "


def unflow(text: str, *, delsp: bool = False) -> str:
    """Return the text with each flowed paragraph on one line; ``delsp`` as in section 4 of the RFC. Linear."""
    out: list[str] = []
    pending: list[str] = []
    pending_depth = 0
    for line in text.split("\n"):
        body = line.lstrip(">")
        depth = len(line) - len(body)
        body = body.removeprefix(" ")
        flows = body.endswith(" ") and body != _SIGNATURE
        if pending and (depth != pending_depth or body == _SIGNATURE):
            out.append(_line(pending, pending_depth))
            pending = []
        pending.append(body[:-1] if flows and delsp else body)
        pending_depth = depth
        if not flows:
            out.append(_line(pending, depth))
            pending = []
    if pending:
        out.append(_line(pending, pending_depth))
    return "\n".join(out)


def _line(pieces: list[str], depth: int) -> str:
    text = "".join(pieces)
    return f"{'>' * depth} {text}" if depth else text
