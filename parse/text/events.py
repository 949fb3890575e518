"""The lines of a mail made into events: text, quotes, attributions, histories, signatures."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from parse.text.attributions import (
    Strength,
    ends_like_attribution,
    find_attribution,
    is_torn_end,
    leads_into_quote,
)
from parse.text.histories import dashed_phrase, header_block, is_ending, is_marker, is_rule, label_of
from parse.text.lines import Lines
from parse.text.quotes_html import Mark
from parse.text.signatures import signature_start

MAX_LINES = 20_000
"""Lines that are looked at; what follows in a longer mail goes with what the last of them belongs to."""
MAX_CANDIDATES = 2_000
"""Lines that are looked at as attributions; a mail with more is no letter."""

_QUOTE_SIGNS = (">", "＞")
_NAMED_QUOTE = re.compile(r"[^\W\d_][\w.]{0,20}> ?(?=\S|$)")
_QUOTE_MARKS = {Mark.CITED, Mark.QUOTED, Mark.INDENTED}
MAX_INTRODUCTION = 6


class Kind(enum.Enum):
    """What a run of lines is."""

    TEXT = "text"
    QUOTE = "quote"
    ATTRIBUTION = "attribution"
    HISTORY = "history"
    ENDING = "ending"
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class Event:
    """Lines ``start`` to ``end`` (exclusive) of one kind.

    ``introduced`` tells of a quote that it says itself whom it quotes.
    """

    kind: Kind
    start: int
    end: int
    introduced: bool = False


def events_of(lines: Lines) -> Iterator[Event]:
    """Yield the events of a mail's lines in their order; blank lines between them are left out."""
    runs = list(_Reader(lines).runs())
    if len(lines) > MAX_LINES:
        runs[-1] = replace(runs[-1], end=len(lines))
    for number, run in enumerate(runs):
        if run.kind is not Kind.TEXT:
            yield run
            continue
        last = number + 1 == len(runs)
        if not any(lines.keys[run.start : run.end]):
            continue
        stop = signature_start(lines.texts, lines.keys, run.start, run.end, last=last)
        if not any(lines.keys[stop : run.end]):
            stop = run.end
        if stop > run.start:
            yield Event(Kind.TEXT, run.start, stop)
        if stop < run.end:
            yield Event(Kind.SIGNATURE, stop, run.end)


def _name_of(key: str) -> str:
    """Return the initials before the ``>`` of a line that The Bat! quoted."""
    return "" if key[0] == "|" else key[: key.find(">") + 1]


