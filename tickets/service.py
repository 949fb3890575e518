"""From decision to ticket and chat: everything that a batch of mails becomes, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache, partial
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Connection, Row

from backbone import clock, metrics, settings, telemetry
from backbone.addresses import normalise
from backbone.blobs import BlobMissingError
from backbone.catalogue.model import Catalogue
from backbone.contracts import Address, Entry, Letter, MailQueued, ParsedMail
from backbone.ledger import bugs, inbound, outbound
from backbone.ledger.states import Inbound
from backbone.routing import batches
from backbone.runtime import Runtime
from backbone.stage import one_by_one
from tickets import filling, letters, numbers, queries, threading
from tickets.planning import Action, Plan, plan
from tickets.settings import TicketSettings

WAIT_FOR_EARLIER = 2.0
"""Seconds until a mail is looked at again that answers one still on its way."""

_STATES = {
    Action.OPEN: Inbound.TICKET_CREATED,
    Action.ADD: Inbound.MESSAGE_ADDED,
    Action.IGNORE: Inbound.IGNORED,
    Action.HOLD: Inbound.HELD,
    Action.BOUNCE: Inbound.BOUNCED,
}

log = structlog.get_logger(__name__)


@lru_cache(maxsize=1)
def own_settings() -> TicketSettings:
    """Return the settings of this stage."""
    return settings.load(TicketSettings)


def decide(runtime: Runtime, mail_ids: Sequence[int]) -> None:
    """Bring the mails that stand at ``parsed`` to their end, and tell the replies stage of notices."""
    one_by_one(mail_ids, partial(_decide, runtime), partial(bugs.record_inbound, runtime, "tickets"))


def _decide(runtime: Runtime, mail_ids: Sequence[int]) -> None:
    with runtime.database.reading() as connection:
        catalogue = runtime.catalogue.current(connection)
        standing = inbound.standing(connection, mail_ids, Inbound.PARSED)
    mails, lost = _load(runtime, standing)
    with runtime.database.transaction() as connection:
        taken = inbound.take(connection, [*mails, *lost], Inbound.PARSED)
        rows = {row.id: row for row in taken if row.id in mails}
        _parse_again(connection, [row.id for row in taken if row.id in lost])
        plans = _plans(runtime, connection, catalogue, rows, mails)
        queued = _carry_out(runtime, connection, plans, rows)
        _settle(connection, plans, rows)
    runtime.publisher.publish(*(MailQueued(outbound_ids=ids) for ids in batches(queued)))
    for made in plans:
        metrics.MAILS.labels("tickets", _STATES.get(made.action, "waiting"), made.reason or "").inc()
        with telemetry.correlated(rows[made.mail_id].correlation_id, mail_id=made.mail_id):
            log.info("mail.decided", action=made.action.name, reason=made.reason, ticket_id=made.ticket_id)


def _parse_again(connection: Connection, mail_ids: Sequence[int]) -> None:
    inbound.settle(
        connection, [inbound.Outcome(one, Inbound.RECEIVED, values={"due_at": clock.now()}) for one in mail_ids]
    )


def _load(runtime: Runtime, rows: Sequence[Row[Any]]) -> tuple[dict[int, ParsedMail], set[int]]:
    """Return the parsed mails, and the ids of those whose blob is gone, to be parsed again."""
    mails: dict[int, ParsedMail] = {}
    lost: set[int] = set()
    for row in rows:
        try:
            mails[row.id] = ParsedMail.model_validate_json(runtime.blobs.get(row.parsed_key))
        except BlobMissingError:
            lost.add(row.id)
    return mails, lost


def _plans(
    runtime: Runtime,
    connection: Connection,
    catalogue: Catalogue,
    rows: Mapping[int, Row[Any]],
    mails: Mapping[int, ParsedMail],
) -> list[Plan]:
    references = {message_id for one in rows for message_id in threading.referenced(mails[one])}
    known = queries.known_ids(connection, sorted(references))
    by_number = queries.known_numbers(connection, sorted({tag for one in rows for tag in threading.tagged(mails[one])}))
    plans = []
    for mail_id, row in rows.items():
        # A mail waits only for one that came before it, so that no two ever wait for each other.
        visible = {
            name: [hit for hit in hits if hit.pending is None or hit.pending < mail_id] for name, hits in known.items()
        }
        thread = threading.find(
            mails[mail_id],
            mailbox_id=row.mailbox_id,
            keys=runtime.vault.signing_keys,
            known=visible,
            by_number=by_number,
        )
        plans.append(
            plan(
                mail_id,
                mails[mail_id],
                size=row.size,
                rule_id=row.rule_id,
                mailbox=catalogue.mailboxes[row.mailbox_id],
                catalogue=catalogue,
                thread=thread,
            )
        )
    return plans


def _carry_out(
    runtime: Runtime, connection: Connection, plans: Sequence[Plan], rows: Mapping[int, Row[Any]]
) -> list[int]:
    """Write tickets, messages, bounces and notices; return the ids of the notices."""
    talking = [made for made in plans if made.action in (Action.OPEN, Action.ADD)]
    contacts = _contacts(connection, talking)
    _open_tickets(connection, [made for made in talking if made.action is Action.OPEN], contacts)
    if talking:
        ids = queries.add_messages(
            connection, [_message_row(made, contacts) for made in talking], [made.mail.attachments for made in talking]
        )
        for made, message_id in zip(talking, ids, strict=True):
            made.chat_message_id = message_id
    for made in plans:
        if made.action is Action.BOUNCE:
            _record_bounce(connection, made)
    notices = [_notice_row(runtime, made, rows[made.mail_id]) for made in talking if made.answer_to]
    return outbound.queue(connection, notices, runtime.due()) if notices else []


def _contacts(connection: Connection, plans: Sequence[Plan]) -> dict[str, int]:
    people: dict[str, Address] = {}
    customers: dict[str, int | None] = {}
    for made in plans:
        person = filling.writer(made.mail)
        if person:
            people.setdefault(normalise(person.address), person)
            customers.setdefault(normalise(person.address), made.template.customer_id if made.template else None)
    return queries.ensure_contacts(connection, people, customers)


def _open_tickets(connection: Connection, plans: Sequence[Plan], contacts: Mapping[str, int]) -> None:
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
            rows.append(_ticket_row(made, number, contacts) | {"created_at": now, "updated_at": now})
    for made, ticket_id in zip(ordered, queries.add_tickets(connection, rows), strict=True):
        made.ticket_id = ticket_id
    for made, row in zip(ordered, rows, strict=True):
        made.steps.append({"step": "ticket", "number": row["number"], "template": made.template and made.template.name})


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


def _ticket_row(made: Plan, number: str, contacts: Mapping[str, int]) -> dict[str, Any]:
    assert made.template is not None and made.rule is not None  # noqa: S101, PT018 - plan() sets both for every OPEN
    person = filling.writer(made.mail)
    answer = filling.answer_address(made.mail)
    return filling.ticket_row(made.mail, made.template, made.said, made.our_numbers) | {
        "number": number,
        "mailbox_id": made.mailbox.id,
        "inbound_id": made.mail_id,
        "rule_id": made.rule.id,
        "contact_id": contacts[normalise(person.address)] if person else None,
        "reply_address": answer.address if answer else None,
        "reply_name": answer.name if answer else "",
        "reply_by_chat": made.rule.reply_by_chat,
    }


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


def _settle(connection: Connection, plans: Sequence[Plan], rows: Mapping[int, Row[Any]]) -> None:
    outcomes = []
    waiting = []
    for made in plans:
        if made.action is Action.WAIT:
            waiting.append(made.mail_id)
            continue
        values = {
            "ticket_id": made.ticket_id,
            "chat_message_id": made.chat_message_id,
            "decision": [*(rows[made.mail_id].decision or []), *made.steps],
        }
        outcomes.append(inbound.Outcome(made.mail_id, _STATES[made.action], made.reason, values))
    inbound.settle(connection, outcomes)
    if waiting:
        inbound.postpone(connection, waiting, clock.after(WAIT_FOR_EARLIER))
