"""The demo's sample mails are what they claim to be: judged by the standard library, not by our own parser."""

import re
import zlib
from email import message_from_bytes
from email.headerregistry import DateHeader
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from console.configuration.read import read as read_configuration
from console.demo import letters
from console.demo.answers import Client
from console.demo.customers import (
    ACCOUNTS,
    ANNA,
    COLLECTION,
    CUSTOMERS,
    IGOR,
    JOHN,
    NEWSLETTER,
    OLGA,
    READER,
    SZNP,
    Customer,
)
from console.demo.files import pdf, png
from console.demo.opening import CONFIGURATION

SAID = "Совсем новый текст."
OURS = "Механик выехал, будет в течение часа."


def read(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    for line in raw.split(b"\n")[:-1]:
        assert line.endswith(b"\r")
        assert len(line) <= 999
    return mail


def first_mail(customer: Customer) -> EmailMessage:
    return read(customer.write(customer.account, COLLECTION))


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("html", "plain"))
    assert body is not None
    return str(body.get_content())


def our_reply(customer: Customer) -> EmailMessage:
    written = first_mail(customer)
    mail = EmailMessage()
    mail["Date"] = "Mon, 23 Nov 2026 12:40:39 +0000"
    mail["From"] = f'"{COLLECTION.name}" <{COLLECTION.address}>'
    mail["To"] = customer.account.address
    mail["Subject"] = f"Re: [#O2311000] {written['Subject']}"
    mail["Message-ID"] = "<pr.token@postroom.example>"
    mail["In-Reply-To"] = mail["References"] = str(written["Message-ID"])
    mail.set_content(f"23.11.2026 15:40, Мария:\n{OURS}\n")
    mail.add_alternative(f"<html><body><div>{OURS}</div></body></html>", subtype="html")
    return mail


@pytest.mark.parametrize("customer", CUSTOMERS, ids=lambda customer: customer.account.name)
def test_every_customer_writes_a_proper_mail(customer: Customer) -> None:
    mail = first_mail(customer)
    assert mail["From"].addresses[0].addr_spec == customer.account.address
    assert mail["From"].addresses[0].display_name == customer.account.name
    assert mail["To"].addresses[0].addr_spec == COLLECTION.address
    assert isinstance(mail["Date"], DateHeader)
    assert mail["Message-ID"].endswith(f"@{customer.account.address.rpartition('@')[2]}>")
    assert customer.words in text_of(mail)
    assert [part.get_filename() for part in mail.walk() if part.get_filename()] == list(customer.files)
    assert mail["Auto-Submitted"] is None
    assert mail["Message-ID"] != first_mail(customer)["Message-ID"]


def test_the_first_customer_writes_bare_eight_bit_windows_1251() -> None:
    raw = ANNA.write(ANNA.account, COLLECTION)
    mail = read(raw)
    assert (mail.get_content_charset(), mail["Content-Transfer-Encoding"]) == ("windows-1251", "8bit")
    assert "Здравствуйте!".encode("cp1251") in raw
    assert b"Subject: =?windows-1251?b?" in raw
    assert mail["Subject"] == "Не работает лифт, Лесная 12"


def test_the_second_customer_shows_a_picture_in_koi8_r_html() -> None:
    mail = first_mail(IGOR)
    html, picture = mail.iter_parts()
    assert (html.get_content_type(), html.get_content_charset()) == ("text/html", "koi8-r")
    assert 'src="cid:kran@kafe-uyut"' in html.get_content()
    assert picture["Content-ID"] == "<kran@kafe-uyut>"
    assert picture.get_content_disposition() == "inline"
    assert picture.get_content().startswith(b"\x89PNG\r\n\x1a\n")


def test_the_third_customer_attaches_a_pdf_and_a_file_with_a_russian_name() -> None:
    raw = OLGA.write(OLGA.account, COLLECTION)
    act, journal = read(raw).iter_attachments()
    assert act.get_content_type() == "application/pdf"
    assert act.get_content().startswith(b"%PDF-1.4\n")
    assert re.search(rb"filename\*(0\*)?=utf-8''%D0%96", raw)
    assert journal.get_filename() == "Журнал температур.csv"


