import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from parse.rules.patterns import BUILT_IN, MAX_LENGTH, TARGETS, compile_pattern
from parse.rules.problems import PatternError
from parse.rules.program import find
from parse.rules.runner import Runner

KNOWN = BUILT_IN | {"custom_floor"}

# a pattern as .NET has it, a text, and what .NET matches there
TRANSLATED = (
    (r"(?<taskNumber>\d+)", "n 12", "12"),
    (r"(?'taskNumber'\d+)", "n 12", "12"),
    (r"(?P<taskNumber>\d+)", "n 12", "12"),
    (r"(?<_q>[ab])x\k<_q>", "axb bxb", "bxb"),
    (r"(?'_q'[ab])x\k'_q'", "axb bxb", "bxb"),
    (r"(a|b)x\1", "axb bxb", "bxb"),
    (r"(?<_n>a)(b)\1", "abb aba", "abb"),  # groups without a name are numbered first
    (r"(?<_n>a)(b)\2", "abb aba", "aba"),
    (r"(?<3>a)b\3", "ab aba", "aba"),
    (r"(?<3>a)b\k<3>", "ab aba", "aba"),
    (r"a\12", "a\n", "a\n"),  # octal: there is no group 12
    (r"\0101", "A1 B", None),
    (r"\101", "AB", "A"),
    (r"a\Z", "ba\n", "a"),
    (r"a\z", "ba\n", None),
    (r"a\z", "ba", "a"),
    (r"a$", "ba\n", "a"),
    (r"(?m)a$", "a\nb", "a"),
    (r"(?m:^b)", "a\nb", "b"),
    (r"(?i)НОМЕР", "номер", "номер"),
    (r"а(?i)Б(?-i)в", "аБв абВ абв", "аБв"),
    (r"а(?i:Б)в", "абВ абв", "абв"),
    (r"а(?i)Б|в", "В", "В"),  # an option goes on into the next branch
    (r"(?:а(?i)Б)в", "абВ абв", "абв"),  # and ends with its bracket
    (r"(?s).+", "a\nb", "a\nb"),
    (r".+", "a\nb", "a"),
    (r"(?n)(a)(?<_x>b)\1", "abb", "abb"),  # (a) captures nothing, so b is the first group
    ("(?x) a b # a note\n c [ ]", "abc ", "abc "),
    (r"(?x-i: a \  b)", "a b", "a b"),
    (r"a(?#a note)b", "ab", "ab"),
    (r"(?#a note)a*", "aa", "aa"),
    (r"(?>a+)b", "aab", "aab"),
    (r"a++b", "aab", "aab"),
    (r"(?>a+)ab", "aab", None),
    (r"[\p{IsCyrillic}]+", "ab Я", "Я"),
    (r"\p{IsCyrillic}+", "a1яЁ", "яЁ"),
    (r"\P{IsCyrillic}+", "я1a", "1a"),
    (r"\p{IsBasicLatin}+", "яab", "ab"),
    (r"\p{Lu}", "aБ", "Б"),
    (r"[a-z-[aeiou]]+", "aeb-c", "b"),
    (r"[\w-[\d_]]+", "12_ab", "ab"),
    (r"[^a-[b]]+", "abc", "c"),
    (r"[a[]+", "b[a", "[a"),
    (r"[]a]+", "b]a", "]a"),
    (r"[a&&b||c~~]+", "&&|", "&&|"),
    (r"a{,2}", "a{,2}", "a{,2}"),
    (r"a{x", "a{x", "a{x"),
    (r"a{1,2}?", "aa", "a"),
    (r"(?:^)*a", "ba", "a"),
    (r"(?=b)*b", "ab", "b"),
    (r"\e\a\cA\x41\u0416", "\x1b\a\x01AЖ", "\x1b\a\x01AЖ"),
    (r"[\b]", "a\b", "\b"),
    (r"\"\'\<\>\#\ \-\/", "\"'<># -/", "\"'<># -/"),
    (r"(a)?(?(1)b|c)", "c", "c"),
    (r"(?<_q>a)?(?(_q)b|c)", "ab", "ab"),
    (r"(?(?=a)ab|c)", "xab", "ab"),
    (r"(?(a)ab|c)", "xc", "c"),
    (r"(?<=a[xy]*)b", "axyb", "b"),
    (r"(?<!a)b", "abb", "b"),
    (r"(a){e}", "a{e}", "a{e}"),  # no fuzzy matching
    (r"\p{L}\d|\s", "\u0416\u0663", "\u0416\u0663"),
)


