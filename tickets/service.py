"""From decision to ticket and chat: everything that a batch of mails becomes, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection, Row

from backbone import clock, metrics, telemetry
from backbone.blobs import BlobMissingError
from backbone.catalogue.model import Catalogue, Mailbox
from backbone.contracts import ParsedMail
from backbone.ledger import bugs, inbound, outbound
from backbone.ledger.states import Inbound
from backbone.runtime import Runtime
from backbone.stage import one_by_one
from tickets import external, finishing, known, notifying, planning, state_queries, telling, threading, writing
from tickets import proofs as proving
from tickets.candidates import returned
from tickets.planning import Action, Plan

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
        written = writing.carry_out(runtime, connection, catalogue, plans, rows)
        _settle(connection, plans, rows)
        telling.tell_of_mails(runtime, connection, plans, written.returned)
    runtime.publisher.publish(*outbound.events(written.queued))
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
    threads = _threads(runtime, connection, catalogue, rows, mails)
    boxes = {mail_id: catalogue.mailboxes[row.mailbox_id] for mail_id, row in rows.items()}
    proofs = _proofs(runtime, connection, {one: (mails[one], mailbox) for one, mailbox in boxes.items()})
    mails = {one: proofs[one].of(mails[one]) if one in proofs else mails[one] for one in rows}
    selections = {mail_id: planning.chosen(row.selection, row.rule_id, boxes[mail_id]) for mail_id, row in rows.items()}
    # All tickets that the mails may lead to are locked at once, lest two workers wait for each other crosswise: those
    # of conversations, of our mails that came back, and of external numbers.
    ticket_ids = {thread.ticket_id for thread in threads.values() if thread.ticket_id is not None}
    returned = {mails[mail_id].bounce for mail_id in rows}
    named = [one.original_message_id for one in returned if one and one.original_message_id]
    ticket_ids |= outbound.tickets_of(connection, named)
    ticket_ids |= external.leading(
        connection, [(row.mailbox_id, mails[mail_id], selections[mail_id]) for mail_id, row in rows.items()]
    )
    standing = state_queries.locked_standings(connection, ticket_ids)
    if named:  # our mails before the suppressions, as the sender does
        outbound.sent_as(connection, named)
    plans = []
    for mail_id, row in rows.items():
        thread = threads[mail_id]
        plans.append(
            planning.plan(
                mail_id,
                mails[mail_id],
                size=row.size,
                arrived=row.created_at,
                selection=selections[mail_id],
                mailbox=boxes[mail_id],
                catalogue=catalogue,
                thread=thread,
                standing=standing[thread.ticket_id] if thread.ticket_id is not None else None,
                proof=proofs.get(mail_id),
                silent=row.silent,
            )
        )
    external.join_known(connection, plans, catalogue)
    finishing.finish_all(plans, catalogue)
    notifying.plan_notices(connection, plans, catalogue, writing.own_settings(), runtime.settings.public_url)
    return plans


def _proofs(
    runtime: Runtime, connection: Connection, mails: Mapping[int, tuple[ParsedMail, Mailbox]]
) -> dict[int, proving.Proof]:
    """Return what proves the reports among the mails; those that came to no signed address are left out."""
    reports = {mail_id: about for mail_id, about in mails.items() if about[0].bounce}
    sent = known.sent_on(connection, {token.ticket_id for about in reports.values() for token in returned(about[0])})
    keys = runtime.vault.signing_keys
    found = {mail_id: proving.prove(mail, mailbox, keys, sent) for mail_id, (mail, mailbox) in reports.items()}
    return {mail_id: proof for mail_id, proof in found.items() if proof}


def _threads(
    runtime: Runtime,
    connection: Connection,
    catalogue: Catalogue,
    rows: Mapping[int, Row[Any]],
    mails: Mapping[int, ParsedMail],
) -> dict[int, threading.Thread]:
    boxes = {mail_id: catalogue.mailboxes[row.mailbox_id] for mail_id, row in rows.items()}
    facts = known.facts(connection, [(mails[mail_id], mailbox) for mail_id, mailbox in boxes.items()])
    keys = runtime.vault.signing_keys
    return {
        mail_id: threading.as_new(mails[mail_id], facts, said)
        if (said := rows[mail_id].as_new)
        else threading.find(mail_id, mails[mail_id], mailbox=mailbox, keys=keys, facts=facts)
        for mail_id, mailbox in boxes.items()
    }


def _settle(connection: Connection, plans: Sequence[Plan], rows: Mapping[int, Row[Any]]) -> None:
    outcomes = []
    for made in plans:
        if made.action in _STATES:
            values = {
                "ticket_id": made.ticket_id,
                "chat_message_id": made.chat_message_id,
                "decision": [*(rows[made.mail_id].decision or []), *made.steps],
                "held_at_version": made.held_at,
            }
            outcomes.append(inbound.Outcome(made.mail_id, _STATES[made.action], made.reason, values))
    inbound.settle(connection, outcomes)
    _parse_again(connection, [made.mail_id for made in plans if made.action is Action.PARSE])
    waiting = [made.mail_id for made in plans if made.action is Action.WAIT]
    if waiting:
        inbound.postpone(connection, waiting, clock.after(WAIT_FOR_EARLIER))
