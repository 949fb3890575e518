"""Mails passed on by people, as their clients write them, and mails that only look so. All names are made up."""

from __future__ import annotations

INLINE: dict[str, tuple[str, str]] = {
    "gmail": (
        "Fwd: Не печатает принтер",
        """
Посмотрите, пожалуйста.

---------- Forwarded message ---------
From: Анна Смирнова <anna@client.ru>
Date: Mon, May 18, 2026 at 10:00 AM
Subject: Не печатает принтер
To: Борис <boss@client.ru>
Cc: <one@client.ru>, <two@client.ru>,
 <three@client.ru>


Добрый день!

Принтер не печатает.
""",
    ),
    "gmail in russian": (
        "Fwd: Не печатает принтер",
        """
---------- Forwarded message ---------
От: Анна Смирнова <anna@client.ru>
Date: пн, 18 мая 2026 г. в 10:00
Subject: Не печатает принтер
To: <boss@client.ru>


Добрый день!

Принтер не печатает.
""",
    ),
    "gmail, from HTML": (
        "Fwd: Не печатает принтер",
        """
---------- Forwarded message ---------
От: **Анна Смирнова** <anna@client.ru>
Date: пн, 18 мая 2026 г. в 10:00
Subject: Не печатает принтер
To: <boss@client.ru>

Добрый день!

Принтер не печатает.
""",
    ),
    "gmail, subject edited": (
        "Принтер на складе",
        """
---------- Forwarded message ---------
From: Анна Смирнова <anna@client.ru>
Date: Mon, May 18, 2026 at 10:00 AM
Subject: Не печатает принтер
To: <boss@client.ru>

Добрый день!

Принтер не печатает.
""",
    ),
    "Yandex, one line": (
        "Fwd: Не печатает принтер",
        """
Yandex

-------- Пересылаемое сообщение --------
18.05.2026, 10:00, "Анна Смирнова" <anna@client.ru>:

Добрый день!

Принтер не печатает.

-------- Конец пересылаемого сообщения --------

--
С уважением, Борис
""",
    ),
    "Yandex, block": (
        "Fwd: Не печатает принтер",
        """
-------- Пересылаемое сообщение --------
Кому: boss@client.ru
Тема: Не печатает принтер
Дата: 18.05.2026, 10:00
От: Анна Смирнова <anna@client.ru>

Добрый день!

Принтер не печатает.

-------- Завершение пересылаемого сообщения --------
""",
    ),
    "mail.ru": (
        "Fwd: Не печатает принтер",
        """
Прошу помочь.

-------- Пересылаемое сообщение --------
От: Анна Смирнова <anna@client.ru>
Кому: Борис <boss@client.ru>
Дата: Понедельник, 18 мая 2026, 10:00 +03:00
Тема: Не печатает принтер

Добрый день!

Принтер не печатает.
""",
    ),
    "outlook": (
        "FW: Не печатает принтер",
        """
Please have a look.

________________________________
From: Анна Смирнова <anna@client.ru>
Sent: Monday, May 18, 2026 10:00 AM
To: Борис <boss@client.ru>
Subject: Не печатает принтер

Добрый день!

Принтер не печатает.
""",
    ),
    "outlook in russian, mailto": (
        "Пересл: Не печатает принтер",
        """
От: Анна Смирнова [mailto:anna@client.ru]
Отправлено: 18 мая 2026 г. 10:00
Кому: Борис; Виктор
Копия: Глеб
Тема: Не печатает принтер
Важность: Высокая

Добрый день!

Принтер не печатает.
""",
    ),
    "outlook, Original Message": (
        "FW: Не печатает принтер",
        """
-----Original Message-----
From: Анна Смирнова <anna@client.ru>
Sent: Monday, May 18, 2026 10:00 AM
To: Борис
Subject: Не печатает принтер

Добрый день!

Принтер не печатает.
""",
    ),
    "outlook, from HTML with bold labels": (
        "FW: Не печатает принтер",
        """
*From:* Анна Смирнова <anna@client.ru>
*Sent:* Monday, May 18, 2026 10:00 AM
*To:* Борис
*Subject:* Не печатает принтер

Добрый день!

Принтер не печатает.
""",
    ),
    "outlook, empty lines between the labels": (
        "FW: Не печатает принтер",
        """
From: Анна Смирнова <anna@client.ru>

Sent: Monday, May 18, 2026 10:00 AM

To: Борис

Subject: Не печатает принтер

Добрый день!

Принтер не печатает.
""",
    ),
    "outlook in german": (
        "WG: Не печатает принтер",
        """
Von: Анна Смирнова <anna@client.ru>
Gesendet: Montag, 18. Mai 2026 10:00
An: Boss
Betreff: Не печатает принтер

Добрый день!

Принтер не печатает.
""",
    ),
    "outlook in french": (
        "TR: Не печатает принтер",
        """
De : Анна Смирнова <anna@client.ru>
Envoyé : lundi 18 mai 2026 10:00
À : Boss
Objet : Не печатает принтер

Добрый день!

Принтер не печатает.
""",
    ),
    "outlook, history within the original": (
        "FW: Не печатает принтер",
        """
From: Анна Смирнова <anna@client.ru>
Sent: Monday, May 18, 2026 10:00 AM
To: Борис
Subject: Не печатает принтер

Добрый день!

Принтер не печатает.
""",
    ),
    "apple": (
        "Fwd: Не печатает принтер",
        """
Begin forwarded message:

> From: Анна Смирнова <anna@client.ru>
> Subject: Не печатает принтер
> Date: 18 May 2026 at 10:00:00 GMT+3
> To: boss@client.ru
>
> Добрый день!
>
> Принтер не печатает.
""",
    ),
    "apple in russian": (
        "Fwd: Не печатает принтер",
        """
Отправлено с iPhone

Начало переадресованного сообщения:

От: Анна Смирнова <anna@client.ru>
Тема: Не печатает принтер
Дата: 18 мая 2026 г., 10:00:00 GMT+3
Кому: boss@client.ru

Добрый день!

Принтер не печатает.
""",
    ),
    "iphone in russian, quoted": (
        "Fwd: Не печатает принтер",
        """
Начало переадресованного сообщения:

> От: Анна Смирнова <anna@client.ru>
> Дата: 18 мая 2026 г. в 10:00:00 GMT+3
> Кому: boss@client.ru
> Тема: Не печатает принтер
>
> Добрый день!
>
> Принтер не печатает.
""",
    ),
    "apple, mark quoted too": (
        "Принтер",
        """
> Begin forwarded message:
>
> From: Анна Смирнова <anna@client.ru>
> Subject: Не печатает принтер
> Date: 18 May 2026 at 10:00:00 GMT+3
> To: boss@client.ru
>
> Добрый день!
>
> Принтер не печатает.
""",
    ),
    "a subject over two lines and marks of direction": (
        "RV: Не печатает принтер",
        """
-----Mensaje original-----
De: "Анна Смирнова" <anna@client.ru>
Enviado: \u200e18/\u200e05/\u200e2026 10:00
Asunto: Не печатает
принтер
Para: boss@client.ru

Добрый день!

Принтер не печатает.
""",
    ),
    "thunderbird": (
        "Fwd: Не печатает принтер",
        """
-------- Forwarded Message --------
Subject: \tНе печатает принтер
Date: \tMon, 18 May 2026 10:00:00 +0300
From: \tАнна Смирнова <anna@client.ru>
To: \tboss@client.ru

Добрый день!

Принтер не печатает.
""",
    ),
    "thunderbird in russian": (
        "Fwd: Не печатает принтер",
        """
-------- Перенаправленное сообщение --------
Тема: \tНе печатает принтер
Дата: \tMon, 18 May 2026 10:00:00 +0300
От: \tАнна Смирнова <anna@client.ru>
Кому: \tboss@client.ru

Добрый день!

Принтер не печатает.
""",
    ),
}

