"""Understanding mails: raw bytes to a parsed mail and its attachments, and what the sender rules make of it.

Every step is pure or repeatable (blobs are named by their content), so a mail read twice is read to the same end; the
ledger moves it on once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import structlog
from sqlalchemy import Row

from backbone import clock, metrics, settings, telemetry, tokens
from backbone.addresses import domain_of
from backbone.blobs import BlobMissingError
from backbone.catalogue.model import Catalogue, Mailbox
from backbone.contracts import MailParsed, ParsedMail
from backbone.ledger import bugs, inbound, troubles
from backbone.ledger.states import Inbound, InboundReason
from backbone.routing import batches
from backbone.runtime import Runtime
from backbone.stage import one_by_one
from parse.evidence.automation import Own
from parse.later import Later
from parse.reader import ReadMail, read_mail
from parse.rules.runner import Patience, Runner, SlowSearch
from parse.selection.model import Selected
from parse.selection.people import sender_of
from parse.selection.select import select
from parse.settings import ParseSettings

LONGEST_LINE = 998
"""Characters of subject and sender that the ledger keeps, for lists; the parsed mail has them whole."""

log = structlog.get_logger(__name__)


@lru_cache(maxsize=1)
def own_settings() -> ParseSettings:
    """Return the settings of this stage."""
    return settings.load(ParseSettings)


@lru_cache(maxsize=1)
def runner() -> Runner:
    """Return what runs the rules' patterns for all threads of this process; it closes itself when the process ends."""
    return Runner(own_settings().rules)


_LANES = {Patience.APART: Later("slow patterns"), Patience.ANY: Later("runaway patterns")}
"""Where mails wait whose rules' patterns need more than their first milliseconds, so that no other mail waits."""


def read(runtime: Runtime, mail_ids: Sequence[int]) -> None:
    """Understand the mails that stand at ``received`` and tell the tickets stage.

    When this returns, mails whose rules' patterns take long may still be under way, each in a lane of its like.
    """
    _read_patiently(runtime, mail_ids, Patience.HERE)


def _read_patiently(runtime: Runtime, mail_ids: Sequence[int], patience: Patience) -> None:
    work = partial(_read, runtime, patience=patience)
    one_by_one(mail_ids, work, partial(bugs.record_inbound, runtime, "parse"))


@dataclass(frozen=True, slots=True)
class _Understood:
    """A mail that was read, and what the sender rules made of it; None for one that cannot be read."""

    outcome: inbound.Outcome
    selected: Selected | None = None


def _read(runtime: Runtime, mail_ids: Sequence[int], patience: Patience) -> None:
    with runtime.database.reading() as connection:
        catalogue = runtime.catalogue.current(connection)
        rows = inbound.standing(connection, mail_ids, Inbound.RECEIVED)
    understood: list[_Understood] = []
    put_off: list[tuple[int, Patience]] = []
    for row in rows:
        with telemetry.correlated(row.correlation_id, mail_id=row.id):
            try:
                understood.append(_understand(runtime, catalogue, row, patience))
            except SlowSearch as slow:
                put_off.append((row.id, slow.needs))
    if understood:
        _finish(runtime, understood, {row.id: row.mailbox_id for row in rows})
    for mail_id, needs in put_off:
        if _LANES[needs].put((id(runtime), mail_id), partial(_read_patiently, runtime, (mail_id,), needs)):
            metrics.PUT_OFF.labels(needs.name.lower()).inc()


def _finish(runtime: Runtime, understood: Sequence[_Understood], mailboxes: Mapping[int, int]) -> None:
    """Write down what became of the mails, and tell of it."""
    outcomes = [one.outcome for one in understood]
    found = [
        troubles.Trouble(one.rule_id, mailboxes[each.outcome.mail_id], each.outcome.mail_id, one.reason)
        for each in understood
        if each.selected
        for one in each.selected.troubles
    ]
    with runtime.database.transaction() as connection:
        inbound.settle(connection, outcomes)
        troubles.record(connection, found)
    parsed = [outcome.mail_id for outcome in outcomes if outcome.state is Inbound.PARSED]
    runtime.publisher.publish(*(MailParsed(mail_ids=ids) for ids in batches(parsed)))
    for outcome in outcomes:
        metrics.MAILS.labels("parse", outcome.state, outcome.reason or "").inc()
    for trouble in found:
        metrics.RULE_FAILURES.labels(trouble.reason).inc()
    for one in understood:
        if one.selected and one.selected.seconds:
            metrics.RULE_SECONDS.observe(one.selected.seconds)


