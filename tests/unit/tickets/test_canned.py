"""Canned replies: what is filled in, what stays as it is, and the sentences for what cannot be filled in."""

import pytest

from tickets.canned import FIELDS, FillingError, fill, troubles

VALUES = {"number": "О0106000", "contact": "Анна {author}", "deadline": "25.11.2026 18:00"}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("", ""),
        ("Без полей", "Без полей"),
        ("Заявка {number}, срок {deadline}.", "Заявка О0106000, срок 25.11.2026 18:00."),
        ("{ number }", "О0106000"),
        ("{number}{number}", "О0106000О0106000"),
        ("{{number}} {{}} {{{number}}}", "{number} {} {О0106000}"),
        ("{contact}", "Анна {author}"),
        (r"\1 {number} \g<0>", r"\1 О0106000 \g<0>"),
    ],
)
def test_fields_are_filled_in_once(text: str, filled: str) -> None:
    assert fill(text, VALUES) == filled


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a\n{nomber}", "line 2: {nomber} is no field of a ticket; did you mean {number}?"),
        ("{Deadline}", "line 1: {Deadline} is no field of a ticket; did you mean {deadline}?"),
        (
            "{0}",
            (
                "line 1: {0} is no field of a ticket; choose from {number}, {subject}, {customer}, {contact}, "
                "{object}, {work_type}, {deadline}, {assignee}, {author}, or write {{ for a brace."
            ),
        ),
        ("a { b", "line 1: a { stands alone; write {{ for a brace, or a field such as {number}."),
        ("a } b", "line 1: a } stands alone; write }} for a brace, or a field such as {number}."),
        ("{number\n}", "line 1: a { stands alone; write {{ for a brace, or a field such as {number}."),
        (
            "{number} {assignee}",
            (
                "line 1: this ticket has nothing to put in for {assignee}; fill that in first, or write the message "
                "yourself."
            ),
        ),
    ],
)
def test_what_cannot_be_filled_in_is_told(text: str, sentence: str) -> None:
    with pytest.raises(FillingError) as caught:
        fill(text, VALUES)
    assert str(caught.value) == sentence


def test_an_attribute_or_a_format_is_no_way_around() -> None:
    assert [trouble.line for trouble in troubles("{number.__class__}\n{number!r}\n{number:>10}\n{}")] == [1, 2, 3, 4]


def test_every_field_is_known() -> None:
    text = " ".join(f"{{{field}}}" for field in FIELDS)
    assert list(troubles(text)) == []
    assert fill(text, {field: field.upper() for field in FIELDS}) == " ".join(FIELDS).upper()
