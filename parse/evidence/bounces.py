"""Delivery reports about our mail: recognise them, and read who was not reached and why.

A report in the standard's form (RFC 3464 in RFC 6522) is read from its fields, wherever they have got to; providers'
own forms from their words (``bounce_texts``). What a person writes about a bounce is no bounce.
"""

from __future__ import annotations

import re

from backbone.contracts import Bounce
from parse.evidence import bounce_texts, delivery_status
from parse.evidence.fields import Index, block, body_text, first, index, mailboxes, part_text, shown
from parse.model import Mail, Part

MAX_TEXT = 60_000

_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_NAMES_OF_IDS = ("x-microsoft-original-message-id", "message-id")
"""Where an original has its Message-ID; servers of Microsoft that give it another keep the first one beside it."""
_ORIGINAL_TYPES = frozenset(
    {
        "message/rfc822",
        "message/global",
        "text/rfc822-headers",
        "text/rfc822-header",
        "text/rfc822",
        "message/rfc822-headers",
        "message/global-headers",
    }
)
_OTHER_REPORTS = frozenset({"disposition-notification", "feedback-report"})
_DAEMON = re.compile(
    r"(?:mailer|mail|mda)[-_.]?d(?:a?e|ae)mon(?:[+-].*)?|microsoftexchange329e71ec88ae4615bbc36ab6ce41109e"
)
_DAEMON_NAMES = ("mail delivery system", "mail delivery subsystem", "mailer-daemon", "mailer daemon")
_NULL_PATHS = frozenset({"<>", "<mailer-daemon>"})
_MESSAGE_ID = re.compile(r"<[^<>\s]{1,900}>")
_ID_LINE = re.compile(r"^[> \t|]{0,8}message-id:\s{0,3}(<[^<>\s]{1,900}>)", re.IGNORECASE | re.MULTILINE)
_FINAL = re.compile(r"^(?:final|original)-recipient[ \t]*:", re.IGNORECASE | re.MULTILINE)


def find_bounce(mail: Mail) -> Bounce | None:
    """Return what a delivery report says, or None if the mail is none. Several recipients: the first failed one."""
    fields = index(mail.headers)
    if not bounce_signs(mail, fields):
        return None
    text = body_text(mail, MAX_TEXT)
    report, where = _report_text(mail, text)
    told = delivery_status.worst(delivery_status.read(report)) if report else None
    recipient = (told.recipient if told else None) or _failed_recipient(fields)
    status, action = (told.status, told.action) if told else (None, None)
    if not (recipient and status and action):
        words = bounce_texts.read(first(fields, "subject"), text, frozenset(_ours(fields)))
        recipient = recipient or words.recipient
        action = action or words.action
        status = status or words.status
    return Bounce(
        recipient=recipient,
        status=status,
        action=action,
        original_message_id=_original_id(mail, fields, text, where),
        by_server=_by_server(fields),
    )


def bounce_signs(mail: Mail, fields: Index) -> tuple[str, ...]:
    """Return the evidence that the mail is a delivery report; empty if it is none."""
    kind = _report_type(mail)
    if kind in _OTHER_REPORTS:
        return ()
    signs: list[str] = []
    sender = first(fields, "from")
    local = _local_part(sender)
    nobody = first(fields, "return-path").lower() in _NULL_PATHS
    submitted = first(fields, "auto-submitted").lower()
    machine = nobody or not local or (bool(submitted) and not submitted.startswith("no"))
    if kind == "delivery-status":
        signs.append("Content-Type: multipart/report; report-type=delivery-status")
    daemon = _DAEMON.fullmatch(local) is not None
    if daemon:
        signs.append(shown("From", sender))
    if "x-failed-recipients" in fields:
        signs.append(shown("X-Failed-Recipients", first(fields, "x-failed-recipients")))
    for part in mail.parts:
        if part.content_type in _STATUS_TYPES and (daemon or machine or "multipart/report" in part.inside):
            signs.append(f"a part of {part.content_type}")
            break
    named = local == "postmaster" or any(name in sender.lower() for name in _DAEMON_NAMES)
    if not signs and (machine or named):
        signs += _worded_signs(mail, fields, sure=nobody or named or not local)
    return tuple(signs)


def _by_server(fields: Index) -> bool:
    """Whether the report was sent as mail servers send theirs: without an envelope sender, or by a daemon.

    RFC 5321 section 4.5.5 wants the former; where no server wrote down the envelope sender, RFC 3464 section 2 leaves
    the author's name. A provider writes its user's address into the envelope, whatever he calls himself.
    """
    path = first(fields, "return-path").lower()
    local = _local_part(path or first(fields, "from"))
    return not local or local == "postmaster" or _DAEMON.fullmatch(local) is not None


