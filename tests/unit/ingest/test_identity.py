"""Two deliveries are one mail when what the sender wrote into the headers agrees, whichever way they came."""

from __future__ import annotations

import time
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.identity import identify

HEAD = (
    b"From: =?utf-8?B?0JjQstCw0L0=?= <ivan@customer.example>\r\nTo: help@postroom.test\r\n"
    b"Date: Mon, 23 Nov 2026 10:00:00 +0300\r\nMessage-ID: <one@customer.example>\r\nSubject: broken\r\n"
)
MAIL = HEAD + b"\r\nbody\r\n"
LARGE = 3_000_000


def test_a_mail_is_itself_and_names_its_message_id() -> None:
    assert identify(MAIL) == identify(MAIL)
    key, message_id = identify(MAIL)
    assert (len(key), message_id) == (64, "<one@customer.example>")


@pytest.mark.parametrize(
    "other",
    [
        b"Received: from a by b; Mon, 23 Nov 2026 07:00:01 +0000\r\nDelivered-To: help@postroom.test\r\n" + MAIL,
        b"Return-Path: <ivan@customer.example>\r\nX-Spam: no\r\n" + MAIL,
        MAIL.replace(b"\r\n", b"\n"),
        MAIL.replace(b"Subject: broken", b"subject:broken"),
        MAIL.replace(b"Subject: broken", b"Subject: \r\n  broken "),
        MAIL.replace(b"Message-ID: <one", b"MESSAGE-ID:\r\n\t<one"),
        MAIL.replace(b"body", b"body\r\n-- \r\nadded by the list"),
    ],
)
def test_two_routes_of_one_mail_are_equal(other: bytes) -> None:
    assert other != MAIL
    assert identify(other) == identify(MAIL)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"broken", b"broken again"),
        (b"ivan@", b"petr@"),
        (b"10:00:00", b"10:00:01"),
        (b"<one@", b"<two@"),
        (b"Subject: broken\r\n", b""),
    ],
)
def test_a_message_id_used_twice_hides_no_other_mail(old: bytes, new: bytes) -> None:
    assert old in MAIL
    assert identify(MAIL.replace(old, new))[0] != identify(MAIL)[0]


@pytest.mark.parametrize("line", [b"", b"Message-ID: \r\n", b"Message-ID: <>\r\n", b"Message-ID: none\r\n"])
def test_without_a_message_id_the_bytes_decide(line: bytes) -> None:
    mail = MAIL.replace(b"Message-ID: <one@customer.example>\r\n", line)
    assert identify(mail) == (sha256(mail).hexdigest(), None)
    assert identify(mail + b"x")[0] != identify(mail)[0]


def test_the_body_cannot_speak_for_the_headers() -> None:
    mail = b"From: a@b.example\r\n\r\nMessage-ID: <one@customer.example>\r\n"
    assert identify(mail)[1] is None
    enclosed = MAIL + b"\r\nMessage-ID: <two@customer.example>\r\nSubject: other\r\n"
    assert identify(enclosed) == identify(MAIL)


def test_of_repeated_headers_the_first_counts() -> None:
    again = HEAD + b"Message-ID: <two@customer.example>\r\nSubject: other\r\n\r\nbody\r\n"
    assert identify(again) == identify(MAIL)


def test_fields_do_not_run_into_one_another() -> None:
    one = b"Message-ID: <a@b>\r\nFrom: x\r\nSubject: y z\r\n\r\n"
    other = b"Message-ID: <a@b>\r\nFrom: x\r\nDate: y\r\nSubject: z\r\n\r\n"
    assert identify(one)[0] != identify(other)[0]


def test_a_message_id_can_be_stored_whatever_it_holds() -> None:
    _, message_id = identify(b"Message-ID: <\xff\x00\xd0\x96@b>\r\n\r\n")
    assert message_id is not None
    assert "\x00" not in message_id
    message_id.encode()


def test_headers_only_are_known_like_the_whole_mail() -> None:
    assert identify(HEAD + b"\r\n") == identify(MAIL)
    assert identify(HEAD) == identify(MAIL)


@given(st.binary(max_size=300))
def test_any_bytes_have_an_identity(raw: bytes) -> None:
    key, message_id = identify(raw)
    assert len(key) == 64
    assert message_id is None or message_id.startswith("<")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"Subject:" + b"\r\n " * (LARGE // 3),
        b"Subject:" + b" " * LARGE,
        b"Message-ID:" + b"<" * LARGE,
        b"Message-ID: " + b"<a" * (LARGE // 2),
        b"message-id" * (LARGE // 10),
        b"Message-ID \t" * (LARGE // 12),
        b"From: a\r\n" * (LARGE // 9),
        b"\r" * LARGE,
        b"\n \n" * (LARGE // 3),
        b"Subject: x\r\n\t" + b"\r\n\t" * (LARGE // 3),
        HEAD + b"X: " + b"y" * LARGE,
    ],
    ids=range(12),
)
def test_hostile_headers_cost_little(raw: bytes) -> None:
    started = time.process_time()
    identify(raw)
    assert time.process_time() - started < 0.5
