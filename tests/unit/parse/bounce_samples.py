# ruff: noqa: E501 - Russian samples, lines as servers write them
"""Delivery reports in the forms servers give them, and mail that only looks like one. All names are made up."""

from __future__ import annotations

Expected = tuple[str | None, str | None, str, str | None]

SAMPLES: dict[str, tuple[str, Expected]] = {
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
    "exchange online": (
        """
        Return-Path: <>
        From: Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@client.onmicrosoft.com>
        To: help@acme.ru
        Subject: Undeliverable: Re: Printer
        Auto-Submitted: auto-replied
        In-Reply-To: <t5.reply@desk.acme.ru>
        References: <t5.reply@desk.acme.ru>
        X-MS-Exchange-Message-Is-Ndr:
        Content-Type: multipart/report; report-type=delivery-status; boundary="B"

        --B
        Content-Type: multipart/alternative; boundary="C"

        --C
        Content-Type: text/plain; charset="utf-8"

        Your message to anna@client.ru couldn't be delivered.
        anna wasn't found at client.ru.
        --C
        Content-Type: text/html; charset="utf-8"

        <p>Your message to <b>anna@client.ru</b> couldn't be delivered.</p>
        --C--
        --B
        Content-Type: message/delivery-status

        Reporting-MTA: dns;VI1PR01.eurprd01.prod.exchangelabs.com
        Received-From-MTA: dns;mx.acme.ru
        Arrival-Date: Mon, 1 Jun 2026 07:00:00 +0000

        Final-Recipient: rfc822;anna@client.ru
        Action: failed
        Status: 5.1.10
        Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient anna@client.ru not found by SMTP address lookup
        --B--
        """,
        ("anna@client.ru", "5.1.10", "failed", "<t5.reply@desk.acme.ru>"),
    ),
    "exchange 2016 in russian, words only": (
        """
        From: postmaster@client.ru
        To: help@acme.ru
        Subject: =?utf-8?B?0J3QtSDRg9C00LDQu9C+0YHRjCDQtNC+0YHRgtCw0LLQuNGC0Yw6IFJlOiBQcmludGVy?=
        Return-Path: <>
        Content-Type: text/plain; charset="utf-8"
        Content-Transfer-Encoding: 8bit

        Не удалось выполнить доставку следующим получателям или группам:

        Анна Смирнова (anna@client.ru)<mailto:anna@client.ru>
        Введённый адрес электронной почты не найден. Проверьте адрес.

        Диагностические сведения для администраторов:

        Создающий сервер: EX01.client.ru

        anna@client.ru
        Remote Server returned '550 5.1.1 RESOLVER.ADR.RecipNotFound; not found'

        Исходные заголовки сообщения:

        Received: from EX02.client.ru (10.1.1.6) by EX01.client.ru
        From: Acme <help@acme.ru>
        Message-ID: <t6.reply@desk.acme.ru>
        Subject: Re: Printer
        """,
        ("anna@client.ru", "5.1.1", "failed", "<t6.reply@desk.acme.ru>"),
    ),
    "exchange 2003": (
        """
        From: "System Administrator" <postmaster@client.ru>
        To: help@acme.ru
        Subject: Undeliverable: Printer

        Your message did not reach some or all of the intended recipients.

              Subject:  Printer
              Sent:     01.06.2026 10:00

        The following recipient(s) could not be reached:

              anna@client.ru on 01.06.2026 10:01
                    The e-mail account does not exist at the organization this message was sent to.
                    <mx.client.ru #5.1.1>
        """,
        ("anna@client.ru", "5.1.1", "failed", None),
    ),
    "gmail": (
        """
        Return-Path: <>
        From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
        To: help@acme.ru
        Auto-Submitted: auto-replied
        Subject: Delivery Status Notification (Failure)
        References: <t0@desk.acme.ru> <t7.reply@desk.acme.ru>
        In-Reply-To: <t7.reply@desk.acme.ru>
        X-Failed-Recipients: anna@gmail.com
        Content-Type: multipart/report; boundary="B"; report-type=delivery-status

        --B
        Content-Type: multipart/related; boundary="C"

        --C
        Content-Type: text/plain; charset="UTF-8"


        ** Address not found **

        Your message wasn't delivered to anna@gmail.com because the address couldn't be found, or is unable to receive mail.

        The response from the remote server was:
        550 5.1.1 The email account that you tried to reach does not exist.
        --C--
        --B
        Content-Type: message/delivery-status

        Reporting-MTA: dns; googlemail.com
        Arrival-Date: Mon, 01 Jun 2026 00:00:00 -0700 (PDT)
        X-Original-Message-ID: <t7.reply@desk.acme.ru>

        Final-Recipient: rfc822; anna@gmail.com
        Action: failed
        Status: 5.1.1
        Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist.
        Last-Attempt-Date: Mon, 01 Jun 2026 00:00:00 -0700 (PDT)
        --B
        Content-Type: message/rfc822

        From: help@acme.ru
        Message-ID: <t7.reply@desk.acme.ru>
        Subject: Re: Printer

        ----- Message truncated -----
        --B--
        """,
        ("anna@gmail.com", "5.1.1", "failed", "<t7.reply@desk.acme.ru>"),
    ),
    "gmail, old, words only": (
        """
        Return-Path: <>
        From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
        To: help@acme.ru
        Subject: Delivery Status Notification (Failure)

        Delivery to the following recipient failed permanently:

             anna@client.ru

        Technical details of permanent failure:
        Google tried to deliver your message, but it was rejected by the server for the recipient domain client.ru by mx.client.ru. [192.0.2.8].

        The error that the other server returned was:
        552 5.2.2 Mailbox full

        ----- Original message -----

        MIME-Version: 1.0
        Message-ID: <t8.reply@desk.acme.ru>
        From: help@acme.ru
        """,
        ("anna@client.ru", "5.2.2", "failed", "<t8.reply@desk.acme.ru>"),
    ),
    "gmail delay in russian": (
        """
        Return-Path: <>
        From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
        To: help@acme.ru
        Subject: Delivery Status Notification (Delay)
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 8bit

        ** Сообщение ещё не доставлено **

        При доставке письма на адрес anna@client.ru возникла временная проблема. Gmail будет пытаться доставить его в течение 46 часов. Если сделать это не удастся, вы получите уведомление.
        """,
        ("anna@client.ru", None, "delayed", None),
    ),
    "gmail in russian": (
        """
        Return-Path: <>
        From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>
        To: help@acme.ru
        Subject: Delivery Status Notification (Failure)
        In-Reply-To: <t9.reply@desk.acme.ru>
        Content-Type: text/html; charset=utf-8
        Content-Transfer-Encoding: 8bit

        <html><body><table><tr><td><h2>Адрес не найден</h2></td></tr><tr><td>Ваше сообщение не доставлено на адрес <a href="mailto:anna@client.ru"><b>anna@client.ru</b></a>, поскольку этот адрес не найден или не принимает почту.</td></tr></table></body></html>
        """,
        ("anna@client.ru", "5.1.1", "failed", "<t9.reply@desk.acme.ru>"),
    ),
    "yandex": (
        """
        Return-Path: <>
        From: mailer-daemon@yandex.ru
        To: help@acme.ru
        Subject: =?utf-8?B?0J3QtdC00L7RgdGC0LDQstC70LXQvdC90L7QtSDRgdC+0L7QsdGJ0LXQvdC40LU=?=
        Auto-Submitted: auto-replied
        Content-Type: multipart/report; report-type=delivery-status; boundary="B"

        --B
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 8bit

        Это письмо отправлено почтовым сервером yandex.ru.

        К сожалению, мы вынуждены сообщить Вам о том, что Ваше письмо не может
        быть отправлено одному или нескольким адресатам. Технические подробности можно найти ниже.

        Пожалуйста, не отвечайте на это сообщение.

        <anna@client.ru>: host mx.client.ru[192.0.2.8] said: 550 5.7.1 Message rejected under suspicion of SPAM
        --B
        Content-Type: message/delivery-status

        Reporting-MTA: dns; forward101a.mail.yandex.net
        X-Yandex-Queue-ID: 1A2B

        Final-Recipient: rfc822; anna@client.ru
        Action: failed
        Status: 5.7.1
        --B
        Content-Type: text/rfc822-headers

        Message-Id: <t10.reply@desk.acme.ru>
        --B--
        """,
        ("anna@client.ru", "5.7.1", "failed", "<t10.reply@desk.acme.ru>"),
    ),
    "yandex, words only": (
        """
        From: MAILER-DAEMON@yandex.ru
        To: help@acme.ru
        Subject: =?utf-8?B?0J3QtdC00L7RgdGC0LDQstC70LXQvdC90L7QtSDRgdC+0L7QsdGJ0LXQvdC40LU=?=
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 8bit

        Это письмо отправлено почтовым сервером yandex.ru.

        К сожалению, мы вынуждены сообщить Вам о том, что Ваше письмо не может
        быть отправлено одному или нескольким адресатам.

        Пожалуйста, не отвечайте на это сообщение.

        <anna@client.ru>: такого пользователя нет
        """,
        ("anna@client.ru", "5.1.1", "failed", None),
    ),
    "mail.ru": (
        """
        Return-Path: <>
        From: Mail Delivery System <mailer-daemon@corp.mail.ru>
        X-Failed-Recipients: anna@mail.ru
        To: help@acme.ru
        Subject: Mail delivery failed: returning message to sender
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 8bit

        Это письмо создано автоматически сервером Mail.Ru, отвечать на него не нужно.

        К сожалению, Ваше письмо не может быть доставлено одному или нескольким получателям:

        **********************

          anna@mail.ru
            Пользователь не найден

        **********************

        This message was created automatically by mail delivery software.

        ------ This is a copy of the message, including all the headers. ------

        Message-ID: <t11.reply@desk.acme.ru>
        """,
        ("anna@mail.ru", "5.1.1", "failed", "<t11.reply@desk.acme.ru>"),
    ),
    "mail.ru, full mailbox": (
        """
        From: mailer-daemon@mail.ru
        To: help@acme.ru
        Subject: =?utf-8?B?0J/QuNGB0YzQvNC+INC90LUg0LTQvtGB0YLQsNCy0LvQtdC90L4=?=
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 8bit

        Ваше письмо не может быть доставлено получателю anna@mail.ru: почтовый ящик получателя переполнен.
        """,
        ("anna@mail.ru", "5.2.2", "failed", None),
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
}

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
}
