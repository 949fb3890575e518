"""Raw mail to everything the parse stage knows of it without a database: the one entry to this package's pure part.

:func:`read_mail` never raises, whatever the bytes: each step that looks at the decoded mail is fenced, and a bug in it
costs that step's result and leaves a defect (``failed_<step>``). Where a limit lowered the level, the raw mail itself
is attached, so that a person still has all of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from time import monotonic
from traceback import format_tb
from typing import Any, Literal, TypeVar

from backbone import contracts
from parse.evidence.automation import Own, classify
from parse.evidence.bounces import find_bounce
from parse.evidence.confirmations import find_confirmation
from parse.evidence.fields import Index, first, index
from parse.evidence.forwarding import find_forwarded
from parse.evidence.trust import judge
from parse.limits import Limits
from parse.mime import decode as mime
from parse.mime.addresses import Mailbox, parse_addresses
from parse.mime.attachments import Attached, attachments_of
from parse.mime.bodies import Bodies, choose
from parse.mime.dates import parse_date
from parse.mime.ids import message_id, message_ids
from parse.model import Headers, Mail
from parse.text.html_depth import cap_nesting
from parse.text.html_text import html_to_text
from parse.text.newtext import NewText, split_reply
from parse.text.sanitize import sanitise, with_few_entities

_LOG = logging.getLogger(__name__)
_ENVELOPE_FIELDS = ("x-original-to", "delivered-to", "envelope-to", "x-envelope-to", "x-delivered-to")
_MOST_DEFECTS = 50
_EMPTY = Headers()
T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class ReadMail:
    """A mail that was read: the contract, the bytes of its attachments in the same order, and the decoded mail."""

    parsed: contracts.ParsedMail
    contents: tuple[bytes, ...]
    mail: Mail


@dataclass(slots=True)
class _Reading:
    """One reading under way: its defects, its level and when it must end."""

    limits: Limits
    deadline: float
    defects: list[str]
    level: Literal["full", "text", "headers"]

    def attempt(self, step: str, work: Callable[[], T], instead: U) -> T | U:
        """Do one step; a bug in it becomes a defect."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - hostile bytes may find any bug; the mail must still become a ticket
            # An error's sentence may quote the mail, which is never logged; where it arose may be.
            where = "".join(format_tb(error.__traceback__)[-2:])
            _LOG.warning("step_failed %s %s\n%s", step, type(error).__name__, where)
            self.defects.append(f"failed_{step}")
            return instead

    def lower(self, defect: str) -> None:
        """Note that a limit was met: from here on the mail is no longer wholly shown."""
        self.defects.append(defect)
        if self.level == "full":
            self.level = "text"

    def in_time(self) -> bool:
        """Tell whether there is time for another step, and note when there is none."""
        if monotonic() < self.deadline:
            return True
        if "too_slow" not in self.defects:
            self.lower("too_slow")
        return False


def read_mail(
    raw: bytes,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    *,
    own: Own = Own(),  # noqa: B008 - frozen
    authserv_ids: frozenset[str] = frozenset(),
    arc: bool = False,
) -> ReadMail:
    """Read one mail. ``own`` says what our own mail looks like; ``authserv_ids`` and ``arc`` whom to trust."""
    reading = _Reading(limits, monotonic() + limits.seconds, [], "full")
    mail = _decode(raw, reading)
    bodies = reading.attempt("bodies", lambda: choose(mail), Bodies(files=list(mail.parts)))
    fields = _texts(bodies, reading)
    attached: tuple[Attached, ...] = reading.attempt(
        "attachments", lambda: attachments_of(bodies.files, fields.html), ()
    )
    steps = {
        "automation": reading.attempt("automation", lambda: classify(mail, own), None),
        "bounce": reading.attempt("bounce", lambda: find_bounce(mail), None),
        "forwarded": reading.attempt("forwarded", lambda: find_forwarded(mail, fields.text), None),
        "confirmation": reading.attempt(
            "confirmation", lambda: find_confirmation(mail, fields.text, fields.html), None
        ),
        "trust": reading.attempt("trust", lambda: judge(mail, authserv_ids, arc), contracts.Trust()),
    }
    if reading.level != "full":
        attached = (*attached, Attached(_raw_attachment(raw), raw))
    found: dict[str, Any] = {
        **reading.attempt("headers", lambda: _head(mail.headers, reading), {}),
        **steps,
        "text": fields.text,
        "html": fields.html,
        "safe_html": fields.safe_html,
        "new_text": fields.new.new_text,
        "cut_text": fields.new.cut_text,
        "quoted": fields.new.quoted,
        "attachments": tuple(one.attachment for one in attached),
    }
    parsed = reading.attempt("contract", lambda: _contract(found, reading), None)
    if parsed is None:
        attached = (Attached(_raw_attachment(raw), raw),)
        reading.level = "headers"
        parsed = _contract({"attachments": (attached[0].attachment,)}, reading)
    return ReadMail(parsed, tuple(one.content for one in attached), mail)


