"""What the person newly wrote in a mail: its text without quotes, histories, signatures and footers.

The lines of the text become events (text, quote, attribution, history, signature); then it is decided which of them
stay. The full text is never lost: what is cut is given back beside what is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from parse.text.events import Event, Kind, events_of
from parse.text.html_text import html_to_text, marked_text
from parse.text.lines import Lines, lines_of_marked, lines_of_text

_INTRODUCTIONS = (Kind.ATTRIBUTION, Kind.HISTORY)


@dataclass(frozen=True, slots=True)
class NewText:
    """The new text of a mail, what was cut away, and whether the mail quotes another one."""

    new_text: str
    cut_text: str
    quoted: bool


def split_reply(text: str, html: str | None = None) -> NewText:
    """Split a mail's text into what the person newly wrote and the rest. Never empty when the mail is not.

    Given ``html``, its structure decides where ``text`` was made from it (notes below it stay), and where the plain
    text shows no history but the HTML does.
    """
    if not html:
        return _split(lines_of_text(text))
    shown = html_to_text(html)
    if text.strip().startswith(shown):
        by_structure = _split(lines_of_marked(marked_text(html)))
        below = text.strip()[len(shown) :].strip("\n")
        new_text = f"{by_structure.new_text}\n\n{below}" if below else by_structure.new_text
        return NewText(new_text, by_structure.cut_text, by_structure.quoted)
    by_lines = _split(lines_of_text(text))
    if by_lines.quoted:
        return by_lines
    by_structure = _split(lines_of_marked(marked_text(html)))
    if by_structure.quoted and by_structure.cut_text and _folded(by_structure.new_text) in _folded(text):
        return by_structure
    return by_lines


def _folded(text: str) -> str:
    return " ".join(text.split())


def _split(lines: Lines) -> NewText:
    events = list(events_of(lines))
    quoted = any(event.kind in {Kind.QUOTE, Kind.HISTORY, Kind.ATTRIBUTION} for event in events)
    kept = list(_kept(events))
    if not _has_text(lines, kept):
        # A mail of nothing but a signature, a quote or somebody else's mail says what it says by that.
        forward = any(event.kind is Kind.HISTORY for event in events)
        kept = [event for event in events if event.kind in {Kind.TEXT, Kind.SIGNATURE}]
        if forward or not _has_text(lines, kept):
            kept = events
    return NewText(_join(lines, kept), _join(lines, _others(events, kept)), quoted=quoted)


def _kept(events: list[Event]) -> Iterator[Event]:
    """Yield the events that the person wrote."""
    last_text = max((number for number, event in enumerate(events) if event.kind is Kind.TEXT), default=-1)
    written = introduced = False
    number = 0
    while number < len(events):
        event = events[number]
        before_quote = number + 1 < len(events) and events[number + 1].kind is Kind.QUOTE
        number += 1
        introduced = introduced or event.introduced or (before_quote and event.kind in _INTRODUCTIONS)
        if event.kind is Kind.TEXT or (event.kind is Kind.QUOTE and not introduced and number <= last_text):
            written = written or event.kind is Kind.TEXT
            yield event
        elif event.kind not in _INTRODUCTIONS or before_quote:
            continue
        elif written or (introduced and event.kind is Kind.HISTORY):
            number = _end_of_history(events, number)
        elif event.kind is Kind.HISTORY:
            yield from events[number - 1 :]
            return


def _end_of_history(events: list[Event], start: int) -> int:
    """Return the event that closes a history: the line that says so, or the end."""
    endings = (number for number in range(start, len(events)) if events[number].kind is Kind.ENDING)
    return next(endings, len(events))


def _others(events: list[Event], kept: list[Event]) -> list[Event]:
    staying = {event.start for event in kept}
    return [event for event in events if event.start not in staying]


def _has_text(lines: Lines, events: list[Event]) -> bool:
    return any(lines.keys[number] for event in events for number in range(event.start, event.end))


def _join(lines: Lines, events: list[Event]) -> str:
    """Return the text of events, without blank lines at its ends nor heaps of them where something was cut."""
    out: list[str] = []
    position = 0
    for event in events:
        start = event.start
        if out and start != position:
            gap = not all(lines.keys[start - 1 : start + 1])
            while out and not out[-1].strip():
                out.pop()
                gap = True
            while start < event.end and not lines.keys[start]:
                start += 1
            out += [""] * gap
        out += lines.texts[start : event.end]
        position = event.end
    first, end = 0, len(out)
    while first < end and not out[first].strip():
        first += 1
    while end > first and not out[end - 1].strip():
        end -= 1
    return "\n".join([line.rstrip() for line in out[first:end]])
