"""Delivery reports in the forms of Postfix, Exim, qmail, Sendmail and gateways. All names are made up."""

from __future__ import annotations

Expected = tuple[str | None, str | None, str, str | None]

SERVERS: dict[str, tuple[str, Expected]] = {
    "postfix": (
        """
        Return-Path: <>
        From: Mail Delivery System <MAILER-DAEMON@mx.acme.ru>
        Subject: Undelivered Mail Returned to Sender
        To: help@acme.ru
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="B"
        Message-Id: <20260601070000.1@mx.acme.ru>

        --B
        Content-Description: Notification
        Content-Type: text/plain; charset=us-ascii

        This is the mail system at host mx.acme.ru.

        I'm sorry to have to inform you that your message could not
        be delivered to one or more recipients. It's attached below.

        <anna@client.ru>: host mx.client.ru[192.0.2.8] said: 550 5.1.1 <anna@client.ru>:
            Recipient address rejected: User unknown (in reply to RCPT TO command)
        --B
        Content-Description: Delivery report
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.acme.ru
        X-Postfix-Queue-ID: 4A5B6C
        X-Postfix-Sender: rfc822; help@acme.ru
        Arrival-Date: Mon,  1 Jun 2026 10:00:00 +0300 (MSK)

        Final-Recipient: rfc822; anna@client.ru
        Original-Recipient: rfc822;anna@client.ru
        Action: failed
        Status: 5.1.1
        Remote-MTA: dns; mx.client.ru
        Diagnostic-Code: smtp; 550 5.1.1 <anna@client.ru>: Recipient address
            rejected: User unknown
        --B
        Content-Description: Undelivered Message Headers
        Content-Type: text/rfc822-headers

        Return-Path: <help@acme.ru>
        From: Acme <help@acme.ru>
        Message-ID: <t1.reply@desk.acme.ru>
        Subject: Re: [#0106-7] Printer
        --B--
        """,
        ("anna@client.ru", "5.1.1", "failed", "<t1.reply@desk.acme.ru>"),
    ),
    "postfix delay": (
        """
        Return-Path: <>
        From: MAILER-DAEMON@mx.acme.ru (Mail Delivery System)
        Subject: Delayed Mail (still being retried)
        To: help@acme.ru
        Auto-Submitted: auto-replied
        Content-Type: multipart/report; report-type=delivery-status; boundary="B"

        --B
        Content-Type: text/plain

        ####################################################################
        # THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #
        ####################################################################
        --B
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.acme.ru

        Final-Recipient: rfc822; anna@client.ru
        Action: delayed
        Status: 4.4.1
        Diagnostic-Code: X-Postfix; connect to mx.client.ru[192.0.2.8]:25: Connection timed out
        Will-Retry-Until: Sat,  6 Jun 2026 10:00:00 +0300 (MSK)
        --B
        Content-Type: message/rfc822

        From: help@acme.ru
        Message-ID: <t2.reply@desk.acme.ru>

        text
        --B--
        """,
        ("anna@client.ru", "4.4.1", "delayed", "<t2.reply@desk.acme.ru>"),
    ),
    "postfix success": (
        """
        Return-Path: <>
        From: MAILER-DAEMON@mx.acme.ru
        Subject: Successful Mail Delivery Report
        Content-Type: multipart/report; report-type=delivery-status; boundary="B"

        --B
        Content-Type: text/plain

        Your message was successfully delivered to the destination(s) listed below.
        --B
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.acme.ru

        Final-Recipient: rfc822; anna@client.ru
        Action: relayed
        Status: 2.1.5
        --B--
        """,
        ("anna@client.ru", "2.1.5", "relayed", None),
    ),
    "exim in its own words": (
        """
        Return-path: <>
        X-Failed-Recipients: anna@client.ru
        Auto-Submitted: auto-replied
        From: Mail Delivery System <Mailer-Daemon@mx.acme.ru>
        To: help@acme.ru
        Subject: Mail delivery failed: returning message to sender
        Message-Id: <E1abcd-000001-2B@mx.acme.ru>

        This message was created automatically by mail delivery software.

        A message that you sent could not be delivered to one or more of its
        recipients. This is a permanent error. The following address(es) failed:

          anna@client.ru
            host mx.client.ru [192.0.2.8]
            SMTP error from remote mail server after RCPT TO:<anna@client.ru>:
            550 No such user

        ------ This is a copy of the message, including all the headers. ------

        Return-path: <help@acme.ru>
        From: Acme <help@acme.ru>
        Message-ID: <t3.reply@desk.acme.ru>
        Subject: Re: Printer

        text
        """,
        ("anna@client.ru", "5.1.1", "failed", "<t3.reply@desk.acme.ru>"),
    ),
    "exim without the header field": (
        """
        From: Mail Delivery System <Mailer-Daemon@mx.acme.ru>
        To: help@acme.ru
        Subject: Mail delivery failed: returning message to sender

        This message was created automatically by mail delivery software (Exim).

        A message that you sent could not be delivered to one or more of its
        recipients. This is a permanent error. The following address(es) failed:

          anna@client.ru
            retry timeout exceeded
        """,
        ("anna@client.ru", "5.4.7", "failed", None),
    ),
    "exim delay": (
        """
        Return-path: <>
        Auto-Submitted: auto-replied
        From: Mail Delivery System <Mailer-Daemon@mx.acme.ru>
        To: help@acme.ru
        Subject: Warning: message 1abcd-000001-2B delayed 24 hours

        This message was created automatically by mail delivery software.
        A message that you sent has not yet been delivered to one or more of its
        recipients after more than 24 hours on the queue on mx.acme.ru.

        The message identifier is:     1abcd-000001-2B
        The subject of the message is: Re: Printer
        The date of the message is:    Mon, 1 Jun 2026 10:00:00 +0300

        The address to which the message has not yet been delivered is:

          anna@client.ru
            Delay reason: Connection timed out

        No action is required on your part. Delivery attempts will continue for
        some time, and this warning may be repeated at intervals if the message
        remains undelivered. Eventually the mail delivery software will give up,
        and when that happens, the message will be returned to you.
        """,
        ("anna@client.ru", "4.4.7", "delayed", None),
    ),
    "qmail": (
        """
        Return-Path: <>
        From: MAILER-DAEMON@mx.client.ru
        To: help@acme.ru
        Subject: failure notice

        Hi. This is the qmail-send program at mx.client.ru.
        I'm afraid I wasn't able to deliver your message to the following addresses.
        This is a permanent error; I've given up. Sorry it didn't work out.

        <anna@client.ru>:
        Sorry, no mailbox here by that name. (#5.1.1)

        <boris@client.ru>:
        192.0.2.9 does not like recipient.
        Remote host said: 550 5.7.1 Access denied
        Giving up on 192.0.2.9.

        --- Below this line is a copy of the message.

        Return-Path: <help@acme.ru>
        Received: (qmail 12345 invoked by uid 1000); 1 Jun 2026 07:00:00 -0000
        Message-ID: <t4.reply@desk.acme.ru>
        From: help@acme.ru

        text
        """,
        ("anna@client.ru", "5.1.1", "failed", "<t4.reply@desk.acme.ru>"),
    ),
    "sendmail": (
        """
        Return-Path: <MAILER-DAEMON>
        From: Mail Delivery Subsystem <MAILER-DAEMON@mx.acme.ru>
        To: <help@acme.ru>
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="B"
        Subject: Returned mail: see transcript for details
        Auto-Submitted: auto-generated (failure)

        --B

        The original message was received at Mon, 1 Jun 2026 10:00:00 +0300

           ----- The following addresses had permanent fatal errors -----
        <anna@client.ru>
            (reason: 550 5.1.1 <anna@client.ru>... User unknown)
        --B
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.acme.ru

        Final-Recipient: RFC822; anna@client.ru
        Action: failed
        Status: 5.1.1
        Remote-MTA: DNS; mx.client.ru
        Diagnostic-Code: SMTP; 550 5.1.1 <anna@client.ru>... User unknown
        --B
        Content-Type: message/rfc822

        From: help@acme.ru
        Message-ID: <t12.reply@desk.acme.ru>

        text
        --B--
        """,
        ("anna@client.ru", "5.1.1", "failed", "<t12.reply@desk.acme.ru>"),
    ),
    "a report in a mixed wrapper with a footer": (
        """
        Return-Path: <>
        From: postmaster@client.ru
        Subject: Delivery Status Notification (Failure)
        Content-Type: multipart/mixed; boundary="A"

        --A
        Content-Type: multipart/report; report-type=delivery-status; boundary="B"

        --B
        Content-Type: text/plain

        This is an automatically generated Delivery Status Notification.
        Delivery to the following recipients failed.

               anna@client.ru
        --B
        Content-Type: message/delivery-status

        Reporting-MTA: dns;EX01.client.ru

        Final-Recipient: rfc822;anna@client.ru
        Action: failed
        Status: 5.1.1
        --B
        Content-Type: message/rfc822

        Message-ID: <t13.reply@desk.acme.ru>
        From: help@acme.ru

        text
        --B--
        --A
        Content-Type: text/plain

        This mail was checked for viruses.
        --A--
        """,
        ("anna@client.ru", "5.1.1", "failed", "<t13.reply@desk.acme.ru>"),
    ),
    "no words and no fields": (
        """
        From: MAILER-DAEMON@mx.ru
        Subject: failure notice

        Sorry.
        """,
        (None, None, "failed", None),
    ),
    "a bare MAILER-DAEMON": (
        """
        From: MAILER-DAEMON
        To: help@acme.ru
        Subject: Undeliverable mail

        <anna@client.ru>: unknown user: "anna"
        """,
        ("anna@client.ru", "5.1.1", "failed", None),
    ),
    "a daemon by name only": (
        """
        From: Mail Delivery System <noreply@client.ru>
        To: help@acme.ru
        Subject: Mail could not be delivered

        Your message to anna@client.ru was rejected: 554 5.7.1 Spam message rejected
        """,
        ("anna@client.ru", "5.7.1", "failed", None),
    ),
    "a machine that says it in the text": (
        """
        From: gateway@client.ru
        Auto-Submitted: auto-replied
        To: help@acme.ru
        Subject: Undeliverable: Printer

        Delivery has failed to these recipients or groups:

        anna@client.ru (anna@client.ru)
        The recipient's mailbox is full.

        Diagnostic information for administrators:

        Generating server: EX01.client.ru
        anna@client.ru
        #554 5.2.2 mailbox full ##
        """,
        ("anna@client.ru", "5.2.2", "failed", None),
    ),
    "the code stands below the original's mark": (
        """
        From: MAILER-DAEMON@mx.ru
        To: help@acme.ru
        Subject: Undelivered Mail

        <anna@client.ru>: host mx.client.ru[192.0.2.25] said: 452 4.2.2 Mailbox full (in reply to RCPT TO)

        ----- Original message -----
        Message-ID: <t14.reply@desk.acme.ru>
        Subject: 550 5.1.1 of boris@client.ru
        """,
        ("anna@client.ru", "4.2.2", "failed", "<t14.reply@desk.acme.ru>"),
    ),
}
