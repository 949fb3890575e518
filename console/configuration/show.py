"""How changes are told: as a diff for people, and as plain data for programs. Neither ever holds a secret."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff
from typing import Any

from rich.text import Text

from console.commands.common import plain
from console.configuration.changes import Action, Changes, Effect, Step
from console.configuration.keys import key_of
from console.configuration.kinds import KINDS, RETIRED, Key
from console.configuration.names import WORDS
from console.configuration.outgoing import spread

MARKS = {
    Effect.CREATED: ("+", "green"),
    Effect.CHANGED: ("~", "yellow"),
    Effect.SWITCHED_OFF: ("o", "magenta"),
    Effect.REMOVED: ("-", "red"),
}
LONGEST_VALUE = 60
DIFF_LINES = 12
_AROUND = 20
_OUTGOING = "outgoing"
_SECRETS = {kind.name: kind.secrets for kind in KINDS}
_ONE = WORDS | {
    "people": "person",
    "service_users": "service user",
    "blocked": "blocked",
    "mailboxes": "mailbox",
    "senders": "sender",
}


def diff(changes: Changes) -> Iterator[Text]:
    """Yield the lines of the diff: a mark and a name for each step, and below it what changes."""
    for step in _in_order(changes):
        mark, colour = MARKS[step.effect]
        yield Text.assemble((f"{mark} {_one(step.kind)} {plain(step.title)}{_remark(step)}", colour))
        if step.action is Action.CHANGED:
            for name in _shown_fields(step):
                yield from _field(step, name)


def counts(changes: Changes) -> dict[Effect, int]:
    """Return how many entries each effect concerns."""
    found = dict.fromkeys(Effect, 0)
    for step in changes.steps:
        found[step.effect] += 1
    return found


def summary(changes: Changes) -> str:
    """Return the counts in words."""
    found = counts(changes)
    parts = [f"{found[Effect.CREATED]} created", f"{found[Effect.CHANGED]} changed"]
    parts += [f"{found[effect]} {effect}" for effect in (Effect.SWITCHED_OFF, Effect.REMOVED) if found[effect]]
    return f"{', '.join(parts)}, {found[Effect.UNCHANGED]} as before."


def as_data(changes: Changes) -> dict[str, Any]:
    """Return the changes for JSON: by kind, what is created, changed, switched off and removed."""
    return {
        kind.name: {
            "created": _titles(changes, kind.name, Effect.CREATED),
            "changed": _values(changes, kind.name, Effect.CHANGED),
            "switched_off": _values(changes, kind.name, Effect.SWITCHED_OFF),
            "removed": _titles(changes, kind.name, Effect.REMOVED),
            "unchanged": len(changes.of(kind.name, Action.UNCHANGED)),
        }
        for kind in KINDS
    }


def words(kind: str) -> str:
    """Return what several of a kind are called."""
    return kind.replace("_", " ")


def counted(kind: str, number: int) -> str:
    """Return so many of a kind in words."""
    return f"{number} {_one(kind) if number == 1 else words(kind)}"


def _one(kind: str) -> str:
    return _ONE.get(kind, words(kind))


def _in_order(changes: Changes) -> list[Step]:
    """Return the steps that do something, those of a kind together."""
    order = {kind.name: position for position, kind in enumerate(KINDS)}
    steps = [step for step in changes.steps if step.action is not Action.UNCHANGED]
    return sorted(steps, key=lambda step: order[step.kind])


def _remark(step: Step) -> str:
    if step.action is Action.RETIRED:
        return ": switched off, as history refers to it"
    if step.action is Action.CHANGED and step.effect is Effect.CREATED:
        return ": comes back, with its history"
    return ": switched off" if step.effect is Effect.SWITCHED_OFF else ""


def _shown_fields(step: Step) -> list[str]:
    return [name for name in step.fields if name != RETIRED]


def _field(step: Step, name: str) -> Iterator[Text]:
    if name in _SECRETS[step.kind]:
        yield Text(f"    {key_of(name)}: changed")
        return
    for key, before, after in _values_of(step, name):
        yield from _value(key, before, after)


def _values_of(step: Step, name: str) -> Iterator[tuple[str, Any, Any]]:
    """Yield the keys that a field stands for, with what they said and say: ``outgoing`` has many."""
    key, before, after = key_of(name), step.before[name], step.row[name]
    if name != _OUTGOING:
        yield key, before, after
        return
    old, new = spread(before), spread(after)
    for inner in old | new:
        if old.get(inner, "") != new.get(inner, ""):  # what one of them has not is a text
            yield f"{key}.{inner}", old.get(inner, ""), new.get(inner, "")


def _value(key: str, before: Any, after: Any) -> Iterator[Text]:
    if isinstance(before, str) and isinstance(after, str) and "\n" in before + after:
        yield Text(f"    {key}:")
        yield from _text_diff(before, after)
    elif isinstance(before, list | frozenset) and isinstance(after, list | frozenset):
        yield Text(f"    {key}: {_list_diff(before, after)}")
    else:
        old, new = _cut(_word(before), _word(after))
        yield Text.assemble(f"    {key}: ", (old, "red"), " → ", (new, "green"))


def _text_diff(before: str, after: str) -> Iterator[Text]:
    found = list(unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0))[2:]
    lines = [line for line in found if not line.startswith("@@")]
    for line in lines[:DIFF_LINES]:
        shown = line if len(line) <= 2 * LONGEST_VALUE else f"{line[: 2 * LONGEST_VALUE]}…"
        yield Text(f"        {plain(shown)}", "green" if line.startswith("+") else "red")
    if len(lines) > DIFF_LINES:
        yield Text(f"        … and {len(lines) - DIFF_LINES} more lines")


def _list_diff(before: list[Any] | frozenset[Key], after: list[Any] | frozenset[Key]) -> str:
    gained = sorted(f"+ {_word(item)}" for item in after if item not in before)
    lost = sorted(f"- {_word(item)}" for item in before if item not in after)
    return ", ".join(gained + lost) or "in another order"


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):  # a pinned sample
        return str(value.get("name") or value)
    return "(none)" if value in (None, "") else plain(value)


def _cut(old: str, new: str) -> tuple[str, str]:
    """Return both texts on one line each; of long ones what stands around the first place where they differ."""
    if len(old) <= LONGEST_VALUE and len(new) <= LONGEST_VALUE:
        return old, new
    start = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    first = max(0, start - _AROUND)
    return _window(old, first), _window(new, first)


def _window(text: str, first: int) -> str:
    shown = text[first : first + LONGEST_VALUE]
    return f"{'…' if first else ''}{shown}{'…' if first + LONGEST_VALUE < len(text) else ''}"


def _titles(changes: Changes, kind: str, effect: Effect) -> list[str]:
    return [step.title for step in changes.steps if step.kind == kind and step.effect is effect]


def _values(changes: Changes, kind: str, effect: Effect) -> dict[str, dict[str, Any]]:
    return {step.title: _fields(step) for step in changes.steps if step.kind == kind and step.effect is effect}


def _fields(step: Step) -> dict[str, Any]:
    if step.action is Action.RETIRED:
        return {RETIRED: {"old": False, "new": True}}
    return dict(item for name in _shown_fields(step) for item in _changed(step, name))


def _changed(step: Step, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if name in _SECRETS[step.kind]:
        yield key_of(name), {"secret": True}
        return
    for key, before, after in _values_of(step, name):
        yield key, {"old": _plain_data(before), "new": _plain_data(after)}


def _plain_data(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value
