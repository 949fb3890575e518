"""Is this mail written by a machine (RFC 3834)? The union of what helpdesks have learnt, with the evidence.

A rule of the table is proof by itself; a weak sign counts only together with another one. Classified mail is kept:
the kind only decides what may be answered.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from backbone import tokens
from backbone.contracts import Automation
from parse.evidence.automation_rules import Kind, Sign, strong_signs, subject_signs, weak_signs
from parse.evidence.bounces import bounce_signs
from parse.evidence.fields import Index, first, index, mailboxes, shown
from parse.model import Mail

ORDER: tuple[Kind, ...] = ("own", "bounce", "auto_reply", "list", "bulk")
"""Which kind wins when several hold."""

LOOP_HEADER = "X-Postroom-Loop"

_COMPLAINT = "complaint about message from "
"""Hotmail's complaints carry no feedback report, only the mail complained about."""


@dataclass(frozen=True, slots=True)
class Own:
    """What our own mail looks like.

    ``addresses`` are our mailboxes' (lower case), ``loop_names`` what stands in our loop header, ``message_id_hosts``
    what stands right of the @ in our Message-IDs, behind a reply token signed by one of ``keys``; without keys, behind
    any.
    """

    addresses: frozenset[str] = frozenset()
    loop_names: frozenset[str] = frozenset()
    message_id_hosts: frozenset[str] = frozenset()
    keys: tuple[bytes, ...] = field(default=(), repr=False)


def classify(mail: Mail, own: Own = Own()) -> Automation | None:
    """Return what kind of machine wrote the mail and how we know, or None for a person's mail."""
    fields = index(mail.headers)
    signs = [Sign("bounce", text) for text in bounce_signs(mail, fields)]
    signs += strong_signs(fields, own.addresses)
    signs += _report_signs(mail, fields)
    if not signs:
        signs = weak_signs(mail, fields)
    elif all(sign.kind == "bulk" for sign in signs):
        signs += subject_signs(fields)
    signs = _own_signs(fields, own) + signs
    kind = next((kind for kind in ORDER if any(kind == sign.kind for sign in signs)), None)
    if kind is None:
        return None
    signs.sort(key=lambda sign: sign.kind != kind)
    return Automation(kind=kind, evidence=tuple(dict.fromkeys(sign.evidence for sign in signs)))


def _own_signs(fields: Index, own: Own) -> list[Sign]:
    """Signs that we wrote it.

    Our host in a Message-ID proves nothing without a token: our mail server's reports, colleagues' programs and forms
    of our web site have it too. Another Postroom may write from our domain; its keys are others.
    """
    signs: list[Sign] = []
    identifier = first(fields, "message-id")
    host = identifier.rpartition("@")[2].rstrip("> ").lower()
    token = tokens.find(identifier)
    known = token is not None and (not own.keys or tokens.by_known_key(own.keys, token))
    ours = known and host in own.message_id_hosts
    loop = first(fields, LOOP_HEADER.lower())
    if own.loop_names & {value.strip().lower() for value in fields.get(LOOP_HEADER.lower(), ())}:
        signs.append(Sign("own", shown(LOOP_HEADER, loop)))
    if own.addresses:
        senders = mailboxes(first(fields, "from"))
        signs += [Sign("own", shown("From", address)) for address in senders[:1] if address in own.addresses]
    if ours:
        signs.append(Sign("own", shown("Message-ID", identifier)))
    return signs


def _report_signs(mail: Mail, fields: Index) -> list[Sign]:
    """Signs in the content type: read receipts (RFC 8098), complaints (RFC 5965) and other reports (RFC 6522)."""
    types = {part.content_type for part in mail.parts}
    named = ""
    if mail.content_type == "multipart/report":
        named = next((value.lower() for key, value in mail.params if key == "report-type"), "")
    report = f"Content-Type: multipart/report; report-type={named[:60]}" if named else "a part of message/"
    if named == "disposition-notification" or "message/disposition-notification" in types:
        return [Sign("auto_reply", f"{report if named else report + 'disposition-notification'} (read receipt)")]
    if named == "feedback-report" or "message/feedback-report" in types:
        return [Sign("bulk", f"{report if named else report + 'feedback-report'} (complaint)")]
    subject = first(fields, "subject")
    if "message/rfc822" in types and subject.lower().startswith(_COMPLAINT):
        return [Sign("bulk", f"{shown('Subject', subject)} (complaint)")]
    if named not in {"", "delivery-status", "global-delivery-status"}:
        return [Sign("bulk", report)]
    return []
