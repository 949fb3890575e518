"""The bytes of a mail to a customer, read back by the standard library and by our own reader."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP
from typing import Any

import pytest

from backbone.contracts import Address
from tests.support.letters import MESSAGE_ID, attachment, composed, ours, strict, text_of
from tests.support.things import NOON, entry, letter

OUTLOOK = "<AM0PR04MB6452F8D6C2B3A1E0F9D8C7B6A5F4E3D2C1@AM0PR04MB6452.eurprd04.prod.outlook.com>"


def test_headers_of_an_answer() -> None:
    mail = composed(letter(in_reply_to="<two@x>", references=("<one@x>", "<two@x>")))
    read = strict(mail)
    assert mail.envelope_from == "help@postroom.test"
    assert mail.recipient == "ivan@customer.example"
    assert read["From"] == "Служба поддержки <help@postroom.test>"
    assert read["To"] == "Иван Петров <ivan@customer.example>"
    assert read["Subject"] == "Re: [#O2311000] Не работает кондиционер"
    assert read["Date"].datetime == NOON
    assert read["Message-ID"] == MESSAGE_ID
    assert read["In-Reply-To"] == "<two@x>"
    assert read["References"] == "<one@x> <two@x>"
    assert read["X-Postroom-Loop"] == "our-postroom"
    assert read["MIME-Version"] == "1.0"
    assert [part.get_content_type() for part in read.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_what_a_person_wrote_says_nothing_of_automation() -> None:
    read = strict(composed())
    assert not {"Auto-Submitted", "Precedence", "X-Auto-Response-Suppress"} & set(read.keys())
    assert ours(composed()).parsed.automation is None


def test_a_notice_says_that_it_is_automatic() -> None:
    read = strict(composed(letter(kind="ticket_created")))
    assert read["Auto-Submitted"] == "auto-replied"
    assert read["X-Auto-Response-Suppress"] == "DR, RN, NRN, OOF, AutoReply"
    assert read["Precedence"] == "auto_reply"


def test_we_know_our_own_mail_by_its_loop_header() -> None:
    automation = ours(composed(), loop_names=frozenset({"our-postroom"})).parsed.automation
    assert automation is not None
    assert automation.kind == "own"


def test_no_thread_no_headers_of_one() -> None:
    read = strict(composed(letter(subject="")))
    assert not {"In-Reply-To", "References"} & set(read.keys())
    assert read["Subject"] == "Re: [#O2311000]"


def test_message_ids_longer_than_a_line_stay_whole() -> None:
    mail = composed(letter(in_reply_to=OUTLOOK, references=(OUTLOOK, OUTLOOK.replace("AM0", "XX0"), "<x@y>")))
    assert OUTLOOK.encode() in mail.message
    parsed = ours(mail).parsed
    assert parsed.in_reply_to == OUTLOOK
    assert parsed.references == (OUTLOOK, OUTLOOK.replace("AM0", "XX0"), "<x@y>")
    assert b"=?" not in b"".join(line for line in mail.message.splitlines() if line.startswith((b"In-Reply", b"Ref")))


@pytest.mark.parametrize(
    "where", ["subject", "name", "address", "in_reply_to", "references", "file", "number", "author"]
)
def test_no_header_is_smuggled_in(where: str) -> None:
    evil = "x\r\nBcc: evil@x.example\r\n\r\nbody\u2028\x0b\x1b[31m\x00"
    places: dict[str, dict[str, Any]] = {
        "subject": {"subject": evil},
        "name": {"to": Address(name=evil, address="ivan@customer.example")},
        "address": {"to": Address(address=f"{evil}@customer.example")},
        "in_reply_to": {"in_reply_to": f"<{evil}@x>"},
        "references": {"references": (f"<{evil}@x>", "<good@x>")},
        "file": {"attachments": (attachment(evil, f"image/png{evil}"),)},
        "number": {"number": evil},
        "author": {"entries": (entry(author=evil),)},
    }
    mail = composed(letter(**places[where]), (b"x",) if where == "file" else ())
    read = message_from_bytes(mail.message, policy=SMTP)
    assert read["Bcc"] is None
    assert not any(part["Bcc"] for part in read.walk())
    assert mail.recipient.count("\n") == 0
    head = mail.message.partition(b"\r\n\r\n")[0]
    assert not [byte for byte in head if byte < 32 and byte not in b"\r\n"]


def test_an_author_cannot_write_messages_of_others() -> None:
    evil = entry(author="Иван:\nда\n\n23.11.2026 10:00, Анна", text="нет")
    assert "\n23.11.2026 15:00, Иван: да 23.11.2026 10:00, Анна:\nнет\n" in "\n" + text_of(
        composed(letter(entries=(evil,)))
    )


def test_what_is_quoted_steers_no_screen() -> None:
    mail = composed(letter(entries=(entry("one\r\ntwo\rthree\x1b[2J\x9b31m\x00\x85 четыре"),)))
    for shown in (text_of(mail), text_of(mail, "html")):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown.replace("\r\n", "\n"))
    assert "one\ntwo\nthree[2J31m четыре" in text_of(mail).replace("\r\n", "\n")


def test_lines_are_short_and_end_as_they_must() -> None:
    long = letter(
        subject="тема " * 500,
        to=Address(name="имя " * 300, address="ivan@customer.example"),
        references=tuple(f"<{'r' * 300}{number}@x>" for number in range(20)),
        entries=(entry("x" * 5_000 + "\r\nтекст\rещё\n.\n" + "ы" * 5_000),),
        attachments=(attachment("очень длинное имя файла " * 30 + ".png"), attachment("a.bin", "application/x")),
    )
    mail = composed(long, (b"\r\n.\r\n" * 500, b"\xff" * 5_000))
    assert all(len(line) <= 998 for line in mail.message.split(b"\r\n"))
    assert mail.message.count(b"\n") == mail.message.count(b"\r\n") == mail.message.count(b"\r")
    assert mail.message.endswith(b"\r\n")
    assert mail.message.isascii()
    strict(mail)


@pytest.mark.parametrize(
    ("address", "recipient", "shown"),
    [
        ("user@пример.рф", "user@xn--e1afmkfd.xn--p1ai", "user@xn--e1afmkfd.xn--p1ai"),
        ("почта@пример.рф", "почта@xn--e1afmkfd.xn--p1ai", "почта@xn--e1afmkfd.xn--p1ai"),
    ],
)
def test_addresses_of_other_scripts(address: str, recipient: str, shown: str) -> None:
    mail = composed(letter(to=Address(name="Ю", address=address)))
    assert mail.recipient == recipient
    assert ours(mail).parsed.to == (Address(name="Ю", address=shown),)


def test_a_mailbox_of_another_script() -> None:
    mail = composed(address="help@пример.рф")
    assert mail.envelope_from == "help@xn--e1afmkfd.xn--p1ai"
    assert b"<help@xn--e1afmkfd.xn--p1ai>" in mail.message
    assert mail.message.isascii()


def test_newest_first_then_a_rule_then_the_earlier_ones_in_local_time() -> None:
    entries = (
        entry("Приедем завтра.", "Анна", datetime(2026, 11, 23, 22, 30, tzinfo=UTC)),
        entry("Когда?", "Иван Петров", datetime(2026, 11, 23, 12, 0, tzinfo=UTC)),
        entry("Сломалось\n\nсовсем", "Иван Петров", datetime(2026, 7, 1, 0, 5, tzinfo=UTC)),
    )
    assert text_of(composed(letter(entries=entries))).strip() == (
        "24.11.2026 01:30, Анна:\nПриедем завтра.\n\n"
        "----------------------------------------\n\n"
        "23.11.2026 15:00, Иван Петров:\nКогда?\n\n"
        "01.07.2026 03:05, Иван Петров:\nСломалось\n\nсовсем"
    )
    html = text_of(composed(letter(entries=entries)), "html")
    assert html.index("Приедем") < html.index("<hr") < html.index("Когда") < html.index("совсем")
    assert html.count("<hr") == 1
    in_vladivostok = text_of(composed(letter(entries=entries), time_zone="Asia/Vladivostok"))
    assert in_vladivostok.startswith("24.11.2026 08:30, Анна:")


def test_one_message_has_no_rule_and_a_nameless_author_no_comma() -> None:
    text = text_of(composed(letter(entries=(entry(author=""),))))
    assert text.strip() == "23.11.2026 15:00:\nМастер приедет завтра."


def test_html_is_escaped() -> None:
    evil = "<script>alert(1)</script> & {{ 7*7 }} {% raw %} %(number)s"
    mail = composed(letter(entries=(entry(evil, author="<b>Анна</b>"),)))
    html = text_of(mail, "html")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; {{ 7*7 }} {% raw %} %(number)s" in html
    assert "&lt;b&gt;Анна&lt;/b&gt;" in html
    assert evil in text_of(mail)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ru", "Ваше обращение зарегистрировано, номер заявки O2311000."),
        ("en", "Your request has been registered under the number O2311000."),
        ("xx", "Your request has been registered under the number O2311000."),
    ],
)
def test_a_notice_in_the_language_of_the_mailbox(language: str, words: str) -> None:
    mail = composed(letter(kind="ticket_created", entries=(entry("100% сломано"),)), language=language)
    assert words in text_of(mail)
    assert words in text_of(mail, "html")
    assert "100% сломано" in text_of(mail)


def test_attachments_come_whole() -> None:
    files = (
        attachment("фото кондиционера (вид сбоку).png"),
        attachment('a"b\\c;d.txt', "text/plain"),
        attachment("inner.eml", "message/rfc822"),
        attachment("../../etc/passwd", "image; x=y"),
        attachment("", ""),
    )
    contents = (bytes(range(256)) * 50, "текст\r\n.\r\n".encode("cp1251"), b"From: a@b\r\n\r\n.\r\n", b"", b"\x00")
    mail = composed(letter(attachments=files), contents)
    strict(mail)
    read = ours(mail)
    assert read.contents == contents
    assert [one.content_type for one in read.parsed.attachments] == [
        "image/png",
        "text/plain",
        "application/octet-stream",
        "application/octet-stream",
        "application/octet-stream",
    ]
    assert read.parsed.attachments[0].filename == "фото кондиционера (вид сбоку).png"


def test_a_letter_and_its_contents_agree() -> None:
    with pytest.raises(ValueError, match="zip"):
        composed(letter(attachments=(attachment("a.png"),)), ())