def _worded_signs(mail: Mail, fields: Index, *, sure: bool) -> list[str]:
    """Return the words of a report. Couriers, too, write «delivery failed»: they are ``sure`` only of a mail server."""
    subject = first(fields, "subject")
    by_subject = bounce_texts.subject_tells(subject)
    if not by_subject and not sure:
        return []
    by_text = not (by_subject and sure) and bounce_texts.tells(body_text(mail, 3_000))
    if not by_text and not (by_subject and sure):
        return []
    told = shown("Subject", subject) if by_subject else "the text of a delivery report"
    name = next((name for name in ("Return-Path", "Auto-Submitted", "From") if name.lower() in fields), "From")
    return [told, shown(name, first(fields, name.lower()))]


def _local_part(sender: str) -> str:
    """Return the local part of From; old servers write a bare ``MAILER-DAEMON``."""
    senders = mailboxes(sender)
    address = senders[0] if senders else next(iter(sender.lower().split()), "").strip('<>"')
    return address.partition("@")[0]


def _report_type(mail: Mail) -> str | None:
    """Return report-type of a top-level multipart/report (RFC 6522 section 3), or what its parts make it."""
    if mail.content_type != "multipart/report":
        return None
    named = next((value.lower() for key, value in mail.params if key == "report-type"), None)
    if named:
        return {"global-delivery-status": "delivery-status"}.get(named, named)
    types = {part.content_type for part in mail.parts}
    if types & _STATUS_TYPES:
        return "delivery-status"
    return next((name for name in _OTHER_REPORTS if f"message/{name}" in types), None)


def _report_text(mail: Mail, text: str) -> tuple[str, Part | None]:
    """Return the machine-readable fields and, if they stand in an enclosed message, that part."""
    for part in mail.parts:
        if part.content_type in _STATUS_TYPES:
            return part_text(part, MAX_TEXT), None
    for part in mail.parts:
        misnested = part.content_type in _ORIGINAL_TYPES
        if misnested or part.content_type.startswith("text/") or part.content_type == "application/octet-stream":
            content = part_text(part, MAX_TEXT)
            found = _FINAL.search(content)
            if found:
                return content[found.start() :], part if misnested else None
    found = _FINAL.search(text)
    return (text[found.start() :], None) if found else ("", None)


def _failed_recipient(fields: Index) -> str | None:
    """Return the first address of X-Failed-Recipients (Exim, Gmail)."""
    return next(iter(mailboxes(first(fields, "x-failed-recipients"))), None)


def _ours(fields: Index) -> list[str]:
    """Return the addresses that the report came to or from, those with a tag (RFC 5233) also without it."""
    found = [address for name in ("to", "from", "reply-to") for address in mailboxes(first(fields, name))]
    parted = [(*address.rpartition("@")[0].rpartition("+"), address.rpartition("@")[2]) for address in found]
    return found + [f"{name}@{domain}" for name, plus, _, domain in parted if plus]


def _original_id(mail: Mail, fields: Index, text: str, misnested: Part | None) -> str | None:
    """Return the Message-ID of the mail reported on, as it stood in its header."""
    for part in mail.parts:
        if part.content_type not in _ORIGINAL_TYPES:
            continue
        content = part_text(part, MAX_TEXT)
        found = _FINAL.search(content) if part is misnested else None
        if found:
            identifier = _id_in_text(content[found.start() :])
        else:
            head = block(content)
            in_head = (_bracketed(first(head, name)) for name in _NAMES_OF_IDS)
            identifier = next(filter(None, in_head), None) or _id_in_text(content)
        if identifier:
            return identifier
    identifier = _id_in_text(text)
    if identifier:
        return identifier
    for name in ("x-original-message-id", "original-message-id", "in-reply-to", "references"):
        named = _MESSAGE_ID.findall(first(fields, name)[-8_000:])
        if named:
            return str(named[-1])
    return None


def _id_in_text(text: str) -> str | None:
    found = _ID_LINE.search(text)
    return found[1] if found else None


def _bracketed(value: str) -> str | None:
    found = _MESSAGE_ID.search(value)
    if found:
        return found[0]
    bare = value.strip()
    return f"<{bare}>" if bare and "@" in bare and " " not in bare else None
