"""A pattern proposed from a sample mail, tried on other mails."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from backbone.contracts import ParsedMail
from backbone.errors import UserError
from console.lab.reading import LabMail
from parse.reader import read_mail
from parse.rules.evaluate import Outcome, evaluate
from parse.rules.marks import Mark
from parse.rules.patterns import BUILT_IN
from parse.rules.propose import Proposal, propose
from parse.rules.runner import Runner
from parse.service import own_settings


@dataclass(frozen=True, slots=True)
class Tried:
    """A proposal, and how it does: first on its own sample, then on the others. ``html``: of HTML sources."""

    proposal: Proposal
    html: bool
    outcomes: tuple[Outcome, ...]

    def as_data(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "pattern": self.proposal.pattern,
            "match_against": "html" if self.html else "text",
            "alternatives": list(self.proposal.alternatives),
            "samples": [
                {
                    "sample": one.sample,
                    "matched": one.matched,
                    "captures": dict(one.captures),
                    "seconds": one.seconds,
                    "failure": one.failure,
                    "cut": one.cut,
                }
                for one in self.outcomes
            ],
        }


def propose_pattern(
    sample: LabMail, others: Iterable[LabMail], marks: Sequence[str], custom: set[str], *, html: bool
) -> Tried:
    """Return a pattern for ``sample`` with its ``marks`` (``field=text``), tried on it and on ``others``.

    ``custom`` are the custom fields. With ``html`` the HTML source is what counts, where a mail has one. Raise
    UserError when something that is marked cannot be found, or told from other text.
    """
    source, is_html = _source(read_mail(sample.raw).parsed, html=html)
    with Runner(own_settings().rules) as runner:
        made = propose(source, [_mark(text) for text in marks], html=is_html, runner=runner, known=BUILT_IN | custom)
        outcomes = [evaluate(made.compiled, sample.name, source, html=is_html, runner=runner)]
        for mail in others:
            source, kind = _source(read_mail(mail.raw).parsed, html=html)
            outcomes.append(evaluate(made.compiled, mail.name, source, html=kind, runner=runner))
    return Tried(made, is_html, tuple(outcomes))


def _source(mail: ParsedMail, *, html: bool) -> tuple[str, bool]:
    """Return what a rule looks at, and whether it is HTML."""
    return (mail.html, True) if html and mail.html else (mail.text, False)


def _mark(written: str) -> Mark:
    target, equals, text = written.partition("=")
    if not equals or not target.strip() or not text.strip():
        raise UserError(f"--mark {written!r} is not FIELD=TEXT, such as external_number=300434925.")
    return Mark(target.strip(), text.strip())
