"""Understanding mails: raw bytes to a parsed mail and its attachments, and the sender rule that applies.

Every step is pure or repeatable (blobs are named by their content), so a mail read twice is read to the same end; the
ledger moves it on once.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import structlog
from sqlalchemy import Row

from backbone import metrics, settings, telemetry
from backbone.addresses import domain_of
from backbone.blobs import BlobMissingError
from backbone.catalogue.model import Catalogue, Rule
from backbone.contracts import MailParsed, ParsedMail
from backbone.ledger import bugs, inbound
from backbone.ledger.states import Inbound, InboundReason
from backbone.routing import batches
from backbone.runtime import Runtime
from backbone.stage import one_by_one
from parse.evidence.automation import Own
from parse.matching import Matcher
from parse.reader import read_mail
from parse.settings import ParseSettings

LONGEST_LINE = 998
"""Characters of subject and sender that the ledger keeps, for lists; the parsed mail has them whole."""

log = structlog.get_logger(__name__)


@lru_cache(maxsize=1)
def own_settings() -> ParseSettings:
    """Return the settings of this stage."""
    return settings.load(ParseSettings)


def read(runtime: Runtime, mail_ids: Sequence[int]) -> None:
    """Understand the mails that stand at ``received`` and tell the tickets stage."""
    one_by_one(mail_ids, partial(_read, runtime), partial(bugs.record_inbound, runtime, "parse"))


def _read(runtime: Runtime, mail_ids: Sequence[int]) -> None:
    with runtime.database.reading() as connection:
        catalogue = runtime.catalogue.current(connection)
        rows = inbound.standing(connection, mail_ids, Inbound.RECEIVED)
    outcomes = []
    for row in rows:
        with telemetry.correlated(row.correlation_id, mail_id=row.id):
            outcomes.append(_understand(runtime, catalogue, row))
    with runtime.database.transaction() as connection:
        inbound.settle(connection, outcomes)
    parsed = [outcome.mail_id for outcome in outcomes if outcome.state is Inbound.PARSED]
    runtime.publisher.publish(*(MailParsed(mail_ids=ids) for ids in batches(parsed)))
    for outcome in outcomes:
        metrics.MAILS.labels("parse", outcome.state, outcome.reason or "").inc()


def _understand(runtime: Runtime, catalogue: Catalogue, row: Row[Any]) -> inbound.Outcome:
    try:
        raw = runtime.blobs.get(row.raw_key)
    except BlobMissingError:
        log.error("mail.raw_missing", raw_key=row.raw_key)  # noqa: TRY400 - the key says it all
        return inbound.Outcome(row.id, Inbound.FAILED, InboundReason.RAW_MAIL_MISSING)
    own = own_settings()
    mailbox = catalogue.mailboxes[row.mailbox_id]
    result = read_mail(
        raw,
        own.limits,
        own=_own_of(catalogue.addresses, runtime.settings.instance),
        authserv_ids=own.authserv_ids | mailbox.authserv_ids,
        arc=own.arc or mailbox.arc,
    )
    parsed = _storable(_without_body(result.parsed) if row.oversize else result.parsed)
    for content in result.contents:
        runtime.blobs.put(content, durable=True)
    sender = parsed.from_ or parsed.sender
    address = sender.address if sender else None
    matcher = _matcher(catalogue, row.mailbox_id)
    match = matcher.match(address)
    decision = [
        {"step": "read", "level": parsed.level, "defects": list(parsed.defects), "trust": parsed.trust.verdict},
        match.as_step(address or ""),
    ]
    if parsed.forwarded and parsed.forwarded.sender:
        original = parsed.forwarded.sender.address
        counts = match.rule is not None and match.rule.forwarded_counts
        decision.append({"step": "forwarded", "original_sender": original, "counts": counts})
        if counts:
            parsed = parsed.model_copy(update={"forwarded": parsed.forwarded.model_copy(update={"counts": True})})
            again = matcher.match(original)
            if again.rule:
                match = again
                decision.append(again.as_step(original))
    if parsed.automation:
        decision.append(
            {"step": "automation", "kind": parsed.automation.kind, "evidence": list(parsed.automation.evidence)}
        )
    log.info("mail.parsed", level=parsed.level, defects=len(parsed.defects), rule_id=match.rule and match.rule.id)
    return inbound.Outcome(
        row.id,
        Inbound.PARSED,
        values={
            "due_at": runtime.due(),
            "parsed_key": runtime.blobs.put(parsed.model_dump_json(by_alias=True).encode()),
            "rule_id": match.rule.id if match.rule else None,
            "sender": (address or "")[:LONGEST_LINE],
            "subject": parsed.subject[:LONGEST_LINE],
            "decision": decision,
        },
    )


def _storable(parsed: ParsedMail) -> ParsedMail:
    """Return the mail without NUL characters, which no text of PostgreSQL can hold."""
    if "\\u0000" not in parsed.model_dump_json(by_alias=True):
        return parsed
    return ParsedMail.model_validate(_without_nul(parsed.model_dump(by_alias=True)))


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


@lru_cache(maxsize=1)
def _own_of(addresses: frozenset[str], instance: str) -> Own:
    return Own(addresses=addresses, instance=instance, message_id_hosts=frozenset(map(domain_of, addresses)))


_matchers: dict[int, tuple[tuple[Rule, ...], Matcher]] = {}


def _matcher(catalogue: Catalogue, mailbox_id: int) -> Matcher:
    """Return the mailbox's matcher, made once for each loading of the catalogue."""
    rules = catalogue.mailboxes[mailbox_id].rules
    known, matcher = _matchers.get(mailbox_id, (None, None))
    if matcher is None or known is not rules:
        matcher = Matcher(rules)
        _matchers[mailbox_id] = (rules, matcher)
    return matcher
