r"""A pattern for a sample mail in which values are marked: each behind its label, one after the other.

>>> with Runner() as runner:
...     propose("Заявка номер 300434925 (sznp).", [Mark("taskNumber", "300434925")], html=False, runner=runner).pattern
'Заявка\\s+номер[ \\t]+(?<taskNumber>\\d+)'
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from backbone.errors import UserError
from parse.rules.contexts import edge, ends, joins, labels, past_walls
from parse.rules.marks import Found, Mark, MarkError, locate
from parse.rules.patterns import BUILT_IN, Pattern, compile_pattern
from parse.rules.problems import PatternError
from parse.rules.reading import Reading, read
from parse.rules.runner import Runner
from parse.rules.shapes import shape
from parse.rules.trial import Trial
from parse.rules.units import Part, Unit, render, units
from parse.rules.values import one_line

GAP = r"((.|\n)*?)"
"""Between one value and the label of the next: any text, as little as may be."""

WINDOW = 80
"""Tokens on each side of a value in which its label and its end are looked for."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A pattern that gives back every marked value of its sample.

    ``found`` are the marks in the order of the pattern; ``alternatives`` other patterns that do the same in the sample
    and may do better elsewhere: with values of any shape, with longer labels.
    """

    pattern: str
    compiled: Pattern
    found: tuple[Found, ...]
    alternatives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Style:
    """A way to write patterns: whether numbers are only digits, how many labels that would do are passed over."""

    shapes: bool = True
    passed_over: int = 0


STYLES = (Style(), Style(shapes=False), Style(passed_over=1))


def propose(
    source: str, marks: Sequence[Mark], *, html: bool, runner: Runner, known: frozenset[str] = BUILT_IN
) -> Proposal:
    """Return a pattern that captures ``marks`` in ``source`` and, by their labels, such values in other mails.

    ``html`` says whether ``source`` is that of HTML; ``known`` are the fields that may be filled, as for
    :func:`parse.rules.patterns.compile_pattern`. Raises UserError: MarkError when one mark is at fault.
    """
    reading = read(source, html=html)
    found = locate(reading, marks, known)
    draft = _Draft(Trial(reading, known), found)
    written: dict[str, Pattern] = {}
    refusal: UserError | None = None
    for style in STYLES:
        try:
            pattern = draft.write(style)
            if pattern not in written:
                written[pattern] = _proven(pattern, reading, found, known, runner)
        except UserError as error:
            refusal = refusal or error
    if not written:
        raise refusal or UserError("no pattern was found.")
    first, *others = written
    return Proposal(first, written[first], tuple(found), tuple(others))


def _proven(pattern: str, reading: Reading, found: Sequence[Found], known: frozenset[str], runner: Runner) -> Pattern:
    """Return ``pattern`` compiled; raise UserError when it does not give back what was marked."""
    try:
        compiled = compile_pattern(pattern, known)
    except PatternError as error:
        raise UserError("the pattern would be too long; mark fewer values, and write a rule for the others.") from error
    result = runner.run(compiled, reading.source)
    if result.failure:
        raise UserError(f"the pattern cannot be run on the sample ({result.failure}); take a shorter sample.")
    for mark in found:
        if one_line(result.captures.get(mark.target, ""), html=reading.html) != mark.value:
            hint = "it stands past what is searched" if result.cut else "nothing around it tells it from other text"
            raise MarkError(mark.mark, f"no pattern gives back what is marked; {hint}, mark another value")
    return compiled


@dataclass(frozen=True, slots=True)
class _Draft:
    """A pattern in the making, from the first value to the last."""

    trial: Trial
    found: Sequence[Found]

    def write(self, style: Style) -> str:
        """Return a pattern; raise MarkError where none tells a value from other text."""
        clusters = self._clusters()
        pattern = ""
        place = 0
        for number, cluster in enumerate(clusters):
            last = number + 1 == len(clusters)
            limit = len(self._source) if last else clusters[number + 1][0].start
            body, end = self._body(cluster, limit, style, last=last)
            pattern += self._led(cluster, body, place, end, style)
            place = end
        return pattern

    @property
    def _source(self) -> str:
        return self.trial.reading.source

    @property
    def _html(self) -> bool:
        return self.trial.reading.html

    def _clusters(self) -> list[list[Found]]:
        """Return the marks, those together between which no label stands."""
        clusters = [[self.found[0]]]
        for before, mark in pairwise(self.found):
            if joins(self._after(before, mark.start)):
                clusters[-1].append(mark)
            else:
                clusters.append([mark])
        return clusters

    def _after(self, mark: Found, limit: int) -> list[Unit]:
        return units(self._source, self.trial.reading.after(mark.end, limit, WINDOW), html=self._html)

    def _body(self, cluster: Sequence[Found], limit: int, style: Style, *, last: bool) -> tuple[str, int]:
        """Return the pattern of the values of ``cluster`` with what ends them, and the place after that."""
        after = self._after(cluster[-1], limit)
        until = after[-1].end if after else cluster[-1].end
        for shaped in (True, False) if style.shapes else (False,):
            head = "".join(
                _group(mark, (shaped and self._shape(mark)) or self._text(mark))
                + render(self._after(mark, following.start), html=self._html)
                for mark, following in pairwise(cluster)
            )
            for value, end in self._values(cluster[-1], after, shaped=shaped, last=last):
                body = head + _group(cluster[-1], value) + end
                place = self.trial.reads(f"^{body}", cluster, cluster[0].start, until)
                if place is not None:
                    return body, place
        raise MarkError(cluster[-1].mark, "nothing behind the value shows where it ends; mark a longer piece")

    def _values(self, mark: Found, after: Sequence[Unit], *, shaped: bool, last: bool) -> Iterator[tuple[str, str]]:
        """Yield patterns for a value, each with what ends it."""
        if shaped and (own := self._shape(mark)):
            yield own, edge(after, html=self._html, last=last)
            yield own, ""
        text = self._text(mark)
        if text == ".*?" and _line_ends(after):
            yield ".*", ""
        for end in ends(after, html=self._html):
            yield text, end
        if last and not after:
            yield text.removesuffix("?"), ""

    def _shape(self, mark: Found) -> str:
        return shape(mark.target, self._source[mark.start : mark.end])

    def _text(self, mark: Found) -> str:
        """Return the pattern of any text like that of ``mark``: on one line if that is."""
        lines = self._html or "\n" in self._source[mark.start : mark.end]
        return r"(.|\n)*?" if lines else ".*?"

    def _led(self, cluster: Sequence[Found], body: str, place: int, end: int, style: Style) -> str:
        """Return ``body`` behind the label that leads to it from ``place`` on; best one that stands nowhere else."""
        start = cluster[0].start
        before = past_walls(units(self._source, self.trial.reading.before(start, place, WINDOW), html=self._html))
        whole = (before[0].start if before else start) == place
        glued = bool(place) and whole and not any(unit.speaks for unit in before)
        fitting: list[str] = []
        alone: list[str] = []
        for label in labels(before, html=self._html, from_start=whole and not place):
            piece = f"{label}{body}"
            if self.trial.reads(f"^{piece}" if glued else piece, cluster, place, len(self._source)) is None:
                continue
            fitting.append(piece)
            if glued or self._is_alone(piece, cluster, place, end):
                alone.append(piece)
                if len(alone) > style.passed_over:
                    break
        offered = alone or fitting
        if not offered:
            raise MarkError(cluster[0].mark, "nothing before the value tells it from other text; mark another place")
        return (GAP if place and not glued else "") + offered[min(style.passed_over, len(offered) - 1)]

    def _is_alone(self, piece: str, cluster: Sequence[Found], place: int, end: int) -> bool:
        """Return whether ``piece`` matches nothing but ``cluster`` in the sample, of which ``place`` on is known."""
        if self.trial.search(piece, end, len(self._source)) is not None:
            return False
        return not place or self.trial.reads(piece, cluster, 0, len(self._source)) is not None


def _group(mark: Found, value: str) -> str:
    return f"(?<{mark.name}>{value})"


def _line_ends(after: Sequence[Unit]) -> bool:
    """Return whether nothing but blanks is left of the line."""
    return next((unit.part is Part.BREAK for unit in after if unit.part is not Part.BLANK), True)
