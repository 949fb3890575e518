from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parse.mime.words import decode_structured, decode_text, decode_unstructured


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain", "plain"),
        (b"a =?utf-8?Q?b?= c", "a b c"),
        (b"=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
        (b"=?utf-8?Q?a?=\r\n =?koi8-r?Q?=C2?=", "aб"),
        (b"=?utf-8?Q?=D0?= =?utf-8?Q?=9F?=", "П"),
        (b"=?utf-8?B?0J8=?==?utf-8?B?0J8=?=", "ПП"),
        (b"x=?utf-8?Q?a?=y", "xay"),
        (b"=?utf-8*ru?Q?a?=", "a"),
        (b"=?UTF-8?q?two words?=", "two words"),
        (b"=?utf-8?Q?what??=", "what?"),
        (b"=?utf-8?B?aGk?=", "hi"),
        (b"=?utf-8?B?!!!?=", ""),
        (b"=?utf-8?X?a?=", "=?utf-8?X?a?="),
        (b"=?rot13?Q?abc?=", "abc"),
        (b"=?utf-8?Q?a=00=0Db?=", "a b"),
        (b"two\r\n lines", "two lines"),
        (b"=?utf-8?Q?cut=20off", "cut off"),
        (b"", ""),
    ],
)
def test_unstructured_value_is_decoded(raw: bytes, text: str) -> None:
    assert decode_unstructured(raw)[0] == text


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"=?utf-8?Q?A=2C_B?= <a@b>", '"A, B" <a@b>'),
        (b'"=?utf-8?Q?A=22B?=" <a@b>', '"A\\"B" <a@b>'),
        (b"=?utf-8?Q?Anna?= <a@b>", "Anna <a@b>"),
        (b"<=?utf-8?Q?a=40b?=>", "<a@b>"),
    ],
)
def test_decoded_address_field_can_still_be_parsed(raw: bytes, value: str) -> None:
    assert decode_structured(raw)[0] == value


def test_string_that_holds_a_word_is_decoded() -> None:
    assert decode_text("=?utf-8?Q?=D0=9F?=.pdf") == "П.pdf"


@given(st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), min_size=1), st.integers(1, 40))
def test_words_split_anywhere_are_joined(text: str, size: int) -> None:
    data = text.encode()
    words = (base64.b64encode(data[i : i + size]) for i in range(0, len(data), size))
    raw = b"\r\n ".join(b"=?utf-8?B?" + word + b"?=" for word in words)
    assert decode_unstructured(raw)[0] == text


@given(st.binary(max_size=200))
def test_any_value_becomes_one_line(raw: bytes) -> None:
    for decode in (decode_unstructured, decode_structured):
        text = decode(b"=?utf-8?Q?" + raw)[0]
        assert "\n" not in text
        assert "\0" not in text
