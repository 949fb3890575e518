"""Mail that only looks like a delivery report. All names are made up."""

from __future__ import annotations

NO_BOUNCES = {
    "a person forwards a bounce": """
        From: Boris <boris@client.ru>
        To: help@acme.ru
        Subject: Fwd: Undelivered Mail Returned to Sender

        Please help, my mail comes back:

        ---------- Forwarded message ---------
        From: Mail Delivery System <MAILER-DAEMON@mx.client.ru>
        Subject: Undelivered Mail Returned to Sender

        This is the mail system at host mx.client.ru.
        <anna@partner.ru>: host mx.partner.ru said: 550 5.1.1 User unknown
        """,
    "a person attaches a bounce": """
        From: Boris <boris@client.ru>
        To: help@acme.ru
        Subject: mail problem
        Content-Type: multipart/mixed; boundary="A"

        --A
        Content-Type: text/plain

        See the attached.
        --A
        Content-Type: message/rfc822

        From: MAILER-DAEMON@mx.client.ru
        Subject: Undelivered Mail Returned to Sender
        Content-Type: multipart/report; report-type=delivery-status; boundary="B"

        --B
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx

        Final-Recipient: rfc822; anna@partner.ru
        Action: failed
        Status: 5.1.1
        --B--
        --A--
        """,
    "a person saves the report and attaches it": """
        From: Boris <boris@client.ru>
        To: help@acme.ru
        Subject: mail problem
        Content-Type: multipart/mixed; boundary="A"

        --A
        Content-Type: text/plain

        See the attached.
        --A
        Content-Type: message/delivery-status
        Content-Disposition: attachment; filename=details.txt

        Reporting-MTA: dns; mx

        Final-Recipient: rfc822; anna@partner.ru
        Action: failed
        Status: 5.1.1
        --A--
        """,
    "a person quotes a bounce in an answer": """
        From: Boris <boris@client.ru>
        To: help@acme.ru
        Subject: Re: Undeliverable: invoice

        > Delivery has failed to these recipients or groups:
        > anna@partner.ru

        What does it mean?
        """,
    "a person whose subject begins like one": """
        From: Boris <boris@client.ru>
        To: help@acme.ru
        Subject: Undelivered mail - how do I get rid of these?

        Every day: 550 5.1.1 User unknown.
        """,
    "a person in russian": """
        From: Boris <boris@client.ru>
        To: help@acme.ru
        Subject: =?utf-8?B?0J3QtSDQtNC+0YHRgtCw0LLQu9C10L3QviDQvtCx0L7RgNGD0LTQvtCy0LDQvdC40LU=?=
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 8bit

        Оборудование не было доставлено.
        """,
    "an out-of-office with an empty sender": """
        Return-Path: <>
        From: Anna <anna@client.ru>
        To: help@acme.ru
        Subject: Automatic reply: Printer
        Auto-Submitted: auto-replied

        I am out of the office. Mail will not be forwarded.
        """,
    "an out-of-office in russian": """
        Return-Path: <>
        From: Anna <anna@client.ru>
        To: help@acme.ru
        Subject: =?utf-8?B?0JDQstGC0L7QvNCw0YLQuNGH0LXRgdC60LjQuSDQvtGC0LLQtdGCOiBQcmludGVy?=
        Auto-Submitted: auto-generated
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 8bit

        Здравствуйте! Я в отпуске до 15 июня.
        """,
    "a read receipt": """
        Return-Path: <>
        From: Anna <anna@client.ru>
        Subject: Read: Printer
        Content-Type: multipart/report; report-type=disposition-notification; boundary="B"

        --B
        Content-Type: text/plain

        Your message was displayed.
        --B
        Content-Type: message/disposition-notification

        Final-Recipient: rfc822; anna@client.ru
        Original-Message-ID: <t1@desk.acme.ru>
        Disposition: manual-action/MDN-sent-manually; displayed
        --B--
        """,
    "a complaint": """
        Return-Path: <>
        From: staff@hotmail.com
        Subject: complaint about message from 192.0.2.1
        Content-Type: multipart/report; report-type=feedback-report; boundary="B"

        --B
        Content-Type: message/feedback-report

        Feedback-Type: abuse
        Version: 1
        Original-Rcpt-To: anna@hotmail.com
        --B--
        """,
    "a postmaster who is a person": """
        From: Postmaster <postmaster@client.ru>
        To: help@acme.ru
        Subject: Printer

        Our printer is broken.
        """,
    "a monitoring system": """
        From: zabbix@client.ru
        To: help@acme.ru
        Subject: PROBLEM: mail queue
        Auto-Submitted: auto-generated

        550 messages in queue, see ops@client.ru
        """,
    "a courier": """
        From: track@courier.ru
        To: help@acme.ru
        Subject: Delivery failed: parcel 55
        Auto-Submitted: auto-generated

        Our courier did not find you at home.
        """,
    "a courier in russian": """
        From: track@courier.ru
        To: help@acme.ru
        Subject: =?utf-8?B?0J3QtSDRg9C00LDQu9C+0YHRjCDQtNC+0YHRgtCw0LLQuNGC0Ywg0LfQsNC60LDQtyA1NQ==?=
        Auto-Submitted: auto-generated
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 8bit

        Курьер не застал вас дома.
        """,
    "a report about encryption": """
        From: tlsrpt@google.com
        To: help@acme.ru
        Subject: Report Domain: acme.ru
        Content-Type: multipart/report; report-type=tlsrpt; boundary="B"

        --B
        Content-Type: text/plain

        This is an aggregate TLS report.
        --B--
        """,
}
