"""Header fields on the wire: folded, encoded, and proof against what strangers put into them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parse.mime.words import decode_unstructured
from replies import headers

OUTLOOK = "<AM0PR04MB6452F8D6C2B3A1E0F9D8C7B6A5F4E3D2C1@AM0PR04MB6452.eurprd04.prod.outlook.com>"


def unfolded(field: str) -> str:
    assert field.endswith("\r\n")
    text, defects = decode_unstructured(field.removesuffix("\r\n").replace("\r\n ", " ").partition(": ")[2].encode())
    assert not defects
    return text


@pytest.mark.parametrize(
    "subject",
    [
        "Re: [#O2311000] Не работает кондиционер",
        "Re: [#O2311000] plain words only",
        "Re: [#O2311000] " + "Очень длинная тема про кондиционер " * 8 + "конец",
        "Re: [#O2311000] " + "many plain words " * 20 + "end",
        "Re: [#O2311000] " + "одноДлинноеСловоБезПробелов" * 10,
        "Re: [#O2311000] " + "x" * 300,
        "Re: [#O2311000] 🧯 огонь и English и снова русский " * 4 + ".",
        "Re: [#O2311000] =?utf-8?q?posing?= as encoded",
        "",
    ],
)
def test_a_text_comes_back_as_it_was(subject: str) -> None:
    field = headers.text("Subject", subject)
    assert unfolded(field) == subject.strip()
    assert max(len(line) for line in field.split("\r\n")) <= 76
    assert field.isascii()


@given(st.text(max_size=700), st.text(max_size=300))
def test_nothing_gets_out_of_its_field(text: str, name: str) -> None:
    for field in (
        headers.text("Subject", text),
        headers.mailbox("To", name, headers.wire_address("a@b.example")),
        headers.ids("References", [text, name]),
    ):
        lines = field.split("\r\n")[:-1]
        assert all(line.startswith(" ") and line.strip() for line in lines[1:])
        assert all(char.isprintable() for line in lines for char in line)
        assert all(len(line) <= 998 for line in lines)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d🔧 क्\u200dष", "👩\u200d🔧 क्\u200dष"),
        ("\u200fשלום\u202e", "שלום"),
        ("co\u00adoperate\ufeff", "cooperate"),
        ("\U0001fadf\ue000", "\U0001fadf\ue000"),
        ("a\tb\x00c\u2028d\x85e", "a b c d e"),
    ],
)
def test_letters_of_every_script_stay_and_steering_marks_go(value: str, expected: str) -> None:
    assert headers.one_line(value) == expected
    assert unfolded(headers.text("Subject", value)) == expected


def test_several_people_stand_in_one_field() -> None:
    people = [("Петров, Иван", "ivan@a.example"), ("", "b@b.example"), ("Anna", "anna@c.example")]
    field = headers.mailboxes("Cc", people)
    assert field.endswith("<ivan@a.example>,\r\n b@b.example, Anna <anna@c.example>\r\n")
    assert headers.mailboxes("Cc", []) == ""


def test_a_long_text_is_cut() -> None:
    assert unfolded(headers.text("Subject", "ы" * 5_000)) == "ы" * 499 + "…"


def test_message_ids_are_never_encoded_however_long() -> None:
    assert headers.ids("In-Reply-To", [OUTLOOK]) == f"In-Reply-To: {OUTLOOK}\r\n"
    assert headers.ids("References", [OUTLOOK, "<a@b>", "<c@d>"]) == f"References: {OUTLOOK}\r\n <a@b> <c@d>\r\n"


@pytest.mark.parametrize(
    "hostile",
    [
        "<a\r\nBcc: x@y>", "<a b@c>", "<ю@x>", "<a@b> <c@d>", "a@b", "<>", "<" + "a" * 990 + "@x>",
        "<a@b>\n", "<\x00@b>", "",
    ],
)  # fmt: skip
def test_what_is_no_message_id_stays_out(hostile: str) -> None:
    assert headers.ids("References", [hostile]) == ""
    assert headers.ids("References", [hostile, "<good@x>"]) == "References: <good@x>\r\n"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", "a@b.example"),
        ("Ivan Petrov", "Ivan Petrov <a@b.example>"),
        ("Petrov, Ivan", '"Petrov, Ivan" <a@b.example>'),
        ('The "Boss" \\o/', '"The \\"Boss\\" \\\\o/" <a@b.example>'),
        ("evil@bank.example", '"evil@bank.example" <a@b.example>'),
        ("Evil\r\nBcc: x@y", '"Evil Bcc: x@y" <a@b.example>'),
    ],
)
def test_a_display_name(name: str, expected: str) -> None:
    assert headers.mailbox("To", name, "a@b.example") == f"To: {expected}\r\n"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("user@Пример.РФ", "user@xn--e1afmkfd.xn--p1ai"),
        ("User.Name+tag@Example.COM", "User.Name+tag@example.com"),
        ("почта@пример.рф", "почта@xn--e1afmkfd.xn--p1ai"),
        ("double..dot@docomo.example", "double..dot@docomo.example"),
        ("a b,c@d.example", '"a b,c"@d.example'),
        ("a>b@d.example", '"a>b"@d.example'),
        ('"a b"@d.example', '"a b"@d.example'),
        ('a"b@d.example', '"a\\"b"@d.example'),
        ("a\r\nRCPT TO:<x@y>@d.example", '"a RCPT TO:<x@y>"@d.example'),
    ],
)
def test_an_address_on_the_wire(address: str, expected: str) -> None:
    assert headers.wire_address(address) == expected
