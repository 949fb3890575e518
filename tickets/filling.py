"""What a ticket and its first message are filled with, from template and mail. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from backbone.addresses import domain_of, normalise
from backbone.catalogue.model import Directory, Mailbox, Template
from backbone.contracts import Address, Attachment, Fields, ParsedMail
from backbone.i18n import translations

LONGEST_DESCRIPTION = 8192
_MARK = re.compile(r"\s*(?:(?:re|fwd?|aw|wg|отв|на|пересл)(?:\[\d+\])?\s*:|\[#([^\]]{1,80})\])\s*", re.IGNORECASE)
_WHOLE = re.compile(r"[^@].*@[^@\s]+", re.DOTALL)


def ticket_row(
    mail: ParsedMail, template: Template, fields: Fields, said: str, our_numbers: Collection[str] = ()
) -> dict[str, Any]:
    """Return the columns of a new ticket that come from its template, from what was caught in its mail, and the mail.

    What was caught stands before the template's value, but for the description: a template that has one means it.
    """
    return {
        "template_id": template.id,
        "ticket_type_id": _first(fields.ticket_type_id, template.ticket_type_id),
        "object_id": _first(fields.object_id, template.object_id),
        "work_type_id": _first(fields.work_type_id, template.work_type_id),
        "criticality_id": _first(fields.criticality_id, template.criticality_id),
        "subject": plain_subject(mail.subject, our_numbers),
        "description": (template.description or fields.description or said)[:LONGEST_DESCRIPTION],
        "external_number": fields.external_number,
        "deadline": fields.deadline,
        "contact_name": fields.contact_name or "",
        "contact_phone": fields.contact_phone or "",
        "address": fields.address or "",
        "assignee": template.assignee,
        "custom": dict(fields.custom),
        "unresolved": [one.model_dump() for one in fields.unresolved],
    }


def customer_of(address: str, directory: Directory, template: Template | None = None) -> int | None:
    """Return whose ticket or contact it is: the template's customer, else the registered person's, else the domain's.

    ``address`` is normalised.
    """
    if template and template.customer_id is not None:
        return template.customer_id
    person = directory.people.get(address)
    if person and person.customer_id is not None:
        return person.customer_id
    return directory.domains.get(domain_of(address))


def contact_row(person: Address, directory: Directory, template: Template | None, fields: Fields) -> dict[str, Any]:
    """Return the columns of the contact that the first mail of ``person`` makes."""
    address = normalise(person.address)
    registered = directory.people.get(address)
    return {
        "name": person.name or (registered.name if registered else ""),
        "phone": (registered.phone if registered else "") or fields.contact_phone or "",
        "customer_id": customer_of(address, directory, template),
    }


def _first(caught: int | None, given: int | None) -> int | None:
    return given if caught is None else caught


def said(mail: ParsedMail, mailbox: Mailbox, size: int) -> str:
    """Return the text of the chat message that the mail becomes: what the person newly wrote."""
    if "oversize" not in mail.defects:
        return mail.new_text or mail.text
    words = translations(mailbox.language).gettext(
        "The mail of {size} MB is larger than allowed: only its headers were taken, it stays in the mailbox."
    )
    return words.format(size=f"{size / 1_000_000:.1f}")


def kept_files(mail: ParsedMail, mailbox: Mailbox) -> tuple[Attachment, ...]:
    """Return the attachments of a mail without our own logo, which answers quote."""
    logo = mailbox.outgoing.logo
    return tuple(one for one in mail.attachments if logo is None or one.sha256 != logo.sha256)


def first_of_conversation(mail: ParsedMail) -> ParsedMail:
    """Return a mail as the ticket that it opens takes it.

    Where the sender rule lets a forwarded original count, that is the mail its first sender wrote. Else what was
    forwarded or quoted stays in the text: nobody here has seen it before, and it is what the ticket is about.
    """
    first = mail.forwarded
    if first is None or not first.counts or first.sender is None:
        return mail.model_copy(update={"new_text": mail.text}) if first or mail.quoted else mail
    return mail.model_copy(
        update={
            "from_": first.sender,
            "sender": None,
            "reply_to": None,
            "subject": first.subject or mail.subject,
            "date": first.date or mail.date,
            "new_text": first.text or mail.new_text,
        }
    )


def plain_subject(subject: str, our_numbers: Collection[str] = ()) -> str:
    """Return the subject without the marks of answers, and the tags of ``our_numbers``, in front.

    Another system's tag stays: its own threading lives by it.
    """
    start = 0
    while (mark := _MARK.match(subject, start)) and (mark[1] is None or mark[1] in our_numbers):
        start = mark.end()
    return subject[start:].strip()


def writer(mail: ParsedMail) -> Address | None:
    """Return who wrote the mail."""
    return mail.from_ or mail.sender


def answer_address(mail: ParsedMail) -> Address | None:
    """Return where answers to the mail go (RFC 5322 section 3.6.2), or None when it names no whole address."""
    return next((one for one in (mail.reply_to, writer(mail)) if one and is_whole(one)), None)


def is_whole(person: Address) -> bool:
    """Whether mail can be sent to the address of ``person``."""
    return _WHOLE.fullmatch(person.address) is not None