NOT_FORWARDED = {
    "nothing": ("Printer", "It does not print."),
    "an answer with history": (
        "Re: Printer",
        """
Thanks!

On Mon, May 18, 2026 at 10:00 AM Anna <anna@client.ru> wrote:

> It does not print.
""",
    ),
    "an answer of outlook": (
        "RE: Printer",
        """
Thanks!

From: Anna <anna@client.ru>
Sent: Monday, May 18, 2026 10:00 AM
To: Boss
Subject: Printer

It does not print.
""",
    ),
    "an answer of outlook whose subject was edited": (
        "Printer",
        """
Thanks!

From: Anna <anna@client.ru>
Sent: Monday, May 18, 2026 10:00 AM
To: Boss
Subject: Printer

It does not print.
""",
    ),
    "an answer to a forward": (
        "Re: Fwd: Printer",
        """
Done.

On Mon, May 18, 2026 at 10:00 AM Boss <boss@client.ru> wrote:

> ---------- Forwarded message ---------
> From: Anna <anna@client.ru>
> Date: Mon, May 18, 2026 at 10:00 AM
> Subject: Printer
>
> It does not print.
""",
    ),
    "an answer to a forward without quote marks": (
        "Printer",
        """
Done.

18.05.2026 10:00, Boss пишет:

---------- Forwarded message ---------
From: Anna <anna@client.ru>
Date: Mon, May 18, 2026 at 10:00 AM
Subject: Printer

It does not print.
""",
    ),
    "an answer to a forwarded thread": (
        "Fwd: Printer",
        """
I have repaired it.

On Mon, May 18, 2026 at 10:00 AM Anna <anna@client.ru> wrote:

> It does not print.
""",
    ),
    "talk about forwarding": ("Forwarded message lost", "A forwarded message never came.\nFrom: the boss\n"),
    "a form in the text": ("Request", "From: warehouse\nTo: shop\nSubject: boxes\n\nTen of them."),
    "a ruler": ("Printer", "----------\nForwarded\n----------"),
}
