"""Whatever is marked under whatever labels is given back, and no character of either is taken for syntax."""

from collections.abc import Iterator
from html import escape

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from parse.rules.evaluate import evaluate
from parse.rules.marks import Mark
from parse.rules.patterns import BUILT_IN
from parse.rules.propose import propose
from parse.rules.runner import Runner
from tests.unit.parse.rules.ticket_mails import reads

HOSTILE = "\\.*+?|{}[]()^$#-/<>&;\"'=!:,~`@%№«»—"
LETTERS = "абвгЁёЯшщiIaBz"
words = st.text(alphabet=f"{HOSTILE}{LETTERS}0123456789", min_size=1, max_size=10)
phrases = st.lists(words, min_size=1, max_size=4).map(" ".join)
labels = phrases.filter(lambda text: any(map(str.isalpha, text)))
LAYOUTS = (
    "<b>{label}</b>: {value}<br>\r\n",
    "<tr><td style='x'>{label}</td>\n<td>{value}</td></tr>",
    "<p>{label}: <span class=a>{value}</span></p>\n",
    "<div>{label} &mdash;&nbsp;{value}</div>",
    "<li>{label}<br/>{value}</li>",
)
LINES = ("{label}: {value}\r\n", "{label}\t{value}\n", "- {label} = {value} \n", "{label}:\n{value}\n\n")
rows = st.dictionaries(labels, phrases, min_size=1, max_size=5)


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner() as one:
        yield one


def _check(runner: Runner, source: str, read: str, values: list[str], *, html: bool) -> None:
    assume(len(set(values)) == len(values))
    assume(all(read.count(value) == 1 for value in values))
    expected = dict(zip(sorted(BUILT_IN), values, strict=False))
    proposal = propose(source, [Mark(*one) for one in expected.items()], html=html, runner=runner)
    assert reads(evaluate(proposal.compiled, "", source, html=html, runner=runner), expected), proposal.pattern


@given(rows, st.sampled_from(LAYOUTS), st.data())
def test_values_in_html_are_given_back(runner: Runner, table: dict[str, str], layout: str, data: st.DataObject) -> None:
    written = {
        label: escape(value).replace(" ", data.draw(st.sampled_from([" ", "&nbsp;", "\r\n  ", " <!-- x --> "])))
        for label, value in table.items()
    }
    lines = [layout.format(label=escape(label), value=value) for label, value in written.items()]
    read = " ".join(f"{label} : — {value}" for label, value in table.items())
    source = f"<html><head><title>т</title></head><body>{''.join(lines)}</body></html>"
    _check(runner, source, read, list(table.values()), html=True)


@given(rows, st.sampled_from(LINES))
def test_values_in_text_are_given_back(runner: Runner, table: dict[str, str], layout: str) -> None:
    source = "".join(layout.format(label=label, value=value) for label, value in table.items())
    _check(runner, source, " ".join(source.split()), list(table.values()), html=False)


@given(
    words,
    st.lists(words, min_size=2, max_size=4),
    st.sampled_from(("<b>{}</b>", "<i class='a>b'>{}</i>", "<u\nx=1>{}</u>")),
)
def test_a_value_broken_by_tags_is_given_back(runner: Runner, label: str, pieces: list[str], tag: str) -> None:
    value = "".join(tag.format(escape(piece)) if number % 2 else escape(piece) for number, piece in enumerate(pieces))
    source = f"<p>{escape(label)}Ы: {value}</p><p>конец</p>"
    _check(runner, source, f"{label}Ы: {''.join(pieces)} конец", ["".join(pieces)], html=True)


names = st.lists(st.text(alphabet="абвгдежзиклмн", min_size=3, max_size=8), min_size=1, max_size=3).map(" ".join)
contents = st.lists(
    st.text(alphabet=f"{HOSTILE}опрстуфхцчшщ0123456789", min_size=1, max_size=9), min_size=1, max_size=4
)
pairs = st.tuples(contents.map(" ".join), contents.map(" ".join))


@given(st.dictionaries(names, pairs, min_size=2, max_size=5), st.sampled_from(LAYOUTS + LINES))
def test_other_values_under_the_same_labels_are_read(
    runner: Runner, table: dict[str, tuple[str, str]], layout: str
) -> None:
    html = layout in LAYOUTS
    read = " ".join(f"{label} {value}" for label, (value, _) in table.items())
    assume(all(read.count(value) == 1 for value, _ in table.values()))
    assume(all(" ".join(table).count(label) == 1 for label in table))
    sample, other = (
        "".join(
            layout.format(label=label, value=escape(values[which]) if html else values[which])
            for label, values in table.items()
        )
        for which in (0, 1)
    )
    # shapes are for numbers; texts may be anything
    targets = ("object", "address", "description", "work_type", "criticality")
    marks = [Mark(target, value) for target, (value, _) in zip(targets, table.values(), strict=False)]
    proposal = propose(sample, marks, html=html, runner=runner)
    expected = {target: value for target, (_, value) in zip(targets, table.values(), strict=False)}
    outcome = evaluate(proposal.compiled, "", other, html=html, runner=runner)
    assert reads(outcome, expected), (proposal.pattern, dict(outcome.captures))