@pytest.mark.parametrize(("source", "text", "expected"), TRANSLATED)
def test_what_dotnet_means(source: str, text: str, expected: str | None) -> None:
    spans = find(compile_pattern(source).program, text, 5)
    assert (None if spans is None else text[slice(*spans[0])]) == expected


NAMES = ", ".join(TARGETS)
REFUSED = (
    ("(a", 0, "( is not closed; add ) or write \\( for the character."),
    ("a)", 1, ") closes nothing; leave it out or write \\) for the character."),
    ("[a", 0, "[ is not closed; add ] or write \\[ for the character."),
    ("[a-", 0, "[ is not closed; add ] or write \\[ for the character."),
    ("a**", 2, "* repeats a repetition; put brackets around what it shall repeat, or leave it out."),
    ("a{2}{3}", 4, "{ repeats a repetition; put brackets around what it shall repeat, or leave it out."),
    ("*a", 0, "* repeats nothing; write \\* for the character or put one before it."),
    ("a|+b", 2, "+ repeats nothing; write \\+ for the character or put one before it."),
    ("a{5,2}", 1, "{5,2} runs backwards; swap its numbers."),
    ("a{99999}", 1, "{99999} repeats too often; 10000 is the most."),
    ("((a{9000}){9000}){9000}", 0, "the counts in {…} multiply to too much; lower those within each other."),
    ("[z-a]", 1, "the range z-a runs backwards; swap its ends."),
    (r"[\d-z]", 1, "the range \\d-z has a set at one end; write \\- for the character -."),
    ("[a-[b]c]", 0, "what is taken away must stand last in a set; move -[…] to its end."),
    ("[[:alpha:]]", 1, "[:name:] is no set of .NET; write \\p{L} for letters or \\d for digits."),
    (r"b\k<x>", 1, "there is no group x to refer to; name one (?<x>…)."),
    (r"\k", 0, "\\k has no name; write \\k<name>."),
    (r"(a)\2", 3, "\\2 refers to a group that is not there; count the brackets before it."),
    ("x(?<taskNumbr>a)", 1, "(?<taskNumbr>…) fills no field that we know; did you mean taskNumber?"),
    ("(?'tasknumber'a)", 0, "(?<tasknumber>…) fills no field that we know; did you mean taskNumber?"),
    ("(?<custom_flor>a)", 0, "(?<custom_flor>…) fills no field that we know; did you mean custom_floor?"),
    ("(?<custom_>a)", 0, "(?<custom_>…) names no custom field; write its name after it, such as custom_floor."),
    ("(?<custom_x>a)", 0, "(?<custom_x>…) fills a custom field that is not declared; declare x first."),
    (
        "(?<q>a)",
        0,
        f"(?<q>…) fills no field that we know; name it {NAMES} or custom_<field>, or begin its name with _.",
    ),
    ("(?<a-b>x)", 0, "(?<a-b>…) is a balancing group, which is not supported; write the nesting out."),
    ("(?<-b>x)", 0, "(?<-b>…) is a balancing group, which is not supported; write the nesting out."),
    ("(?<object", 0, "the name of the group is not closed; write (?<name>…)."),
    ("(?<>a)", 0, "the group has no name; write (?<name>…), or (…) for a group without one."),
    ("(?<0>a)", 0, "a group cannot be number 0; number it from 1, or give it a name."),
    ("(?<my name>a)", 0, "my name is no name for a group; use letters, digits and _ only."),
    ("a(?R)", 1, "recursion is not supported; write the pattern out as deep as it is needed."),
    ("(?1)", 0, "recursion is not supported; write the pattern out as deep as it is needed."),
    ("(?&n)", 0, "recursion is not supported; write the pattern out as deep as it is needed."),
    ("(?|a|b)", 0, "(?| is not known to .NET; write \\k<name> or (?:…)."),
    ("(?y:b)", 0, "y is no option; i, m, n, s and x are."),
    ("(?", 0, "(? opens no group that we know; write (?:…) or (?<name>…)."),
    ("(?#x", 0, "(?# is a comment that is not closed; add )."),
    ("(*FAIL)", 0, "(* is no group of .NET; write \\(* or put something before the *."),
    ("(?<object>.)?(?(object)a|b|c)", 13, "a condition has more than two branches; put brackets around one."),
    (
        r"\p{Foo}",
        0,
        "\\p{Foo} is no set that we know; write a category such as \\p{L} or a block such as \\p{IsCyrillic}.",
    ),
    (r"\p{Cyrillic}", 0, "\\p{Cyrillic} is no set of .NET; write \\p{IsCyrillic} for that block."),
    (r"\pL", 0, "\\p has no {name}; write \\p{L} for letters."),
    (r"\q", 0, "\\q means nothing; write q for the character itself."),
    (r"\R", 0, "\\R means nothing in .NET; leave it out or write \\\\R."),
    (r"\x4", 0, "\\x needs 2 hexadecimal digits; write \\x41."),
    (r"\u12", 0, "\\u needs 4 hexadecimal digits; write \\u0041."),
    (r"\c1", 0, "\\c needs a letter; write \\cA."),
    ("a\\", 1, "the pattern ends in a backslash; write \\\\ for a backslash itself."),
    ("", 0, "the pattern is empty; leave the key out to have none."),
    ("a" * 4001, 4000, "the pattern has 4001 characters, 4000 are allowed; shorten it."),
    ("(" * 60, 50, "brackets are nested more than 50 deep; take some of them away."),
)


