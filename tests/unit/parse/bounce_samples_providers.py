# ruff: noqa: E501 - Russian samples, lines as servers write them
"""Delivery reports in the forms of Exchange, Gmail, Yandex and Mail.ru. All names are made up."""

from __future__ import annotations

from tests.unit.parse.bounce_samples import Expected

PROVIDERS: dict[str, tuple[str, Expected]] = {
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
}
