import pytest

from backbone.errors import UserError
from parse.rules.marks import Found, Mark, MarkError, locate
from parse.rules.patterns import BUILT_IN
from parse.rules.reading import read

HTML = (
    "<html><head><title>Склад 9</title><style>b {}</style></head><body title='не видно'>"
    "<p>Номер: <b>300</b>434&nbsp;925</p><!-- тайна -->\n"
    "<p>Объект: Бизнес-центр &laquo;Ёлка&raquo;</p><td>левая</td><td>правая</td>"
    "<p>Смотри <a href='https://x.example/1'>сюда</a> скорее</p></body></html>"
)


def _locate(*marks: Mark, source: str = HTML, html: bool = True) -> list[Found]:
    return locate(read(source, html=html), marks, BUILT_IN | {"custom_floor"})


@pytest.mark.parametrize(
    ("text", "written", "value"),
    [
        ("300434 925", "<b>300</b>434&nbsp;925", "300434 925"),
        (" 300434\n925 ", "<b>300</b>434&nbsp;925", "300434 925"),
        ("Бизнес-центр «Ёлка»", "Бизнес-центр &laquo;Ёлка&raquo;", "Бизнес-центр «Ёлка»"),
        ("Ёлка", "Ёлка", "Ёлка"),
        (
            "сюда скорее",
            "<a href='https://x.example/1'>сюда</a> скорее",
            "сюда (https://x.example/1) скорее",
        ),
    ],
)
def test_what_is_read_is_found_in_the_source(text: str, written: str, value: str) -> None:
    found = _locate(Mark("object", text))[0]
    assert (HTML[found.start : found.end], found.value) == (written, value)


@pytest.mark.parametrize(
    ("mark", "sentence"),
    [
        (Mark("object", "300 434 925"), 'does not occur in the sample; nearest is "300434 925"; mark that.'),
        (Mark("object", "бизнес центр елка"), 'nearest is "Бизнес-центр «Ёлка»"; mark that.'),
        (Mark("object", "&laquo;Ёлка&raquo;"), 'as it is read it is "«Ёлка»"; mark that.'),
        (Mark("object", "<b>300</b>434"), 'as it is read it is "300434"; mark that.'),
        (Mark("object", "не видно"), "it stands only in what nobody sees of the HTML; mark what is seen."),
        (Mark("object", "тайна"), "it stands only in what nobody sees of the HTML; mark what is seen."),
        (Mark("object", "Склад 9"), "it stands only in what nobody sees of the HTML; mark what is seen."),
        (Mark("object", "Крыша"), '"Крыша" does not occur in the sample; mark a text that does.'),
        (Mark("object", "!?"), '"!?" does not occur in the sample; mark a text that does.'),
        (Mark("object", "30043"), 'occurs only inside "300434"; mark the whole of it.'),
        (Mark("object", "лка"), 'occurs only inside "Ёлка"; mark the whole of it.'),
        (Mark("object", " \n"), "the marked text is empty; mark the value itself."),
        (Mark("object", "Ёлка", 2), 'there is no occurrence 2 of "Ёлка"; take 1 to 1.'),
        (Mark("object", "левая правая"), '"левая правая" would be read as "леваяправая"; mark a shorter piece.'),
        (Mark("objekt", "Ёлка"), "no such field; did you mean object?"),
        (Mark("custom_flor", "Ёлка"), "no such field; did you mean custom_floor?"),
        (Mark("custom_wing", "Ёлка"), "no such field; declare the custom field wing first."),
        (Mark("zzz", "Ёлка"), "no such field; choose among address, "),
    ],
)
def test_a_mark_that_cannot_be_used_says_why(mark: Mark, sentence: str) -> None:
    with pytest.raises(MarkError) as caught:
        _locate(mark)
    assert caught.value.mark is mark
    assert str(caught.value).startswith(f"{mark.target}: ")
    assert sentence in str(caught.value)
    assert str(caught.value)[-1] in ".?"


def test_a_long_text_is_not_repeated_whole() -> None:
    with pytest.raises(MarkError) as caught:
        _locate(Mark("object", "нет " * 1_000))
    assert len(str(caught.value)) < 250


def test_marks_that_overlap_are_refused() -> None:
    with pytest.raises(MarkError, match='object: "Ёлка" overlaps "Бизнес-центр «Ёлка»", marked as address;'):
        _locate(Mark("object", "Ёлка"), Mark("address", "Бизнес-центр «Ёлка»"))


def test_one_field_is_marked_once_by_whichever_name() -> None:
    with pytest.raises(MarkError, match="marked twice"):
        _locate(Mark("taskNumber", "300434 925"), Mark("external_number", "Ёлка"))


def test_nothing_marked_is_refused() -> None:
    with pytest.raises(UserError, match="nothing is marked"):
        _locate()


def test_groups_have_the_names_that_administrators_know() -> None:
    source = "a b c d"
    marks = [Mark("work_type", "d"), Mark("external_number", "a"), Mark("deadline", "b"), Mark("custom_floor", "c")]
    assert [one.name for one in _locate(*marks, source=source, html=False)] == [
        "taskNumber",
        "taskDeadline",
        "custom_floor",
        "workType",
    ]


def test_a_text_inside_another_mark_is_found_elsewhere() -> None:
    source = "Описание: кран 5 течёт\nНомер: 5\n"
    found = _locate(Mark("external_number", "5"), Mark("description", "кран 5 течёт"), source=source, html=False)
    assert [source[one.start - 2 : one.end] for one in found] == [": кран 5 течёт", ": 5"]


def test_tags_and_entities_in_text_are_text() -> None:
    source = "Объект: <b>Склад</b> &amp; двор\n"
    found = _locate(Mark("object", "<b>Склад</b> &amp; двор"), source=source, html=False)[0]
    assert found.value == "<b>Склад</b> &amp; двор"
