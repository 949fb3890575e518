from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parse.mime.charsets import clean, decode, decode_header
from parse.mime.labels import codec_of

SHORT = [
    "Лифт",
    "Заявка",
    "Авария",
    "Не работает лифт",
    "Спасибо!",
    "Яндекс",
    "С уважением",
    "Объект",
    "СРОЧНО",
    "Re: Счёт",
]
OTHERS = {
    "cp1252": ["Müller", "Café au lait", "Rückfrage zur Lieferung", "São Paulo"],
    "cp1253": ["Καλημέρα κόσμε", "Παραγγελία"],
    "cp1255": ["הזמנה חדשה", "תודה רבה לכם"],
    "gb18030": ["你好世界", "新订单通知"],
    "cp932": ["こんにちは世界", "注文のお知らせ"],
    "cp949": ["안녕하세요 세계"],
}


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        *(
            ("win-1251", "cp1251"),
            ("x-cp1251", "cp1251"),
            ("cp-866", "cp866"),
            ("IBM866", "cp866"),
            ("KOI8-R", "koi8_r"),
        ),
        *(
            ("utf8mb4", "utf-8"),
            ("UTF8", "utf-8"),
            ("gb2312", "gb18030"),
            ("big5", "big5hkscs"),
            ("shift_jis", "cp932"),
        ),
        *(("iso-8859-1", "cp1252"), ("us-ascii", "cp1252"), ("iso-8859-9", "cp1254"), ("ks_c_5601-1987", "cp949")),
        *(("utf-8*en", "utf-8"), ('"utf-8"', "utf-8"), ("cp437", "cp437"), ("windows 1251", "cp1251")),
    ],
)
def test_label_names_its_codec(label: str, codec: str) -> None:
    assert codec_of(label) == codec


@pytest.mark.parametrize(
    "label", ["rot13", "zip", "hex", "base64", "idna", "unicode_escape", "undefined", "", "x" * 999, "\0"]
)
def test_hostile_label_names_no_codec(label: str) -> None:
    assert codec_of(label) is None


@pytest.mark.parametrize("codec", ["cp1251", "koi8-r", "cp866", "iso8859-5"])
@pytest.mark.parametrize("text", SHORT)
def test_short_russian_is_detected(text: str, codec: str) -> None:
    assert decode(text.encode(codec), None)[0] == text


@pytest.mark.parametrize("codec", OTHERS)
def test_other_languages_are_not_taken_for_russian(codec: str) -> None:
    for text in OTHERS[codec]:
        assert decode(text.encode(codec), None)[0] == text
        assert decode(text.encode(codec), codec) == (text, codec, None)


@pytest.mark.parametrize(
    ("raw", "label", "text", "defect"),
    [
        ("Прошу прислать".encode("koi8-r"), "iso-8859-1", "Прошу прислать", "charset_false"),
        ("Прошу прислать".encode("cp1251"), "us-ascii", "Прошу прислать", "charset_false"),
        ("Прошу прислать".encode("cp1251"), "utf-8", "Прошу прислать", "charset_false"),
        ("Прошу прислать".encode(), "koi8-r", "Прошу прислать", "charset_false"),
        ("её".encode("koi8-r"), "koi8-r", "её", None),
        (b"\x93quoted\x94", "iso-8859-1", "“quoted”", None),
        (b"\xef\xbb\xbfBOM", "windows-1251", "BOM", None),
        ("по".encode("utf-16"), "utf-16", "по", None),
        ("hello".encode("utf-16-le"), "utf-16", "hello", None),
        ("hello".encode("utf-16-be"), "utf-16", "hello", None),
        (b"+BB8-", "utf-7", "П", None),
        (b"ab\0c", "utf-8", "abc", None),
        (b"plain", "no-such-charset", "plain", "charset_unknown"),
    ],
)
def test_false_labels_and_odd_bytes(raw: bytes, label: str, text: str, defect: str | None) -> None:
    found, _, noted = decode(raw, label)
    assert (found, noted) == (text, defect)


def test_damage_to_utf8_stays_utf8() -> None:
    text, codec, defect = decode("Прошу прислать мастера".encode() + b"\xd0", "utf-8")
    assert (text, codec, defect) == ("Прошу прислать мастера\ufffd", "utf-8", "charset_errors")


def test_header_bytes_follow_the_hint() -> None:
    assert decode_header("Я".encode("koi8-r"), "koi8-r") == ("Я", "header_8bit")
    assert decode_header("Я".encode(), "koi8-r") == ("Я", None)


def test_lone_surrogates_and_nul_are_cleaned() -> None:
    assert clean("a\0\ud800b") == "a\ufffdb"


@given(
    st.binary(max_size=300),
    st.none() | st.text(max_size=20) | st.sampled_from(["utf-7", "hz", "iso-2022-jp", "utf-16", "big5"]),
)
def test_any_bytes_become_text_that_can_be_stored(raw: bytes, label: str | None) -> None:
    text, codec, _ = decode(raw, label)
    assert "\0" not in text
    assert text.encode() or not text
    assert "".encode(codec) is not None