def test_the_fourth_customer_writes_flowed_english() -> None:
    mail = first_mail(JOHN)
    assert mail.get_content_type() == "text/plain"
    assert mail["Content-Type"].params["format"] == "flowed"
    assert mail.get_content().isascii()
    assert " \r\n" in mail.get_content()


def test_the_fifth_customer_is_a_ticket_system_with_labels_in_bold() -> None:
    mail = first_mail(SZNP)
    assert mail.get_content_type() == "text/html"
    assert "Вам назначена заявка номер 300434925" in mail["Subject"]
    for label in ("Дата создания", "Крайний срок", "Расположение", "Краткое описание"):
        assert f"<b>{label}</b>: " in mail.get_content()


def test_machines_say_that_they_are_machines() -> None:
    away = read(letters.vacation(JOHN.account, COLLECTION, our_reply(JOHN)))
    assert away["Auto-Submitted"] == "auto-replied (vacation)"
    assert away["In-Reply-To"] == "<pr.token@postroom.example>"
    news = read(letters.newsletter(NEWSLETTER, COLLECTION))
    assert news["Precedence"] == "bulk"
    assert news["List-Unsubscribe"]
    assert news["From"].addresses[0].addr_spec == NEWSLETTER


@pytest.mark.parametrize("customer", CUSTOMERS, ids=lambda customer: customer.account.name)
def test_every_answer_stands_above_our_quoted_mail_and_names_it(customer: Customer) -> None:
    ours = our_reply(customer)
    answer: Client = customer.answer
    mail = read(answer(customer.account, ours, SAID, None))
    assert mail["From"].addresses[0].addr_spec == customer.account.address
    assert mail["To"].addresses[0].addr_spec == COLLECTION.address
    assert mail["Subject"] == ours["Subject"]
    assert mail["In-Reply-To"] == ours["Message-ID"]
    assert mail["References"].split() == [ours["In-Reply-To"], ours["Message-ID"]]
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        if body is not None:
            assert -1 < body.get_content().find(SAID) < body.get_content().find(OURS)


def test_each_customer_uses_another_mail_program() -> None:
    assert len({customer.answer for customer in CUSTOMERS}) == len(CUSTOMERS)


def test_an_answer_carries_its_file() -> None:
    assert OLGA.sends_back is not None
    file = OLGA.sends_back()
    (attached,) = read(OLGA.answer(OLGA.account, our_reply(OLGA), SAID, file)).iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == (file.name, file.content)


def test_every_account_has_a_password_and_an_address_reserved_for_examples() -> None:
    assert len({account.address for account in ACCOUNTS}) == len(ACCOUNTS) == len(CUSTOMERS) + 2
    for account in ACCOUNTS:
        assert account.address.endswith(".example")
        assert account.password
    assert READER in ACCOUNTS


def test_the_configuration_is_valid_and_serves_every_customer(tmp_path: Path) -> None:
    path = tmp_path / "mail.yml"
    text = CONFIGURATION.read_text(encoding="utf-8")
    path.write_text(text.replace("$smtp_port", "2525").replace("$imap_port", "1143"), encoding="utf-8")
    (tmp_path / "support.password").write_text(COLLECTION.password)
    configuration = read_configuration([path])
    (mailbox,) = configuration.mailboxes
    assert mailbox.address == COLLECTION.address
    names = {template.name: template.object for template in configuration.templates}
    for customer in CUSTOMERS:
        assert names[customer.template] == customer.about


def test_the_picture_is_a_whole_png() -> None:
    picture = png(3, 2, (0, 0, 0), (255, 255, 255))
    start = picture.index(b"IDAT") + 4
    pixels = zlib.decompress(picture[start : picture.index(b"IEND") - 8])
    assert pixels == b"\x00" + bytes(9) + b"\x00" + b"\xff" * 9


def test_the_document_says_where_its_parts_are() -> None:
    document = pdf("A (small) page")
    table = document[document.index(b"xref\n") :].splitlines()[2:8]
    for number, line in enumerate(table):
        if number:
            assert document[int(line[:10]) :].startswith(b"%d 0 obj" % number)
    assert b"(A small page) Tj" in document
