"""What the lab found, for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table
from rich.text import Text

from console.commands.common import plain, screen
from console.lab.compare import Compared, Difference, RuleTime
from console.lab.result import Result
from console.lab.trying import Tried

_MARKS = {
    Difference.GAINED: ("+", "green"),
    Difference.LOST: ("-", "red"),
    Difference.CHANGED: ("~", "yellow"),
    Difference.SAME: ("=", "dim"),
}
_LONGEST = 60


def tell(compared: Sequence[Compared], spent: Sequence[RuleTime]) -> None:
    """Print each mail with what changes, then the sums and the time of each rule."""
    for one in compared:
        mark, colour = _MARKS[one.difference]
        became = f"  [{one.became}]" if one.became else ""
        screen.print(Text.assemble((mark, colour), f" {plain(one.name)}{became}"))
        for line in _lines(one):
            screen.print(f"    {plain(line)}")
    counts = Counter(one.difference for one in compared)
    sums = ", ".join(f"{counts[each]} {each}" for each in Difference)
    screen.print(f"{len(compared)} {'mail' if len(compared) == 1 else 'mails'}: {sums}.")
    if spent:
        table = Table("rule", "mails", "ms in all", "slowest, ms")
        for time in spent:
            table.add_row(plain(time.rule), str(time.mails), f"{time.seconds * 1e3:.1f}", f"{time.slowest * 1e3:.1f}")
        screen.print(table)


def tell_not_asked(rule: str) -> None:
    """Print that a drafted rule had no say, and why that may be."""
    screen.print(
        f"Note: {plain(rule)} was asked for none of these mails: they are from other senders or to other recipients, "
        "or a rule decided before it."
    )


def _lines(one: Compared) -> list[str]:
    after = _said(one.after)
    if one.before is None:
        lines = [f"draft:  {after}  (the mailbox is not stored yet)"]
    elif (before := _said(one.before)) != after:
        lines = [f"stored: {before}", f"draft:  {after}"]
    else:
        lines = [after]
    for name, (old, new) in one.fields.items():
        lines.append(f"{name}: {_short(old)} → {_short(new)}" if one.before else f"{name}: {_short(new)}")
    lines += [f"{name}: not resolved: {_short(text)}" for name, text in one.after.unresolved.items()]
    for missed in one.after.missed:
        whose = "" if missed.rule == one.after.rule else f" of {missed.rule}"
        lines.append(f"{missed.condition}{whose}, {missed.reach}")
    return [*lines, *one.after.joins]


def _said(made: Result) -> str:
    parts = [made.outcome, f"by {made.rule}" if made.rule else "", f"«{made.template}»" if made.template else ""]
    return " ".join(filter(None, parts))


def tell_proposal(tried: Tried) -> None:
    """Print the pattern, and how it does on each sample."""
    screen.print(Text.assemble(("message_regex: ", "bold"), _yaml(tried.proposal.pattern)))
    screen.print(Text.assemble(("match_against: ", "bold"), "html" if tried.html else "text"))
    for one in tried.outcomes:
        ok = one.matched and not one.failure
        note = f" ({one.failure})" if one.failure else "" if one.matched else " no match"
        took = f"{one.seconds * 1e3:.1f} ms"
        screen.print(
            Text.assemble(("✓" if ok else "✗", "green" if ok else "red"), f" {plain(one.sample)}{note}, {took}")
        )
        for name, text in one.captures.items():
            screen.print(f"    {name}: {plain(_short(text))}")
    for other in tried.proposal.alternatives:
        screen.print(f"or: {_yaml(other)}")


def _yaml(pattern: str) -> str:
    """Return a pattern as it is written into a file: in single quotes."""
    return "'" + plain(pattern).replace("'", "''") + "'"


def _short(text: str | None) -> str:
    if text is None:
        return "—"
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def as_data(compared: Sequence[Compared], spent: Sequence[RuleTime]) -> dict[str, Any]:
    """Return all of it for programs."""
    counts = Counter(one.difference for one in compared)
    return {
        "counts": {each.value: counts[each] for each in Difference},
        "mails": [
            {
                "mail": one.name,
                "mailbox": one.mailbox,
                "became": one.became or None,
                "difference": one.difference,
                "stored": _result(one.before),
                "draft": _result(one.after),
                "fields": {name: {"stored": old, "draft": new} for name, (old, new) in one.fields.items()},
            }
            for one in compared
        ],
        "rules": [asdict(time) for time in spent],
    }


def _result(made: Result | None) -> dict[str, Any] | None:
    if made is None:
        return None
    return {
        "verdict": made.verdict,
        "reason": made.reason,
        "rule": made.rule or None,
        "template": made.template or None,
        "fields": dict(made.fields),
        "unresolved": dict(made.unresolved),
        "seconds": dict(made.seconds),
        "missed": [{"rule": one.rule, "condition": one.condition, **asdict(one.reach)} for one in made.missed],
        "joins": list(made.joins),
        "steps": [dict(step) for step in made.steps],
    }