def _understand(runtime: Runtime, catalogue: Catalogue, row: Row[Any], patience: Patience) -> _Understood:
    try:
        raw = runtime.blobs.get(row.raw_key)
    except BlobMissingError:
        log.error("mail.raw_missing", raw_key=row.raw_key)  # noqa: TRY400 - the key says it all
        return _Understood(inbound.Outcome(row.id, Inbound.FAILED, InboundReason.RAW_MAIL_MISSING))
    mailbox = catalogue.mailboxes[row.mailbox_id]
    result = read_as(raw, mailbox, catalogue, runtime.settings.instance, runtime.vault.signing_keys)
    parsed, written = _storable(_without_body(result.parsed) if row.oversize else result.parsed)
    selected = select(parsed, mailbox=mailbox, catalogue=catalogue, runner=runner(), now=clock.now(), patience=patience)
    for content in result.contents:
        runtime.blobs.put(content, durable=True)
    key = runtime.blobs.put(written if selected.mail is parsed else _written(selected.mail))
    return _Understood(_outcome(runtime, row, selected, key), selected)


def read_as(
    raw: bytes, mailbox: Mailbox, catalogue: Catalogue, instance: str, keys: tuple[bytes, ...] = ()
) -> ReadMail:
    """Read one mail as it is read that comes to ``mailbox``.

    ``instance`` and ``keys`` are this installation's name and signing keys, by which it knows its own mail.
    """
    own = own_settings()
    return read_mail(
        raw,
        own.limits,
        own=_own_of(catalogue.addresses, instance, keys),
        authserv_ids=own.authserv_ids | mailbox.authserv_ids,
        arc=own.arc or mailbox.arc,
    )


def _outcome(runtime: Runtime, row: Row[Any], selected: Selected, parsed_key: str) -> inbound.Outcome:
    parsed, selection = selected.mail, selected.selection
    decision = [
        {"step": "read", "level": parsed.level, "defects": list(parsed.defects), "trust": parsed.trust.verdict},
        *selected.steps,
    ]
    if parsed.automation:
        decision.append(
            {"step": "automation", "kind": parsed.automation.kind, "evidence": list(parsed.automation.evidence)}
        )
    log.info("mail.parsed", level=parsed.level, defects=len(parsed.defects), rule_id=selection.rule_id)
    return inbound.Outcome(
        row.id,
        Inbound.PARSED,
        values={
            "due_at": runtime.due(),
            "parsed_key": parsed_key,
            "rule_id": selection.rule_id,
            "selection": selection.model_dump(mode="json"),
            "sender": (sender_of(parsed) or "")[:LONGEST_LINE],
            "subject": parsed.subject[:LONGEST_LINE],
            "decision": decision,
        },
    )


def _storable(parsed: ParsedMail) -> tuple[ParsedMail, bytes]:
    """Return the mail without NUL characters, which no text of PostgreSQL can hold, and as it is written down."""
    written = _written(parsed)
    if b"\\u0000" not in written:
        return parsed, written
    parsed = ParsedMail.model_validate(_without_nul(parsed.model_dump(by_alias=True)))
    return parsed, _written(parsed)


def _written(parsed: ParsedMail) -> bytes:
    return parsed.model_dump_json(by_alias=True).encode()


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {name: _without_nul(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nul(one) for one in value]
    return value


def _without_body(parsed: ParsedMail) -> ParsedMail:
    """Mark a mail of which only the headers were taken, because it exceeds the limit of ingest."""
    return parsed.model_copy(update={"level": "headers", "defects": (*parsed.defects, "oversize")})


@lru_cache(maxsize=2)  # the rule lab reads by what is stored and by a draft in turn
def _own_of(addresses: frozenset[str], instance: str, keys: tuple[bytes, ...]) -> Own:
    names = frozenset(tokens.loop_names(instance, keys))
    return Own(addresses, names, frozenset(map(domain_of, addresses)), keys)
