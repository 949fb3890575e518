from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.contracts import Bounce
from parse.evidence.automation import classify
from parse.evidence.bounces import find_bounce
from parse.model import Headers, Mail, Part
from tests.unit.parse.bounce_samples import SERVERS, Expected
from tests.unit.parse.bounce_samples_providers import PROVIDERS
from tests.unit.parse.no_bounce_samples import NO_BOUNCES
from tests.unit.parse.raw_mails import decoded, mail_of, quick

SAMPLES = SERVERS | PROVIDERS


@pytest.mark.parametrize(("raw", "expected"), SAMPLES.values(), ids=list(SAMPLES))
@pytest.mark.parametrize("read", [mail_of, decoded])
def test_bounces_of_many_servers(read: Callable[[str], Mail], raw: str, expected: Expected) -> None:
    mail = read(raw)
    found = find_bounce(mail)
    assert found is not None
    assert (found.recipient, found.status, found.action, found.original_message_id) == expected
    automation = classify(mail)
    assert automation is not None
    assert automation.kind == "bounce"
    assert automation.evidence


def test_nearly_all_bounces_come_from_where_servers_send_them() -> None:
    doubtful = [
        name for name, (raw, _) in SAMPLES.items() if not (found := find_bounce(mail_of(raw))) or not found.by_server
    ]
    assert doubtful == ["a daemon by name only", "a machine that says it in the text"]


@pytest.mark.parametrize(
    ("fields", "by_server"),
    [
        ({"Return_Path": "<>"}, True),
        ({"Return_Path": "<>", "From": "Postfix <gateway@mx.ru>"}, True),
        ({"Return_Path": "<MAILER-DAEMON>"}, True),
        ({"Return_Path": "<postmaster@mx.ru>"}, True),
        ({}, True),
        ({"From": "postmaster@mx.ru"}, True),
        ({"From": "MAILER-DAEMON"}, True),
        ({"From": ""}, True),
        ({"Return_Path": "<eve@free.example>"}, False),
        ({"Return_Path": "<eve@free.example> (mailer-daemon)"}, False),
        ({"From": "Eve <eve@free.example>"}, False),
        ({"From": '"mailer-daemon@mx.ru" <eve@free.example>'}, False),
    ],
)
def test_a_person_who_writes_a_report_is_no_mail_server(fields: dict[str, str], by_server: bool) -> None:
    found = find_bounce(status_report(ONE, **fields))
    assert found is not None
    assert found.by_server is by_server


@pytest.mark.parametrize("raw", NO_BOUNCES.values(), ids=list(NO_BOUNCES))
@pytest.mark.parametrize("read", [mail_of, decoded])
def test_what_is_no_bounce(read: Callable[[str], Mail], raw: str) -> None:
    mail = read(raw)
    assert find_bounce(mail) is None
    automation = classify(mail)
    assert automation is None or automation.kind != "bounce"


def status_report(fields: str, *, kind: str = "message/delivery-status", original: str = "", **headers: str) -> Mail:
    named = {"From": "MAILER-DAEMON@mx.ru", **{name.replace("_", "-"): value for name, value in headers.items()}}
    parts = [Part("text/plain", b"failed", text="It did not work."), Part(kind, fields.encode())]
    if original:
        parts.append(Part("message/rfc822", original.encode()))
    params = (("report-type", "delivery-status"),)
    return Mail(Headers(tuple(named.items())), tuple(parts), "multipart/report", params)


