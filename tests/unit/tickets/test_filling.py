"""What tickets, messages and letters are filled with."""

import time
from dataclasses import replace

import pytest

from backbone.catalogue.model import Directory, Person, Template
from backbone.contracts import Address, Fields, Unresolved
from tests.support.things import MAILBOX, NOON, TEMPLATE, catalogue, entry, mail, mailbox
from tickets import filling, letters


@pytest.mark.parametrize(
    ("subject", "plain"),
    [
        ("Не работает", "Не работает"),
        ("Re: Не работает", "Не работает"),
        ("RE: Re[2]: FWD: Fw: не работает", "не работает"),
        ("Отв: НА: Пересл: AW: WG: x", "x"),
        ("Re: [#O2311000] Re: [#O2311000] x", "x"),
        ("Re: [#THEIRS-7] x", "[#THEIRS-7] x"),
        ("  re : x", "x"),
        ("[SPAM] Re: x", "[SPAM] Re: x"),
        ("Ремонт: x", "Ремонт: x"),
        ("Refund: x", "Refund: x"),
        ("Re:", ""),
        ("", ""),
    ],
)
def test_marks_of_answers_go(subject: str, plain: str) -> None:
    assert filling.plain_subject(subject, {"O2311000"}) == plain


def test_marks_cost_little() -> None:
    begin = time.process_time()
    for hostile in ("re" * 50_000, "re:" * 50_000, "[#" * 50_000, " " * 50_000 + "x", "[#a]" * 50_000 + "["):
        filling.plain_subject(hostile, {"a"})
    assert time.process_time() - begin < 2


EMPTY = Fields()
CAUGHT = Fields(
    external_number="300434925",
    deadline=NOON,
    object_id=30,
    work_type_id=40,
    ticket_type_id=10,
    criticality_id=60,
    description="течёт",
    contact_name="Пётр",
    contact_phone="+7 495 1234567",
    address="Тверская, 1",
    custom={"этаж": "7"},
    unresolved=(Unresolved(field="object", text="Склад", why="unknown"),),
)


def test_a_ticket_takes_its_template_and_the_text_of_the_mail() -> None:
    row = filling.ticket_row(mail(subject="Re: тема"), replace(TEMPLATE, assignee="Анна"), EMPTY, "текст")
    assert row == {
        "template_id": 5,
        "ticket_type_id": 1,
        "object_id": 3,
        "work_type_id": 4,
        "criticality_id": 6,
        "subject": "тема",
        "description": "текст",
        "external_number": None,
        "deadline": None,
        "contact_name": "",
        "contact_phone": "",
        "address": "",
        "assignee": "Анна",
        "custom": {},
        "unresolved": [],
    }


def test_what_was_caught_stands_before_the_template() -> None:
    row = filling.ticket_row(mail(), TEMPLATE, CAUGHT, "текст")
    assert row | {"subject": ""} == {
        "template_id": 5,
        "ticket_type_id": 10,
        "object_id": 30,
        "work_type_id": 40,
        "criticality_id": 60,
        "subject": "",
        "description": "течёт",
        "external_number": "300434925",
        "deadline": NOON,
        "contact_name": "Пётр",
        "contact_phone": "+7 495 1234567",
        "address": "Тверская, 1",
        "assignee": "",
        "custom": {"этаж": "7"},
        "unresolved": [{"field": "object", "text": "Склад", "why": "unknown"}],
    }


def test_a_description_of_the_template_stands_and_a_long_one_is_cut() -> None:
    form = catalogue(description="По почте").templates[TEMPLATE.id]
    assert filling.ticket_row(mail(), form, CAUGHT, "текст")["description"] == "По почте"
    assert len(filling.ticket_row(mail(), TEMPLATE, EMPTY, "ы" * 9_000)["description"]) == 8_192
    long = EMPTY.model_copy(update={"description": "ы" * 9_000})
    assert len(filling.ticket_row(mail(), TEMPLATE, long, "")["description"]) == 8_192


DIRECTORY = Directory(
    people={
        "ivan@customer.example": Person("ivan@customer.example", "Иван Иваныч", "+7 1", None, 20),
        "anna@customer.example": Person("anna@customer.example", "Анна", "", None, None),
    },
    domains={"customer.example": 21},
)
GENERAL = replace(TEMPLATE, customer_id=None)


@pytest.mark.parametrize(
    ("address", "template", "customer"),
    [
        ("ivan@customer.example", TEMPLATE, 2),
        ("ivan@customer.example", GENERAL, 20),
        ("ivan@customer.example", None, 20),
        ("anna@customer.example", GENERAL, 21),
        ("eve@customer.example", GENERAL, 21),
        ("eve@sub.customer.example", GENERAL, None),
        ("nobody", GENERAL, None),
        ("", GENERAL, None),
    ],
)
def test_whose_ticket_it_is(address: str, template: Template | None, customer: int | None) -> None:
    assert filling.customer_of(address, DIRECTORY, template) == customer


@pytest.mark.parametrize(
    ("person", "fields", "row"),
    [
        (Address(name="Ваня", address="IVAN@customer.example"), CAUGHT, ("Ваня", "+7 1", 20)),
        (Address(address="ivan@customer.example"), EMPTY, ("Иван Иваныч", "+7 1", 20)),
        (Address(address="anna@customer.example"), CAUGHT, ("Анна", "+7 495 1234567", 21)),
        (Address(address="eve@elsewhere.example"), EMPTY, ("", "", None)),
    ],
)
def test_what_a_contact_is_made_of(person: Address, fields: Fields, row: tuple[str, str, int | None]) -> None:
    made = filling.contact_row(person, DIRECTORY, GENERAL, fields)
    assert (made["name"], made["phone"], made["customer_id"]) == row


def test_what_is_said_is_what_is_new() -> None:
    assert filling.said(mail(), MAILBOX, 10) == "Добрый день!"
    assert filling.said(mail(new_text="", text="всё"), MAILBOX, 10) == "всё"


def test_of_a_mail_too_large_its_size_is_said() -> None:
    large = mail(defects=("oversize",))
    assert filling.said(large, MAILBOX, 61_234_567).startswith("Письмо размером 61.2 МБ больше допустимого")
    assert filling.said(large, mailbox(language="en"), 61_234_567).startswith("The mail of 61.2 MB is larger")


@pytest.mark.parametrize(
    ("reply_to", "from_", "expected"),
    [
        (None, "a@x", "a@x"),
        ("b@y", "a@x", "b@y"),
        ("broken", "a@x", "a@x"),
        (None, "postmaster", None),
        (None, "@x", None),
        (None, "a@", None),
        (None, None, None),
    ],
)
def test_where_answers_go(reply_to: str | None, from_: str | None, expected: str | None) -> None:
    written = mail(
        reply_to=Address(address=reply_to) if reply_to else None,
        from_=Address(address=from_) if from_ else None,
    )
    found = filling.answer_address(written)
    assert (found.address if found else None) == expected


def test_references_keep_the_first_and_the_newest() -> None:
    chain = [f"<{number}@x>" for number in range(100)]
    assert letters.references(chain) == ("<0@x>", *chain[-19:])
    assert letters.references(["<a@x>", "<b@x>", "<a@x>"]) == ("<a@x>", "<b@x>")
    assert letters.references([]) == ()


def test_a_letter_shows_as_much_as_fits() -> None:
    short, long = entry("a" * 10), entry("b" * 99_995)
    assert letters.shown([short, long, entry("c")]) == (short, entry("b" * 99_990 + " …"))
    assert letters.shown([long, short]) == (long, entry("a" * 5 + " …"))
    assert letters.shown([]) == ()
