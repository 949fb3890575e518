"""Rewritten and cut patterns find just what the regex package finds with the pattern as it was written."""

import time
import tracemalloc

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from parse.rules.parser import parse_pattern
from parse.rules.patterns import compile_pattern
from parse.rules.program import Gap, find
from parse.rules.syntax import Group, references, walk
from parse.rules.writer import write

IDIOMS = (
    "((.|\n)*)",
    r"((.|\n)*)",
    r"(.|\n)*",
    r"(?:.|\n)*",
    r"(.|\s)*",
    r"(\s|\S)*",
    r"(.|\r|\n)*",
    r"(.|[\r\n])*",
    r"(\n|.)*",
    r"([\s\S])*",
    r"[\d\D]*",
    r"[\w\W]*",
    r"((?:.|\n)*)*",
    r"((.)|(\n))*",
    r"(?s:.*)",
    r"(?s:(.)*)",
)
BODY = "<b>Имя</b>: значение<br>\n" * 80_000


@pytest.mark.parametrize("idiom", IDIOMS)
@pytest.mark.parametrize("lazy", ["", "?"])
def test_each_idiom_is_a_gap(idiom: str, lazy: str) -> None:
    written = f"{idiom[:-1]}{lazy})" if idiom.endswith("*)") else f"{idiom}{lazy}"
    if idiom.endswith(")*") and lazy and "*)*" in idiom:
        written = "((?:.|\\n)*?)"
    steps = compile_pattern(f"a{written}b").program.steps
    assert [(step.source, step.gap) for step in steps] == [
        ("a", Gap.NONE),
        ("b", Gap.LAZY if lazy else Gap.GREEDY),
    ]


@pytest.mark.parametrize(
    "source", [r"a(.|\n)*\1b", r"a(?<_x>.|\n)*b\k<_x>", r"a(.|b)*c", r"(?=a[\s\S]*)b", r"(?>a[\s\S]*)b"]
)
def test_what_only_looks_like_it_is_left_alone(source: str) -> None:
    assert len(compile_pattern(source).program.steps) == 1


atoms = st.sampled_from(
    (
        *("a", "b", "a", "b", "\\n", ".", "[ab]", "[^a]", "\\w", "\\s", "(?i:A)"),
        *(
            "(.|\\n)*",
            "((.|\\n)*)",
            "(.|\\n)*?",
            "(?:.|\\s)*",
            "[\\s\\S]*?",
            "([\\s\\S])*",
            "(.|\\r|\\n)+",
            "((.|\\n)+?)",
        ),
        *(
            "^",
            "$",
            "\\b",
            "\\B",
            "(?=a)",
            "(?!b)",
            "(?<=a)",
            "(?<!a)",
            "\\Z",
            "\\z",
            "(?m:^)",
            "(?m:$)",
            "(?<=a[ab]*)",
        ),
    )
)


def _nested(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    sequence = st.lists(inner, min_size=1, max_size=3).map("".join)
    return st.one_of(
        st.builds("(?<{}>{})".format, st.sampled_from(("object", "address", "deadline")), sequence),
        sequence.map("({})".format),
        st.builds("(?:{}|{})".format, sequence, sequence),
        st.builds(
            "(?:{}){}".format, sequence, st.sampled_from(("*", "+", "?", "*?", "??", "{2}", "{1,2}", "*+", "++"))
        ),
        sequence.map("(?>{})".format),
    )


patterns = st.builds(
    lambda items, tail: "".join(items) + (f"\\k<{tail}>" if f"(?<{tail}>" in "".join(items) else ""),
    st.lists(st.recursive(atoms, _nested, max_leaves=4), min_size=1, max_size=6),
    st.sampled_from(("", "", "", "object")),
)


@given(patterns, st.lists(st.text(alphabet="ab\n A", max_size=9), min_size=3, max_size=3))
def test_the_same_is_found_and_captured(source: str, texts: list[str]) -> None:
    program = compile_pattern(source).program
    tree = parse_pattern(source)
    named = {node.key for node in walk(tree) if isinstance(node, Group) and node.key and node.key[0] != "#"}
    keys = sorted(named | references(tree))
    plain = regex.compile(write(tree, {key: f"g{number}" for number, key in enumerate(keys, start=1)}))
    for text in texts:
        found = plain.search(text, timeout=5)
        expected = found and {0: found.span()} | {
            int(name[1:]): found.span(name) for name in found.re.groupindex if found.span(name)[0] >= 0
        }
        assert find(program, text, 5) == expected


CHAINS = (
    r"Крайний срок((.|\n)*)Расположение((.|\n)*)Описание",
    r"(<b>)(Имя)(</b>: )(?<object>.*?)(<br[/]?>)((.|\n)*)(<b>)(Имя)(</b>: )(?<address>.*?)(<br>)((.|\n)*)Нет такого",
    r"<b>((.|\n)*)<b>((.|\n)*)<b>((.|\n)*)<b>((.|\n)*)<b>((.|\n)*)Нет такого",
    r"<b>(.|\s)*?<b>(.|\s)*?<b>(.|\s)*?<b>(.|\s)*?Нет такого",
    r"((.|\n)*)((.|\n)*)((.|\n)*)((.|\n)*)\d",
    r"[\s\S]*?(?<description>Имя[\s\S]+?)<br>[\s\S]*$",
)


@pytest.mark.parametrize("source", CHAINS)
def test_chains_over_two_megabytes_take_little_time_and_no_memory(source: str) -> None:
    program = compile_pattern(source).program
    seconds = time.process_time()
    find(program, BODY, 60)
    seconds = time.process_time() - seconds
    tracemalloc.start()
    try:
        find(program, BODY, 60)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert seconds < 2
    assert peak < 1_000_000


def test_time_grows_with_the_text_only_as_it_does() -> None:
    program = compile_pattern(CHAINS[2]).program
    taken = []
    for text in (BODY[: len(BODY) // 4], BODY):
        started = time.process_time()
        for _ in range(5):
            find(program, text, 60)
        taken.append(time.process_time() - started)
    assert taken[1] < 20 * max(taken[0], 0.001)
