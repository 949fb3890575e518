from __future__ import annotations

from collections.abc import Callable

import pytest

from parse.evidence.automation import classify
from parse.model import Mail
from tests.unit.parse.raw_mails import decoded, mail_of

RECEIPT = """
    From: ivan@client.ru
    To: help@acme.ru
    Subject: Read: [#0106-7] Printer
    Content-Type: multipart/{container}; boundary=b

    --b
    Content-Type: text/plain

    Your message was read.
    --b
    Content-Type: message/disposition-notification

    Final-Recipient: rfc822; ivan@client.ru
    Original-Message-ID: <1@desk.acme.ru>
    Disposition: manual-action/MDN-sent-manually; displayed
    --b--
    """

COMPLAINT = """
    From: <abuse@provider.ru>
    To: help@acme.ru
    Subject: FW: [#0106-7] Printer
    Content-Type: multipart/{container}; boundary=b

    --b
    Content-Type: text/plain

    This is an email abuse report.
    --b
    Content-Type: message/feedback-report

    Feedback-Type: abuse
    User-Agent: SomeGenerator/1.0
    Version: 1
    --b
    Content-Type: message/rfc822

    From: help@acme.ru
    Message-ID: <1@desk.acme.ru>

    text
    --b--
    """

HOTMAIL = """
    From: <staff@hotmail.com>
    To: help@acme.ru
    Subject: complaint about message from 192.0.2.1
    Content-Type: multipart/mixed; boundary=b

    --b
    Content-Type: message/rfc822

    X-HmXmrOriginalRecipient: anna@hotmail.com
    From: help@acme.ru

    text
    --b--
    """

AGGREGATE = """
    From: tls@provider.ru
    To: help@acme.ru
    Subject: Report Domain: acme.ru
    Content-Type: multipart/report; report-type=tlsrpt; boundary=b

    --b
    Content-Type: text/plain

    This is an aggregate TLS report.
    --b--
    """


@pytest.mark.parametrize("read", [mail_of, decoded])
@pytest.mark.parametrize(
    ("raw", "kind", "word"),
    [
        (RECEIPT.format(container="report; report-type=disposition-notification"), "auto_reply", "read receipt"),
        (RECEIPT.format(container="report"), "auto_reply", "read receipt"),
        (RECEIPT.format(container="mixed"), "auto_reply", "read receipt"),
        (COMPLAINT.format(container="report; report-type=feedback-report"), "bulk", "complaint"),
        (COMPLAINT.format(container="mixed"), "bulk", "complaint"),
        (HOTMAIL, "bulk", "complaint"),
        (AGGREGATE, "bulk", "tlsrpt"),
    ],
)
def test_reports_of_other_kinds(read: Callable[[str], Mail], raw: str, kind: str, word: str) -> None:
    found = classify(read(raw))
    assert found is not None
    assert found.kind == kind
    assert word in found.evidence[0]