FIELDS = (
    ("Final-Recipient: rfc822; a@b.ru\nAction: failed\nStatus: 5.1.1", ("a@b.ru", "5.1.1", "failed")),
    ("Final-Recipient: rfc822;a@b.ru\nAction: FAILED\nStatus: 5.1.1 (no such user)", ("a@b.ru", "5.1.1", "failed")),
    ("Final-Recipient: RFC822; <a@b.ru>\nAction: failed (bad address)\nStatus: 5.0.0", ("a@b.ru", "5.0.0", "failed")),
    ("Final-Recipient: a@b.ru\nAction: failed\nStatus: 5.1.1", ("a@b.ru", "5.1.1", "failed")),
    ("Final-Recipient: utf-8; почта@пример.рф\nAction: failed\nStatus: 5.1.6", ("почта@пример.рф", "5.1.6", "failed")),
    ("Original-Recipient: rfc822;a@b.ru\nAction: failed\nStatus: 5.1.1", ("a@b.ru", "5.1.1", "failed")),
    (
        "Original-Recipient: rfc822;a@b.ru\nFinal-Recipient: X-LOCAL; ivan\nAction: failed\nStatus: 5.2.2",
        ("a@b.ru", "5.2.2", "failed"),
    ),
    ("Final-Recipient: rfc822; a@b.ru\nAction: delayed\nStatus: 4.4.1", ("a@b.ru", "4.4.1", "delayed")),
    ("Final-Recipient: rfc822; a@b.ru\nAction: relayed\nStatus: 2.0.0", ("a@b.ru", "2.0.0", "relayed")),
    ("Final-Recipient: rfc822; a@b.ru\nAction: delivered\nStatus: 2.1.5", ("a@b.ru", "2.1.5", "delivered")),
    ("Final-Recipient: rfc822; a@b.ru\nAction: expanded\nStatus: 2.0.0", ("a@b.ru", "2.0.0", "expanded")),
    ("Final-Recipient: rfc822; a@b.ru\nAction: failure\nStatus: 5.1.1", ("a@b.ru", "5.1.1", "failed")),
    ("Final-Recipient: rfc822; a@b.ru\nStatus: 5.1.1", ("a@b.ru", "5.1.1", "failed")),
    ("Final-Recipient: rfc822; a@b.ru\nStatus: 4.2.2", ("a@b.ru", "4.2.2", "delayed")),
    (
        "Final-Recipient: rfc822; a@b.ru\nAction: failed\nDiagnostic-Code: smtp; 550-5.7.1 spam",
        ("a@b.ru", "5.7.1", "failed"),
    ),
    (
        "Final-Recipient: rfc822; a@b.ru\nAction: failed\nDiagnostic-Code: smtp; 554 no thanks",
        ("a@b.ru", "5.0.0", "failed"),
    ),
    (
        "Final-Recipient: rfc822; a@b.ru\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550\n  5.7.1 folded",
        ("a@b.ru", "5.1.1", "failed"),
    ),
    ("Final-Recipient : rfc822; a@b.ru\nAction : failed\nStatus : 5.1.1", ("a@b.ru", "5.1.1", "failed")),
    (
        (
            "Final-Recipient: rfc822; ok@b.ru\nAction: delivered\nStatus: 2.0.0\n\n"
            "Final-Recipient: rfc822; late@b.ru\nAction: delayed\nStatus: 4.0.0\n\n"
            "Final-Recipient: rfc822; bad@b.ru\nAction: failed\nStatus: 5.1.1\n\n"
            "Final-Recipient: rfc822; worse@b.ru\nAction: failed\nStatus: 5.1.2"
        ),
        ("bad@b.ru", "5.1.1", "failed"),
    ),
    (
        (
            "Final-Recipient: rfc822; ok@b.ru\nAction: delivered\nStatus: 2.0.0\n"
            "Final-Recipient: rfc822; bad@b.ru\nAction: failed\nStatus: 5.1.1"
        ),
        ("bad@b.ru", "5.1.1", "failed"),
    ),
    ("Final-Recipient: rfc822; a@b.ru\n\nAction: failed\n\nStatus: 5.1.1\n", ("a@b.ru", "5.1.1", "failed")),
)