@pytest.mark.parametrize(("source", "index", "sentence"), REFUSED)
def test_what_cannot_be_is_refused_in_a_sentence(source: str, index: int, sentence: str) -> None:
    with pytest.raises(PatternError) as refused:
        compile_pattern(source, KNOWN)
    assert str(refused.value) == f"line 1, column {index + 1}: {sentence}"
    assert refused.value.index == index


def test_the_place_is_shown_in_its_line() -> None:
    with pytest.raises(PatternError) as refused:
        compile_pattern("a\n\tb(c\nd")
    error = refused.value
    assert (error.line, error.column, error.index) == (2, 3, 4)
    assert error.caret() == "\tb(c\n\t ^"


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_has_its_field(name: str) -> None:
    assert compile_pattern(f"(?<{name}>a)").targets == (TARGETS[name],)


def test_custom_fields_are_targets_when_declared() -> None:
    assert compile_pattern("(?<custom_floor>a)", KNOWN).targets == ("custom_floor",)


def test_of_two_groups_for_a_field_the_one_that_caught_something_counts() -> None:
    pattern = compile_pattern("(?<taskNumber>\\d*)x|(?<external_number>\\w)y")
    with Runner() as runner:
        assert runner.run(pattern, "ay").captures == {"external_number": "a"}
        assert runner.run(pattern, "1x").captures == {"external_number": "1"}


@given(st.text(alphabet="ab(){}[]|*+?^$.\\<>'#!=:-,012xkdspP \n", max_size=30))
def test_any_text_is_compiled_or_refused(source: str) -> None:
    try:
        pattern = compile_pattern(source, KNOWN)
    except PatternError as error:
        place = error.index
        pattern = None
    else:
        place = 0
    assert 0 <= place <= len(source) <= MAX_LENGTH
    for step in pattern.program.steps if pattern else ():
        regex.compile(step.source)
