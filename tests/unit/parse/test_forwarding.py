from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.contracts import Address, Forwarded
from parse.evidence.forward_marks import subject_kind
from parse.evidence.forwarding import find_forwarded
from parse.model import Headers, Mail, Part
from tests.unit.parse.forward_samples import INLINE, NOT_FORWARDED
from tests.unit.parse.raw_mails import quick

SENT = datetime(2026, 5, 18, 7, 0, tzinfo=UTC)


def passed_on(subject: str, **fields: str) -> Mail:
    named = {"From": "boss@client.ru", "Date": "Mon, 18 May 2026 12:00:00 +0300", "Subject": subject, **fields}
    return Mail(Headers(tuple((name.replace("_", "-"), value) for name, value in named.items())), (), "text/plain")


@pytest.mark.parametrize(("subject", "text"), INLINE.values(), ids=list(INLINE))
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_originals_inline(subject: str, text: str, line_end: str) -> None:
    found = find_forwarded(passed_on(subject), text.strip("\n").replace("\n", line_end))
    assert found is not None
    assert found.sender == Address(name="Анна Смирнова", address="anna@client.ru")
    assert found.subject == "Не печатает принтер"
    assert found.date == SENT
    assert found.text == "Добрый день!\n\nПринтер не печатает."


@pytest.mark.parametrize(("subject", "text"), NOT_FORWARDED.values(), ids=list(NOT_FORWARDED))
def test_what_is_no_forward(subject: str, text: str) -> None:
    assert find_forwarded(passed_on(subject), text.strip("\n")) is None


ENCLOSED = (
    "From: =?utf-8?B?0JDQvdC90LAg0KHQvNC40YDQvdC+0LLQsA==?= <anna@client.ru>\r\n"
    "Subject: =?utf-8?B?0J3QtSDQv9C10YfQsNGC0LDQtdGCINC/0YDQuNC90YLQtdGA?=\r\n"
    "Date: Mon, 18 May 2026 10:00:00 +0300\r\n"
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    "Добрый день!\r\n\r\nПринтер не печатает.\r\n"
)


def attached(
    subject: str, kind: str = "multipart/mixed", content: str = ENCLOSED, inside: tuple[str, ...] = ()
) -> Mail:
    mail = passed_on(subject)
    parts = (Part("text/plain", b"", text="FYI"), Part("message/rfc822", content.encode(), inside=inside))
    return Mail(mail.headers, parts, kind)


@pytest.mark.parametrize("subject", ["Fwd: Printer", "Printer", "FW: Printer"])
def test_an_original_as_attachment(subject: str) -> None:
    found = find_forwarded(attached(subject), "FYI")
    assert found is not None
    assert found.sender == Address(name="Анна Смирнова", address="anna@client.ru")
    assert found.subject == "Не печатает принтер"
    assert found.date == SENT
    assert found.text.split() == ["Добрый", "день!", "Принтер", "не", "печатает."]


def test_attachments_that_are_no_forward() -> None:
    assert find_forwarded(attached("Re: Printer"), "FYI") is None
    assert find_forwarded(attached("Undeliverable", kind="multipart/report"), "FYI") is None
    assert find_forwarded(attached("Digest", inside=("multipart/digest",)), "FYI") is None
    assert find_forwarded(attached("Printer", content="nothing of a mail"), "FYI") is None


@pytest.mark.parametrize(
    "fields",
    [
        {"Resent-From": "boss@other.ru"},
        {"X-Forwarded-To": "help@acme.ru", "X-Forwarded-For": "boss@gmail.com help@acme.ru"},
    ],
)
def test_a_rule_of_the_provider(fields: dict[str, str]) -> None:
    mail = passed_on("Не печатает принтер", **{"From": "Анна Смирнова <anna@client.ru>", **fields})
    assert find_forwarded(mail, "Текст") == Forwarded(
        sender=Address(name="Анна Смирнова", address="anna@client.ru"),
        subject="Не печатает принтер",
        date=datetime(2026, 5, 18, 9, 0, tzinfo=UTC),
        text="Текст",
    )


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"X-Forwarded-For": "192.0.2.1, 192.0.2.2"},
        {"X-Forwarded-Encrypted": "i=1; AJvYc"},
        {"X-Yandex-Forward": "8c3bf5"},
        {"Delivered-To": "help@acme.ru"},
        {"X-Original-To": "help@acme.ru"},
    ],
)
def test_ordinary_fields_are_no_rule(fields: dict[str, str]) -> None:
    assert find_forwarded(passed_on("Printer", **fields), "Text") is None


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Fwd: a", "forward"),
        ("FW: a", "forward"),
        ("fw : a", "forward"),
        ("[External] FW: a", "forward"),
        ("[#0106-7] Fwd: a", "forward"),
        ("[Fwd: a]", "forward"),
        ("Fwd[2]: a", "forward"),
        ("Fwd: Re: a", "forward"),
        ("Пересл: a", "forward"),
        ("ПЕРЕСЛ: a", "forward"),
        ("TR: a", "forward"),
        ("WG: a", "forward"),
        ("RV: a", "forward"),
        ("I: a", "forward"),
        ("转发: a", "forward"),
        ("a (fwd)", "forward"),
        ("Re: a", "reply"),
        ("RE: Fwd: a", "reply"),
        ("Re[2]: a", "reply"),
        ("AW: a", "reply"),
        ("Отв: a", "reply"),
        ("Ответ: a", "reply"),
        ("回复：a", "reply"),
        ("a", ""),
        ("", ""),
        ("Forwarding fails", ""),
        ("Research: a", ""),
        ("a: Fwd: b", ""),
        ("[x] [y] [z] a", ""),
    ],
)
def test_prefixes_of_subjects(subject: str, expected: str) -> None:
    assert subject_kind(subject) == expected


@given(
    st.lists(
        st.sampled_from(["---------- Forwarded message ---------", "From: a <a@b.ru>", "От: Имя", "Date: 1", "", "> x"])
        | st.text(max_size=60),
        max_size=12,
    ),
    st.sampled_from(["Fwd: a", "Re: a", "a"]),
)
def test_it_never_raises(lines: list[str], subject: str) -> None:
    find_forwarded(passed_on(subject), "\n".join(lines))


JUNK = (
    "\n",
    "-",
    "\n-",
    "\n---- ",
    ">",
    "\n> ",
    "From: ",
    "\nFrom: a\n",
    "\nOn ",
    "\nOn a wrote",
    "a@",
    "\nОт:",
    " ",
    "\nx: y",
)


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("start", ["", "---------- Forwarded message ---------\nFrom: a@b.ru\nDate: 1.1.2026\n"])
def test_hostile_texts_take_no_time(junk: str, start: str) -> None:
    with quick():
        find_forwarded(passed_on("Fwd: a"), start + junk * (1_000_000 // len(junk)))


def test_hostile_attachments_take_no_time() -> None:
    with quick():
        find_forwarded(attached("Fwd: a", content="From: " + "<a@b>," * 100_000 + "\n\n" + "x" * 1_000_000), "")
