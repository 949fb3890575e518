"""Writes what was planned for a batch of mails: contacts, tickets, messages, bounces, and the notices owed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from backbone import clock, settings
from backbone.addresses import normalise
from backbone.catalogue.model import Directory
from backbone.contracts import Entry, Letter
from backbone.ledger import outbound
from backbone.runtime import Runtime
from tickets import external, filling, letters, numbers, queries, state_queries
from tickets.planning import Action, Plan
from tickets.settings import TicketSettings


@lru_cache(maxsize=1)
def own_settings() -> TicketSettings:
    """Return the settings of this stage."""
    return settings.load(TicketSettings)


def carry_out(
    runtime: Runtime,
    connection: Connection,
    directory: Directory,
    plans: Sequence[Plan],
    rows: Mapping[int, Row[Any]],
) -> dict[int, int]:
    """Write everything that ``plans`` say of the ledger's ``rows``; return the notices, with their mailboxes."""
    talking = [made for made in plans if made.talks]
    contacts = _contacts(connection, talking, directory)
    opened = [made for made in talking if made.action is Action.OPEN]
    _open_tickets(connection, opened, contacts, directory)
    external.keep(connection, opened)
    _join(connection, [made for made in talking if made.action is Action.ADD])
    if talking:
        ids = queries.add_messages(
            connection,
            [_message_row(made, contacts) for made in talking],
            [filling.kept_files(made.mail, made.mailbox) for made in talking],
        )
        for made, message_id in zip(talking, ids, strict=True):
            made.chat_message_id = message_id
    for made in plans:
        if made.action is Action.BOUNCE:
            _record_bounce(connection, made)
    notices = [_notice_row(runtime, made, rows[made.mail_id]) for made in talking if made.answer_to]
    ids = outbound.queue(connection, notices, runtime.due()) if notices else []
    return dict(zip(ids, (row["mailbox_id"] for row in notices), strict=True))


def _contacts(connection: Connection, plans: Sequence[Plan], directory: Directory) -> dict[str, int]:
    people: dict[str, dict[str, Any]] = {}
    for made in plans:
        person = filling.writer(made.mail)
        if person:
            address = normalise(person.address)
            people.setdefault(address, filling.contact_row(person, directory, made.template, made.fields))
    return queries.ensure_contacts(connection, people)


def _open_tickets(
    connection: Connection, plans: Sequence[Plan], contacts: Mapping[str, int], directory: Directory
) -> None:
    """Write the tickets of ``plans``, each with its number."""
    if not plans:
        return
    own = own_settings()
    now = clock.now()
    groups: dict[str, list[Plan]] = {}
    for made in plans:
        assert made.template is not None  # noqa: S101 - plan() sets it for every OPEN
        prefix = made.template.number_prefix or own.number_prefix
        day = now.astimezone(ZoneInfo(made.mailbox.time_zone))
        groups.setdefault(numbers.series(own.number_pattern, prefix, day), []).append(made)
    ordered: list[Plan] = []
    rows: list[dict[str, Any]] = []
    for series in sorted(groups):
        for made, number in zip(groups[series], _free_numbers(connection, series, len(groups[series])), strict=True):
            ordered.append(made)
            rows.append(_ticket_row(made, number, contacts, directory) | {"created_at": now, "updated_at": now})
    for made, ticket_id in zip(ordered, queries.add_tickets(connection, rows), strict=True):
        made.ticket_id = ticket_id
    for made, row in zip(ordered, rows, strict=True):
        step = {"step": "ticket", "number": row["number"], "template": made.template and made.template.name}
        made.steps.append(step | ({"linked": made.linked.number} if made.linked else {}))


def _free_numbers(connection: Connection, series: str, count: int) -> list[str]:
    """Return new ticket numbers; those that another pattern or prefix has given out before are passed over."""
    free: list[str] = []
    step = count
    while len(free) < count:
        tried = [numbers.render(series, number) for number in numbers.allocate(connection, series, step)]
        taken = queries.taken_numbers(connection, tried)
        free += [number for number in tried if number not in taken]
        step *= 2
    return free[:count]


def _ticket_row(made: Plan, number: str, contacts: Mapping[str, int], directory: Directory) -> dict[str, Any]:
    assert made.template is not None  # noqa: S101 - plan() sets it for every OPEN
    person = filling.writer(made.mail)
    sender = normalise(person.address) if person else ""
    answer = filling.answer_address(made.mail)
    return filling.ticket_row(made.mail, made.template, made.fields, made.said, made.our_numbers) | {
        "number": number,
        "mailbox_id": made.mailbox.id,
        "inbound_id": made.mail_id,
        "rule_id": made.rule_id,
        "contact_id": contacts[sender] if person else None,
        "customer_id": filling.customer_of(sender, directory, made.template),
        "linked_ticket_id": made.linked.ticket_id if made.linked else None,
        "reply_address": answer.address if answer else None,
        "reply_name": answer.name if answer else "",
        "reply_by_chat": made.reply_by_chat,
    }


def _join(connection: Connection, plans: Sequence[Plan]) -> None:
    for made in plans:
        if made.joined:
            made.ticket_id = made.joined.ticket_id
        elif made.opener:
            made.ticket_id = made.opener.ticket_id
    state_queries.reopen(connection, sorted({made.ticket_id for made in plans if made.reopens and made.ticket_id}))


def _message_row(made: Plan, contacts: Mapping[str, int]) -> dict[str, Any]:
    person = filling.writer(made.mail)
    return {
        "ticket_id": made.ticket_id,
        "chat": "customer",
        "author_kind": "customer",
        "author": (person.name or person.address) if person else "",
        "contact_id": contacts[normalise(person.address)] if person else None,
        "inbound_id": made.mail_id,
        "text": made.said,
        "automatic": made.mail.automation is not None,
        "guest": made.guest,
        "created_at": clock.now(),
    }


def _record_bounce(connection: Connection, made: Plan) -> None:
    bounce = made.mail.bounce
    step: dict[str, Any] = {"step": "bounce", **(bounce.model_dump() if bounce else {}), "found": False}
    if bounce and bounce.original_message_id:
        words = " ".join(filter(None, [bounce.status, bounce.recipient]))
        sent = outbound.mark_bounced(connection, bounce.original_message_id, words)
        if sent:
            made.ticket_id, made.chat_message_id = sent.ticket_id, sent.chat_message_id
            step["found"] = True
    made.steps.append(step)


def _notice_row(runtime: Runtime, made: Plan, row: Row[Any]) -> dict[str, Any]:
    assert made.ticket_id is not None and made.answer_to is not None  # noqa: S101, PT018 - only OPEN plans have both
    person = filling.writer(made.mail)
    number = next(step["number"] for step in made.steps if step["step"] == "ticket")
    own_id = [row.message_id] if row.message_id else []
    letter = Letter(
        kind="ticket_created",
        number=number,
        subject=filling.plain_subject(made.mail.subject, made.our_numbers),
        to=made.answer_to,
        in_reply_to=row.message_id,
        references=letters.references([*made.mail.references, *own_id]),
        entries=letters.shown(
            [
                Entry(
                    author=(person.name or person.address) if person else "",
                    written_at=made.mail.date or row.created_at,
                    text=made.said,
                )
            ]
        ),
    )
    return letters.outbound_row(
        letter,
        keys=runtime.vault.signing_keys,
        mailbox=made.mailbox,
        ticket_id=made.ticket_id,
        chat_message_id=None,
        correlation_id=row.correlation_id,
    )
