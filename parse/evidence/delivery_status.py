"""The machine-readable part of a delivery report: ``message/delivery-status`` (RFC 3464, RFC 6533)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from parse.evidence.fields import field_lines

ACTIONS = ("failed", "delayed", "delivered", "relayed", "expanded")
"""RFC 3464 section 2.3.3."""

MAX_LINES = 5_000

_STATUS = re.compile(r"(?<![\d.])[245]\.[0-7]\.\d{1,3}(?![\d.]\d)")
_REPLY_CODE = re.compile(r"(?:^|[:;>(\"#]|code|error|said)[ \t]{0,3}([45])[0-5]\d(?=[ \t,;:)-]|$)", re.MULTILINE)
_OF_RECIPIENT = frozenset(
    {"original-recipient", "final-recipient", "action", "status", "diagnostic-code", "remote-mta", "x-actual-recipient"}
)
_BY_CLASS = {"5": "failed", "4": "delayed", "2": "delivered"}
_WORDS = {"fail": "failed", "error": "failed", "delay": "delayed", "deliver": "delivered", "relay": "relayed"}


@dataclass(frozen=True, slots=True)
class RecipientReport:
    """What a report says about one recipient (RFC 3464 section 2.3)."""

    recipient: str | None
    status: str | None
    action: str | None


def read(text: str) -> tuple[RecipientReport, ...]:
    """Return the reports per recipient, in order.

    Gateways lose the empty lines between the groups, or add some within them. So a group ends where one of its fields
    comes again, or at an empty line once it is complete.
    """
    reports: list[RecipientReport] = []
    group: dict[str, str] = {}
    for name, value in field_lines(text.split("\n")[:MAX_LINES]):
        complete = not name and group.keys() >= {"final-recipient", "action", "status"}
        if complete or name in group:
            reports.append(_report(group))
            group = {}
        if name in _OF_RECIPIENT:
            group[name] = value
    reports.append(_report(group))
    return tuple(report for report in reports if report.recipient or report.action or report.status)


def worst(reports: tuple[RecipientReport, ...]) -> RecipientReport | None:
    """Return the first failed recipient; if none failed, the first delayed one; else the first."""
    for action in ("failed", "delayed"):
        for report in reports:
            if report.action == action:
                return report
    return reports[0] if reports else None


def status_in(text: str) -> str | None:
    """Return the first enhanced status code (RFC 3463) in ``text``, or one made of an SMTP reply code (RFC 5321)."""
    found = _STATUS.search(text)
    if found:
        return found[0]
    code = _REPLY_CODE.search(text)
    return f"{code[1]}.0.0" if code else None


def typed_address(value: str) -> str | None:
    """Return the address of ``rfc822; user@host`` (RFC 3464 section 2.3.2), without brackets and quotes."""
    kind, separator, address = value.partition(";")
    address = (address if separator else kind).strip().strip("<>").strip()
    if "<" in address:
        address = address.rpartition("<")[2].strip(" >")
    return address or None


def _report(group: dict[str, str]) -> RecipientReport:
    recipient = typed_address(group.get("final-recipient", "")) or typed_address(group.get("original-recipient", ""))
    if recipient and "@" not in recipient:
        actual = typed_address(group.get("original-recipient", "")) or typed_address(
            group.get("x-actual-recipient", "")
        )
        recipient = actual if actual and "@" in actual else recipient
    status = status_in(group.get("status", "")) or status_in(group.get("diagnostic-code", ""))
    action = group.get("action", "").lower()
    known = next((name for name in ACTIONS if action.startswith(name)), None)
    known = known or next((meant for word, meant in _WORDS.items() if word in action), None)
    if known is None and recipient and status:
        known = _BY_CLASS[status[0]]
    return RecipientReport(recipient, status, known)
