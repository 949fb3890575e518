"""Writes what was planned for a batch of mails: contacts, tickets, messages, bounces, and the notices owed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from backbone import clock, settings
from backbone.addresses import normalise
from backbone.catalogue.model import Catalogue, Directory
from backbone.ledger import outbound
from backbone.runtime import Runtime
from tickets import bounces, external, filling, newcomers, notice_letters, numbers, queries, state_queries
from tickets.planning import Action, Plan
from tickets.settings import TicketSettings


@lru_cache(maxsize=1)
def own_settings() -> TicketSettings:
    """Return the settings of this stage."""
    return settings.load(TicketSettings)


@dataclass(frozen=True, slots=True)
class Written:
    """The notices that were queued, with their mailboxes, and what reports of failed delivery said."""

    queued: Mapping[int, int]
    returned: bounces.Recorded


def carry_out(
    runtime: Runtime,
    connection: Connection,
    catalogue: Catalogue,
    plans: Sequence[Plan],
    rows: Mapping[int, Row[Any]],
) -> Written:
    """Write everything that ``plans`` say of the ledger's ``rows``."""
    directory = catalogue.directory
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
            opened={made.ticket_id for made in opened if made.ticket_id},
        )
        for made, message_id in zip(talking, ids, strict=True):
            made.chat_message_id = message_id
    newcomers.keep(connection, talking, catalogue)
    own = own_settings()
    reports = [made for made in plans if made.action is Action.BOUNCE]
    returned = bounces.record(connection, reports, runtime.settings.suppress_days)
    notices = [
        notice_letters.row(runtime, made, notice, rows[made.mail_id], directory, own)
        for made in plans
        for notice in made.notices
    ]
    ids = outbound.queue(connection, notices, runtime.due()) if notices else []
    return Written(dict(zip(ids, (row["mailbox_id"] for row in notices), strict=True)), returned)


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
        made.number = row["number"]
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
            made.ticket_id, made.number = made.joined.ticket_id, made.joined.number
        elif made.opener:
            made.ticket_id, made.number = made.opener.ticket_id, made.opener.number
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