def _contract(found: dict[str, Any], reading: _Reading) -> contracts.ParsedMail:
    defects = tuple(dict.fromkeys(reading.defects))[:_MOST_DEFECTS]
    return contracts.ParsedMail(**found, defects=defects, level=reading.level)


def _decode(raw: bytes, reading: _Reading) -> Mail:
    """Climb the ladder from the top: the whole mail, its header, nothing."""
    nothing = Mail(_EMPTY, (), "text/plain", level="headers")
    headers_only = False
    mail = reading.attempt("decode", lambda: mime.decode(raw, reading.limits, reading.deadline), None)
    if mail is None:
        headers_only = True
        mail = reading.attempt("decode_header", lambda: mime.decode_header(raw, reading.limits), nothing)
    reading.defects.extend(mail.defects)
    if headers_only or mail.level == "headers":
        reading.level = "headers"
    elif mail.level == "text" or "header_too_large" in mail.defects:  # a cut header may hide anything
        reading.level = "text"
    return mail


@dataclass(frozen=True, slots=True)
class _Texts:
    text: str
    html: str | None
    safe_html: str | None
    new: NewText


def _texts(bodies: Bodies, reading: _Reading) -> _Texts:
    """Make the text, the safe HTML and the new text, each within its limits."""
    limits = reading.limits
    html = reading.attempt("html", lambda: bodies.html, None)
    if html is not None and len(html) > limits.html_chars:
        reading.lower("html_too_large")
        html = html[: limits.html_chars]
    text = reading.attempt("text", lambda: bodies.text(lambda part: html_to_text(_bounded(part, limits))), "")
    if len(text) > limits.text_chars:
        reading.lower("text_too_large")
        text = text[: limits.text_chars]
    safe_html = None
    shown = (bodies.html_to_show or html or "")[: limits.html_chars]
    if shown.count("&") > limits.html_entities and with_few_entities(shown).count("&") > limits.html_entities:
        reading.lower("html_too_many_entities")
    elif html is not None and reading.in_time():
        capped = reading.attempt("html_depth", lambda: _bounded(shown, limits), shown)
        if capped is not shown:
            reading.defects.append("html_too_deep")
        safe_html = reading.attempt("safe_html", lambda: sanitise(capped), None)
    new = NewText(text.strip(), "", quoted=False)
    if text and reading.in_time():
        new = reading.attempt("new_text", lambda: split_reply(text, html and _bounded(html, limits)), new)
    return _Texts(text, html, safe_html, new)


def _bounded(html: str, limits: Limits) -> str:
    return cap_nesting(html[: limits.html_chars], limits.html_depth)


def _head(headers: Headers, reading: _Reading) -> dict[str, Any]:
    """Read the structured fields of the header (RFC 5322 section 3.6)."""
    most = reading.limits.addresses
    fields = index(headers)
    senders = _persons(fields, "from", most)
    if not senders:
        reading.defects.append("from_missing")
    elif len(senders) > 1:
        reading.defects.append("from_several")
    raw_date = first(fields, "date")
    date = parse_date(raw_date)
    if date is None:
        reading.defects.append("date_invalid" if raw_date else "date_missing")
    in_reply_to = message_ids(first(fields, "in-reply-to"))
    envelope = (one.address for name in _ENVELOPE_FIELDS for one in _mailboxes(fields, name, most))
    return {
        "subject": first(fields, "subject"),
        "from_": senders[0] if senders else None,
        "reply_to": next(iter(_persons(fields, "reply-to", most)), None),
        "sender": next(iter(_persons(fields, "sender", most)), None),
        "to": _persons(fields, "to", most),
        "cc": _persons(fields, "cc", most),
        "delivered_to": tuple(dict.fromkeys(envelope)),
        "date": date,
        "message_id": message_id(first(fields, "message-id")),
        "in_reply_to": in_reply_to[0] if in_reply_to else None,
        "references": message_ids(" ".join(fields.get("references", ()))),
    }


def _mailboxes(fields: Index, name: str, most: int) -> tuple[Mailbox, ...]:
    """Read every occurrence of an address field; senders repeat what may stand once."""
    if name not in fields:
        return ()
    return tuple(one for value in fields[name] for one in parse_addresses(value, most))[:most]


def _persons(fields: Index, name: str, most: int) -> tuple[contracts.Address, ...]:
    return tuple(
        contracts.Address.model_construct(name=one.name, address=one.address) for one in _mailboxes(fields, name, most)
    )


def _raw_attachment(raw: bytes) -> contracts.Attachment:
    return contracts.Attachment(
        filename="message.eml", content_type="message/rfc822", size=len(raw), sha256=sha256(raw).hexdigest()
    )
