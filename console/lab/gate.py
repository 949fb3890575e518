"""The samples that sender rules are pinned to: whether the rules still make of them what they must."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from backbone import clock
from backbone.catalogue.model import Catalogue, Mailbox
from backbone.errors import UserError
from console.configuration.faults import sentence
from console.configuration.kinds import Key
from console.lab.draft import Ids, Rows, catalogue
from console.lab.reading import parsed
from console.lab.result import MOMENT, Result, result, title
from parse.rules.deadlines import deadline
from parse.rules.runner import Runner
from parse.service import own_settings

_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Failed:
    """A sample that its rule no longer makes of what it must."""

    rule: Key
    sample: str
    problem: str
    cure: str


class FailedSamplesError(UserError):
    """Rules do not do what their samples demand; ``failed`` says which and how."""

    def __init__(self, failed: tuple[Failed, ...]) -> None:
        """Keep them; the text is one line for each."""
        self.failed = failed
        super().__init__("\n".join(sentence(one.problem, one.cure) for one in failed))


def hold(rows: Rows, content: Callable[[str], bytes | None]) -> None:
    """Raise FailedSamplesError when a sample of ``rows`` fails; see :func:`failed`."""
    if found := failed(rows, content):
        raise FailedSamplesError(found)


def failed(rows: Rows, content: Callable[[str], bytes | None]) -> tuple[Failed, ...]:
    """Return the samples of ``rows`` that fail.

    ``content`` gives a mail by its key, or None for one that is not at hand, which is passed over.
    """
    pinned = [(key, row) for key, row in rows["senders"].items() if row["samples"] and row["enabled"]]
    if not pinned:
        return ()
    ids = Ids()
    held = catalogue(rows, ids)
    with Runner(own_settings().rules) as runner:
        return tuple(
            found
            for key, row in pinned
            for sample in row["samples"]
            if (raw := content(sample["mail"])) is not None
            for found in _failures(key, row, sample, raw, held, held.mailboxes[ids.of("mailboxes", key[0])], runner)
        )


def _failures(
    key: Key, row: dict[str, Any], sample: dict[str, Any], raw: bytes, held: Catalogue, box: Mailbox, runner: Runner
) -> Iterator[Failed]:
    made = result(parsed(raw, box, held), box, held, runner)
    rule = title(row["pattern"], row["recipient"], row["name"])
    about = f"the sample {sample['name']!r} of the sender {rule}"
    if made.verdict != "open" or made.rule != rule:
        by = f" by {made.rule}" if made.rule and made.rule != rule else ""
        problem = f"{about} makes no ticket by this rule: {made.outcome}{by}"
        yield Failed(key, sample["name"], problem, "'postroom rule test' shows why; mend the rule, or the sample")
        return
    for name, wanted in sample["expect"].items():
        got = made.fields.get(name)
        if not _same(name, wanted, got, box.time_zone):
            found = f"gives {name} {_short(got)}" if got is not None else _nothing(name, made)
            yield Failed(
                key, sample["name"], f"{about} {found}, not {_short(wanted)}", "mend the regex, or what is expected"
            )


def _same(name: str, wanted: str, got: str | None, time_zone: str) -> bool:
    if got is None:
        return False
    if name == "deadline":
        moment = deadline(wanted, ZoneInfo(time_zone), clock.now())
        return moment is not None and moment.astimezone(ZoneInfo(time_zone)).strftime(MOMENT) == got
    return wanted.split() == got.split()


def _nothing(name: str, made: Result) -> str:
    return f"gives no {name}: {_short(made.unresolved[name])}" if name in made.unresolved else f"gives no {name}"


def _short(text: str) -> str:
    return repr(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")
