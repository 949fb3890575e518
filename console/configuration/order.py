"""The order of a mailbox's sender rules: what counts is which comes before which, not the numbers that say it."""

from __future__ import annotations

from itertools import groupby, pairwise
from operator import itemgetter

from console.configuration.kinds import Key, Row
from console.configuration.stored import Stored

LAST = float("inf")


def settled(asked: dict[Key, Row], held: Stored) -> dict[Key, Row]:
    """Return the sender rules with the stored positions wherever these have them in the order that is asked for.

    So rules that stay although the file does not name them do not make those that it names seem to be moved.
    """
    rows, ids = held.rows["senders"], held.ids["senders"]
    found: dict[Key, Row] = {}
    for _mailbox, group in groupby(asked.items(), key=lambda item: item[1]["mailbox_id"]):
        rules = dict(sorted(group, key=lambda item: int(item[1]["position"])))
        # of two at one position the older one comes first
        places = [
            (rows[key]["position"], ids[key]) if key in rows else (row["position"], LAST) for key, row in rules.items()
        ]
        if all(before < after for before, after in pairwise(places)):
            positions = map(itemgetter(0), places)
            rules = {key: row | {"position": at} for (key, row), at in zip(rules.items(), positions, strict=True)}
        found |= rules
    return found
