"""What the ledger tells of mailboxes and their sender rules, for people: one query each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from backbone.addresses import normalise
from backbone.catalogue.tables import mailboxes, sender_rules, templates
from backbone.ledger.states import Inbound, InboundReason
from backbone.ledger.tables import inbound, rule_troubles

HELD_BY_RULES = (
    InboundReason.NOT_VERIFIED,
    InboundReason.REGEX_MISMATCH,
    InboundReason.REGEX_TIMEOUT,
    InboundReason.REGEX_TOO_LONG,
    InboundReason.REGEX_MEMORY,
    InboundReason.REGEX_INVALID,
)
"""Reasons by which a sender rule holds a mail for a person, as an error of its mailbox."""

_RULE = (
    sender_rules.c.id.label("rule_id"),
    sender_rules.c.pattern,
    sender_rules.c.recipient,
    sender_rules.c.name.label("rule_name"),
)


def held_by_rules(
    connection: Connection, mailbox_ids: Sequence[int], since: datetime, until: datetime, limit: int
) -> list[Row[Any]]:
    """Return the mails of these mailboxes that a rule held in a range of time and holds still, newest first."""
    columns = inbound.c
    shown = (columns.id, columns.mailbox_id, columns.reason, columns.sender, columns.subject, columns.decision)
    wanted = (
        select(*shown, columns.updated_at.label("happened_at"), *_RULE)
        .join_from(inbound, sender_rules, sender_rules.c.id == columns.rule_id, isouter=True)
        .where(
            columns.state == Inbound.HELD,
            columns.mailbox_id.in_(mailbox_ids),
            columns.reason.in_(HELD_BY_RULES),
            columns.updated_at.between(since, until),
        )
    )
    return list(connection.execute(wanted.order_by(columns.updated_at.desc(), columns.id.desc()).limit(limit)))


def rules_in_trouble(
    connection: Connection, mailbox_ids: Sequence[int], since: datetime, until: datetime
) -> list[Row[Any]]:
    """Return the rules of these mailboxes whose regular expressions last failed in a range of time, newest first."""
    troubles = rule_troubles.c
    shown = (troubles.mailbox_id, troubles.failures, troubles.reason, troubles.mail_id)
    wanted = (
        select(*shown, troubles.failed_at.label("happened_at"), *_RULE)
        .join_from(rule_troubles, sender_rules, sender_rules.c.id == troubles.rule_id)
        .where(troubles.mailbox_id.in_(mailbox_ids), troubles.failed_at.between(since, until))
    )
    return list(connection.execute(wanted.order_by(troubles.failed_at.desc(), troubles.rule_id)))


def troubled_mailboxes(connection: Connection, since: datetime) -> dict[int, int]:
    """Return how many rules of each mailbox have had trouble since then; those of which none has are left out."""
    wanted = (
        select(rule_troubles.c.mailbox_id, func.count().label("rules"))
        .join_from(rule_troubles, sender_rules, sender_rules.c.id == rule_troubles.c.rule_id)
        .where(rule_troubles.c.failed_at >= since)
        .group_by(rule_troubles.c.mailbox_id)
    )
    return {row.mailbox_id: row.rules for row in connection.execute(wanted)}


def rules(connection: Connection, mailbox_id: int) -> list[Row[Any]]:
    """Return the sender rules of a mailbox with their template's name and their troubles, in the order of the file."""
    columns, troubles = sender_rules.c, rule_troubles.c
    wanted = (
        select(
            sender_rules,
            templates.c.name.label("template"),
            troubles.failures,
            troubles.reason.label("failure"),
            troubles.failed_at,
        )
        .join_from(sender_rules, templates)
        .outerjoin(rule_troubles, troubles.rule_id == columns.id)
        .where(columns.mailbox_id == mailbox_id)
    )
    return list(connection.execute(wanted.order_by(columns.position, columns.id)))


def last_calls(connection: Connection, mailbox_id: int) -> dict[int, Row[Any]]:
    """Return, by rule of a mailbox, the newest mail that it decided; rules that decided none are left out."""
    columns = inbound.c
    mail: tuple[Any, ...] = (columns.id, columns.created_at, columns.state, columns.reason)
    newest = select(func.max(columns.id)).where(columns.rule_id == sender_rules.c.id).correlate(sender_rules)
    wanted = (
        select(sender_rules.c.id.label("rule_id"), *mail)
        .join_from(sender_rules, inbound, columns.id == newest.scalar_subquery())
        .where(sender_rules.c.mailbox_id == mailbox_id)
    )
    return {row.rule_id: row for row in connection.execute(wanted)}


def newest(connection: Connection, addresses: Sequence[str], limit: int) -> list[Row[Any]]:
    """Return the newest mails of the mailboxes with these normalised addresses, or of all of them, newest first."""
    columns = inbound.c
    wanted = select(
        columns.id,
        columns.raw_key,
        columns.subject,
        columns.state,
        columns.reason,
        columns.ticket_id,
        mailboxes.c.address,
    ).join_from(inbound, mailboxes)
    if addresses:
        ids = [
            row.id
            for row in connection.execute(select(mailboxes.c.id, mailboxes.c.address))
            if normalise(row.address) in addresses
        ]
        wanted = wanted.where(columns.mailbox_id.in_(ids))
    return list(connection.execute(wanted.order_by(columns.id.desc()).limit(limit)))
