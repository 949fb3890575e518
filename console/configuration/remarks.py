"""What must not be overlooked of changes: told below them, and among the notes of the JSON. Never holds a secret."""

from __future__ import annotations

from collections.abc import Iterator

from console.commands.common import plain
from console.configuration.changes import Action, Changes
from console.configuration.show import counted, words

MOST_NOTES = 5
"""Notes of one sort that are written out; of more it says how many."""


def remarks(changes: Changes) -> Iterator[str]:
    """Yield what must not be overlooked, a sentence each."""
    yield from _gone(changes)
    yield from _switched_on(changes)
    yield from _left(changes)
    yield from _kept(changes)


def _gone(changes: Changes) -> Iterator[str]:
    for kind in changes.emptied:
        number = sum(step.kind == kind and step.action in (Action.RETIRED, Action.REMOVED) for step in changes.steps)
        yield f"The files name no {words(kind)}: all {number} go."
    if "service_users" in changes.emptied:
        yield "Without service users the pipeline may do everything."


def _switched_on(changes: Changes) -> Iterator[str]:
    """Yield what undoes ``postroom service-user off``."""
    for step in changes.of("service_users", Action.CHANGED):
        if step.row["enabled"] and not step.before["enabled"]:
            yield f"The service user {step.title} was off and is on by the files; 'enabled: false' there keeps it off."


def _left(changes: Changes) -> Iterator[str]:
    if changes.left:
        told = ", ".join(counted(kind, number) for kind, number in changes.left.items())
        yield f"What the files do not name stays as it is ({told}); --prune removes it."
    for shadow in changes.shadows[:MOST_NOTES]:
        yield (
            f"No mail comes to the sender {plain(shadow.rule)}, as {plain(shadow.before)}, which the files do not "
            "name, decides first; name that with 'on_mismatch: next' and a regex, or remove it by --prune."
        )
    if len(changes.shadows) > MOST_NOTES:
        yield f"{len(changes.shadows) - MOST_NOTES} more senders get no mail for the same reason."


def _kept(changes: Changes) -> Iterator[str]:
    for kept in changes.kept[:MOST_NOTES]:
        yield f"{kept.variable} is not set: the stored password of {plain(kept.mailbox)} stays."
    if len(changes.kept) > MOST_NOTES:
        yield f"{len(changes.kept) - MOST_NOTES} more variables are not set, and as many stored passwords stay."