@pytest.mark.parametrize(("fields", "expected"), FIELDS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_fields_of_rfc_3464(fields: str, expected: tuple[str, str, str], line_end: str) -> None:
    report = f"Reporting-MTA: dns; mx.ru\nArrival-Date: Mon, 1 Jun 2026 10:00:00 +0300\n\n{fields}\n"
    found = find_bounce(status_report(report.replace("\n", line_end)))
    assert found is not None
    assert (found.recipient, found.status, found.action) == expected


ONE = "Reporting-MTA: dns; mx.ru\n\nFinal-Recipient: rfc822; a@b.ru\nAction: failed\nStatus: 5.1.1\n"


@pytest.mark.parametrize(
    "kind", ["message/delivery-status", "message/global-delivery-status", "text/plain", "application/octet-stream"]
)
def test_the_report_is_found_whatever_its_part_is_called(kind: str) -> None:
    assert find_bounce(status_report(ONE, kind=kind)) == Bounce(recipient="a@b.ru", status="5.1.1", action="failed")


@pytest.mark.parametrize(
    ("original", "expected"),
    [
        ("Message-ID: <1@us>\nFrom: us@us\n\ntext", "<1@us>"),
        ("From: us@us\nMESSAGE-ID:\n <1@us>\n\ntext", "<1@us>"),
        ("From: us@us\r\nMessage-Id: 1@us\r\n\r\ntext", "<1@us>"),
        ("\n\nFrom: us@us\nMessage-Id: <1@us> (added by us)\n\ntext", "<1@us>"),
        ("Received: from x\n\tby y; today\nMessage-ID: <1@us>", "<1@us>"),
        ("Message-ID: <AM0P@outlook.com>\nX-Microsoft-Original-Message-ID: <1@us>", "<1@us>"),
        ("Message-ID: <1@us>\nX-Microsoft-Original-Message-ID: \n", "<1@us>"),
        ("From: us@us\n\nMessage-ID: <in-the-text@us>", "<in-the-text@us>"),
        ("From: us@us\n\nnothing", None),
    ],
)
def test_the_original_is_named_as_in_its_header(original: str, expected: str | None) -> None:
    found = find_bounce(status_report(ONE, original=original))
    assert found is not None
    assert found.original_message_id == expected


@pytest.mark.parametrize(
    "kind", ["text/rfc822-headers", "message/rfc822-headers", "message/global-headers", "message/global", "text/rfc822"]
)
def test_headers_alone_name_the_original(kind: str) -> None:
    mail = status_report(ONE)
    headers = Part(kind, b"From: us@us\nMessage-ID: <1@us>\n")
    found = find_bounce(Mail(mail.headers, (*mail.parts, headers), mail.content_type, mail.params))
    assert found is not None
    assert found.original_message_id == "<1@us>"


def test_without_an_original_the_thread_headers_name_it() -> None:
    found = find_bounce(status_report(ONE, References="<0@us> <1@us>"))
    assert found is not None
    assert found.original_message_id == "<1@us>"
    found = find_bounce(status_report(ONE, References="<0@us> <1@us>", In_Reply_To="<2@us>"))
    assert found is not None
    assert found.original_message_id == "<2@us>"


@pytest.mark.parametrize("to", ["help@postroom.test", "help+pb.aa17.signature@postroom.test"])
def test_the_address_that_a_report_came_to_is_not_the_one_that_failed(to: str) -> None:
    text = "This is the mail system at host mx.ru.\n\nhelp@postroom.test to ivan@customer.example: no such user.\n"
    headers = Headers((("From", "MAILER-DAEMON@mx.ru"), ("To", to)))
    found = find_bounce(Mail(headers, (Part("text/plain", b"", text=text),), "text/plain", ()))
    assert found is not None
    assert (found.recipient, found.status) == ("ivan@customer.example", "5.1.1")


def test_a_report_swallowed_by_the_enclosed_message() -> None:
    inner = (
        "From: MAILER-DAEMON@mx.ru\nMessage-ID: <report@mx>\nContent-Type: multipart/report; boundary=x\n\n--x\n"
        f"Content-Type: message/delivery-status\n\n{ONE}\n--x\nContent-Type: message/rfc822\n\n"
        "Message-ID: <1@us>\n\n--x--\n"
    )
    mail = Mail(
        Headers((("From", "Mail Delivery System <MAILER-DAEMON@gateway.ru>"),)),
        (Part("text/plain", b"see below", text="see below"), Part("message/rfc822", inner.encode())),
        "multipart/mixed",
    )
    assert find_bounce(mail) == Bounce(
        recipient="a@b.ru", status="5.1.1", action="failed", original_message_id="<1@us>"
    )


SENDERS = (
    "MAILER-DAEMON@mx.ru",
    "Mail Delivery System <mailer-daemon@mx.ru>",
    "Mail Delivery Subsystem <mailer_daemon@mx.ru>",
    "maildaemon@mx.ru",
    "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@corp.ru>",
)


@pytest.mark.parametrize("sender", SENDERS)
def test_daemons_write_nothing_but_reports(sender: str) -> None:
    text = "I could not deliver to <a@b.ru>: 550 5.1.1 unknown"
    mail = Mail(Headers((("From", sender), ("Subject", "x"))), (Part("text/plain", b"", text=text),), "text/plain")
    assert find_bounce(mail) == Bounce(recipient="a@b.ru", status="5.1.1", action="failed")


@given(st.text(max_size=500), st.text(max_size=100), st.binary(max_size=500))
def test_it_never_raises(text: str, field: str, content: bytes) -> None:
    headers = Headers((("From", "mailer-daemon@" + field), ("Subject", field), ("References", field)))
    parts = (
        Part("text/plain", b"", text=text),
        Part("message/delivery-status", b"Final-Recipient: " + content),
        Part("message/rfc822", content),
    )
    find_bounce(Mail(headers, parts, "multipart/report"))
    find_bounce(Mail(headers, parts[:1], "text/plain"))


@pytest.mark.parametrize(
    "junk", ["a", "@", "a@", ">", "<a@b.c", "5.", "Final-Recipient:\n", "message-id:", "\n ", ": 5"]
)
def test_hostile_texts_take_no_time(junk: str) -> None:
    with quick():
        text = junk * (1_000_000 // len(junk))
        headers = Headers((("From", "mailer-daemon@mx.ru"), ("Subject", text), ("References", text)))
        parts = (Part("text/plain", b"", text=text), Part("message/rfc822", text.encode()))
        find_bounce(Mail(headers, parts, "multipart/report"))
        find_bounce(Mail(headers, (Part("message/delivery-status", text.encode()),), "multipart/report"))
