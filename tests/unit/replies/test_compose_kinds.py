"""Envelope and headers of every kind of mail, copies, tokens, 8-bit texts, and the logo."""

from email import message_from_bytes
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone import tokens
from backbone.catalogue.outgoing import Outgoing
from backbone.contracts import Address, LetterKind
from replies import parts, samples
from replies.compose import NATURES
from tests.support.letters import LOGO, attachment, composed, ours, strict, text_of
from tests.support.things import entry, letter

KINDS: tuple[LetterKind, ...] = get_args(LetterKind)
AUTOMATIC = [kind for kind in KINDS if kind != "chat_message"]
NULL_SENDER = {"not_accepted", "too_big", "registration"}
KEYS = (b"k" * 32,)


def test_the_nature_of_every_kind_is_decided() -> None:
    assert set(NATURES) == set(KINDS)
    assert {kind for kind in KINDS if NATURES[kind].automatic} == set(AUTOMATIC)


@pytest.mark.parametrize("kind", AUTOMATIC)
def test_an_automatic_mail_says_so_and_is_known_for_it(kind: LetterKind) -> None:
    mail = composed(samples.letter(kind, "ru"))
    read = strict(mail)
    assert (read["Auto-Submitted"], read["Precedence"]) == ("auto-replied", "auto_reply")
    assert mail.envelope_from == ("" if kind in NULL_SENDER else "help@postroom.test")
    # Exchange keeps reports of failed delivery back for "All": right where nobody reads them, wrong where we learn.
    assert read["X-Auto-Response-Suppress"] == ("All" if kind in NULL_SENDER else "DR, RN, NRN, OOF, AutoReply")
    automation = ours(mail, loop_names=frozenset({"another"})).parsed.automation
    assert automation is not None
    assert automation.kind == "auto_reply"


@pytest.mark.parametrize("kind", KINDS)
def test_every_mail_has_the_loop_header(kind: LetterKind) -> None:
    assert strict(composed(samples.letter(kind, "ru")))["X-Postroom-Loop"] == "our-postroom"


@pytest.mark.parametrize(
    ("kind", "number", "subject", "expected"),
    [
        ("chat_message", "O1", "Тема", "Re: [#O1] Тема"),
        ("chat_message", "", "Тема", "Re: Тема"),
        ("ticket_created", "O1", "Тема", "Re: [#O1] Тема"),
        ("closed_ticket", "O1", "", "Re: [#O1]"),
        ("too_big", "O1", "Тема", "Re: [#O1] Тема"),
        ("too_big", "", "Тема", "Письмо слишком большое: Тема"),
        ("not_accepted", "", "Тема", "Письмо не принято: Тема"),
        ("not_accepted", "", "", "Письмо не принято"),
        ("registration", "", "Тема", "Зарегистрируйтесь, пожалуйста: Тема"),
    ],
)
def test_a_subject_is_of_a_thread_only_where_there_is_a_ticket(
    kind: LetterKind, number: str, subject: str, expected: str
) -> None:
    assert strict(composed(letter(kind=kind, number=number, subject=subject)))["Subject"] == expected


def test_the_language_is_the_recipients_then_the_mailboxs() -> None:
    created = letter(kind="ticket_created")
    assert "Здравствуйте!" in text_of(composed(created, language="ru"))
    assert "Hello!" in text_of(composed(created, language="en"))
    mail = composed(letter(kind="ticket_created", language="en"), language="ru")
    assert "Hello!" in text_of(mail)
    assert '<html lang="en">' in text_of(mail, "html")
    assert strict(mail)["Content-Language"] == "en"


def test_copies_are_in_the_header_and_the_envelope_once() -> None:
    copies = (
        Address(name="Пётр, инженер", address="petr@customer.example"),
        Address(address="Petr@customer.example"),
        Address(name="Он сам", address="IVAN@customer.example"),
        Address(name="Ю", address="ю@пример.рф"),
    )
    mail = composed(letter(cc=copies))
    assert mail.recipients == ("ivan@customer.example", "petr@customer.example", "ю@xn--e1afmkfd.xn--p1ai")
    assert mail.recipient == "ivan@customer.example"
    assert ours(mail).parsed.cc == (
        Address(name="Пётр, инженер", address="petr@customer.example"),
        Address(name="Ю", address="ю@xn--e1afmkfd.xn--p1ai"),
    )
    assert "Cc" not in strict(composed())


def test_a_copy_that_the_server_cannot_take_keeps_nobody_from_his_mail() -> None:
    copies = (Address(name="Ю", address="ю@пример.рф"), Address(address="petr@customer.example"))
    mail = composed(letter(cc=copies), utf8=False)
    assert (mail.recipients, mail.left_out) == (
        ("ivan@customer.example", "petr@customer.example"),
        ("ю@xn--e1afmkfd.xn--p1ai",),
    )
    assert strict(mail)["Cc"] == "petr@customer.example"
    assert mail.message.isascii()


@pytest.mark.parametrize("kind", KINDS)
def test_it_leaves_from_its_own_address_where_it_has_one(kind: LetterKind) -> None:
    mail = composed(samples.letter(kind, "ru").model_copy(update={"returns_to": "help+pb.x@почта.рф"}))
    assert mail.envelope_from == ("" if kind in NULL_SENDER else "help+pb.x@xn--80a1acny.xn--p1ai")
    assert b"pb.x" not in mail.message


