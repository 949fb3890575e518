"""What patterns catch becomes the ticket's fields; what means nothing is kept, and the template's value stays."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backbone.catalogue.model import Rule
from backbone.contracts import Fields, Forwarded, Unresolved
from parse.selection.filling import LONGEST_DESCRIPTION
from parse.selection.model import Selected
from tests.support.things import NOON, mail
from tests.unit.parse.selection.choosing import (
    CLEANING,
    OURS,
    PAINTING,
    REPAIR,
    THEIRS,
    choose,
    rule,
    step,
)

LINE = r"^(?<{0}>[^;]*);(?<{1}>.*)$"


def one(target: str) -> Rule:
    return rule(message_regex=f"^(?<{target}>(.|\\n)*)$", regex_source="text")


def read(target: str, text: str, **more: Any) -> Fields:
    return choose(mail(text=text), one(target), **more).selection.fields


def pair(object_text: str, work_text: str, **more: Any) -> Selected:
    made = rule(message_regex=LINE.format("object", "workType"), regex_source="text")
    return choose(mail(text=f"{object_text};{work_text}"), made, **more)


@pytest.mark.parametrize(
    ("target", "field"),
    [
        ("taskNumber", "external_number"),
        ("external_number", "external_number"),
        ("description", "description"),
        ("contactName", "contact_name"),
        ("contact_phone", "contact_phone"),
        ("address", "address"),
    ],
)
def test_plain_values_fill_their_fields(target: str, field: str) -> None:
    assert getattr(read(target, "  АБ -  17 "), field) == "АБ - 17"
    assert getattr(read(target, " \n "), field) is None


def test_custom_fields_go_by_their_names() -> None:
    assert read("custom_floor", " 3 этаж\n").custom == {"floor": "3 этаж"}


def test_html_is_read_as_a_person_would() -> None:
    written = mail(html="<b>Адрес</b>: Лесная,&nbsp;5<br><b>Текст</b>: не <i>горит</i><br>совсем<hr>")
    made = rule(message_regex=r"Адрес</b>: (?<address>.*?)<br>((.|\n)*)Текст</b>: (?<description>.*?)<hr>")
    fields = choose(written, made).selection.fields
    assert (fields.address, fields.description) == ("Лесная, 5", "не горит\nсовсем")


@pytest.mark.parametrize(
    ("target", "longest"), [("taskNumber", 255), ("contactPhone", 64), ("address", 1000), ("custom_floor", 1000)]
)
def test_what_is_too_long_for_its_field_is_kept_as_unresolved(target: str, longest: int) -> None:
    assert read(target, "7" * longest).unresolved == ()
    (kept,) = read(target, "7" * (longest + 1)).unresolved
    assert (kept.why, kept.text) == ("too_long", "7" * min(longest + 1, 500))


def test_a_long_description_is_cut() -> None:
    assert read("description", "я" * 10_000).description == "я" * LONGEST_DESCRIPTION


class TestDeadlines:
    def test_it_is_in_the_mailboxs_time_zone(self) -> None:
        assert read("taskDeadline", "03.05.2027 08:32:36").deadline == datetime(2027, 5, 3, 5, 32, 36, tzinfo=UTC)
        elsewhere = read("taskDeadline", "03.05.2027 08:32:36", box={"time_zone": "Asia/Vladivostok"})
        assert elsewhere.deadline == datetime(2027, 5, 2, 22, 32, 36, tzinfo=UTC)

    def test_a_duration_counts_from_the_mails_date(self) -> None:
        written = mail(text="61 д. 0 ч. 0 м.", date=NOON - timedelta(days=3))
        assert choose(written, one("deadline")).selection.fields.deadline == NOON + timedelta(days=58)

    @pytest.mark.parametrize("date", [None, NOON + timedelta(days=900), NOON.replace(tzinfo=None)])
    def test_a_date_that_lies_is_not_believed(self, date: datetime | None) -> None:
        fields = choose(mail(text="через 2 часа", date=date), one("deadline")).selection.fields
        assert fields.deadline == NOON + timedelta(hours=2)

    def test_of_a_forwarded_original_its_own_date_counts(self) -> None:
        sent = NOON - timedelta(days=10)
        first = Forwarded(sender=mail().from_, text="2 часа", date=sent)
        made = rule(forwarded_counts=True, message_regex="(?<deadline>2 часа)")
        fields = choose(mail(forwarded=first), made).selection.fields
        assert fields.deadline == sent + timedelta(hours=2)

    @pytest.mark.parametrize("text", ["как можно скорее", "32.13.2027", "0001-01-01 00:00", "31.12.9999 99:99"])
    def test_what_is_no_moment_is_kept_as_unresolved(self, text: str) -> None:
        fields = read("deadline", text)
        assert fields.deadline is None
        assert fields.unresolved == (Unresolved(field="deadline", text=text, why="not_a_date"),)


class TestNames:
    @pytest.mark.parametrize(
        ("text", "found"),
        [("ТЦ «Ромашка»", "exact"), ("тц ромашка", "normalised"), ("Ромашка на лесной", "normalised")],
    )
    def test_an_object_is_found_by_name_and_alias(self, text: str, found: str) -> None:
        selected = choose(mail(text=text), one("object"))
        assert selected.selection.fields.object_id == 31
        assert step(selected, "fields") == {
            "step": "fields",
            "captures": {"object": text},
            "resolutions": [
                {"field": "object", "text": text, "found": found, "id": 31, "name": "ТЦ «Ромашка»", "why": None}
            ],
        }

    def test_one_that_names_nothing_is_kept(self) -> None:
        fields = read("object", "Вокзал")
        assert fields.object_id is None
        assert fields.unresolved == (Unresolved(field="object", text="Вокзал", why="unknown"),)

    @pytest.mark.parametrize(
        ("customer", "object_id", "why"),
        [(OURS, 32, None), (THEIRS, 33, None), (99, None, "other_customer"), (None, None, "ambiguous")],
    )
    def test_a_shared_name_is_the_templates_customers(
        self, customer: int | None, object_id: int | None, why: str | None
    ) -> None:
        selected = choose(mail(text="офис"), one("object"), template={"customer_id": customer})
        assert selected.selection.fields.object_id == object_id
        (said,) = step(selected, "fields")["resolutions"]
        assert (said["found"], said["why"]) == ("narrowed" if object_id else "ambiguous", why)

    def test_two_of_the_customers_own_stay_ambiguous(self) -> None:
        assert [one.why for one in read("object", "гараж").unresolved] == ["ambiguous"]

    def test_another_customers_object_is_not_taken(self) -> None:
        assert [one.why for one in read("object", "Склад").unresolved] == ["other_customer"]
        assert read("object", "Склад", template={"customer_id": None}).object_id == 34

    def test_nobodys_object_is_everybodys(self) -> None:
        assert read("object", "двор").object_id == 35

    def test_ticket_types_and_criticalities_are_found(self) -> None:
        assert read("ticketType", "авария").ticket_type_id == 11
        assert read("criticality", "критический").criticality_id == 16
        assert [one.why for one in read("criticality", "нет").unresolved] == ["unknown"]


class TestPairs:
    """Object and work type always fit: in doubt they are the template's (object 3, repair)."""

    @pytest.mark.parametrize(
        ("texts", "ids", "unresolved"),
        [
            (("Офис", "покраска"), (32, PAINTING), []),
            (("Офис", "ремонт"), (32, REPAIR), []),
            (("Офис", "уборка"), (32, None), ["work_type"]),
            (("Ёлка", "покраска"), (36, PAINTING), []),
            (("Ёлка", "уборка"), (None, None), ["object", "work_type"]),
            (("Вокзал", "клининг"), (None, CLEANING), ["object"]),
            (("Вокзал", "покраска"), (None, None), ["object", "work_type"]),
            (("Ёлка", "мытьё"), (None, None), ["object", "work_type"]),
        ],
    )
    def test_both_caught(
        self, texts: tuple[str, str], ids: tuple[int | None, int | None], unresolved: list[str]
    ) -> None:
        fields = pair(*texts).selection.fields
        assert (fields.object_id, fields.work_type_id) == ids
        assert sorted(one.field for one in fields.unresolved) == unresolved

    def test_a_work_type_must_be_one_of_the_templates_objects(self) -> None:
        assert read("workType", "уборка").work_type_id == CLEANING
        assert [one.why for one in read("workType", "покраска").unresolved] == ["not_offered"]

    def test_an_object_must_offer_the_templates_work(self) -> None:
        assert [one.why for one in read("object", "Ёлка").unresolved] == ["not_offered"]
        assert read("object", "Ёлка", template={"work_type_id": PAINTING}).object_id == 36

    def test_a_template_without_the_other_half_has_nothing_to_fit(self) -> None:
        assert read("object", "Ёлка", template={"work_type_id": None}).object_id == 36
        assert read("workType", "покраска", template={"object_id": None}).work_type_id == PAINTING