class _Reader:
    """One pass over the lines."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.keys = lines.keys[:MAX_LINES]
        self.attributions = self._find_attributions()
        self.no_headers_before = 0
        self.introduced_at = set(self.attributions.values())
        self.quoted_names: set[str] = set()

    def runs(self) -> Iterator[Event]:
        """Yield runs of lines; runs of text still have their signatures."""
        keys, count = self.keys, len(self.keys)
        start = number = 0
        while number < count:
            event = self._special(number) if keys[number] else None
            if event is None:
                number += 1
                continue
            if event.start > start:
                yield Event(Kind.TEXT, start, event.start)
            yield event
            start = number = event.end
        if start < count:
            yield Event(Kind.TEXT, start, count)

    def _special(self, number: int) -> Event | None:
        """Return the event that begins at a line, if it is not text."""
        key = self.keys[number]
        mark = self.lines.mark(number)
        if mark is not None:
            event = self._marked(number, mark)
            if event is not None:
                return event
        if number in self.attributions:
            return Event(Kind.ATTRIBUTION, number, self.attributions[number])
        if self._is_quote(number):
            return self._quote(number)
        if self._is_barred(key) and (_name_of(key) in self.quoted_names or self._follows_attribution(number)):
            return self._barred(number)
        if is_ending(key):
            return Event(Kind.ENDING, number, number + 1)
        return self._history(number, key)

    def _marked(self, number: int, mark: Mark) -> Event | None:
        """Return the event that the HTML's structure begins at a line."""
        end = self._end_of_mark(number, mark)
        if mark is Mark.HISTORY:
            return Event(Kind.HISTORY, number, end)
        if mark is Mark.SIGNATURE:
            return Event(Kind.SIGNATURE, number, end)
        if mark is Mark.ATTRIBUTION:
            if is_marker(self.keys[number]):
                return None
            return Event(Kind.ATTRIBUTION, number, end)
        introduced = self._is_introduced(number, end)
        if mark is Mark.INDENTED and not introduced and not self._follows_attribution(number):
            return None
        return Event(Kind.QUOTE, number, end, introduced or mark is not Mark.QUOTED)

    def _follows_attribution(self, number: int) -> bool:
        while number not in self.introduced_at and number and not self.keys[number - 1]:
            number -= 1
        return number in self.introduced_at

    def _end_of_mark(self, number: int, mark: Mark) -> int:
        marks = self.lines.marks
        end = number + 1
        while end < len(marks) and marks[end] is mark:
            end += 1
        return end

    def _quote(self, number: int) -> Event:
        """Return the run of lines with a quote sign, with the blank lines inside of it."""
        keys = self.keys
        end = last = number
        while end < len(keys):
            if keys[end]:
                if keys[end][0] not in _QUOTE_SIGNS or end in self.attributions:
                    break
                last = end
            end += 1
        return Event(Kind.QUOTE, number, last + 1, self._is_introduced(number, last + 1))

    def _is_quote(self, number: int) -> bool:
        key = self.keys[number]
        return key[0] in _QUOTE_SIGNS and not is_torn_end(key) and not (key[-3:] == ">>>" and is_marker(key))

    def _is_barred(self, key: str) -> bool:
        """Tell whether a line bears a bar or a name with ``>``, which make a quote only below an attribution."""
        return key[0] == "|" or _NAMED_QUOTE.match(key) is not None

    def _barred(self, number: int) -> Event:
        end = last = number
        while end < len(self.keys):
            if self.keys[end]:
                if not self._is_barred(self.keys[end]):
                    break
                last = end
                self.quoted_names.add(_name_of(self.keys[end]))
            end += 1
        self.quoted_names.discard("")
        return Event(Kind.QUOTE, number, last + 1, introduced=True)

    def _is_introduced(self, start: int, end: int) -> bool:
        """Tell whether a quote says in its first lines whom it quotes."""
        top = [key.lstrip(">＞ ") for key in self.keys[start : min(end, start + MAX_INTRODUCTION)]]
        top = [key for key in top if key]
        if not top:
            return False
        if header_block(top, 0)[0] is not None or is_marker(top[0]):
            return True
        for number, key in enumerate(top):
            if ends_like_attribution(key):
                return find_attribution(top, number, lambda _line: True)[1] is not Strength.NONE
        return False

    def _history(self, number: int, key: str) -> Event | None:
        """Return the history that begins at a line: a marker, or a header block with or without a rule above."""
        keys = self.keys
        below = number + 1
        if is_marker(key):
            while below < len(keys) and not keys[below]:
                below += 1
            end, _ = header_block(keys, below, announced=True)
            return Event(Kind.HISTORY, number, end or number + 1)
        ruled = is_rule(key) or dashed_phrase(key) is not None
        if ruled:
            while below < len(keys) and not keys[below] and below - number <= 2:  # noqa: PLR2004 - two blank lines
                below += 1
            if below >= len(keys) or label_of(keys[below]) is None:
                return None
            end, _ = header_block(keys, below, announced=True)
            return Event(Kind.HISTORY, number, end) if end else None
        if number < self.no_headers_before or label_of(key) is None:
            return None
        end, self.no_headers_before = header_block(keys, number)
        return Event(Kind.HISTORY, number, end) if end else None

    def _find_attributions(self) -> dict[int, int]:
        """Return the attributions as line where each begins to line where it ends (exclusive)."""
        found: dict[int, int] = {}
        keys = self.keys
        taken = candidates = 0
        for number, key in enumerate(keys):
            leads = leads_into_quote(key)
            if not leads and (not ends_like_attribution(key) or (key[0] in _QUOTE_SIGNS and not is_torn_end(key))):
                continue
            candidates += 1
            if candidates > MAX_CANDIDATES:
                break
            if leads:
                found[number] = taken = number + 1
                continue
            start, strength = find_attribution(keys, number, partial(self._is_open, taken))
            if strength is Strength.NONE or (strength is Strength.WEAK and not self._quote_follows(number + 1)):
                continue
            found[self._with_headers_above(start, taken)] = number + 1
            taken = number + 1
        return found

    def _with_headers_above(self, start: int, floor: int) -> int:
        """Return the rule above an attribution from which Yandex puts recipients and subject, or ``start``."""
        top = start
        while top > max(floor, start - MAX_INTRODUCTION) and label_of(self.keys[top - 1]):
            top -= 1
        return top - 1 if floor < top < start and is_rule(self.keys[top - 1]) else start

    def _is_open(self, floor: int, line: int) -> bool:
        """Tell whether a line may belong to an attribution below ``floor``."""
        key = self.keys[line]
        return line >= floor and (not key or key[0] not in _QUOTE_SIGNS or is_torn_end(key))

    def _quote_follows(self, number: int) -> bool:
        """Tell whether the next line with text is a quote."""
        keys = self.keys
        while number < len(keys) and not keys[number]:
            number += 1
        if number >= len(keys):
            return False
        if keys[number][0] in _QUOTE_SIGNS or self._is_barred(keys[number]):
            return True
        return self.lines.mark(number) in _QUOTE_MARKS