@pytest.mark.parametrize("kind", KINDS)
def test_token_in_reply_to_and_marker_lead_back(kind: LetterKind) -> None:
    token = tokens.make(KEYS, ticket_id=17, mailbox_id=1, recipient="ivan@customer.example")
    written = samples.letter(kind, "ru").model_copy(
        update={"marker": token, "reply_to": f"help+{token}@postroom.test", "to": letter().to}
    )
    mail = composed(written)
    read = ours(mail).parsed
    assert read.reply_to == Address(name="Служба поддержки", address=f"help+{token}@postroom.test")
    for body in (read.text, text_of(mail), text_of(mail, "html").replace("</div>", "\n")):
        lines = [line.strip() for line in body.splitlines() if "Ref: " in line]
        found = tokens.find(lines[-1])
        assert found is not None
        assert tokens.verify(KEYS, found, mailbox_id=1, recipients=["ivan@customer.example"])
    assert text_of(mail).rstrip().endswith(f"Ref: {token}")
    assert "Ref:" not in text_of(composed())


def test_texts_go_as_they_are_where_the_server_takes_them() -> None:
    mail = composed(letter(), eight_bit=True)
    assert "Мастер приедет завтра.".encode() in mail.message
    assert not composed(letter()).message.count(b"\xd0")
    # RFC 2045 section 6.4: what holds an 8-bit part is 8-bit itself.
    assert [part["Content-Transfer-Encoding"] for part in strict(mail).walk()] == ["8bit"] * 3
    assert text_of(mail).strip() == text_of(composed()).strip()
    with_file = composed(letter(attachments=(attachment("a.png"),)), (b"\xff",), eight_bit=True)
    assert strict(with_file)["Content-Transfer-Encoding"] == "8bit"


@pytest.mark.parametrize("text", ["ы" * 500, "x\0ы", "ы\x0bz"])
def test_texts_that_may_not_go_as_they_are_are_encoded(text: str) -> None:
    entity = parts.text("plain", text, eight_bit=True)
    assert all(len(line) <= 998 for line in entity.split(b"\r\n"))
    assert b"\0" not in entity
    assert message_from_bytes(entity).get_payload(decode=True) == text.encode()


@pytest.mark.parametrize("eight_bit", [True, False])
def test_the_same_letter_makes_the_same_bytes(eight_bit: bool) -> None:
    written = samples.letter("chat_message", "ru")
    assert composed(written, logo=LOGO, eight_bit=eight_bit) == composed(written, logo=LOGO, eight_bit=eight_bit)


def test_the_logo_stands_in_the_html_and_is_no_attachment() -> None:
    mail = composed(letter(attachments=(attachment("a.png"),)), (b"x",), logo=LOGO)
    read = strict(mail)
    assert [part.get_content_type() for part in read.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png",
        "image/png",
    ]  # fmt: skip
    image = list(read.walk())[5]
    assert image.get_content() == LOGO
    html = text_of(mail, "html")
    assert f'src="cid:{image["Content-ID"].strip("<>")}"' in html
    assert 'width="220" height="32"' in html
    assert [one.inline for one in ours(mail).parsed.attachments] == [True, False]


@pytest.mark.parametrize("content", [b"", b"<svg/>", b"\x89PNG", b"\xff\xd8\xff\xe0", b"GIF89a\0\0\0\0"])
def test_what_is_no_picture_is_left_out(content: bytes) -> None:
    assert composed(logo=content) == composed()


def test_the_signature_stands_under_the_newest_message_once() -> None:
    outgoing = Outgoing(signature={"ru": "С уважением,\n<служба> https://a.example", "en": "Regards"})
    written = letter(entries=(entry("новое"), entry("старое")))
    text = text_of(composed(written, outgoing=outgoing))
    assert text.index("новое") < text.index("С уважением,\n<служба>") < text.index("-----") < text.index("старое")
    html = text_of(composed(written, outgoing=outgoing), "html")
    assert html.count("С уважением") == html.count("&lt;служба&gt;") == 1
    assert '<a href="https://a.example"' in html
    assert "Regards" in text_of(composed(letter(language="en"), outgoing=outgoing))
    only_russian = Outgoing(signature={"ru": "С уважением"})
    assert "С уважением" in text_of(composed(letter(language="en"), outgoing=only_russian))


# What a header can hold: characters that our own reader and the standard library know as parts of words.
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=90)
PHRASES = st.lists(WORDS.filter(bool), max_size=12).map(" ".join).filter(lambda text: "=?" not in text)


@given(
    subject=PHRASES,
    name=PHRASES,
    copies=st.lists(PHRASES, max_size=4),
    number=st.from_regex("[A-ZА-Я]{1,3}[0-9]{1,9}", fullmatch=True),
)
def test_names_and_subjects_of_any_script_come_back(subject: str, name: str, copies: list[str], number: str) -> None:
    people = tuple(Address(name=one, address=f"c{at}@x.example") for at, one in enumerate(copies))
    mail = composed(letter(subject=subject, number=number, to=Address(name=name, address="a@b.example"), cc=people))
    head = mail.message.partition(b"\r\n\r\n")[0]
    assert all(len(line) <= 78 for line in head.split(b"\r\n"))
    parsed = ours(mail).parsed
    if len(subject) < 400 and len(name) < 200:
        assert parsed.subject == f"Re: [#{number}] {subject}".rstrip()
        assert parsed.to == (Address(name=name, address="a@b.example"),)
        read = strict(mail)
        assert str(read["Subject"]) == f"Re: [#{number}] {subject}".rstrip()
        # The standard library leaves a blank between two encoded words of a name (RFC 2047 section 6.2 has none).
        assert read["To"].addresses[0].display_name.replace(" ", "") == name.replace(" ", "")
