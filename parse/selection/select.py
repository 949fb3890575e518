"""What a mail would become as the first of a conversation, by the sender rules of its mailbox. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backbone.catalogue.model import Catalogue, Mailbox, Rule
from backbone.contracts import Fields, ParsedMail, Selection
from backbone.ledger.states import InboundReason
from parse.rules.runner import Patience, Runner
from parse.selection.candidates import Candidates
from parse.selection.conditions import Letter, ask, trusted
from parse.selection.filling import fill
from parse.selection.model import Answer, Selected, Trouble
from parse.selection.people import Recipients, patterns_for, recipients_of, sender_of
from parse.selection.prepared import Prepared, prepared
from parse.selection.searching import Searching

MOST_SHOWN = 50
"""Rules that a decision lists; of more it says how many."""


def select(
    mail: ParsedMail,
    *,
    mailbox: Mailbox,
    catalogue: Catalogue,
    runner: Runner,
    now: datetime,
    patience: Patience = Patience.ANY,
) -> Selected:
    """Return what the sender rules of ``mailbox`` make of ``mail``.

    ``mailbox`` is one of ``catalogue``, which may be a draft that is stored nowhere; neither may change afterwards, as
    what is made of them is remembered. ``now`` is aware. Never raises for what a mail, a rule or a pattern does, but
    with less than any ``patience`` SlowSearch where a search needs more, so that the mail can be looked at apart.
    """
    return _Selecting(mail, mailbox, prepared(catalogue), runner, now, patience).select()


@dataclass(slots=True)
class _Selecting:
    """One selection under way."""

    mail: ParsedMail
    mailbox: Mailbox
    ready: Prepared
    runner: Runner
    now: datetime
    patience: Patience
    steps: list[dict[str, Any]] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)

    def select(self) -> Selected:
        searching = Searching(self.runner, self.ready.names.fields, self.patience)
        selection = self._selection(searching)
        return Selected(selection, self.mail, tuple(self.steps), tuple(self.troubles), searching.seconds)

    def _selection(self, searching: Searching) -> Selection:
        candidates = self.ready.candidates(self.mailbox)
        recipients = recipients_of(self.mail, self.mailbox)
        writer = sender_of(self.mail)
        if self._blocks(writer):
            return Selection(verdict="ignore", reason=InboundReason.BLOCKED)
        original = self._original(candidates, writer, recipients)
        if original and self._blocks(original):
            return Selection(verdict="ignore", reason=InboundReason.BLOCKED)
        if original and any(rule.enabled for rule in candidates.of(original, recipients)):
            writer = original
        rules = candidates.of(writer, recipients)
        letter = Letter.of(self.mail, original=original is not None)
        return self._ask(rules, letter, searching, {"sender": writer or "", "recipients": list(recipients.written)})

    def _blocks(self, sender: str | None) -> bool:
        """Note and return whether mail of ``sender`` is not let in, by the mailbox or by all of them."""
        for pattern in patterns_for(sender):
            for where, patterns in (("all", self.ready.catalogue.blocked), ("mailbox", self.mailbox.blocked)):
                if pattern in patterns:
                    step = {"step": "blocked", "sender": sender or "", "pattern": pattern, "where": where}
                    self.steps.append(step)
                    return True
        return False

    def _original(self, candidates: Candidates, writer: str | None, recipients: Recipients) -> str | None:
        """Return the sender of the forwarded original, where the rule of who passed it on lets it count."""
        forwarded = self.mail.forwarded
        if not forwarded or not forwarded.sender:
            return None
        first = next((rule for rule in candidates.of(writer, recipients) if rule.enabled), None)
        # Whoever poses as a colleague must not get the rights of everybody whom he quotes.
        counts = first is not None and first.forwarded_counts and trusted(first, self.mail.trust.verdict)
        original = forwarded.sender.address
        self.steps.append({"step": "forwarded", "original_sender": original, "counts": counts})
        if not counts:
            return None
        self.mail = self.mail.model_copy(update={"forwarded": forwarded.model_copy(update={"counts": True})})
        return original

    def _ask(self, rules: Iterator[Rule], letter: Letter, searching: Searching, step: dict[str, Any]) -> Selection:
        """Ask the rules one after the other until one decides; the last that wants the next asked does, too."""
        considered: list[dict[str, Any]] = []
        decided: Answer | None = None
        more = 0
        for rule in rules:
            answer = ask(rule, letter, searching)
            if len(considered) < MOST_SHOWN:
                considered.append(answer.as_step())
            else:
                more += 1
            last = answer.conditions[-1]
            if last.get("failure") and last.get("tried", True):  # who came too late is not to blame
                self.troubles.append(Trouble(rule.id, last["failure"]))
            if answer.verdict:
                decided = answer
            if answer.verdict and not answer.next:
                break
        selection = self._decided(decided)
        verdict = selection.model_dump(mode="json", include={"rule_id", "template_id", "verdict", "reason"})
        self.steps.append(
            {"step": "sender_rule", **step, "considered": considered, **({"more": more} if more else {}), **verdict}
        )
        if decided and decided.captures:
            selection = selection.model_copy(update={"fields": self._fields(decided)})
        return selection

    def _decided(self, answer: Answer | None) -> Selection:
        if answer is None or answer.verdict is None:
            return Selection(verdict="ignore", reason=InboundReason.NO_SENDER_RULE)
        rule = answer.rule
        return Selection(verdict=answer.verdict, reason=answer.reason, rule_id=rule.id, template_id=rule.template_id)

    def _fields(self, answer: Answer) -> Fields:
        filled = fill(
            answer.captures,
            template=self.ready.catalogue.templates.get(answer.rule.template_id),
            names=self.ready.names,
            time_zone=self.mailbox.time_zone,
            written=self._written(),
        )
        self.steps.append(dict(filled.step))
        return filled.fields

    def _written(self) -> datetime:
        """Return when the mail was written, from which "tomorrow" counts; never in the future, as dates may lie."""
        forwarded = self.mail.forwarded
        dates = ((forwarded.date if forwarded and forwarded.counts else None), self.mail.date)
        said = next((date for date in dates if date and date.tzinfo), self.now)
        return min(said, self.now)
