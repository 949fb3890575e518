"""``postroom mailbox errors`` and ``senders``: what went wrong with a mailbox, and what its rules did."""

from __future__ import annotations

from operator import itemgetter
from typing import Annotated, Any

import typer
from rich.table import Table
from sqlalchemy import Row

from backbone.ledger import reports
from console.commands.common import AsJson, find_mailbox, plain, print_json, row_dict, runtime, screen, when
from console.commands.moments import Hours, Since, Until, between
from ingest import queries
from tickets import queries as ticket_queries

MOST = 500
EVERY = "all"

Address = Annotated[str, typer.Argument(help="The mailbox's address.")]


def errors(
    address: Annotated[str, typer.Argument(help="The mailbox's address, or 'all'.")],
    since: Since = None,
    until: Until = None,
    hours: Hours = None,
    as_json: AsJson = False,
) -> None:
    """List what went wrong with a mailbox, newest first: its server, mails that a rule holds, rules in trouble.

    Example: postroom mailbox errors support@example.com --since 2026-11-01 --until 2026-11-07
    """
    begin, end = between(since, until, hours)
    with runtime() as opened:
        chosen = None if address == EVERY else find_mailbox(opened, address)
        with opened.database.reading() as connection:
            boxes = opened.catalogue.current(connection).mailboxes
            ids = [chosen.id] if chosen else list(boxes)
            troubles = (
                *map(_of_server, queries.errors(connection, ids, begin, end, MOST)),
                *map(_of_mail, reports.held_by_rules(connection, ids, begin, end, MOST)),
                *map(_of_rule, reports.rules_in_trouble(connection, ids, begin, end)),
            )
    found = sorted(troubles, key=itemgetter("happened_at"), reverse=True)[:MOST]
    for one in found:
        one["mailbox"] = boxes[one["mailbox_id"]].address
    if as_json:
        print_json(found)
        return
    if not found:
        whom = "any mailbox" if address == EVERY else address
        screen.print(f"Nothing went wrong with {whom} from {when(begin)} to {when(end)}.")
        return
    table = Table("when", *(["mailbox"] if address == EVERY else []), "what", "mail", "sentence")
    for one in found:
        whose = [one["mailbox"]] if address == EVERY else []
        mail = str(one["mail_id"] or "")
        table.add_row(when(one["happened_at"]), *whose, one["fault"], mail, plain(one["sentence"]))
    screen.print(table)
    if len(found) == MOST:
        screen.print(f"These are the newest {MOST}; --until shows older ones.")


def senders(address: Address, as_json: AsJson = False) -> None:
    """List a mailbox's sender rules with the last mail that each decided and the last ticket that it opened.

    Example: postroom mailbox senders support@example.com
    """
    with runtime() as opened:
        box = find_mailbox(opened, address)
        with opened.database.reading() as connection:
            rules = reports.rules(connection, box.id)
            calls = reports.last_calls(connection, box.id)
            tickets = ticket_queries.last_tickets(connection, box.id)
    found = [_rule(rule, calls.get(rule.id), tickets.get(rule.id)) for rule in rules]
    if as_json:
        print_json(found)
        return
    table = Table("sender", "template", "on", "receive", "reply", "regexes", "last call", "last ticket", "failures")
    for one in found:
        call, ticket = one["last_call"], one["last_ticket"]
        table.add_row(
            plain(one["rule"]),
            plain(one["template"]),
            *("yes" if one[name] else "no" for name in ("enabled", "receive", "reply_by_chat")),
            ", ".join(part for part in ("subject", "message") if one[f"{part}_regex"]),
            f"{when(call['at'])} mail {call['mail_id']} {call['state']}" if call else "-",
            f"{ticket['number']} {when(ticket['at'])}" if ticket else "-",
            f"{one['failures']}, last {one['failure']} {when(one['failed_at'])}" if one["failures"] else "",
        )
    screen.print(table)


def _rule(rule: Row[Any], call: Row[Any] | None, ticket: Row[Any] | None) -> dict[str, Any]:
    facts = row_dict(rule)
    del facts["samples"]
    return facts | {
        "rule": _title(rule.pattern, rule.recipient, rule.name),
        "failures": rule.failures or 0,
        "last_call": call and {"at": call.created_at, "mail_id": call.id, "state": call.state, "reason": call.reason},
        "last_ticket": ticket and {"at": ticket.created_at, "number": ticket.number},
    }


def _of_server(row: Row[Any]) -> dict[str, Any]:
    return _trouble("server", row, row.fault, row.sentence)


def _of_mail(row: Row[Any]) -> dict[str, Any]:
    rule = _title(row.pattern, row.recipient, row.rule_name) if row.rule_id else "no longer there"
    last = row.decision[-1] if row.decision else {}
    why = last.get("why") or "see 'postroom trace'"
    sentence = f"Held by the sender rule {rule}: {why} ({row.sender}: {row.subject})."
    return _trouble("mail", row, row.reason, sentence, mail_id=row.id, rule_id=row.rule_id, rule=rule)


def _of_rule(row: Row[Any]) -> dict[str, Any]:
    rule = _title(row.pattern, row.recipient, row.rule_name)
    times = "once" if row.failures == 1 else f"{row.failures} times, last with this mail"
    sentence = f"A regular expression of the sender rule {rule} did not end as it should {times}; simplify it."
    return _trouble("rule", row, row.reason, sentence, mail_id=row.mail_id, rule_id=row.rule_id, rule=rule)


def _trouble(kind: str, row: Row[Any], fault: str, sentence: str, **about: Any) -> dict[str, Any]:
    known = {"kind": kind, "mailbox_id": row.mailbox_id, "happened_at": row.happened_at}
    return known | {"fault": fault, "sentence": sentence, "mail_id": None, "rule_id": None, "rule": None} | about


def _title(pattern: str, recipient: str, name: str) -> str:
    """Return what to call a sender rule before people."""
    return " ".join(filter(None, [pattern, f"to {recipient}" if recipient else "", f"«{name}»" if name else ""]))
