"""The mails with which the story begins, as real mail programs write them; and three that nobody should answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.message import EmailMessage, Message
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import SMTP, compat32
from email.utils import format_datetime, make_msgid

from console.demo.files import pdf, png
from console.demo.imap import Account

Writer = Callable[[Account, Account], bytes]
"""Makes a mail from the first account to the second."""

CRLF = compat32.clone(linesep="\r\n")


@dataclass(frozen=True, slots=True)
class File:
    """Something to attach."""

    name: str
    content_type: str
    content: bytes


def nameplate() -> File:
    """Return the photograph that a customer sends when asked for it."""
    return File("Табличка.png", "image/png", png(64, 40, (90, 90, 96), (200, 200, 204)))


def broken_lift(sender: Account, to: Account) -> bytes:
    """Write in windows-1251, headers and body, the body as bare 8-bit text."""
    text = (
        "Здравствуйте!\n\nВ доме 12 по улице Лесной, третий подъезд, второй день не работает лифт.\n"
        "На пятом этаже живёт человек в коляске, просим прислать механика сегодня.\n\n"
        "С уважением,\nАнна Белова\nУК «Северный дом», +7 495 000-12-12\n"
    )
    lines = [
        *common(sender, to, "Не работает лифт, Лесная 12", "windows-1251"),
        "X-Mailer: The Bat! (v4.0.38) Professional",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=windows-1251",
        "Content-Transfer-Encoding: 8bit",
        "",
        *text.splitlines(),
        "",
    ]
    return "\r\n".join(lines).encode("windows-1251")


def leaking_tap(sender: Account, to: Account) -> bytes:
    """Write in KOI8-R as HTML, with a picture that the text shows by its Content-ID."""
    html = (
        "<html><body><p>Добрый день!</p><p>На кухне кафе <b>течёт кран</b> над второй мойкой, "
        'вот снимок:</p><p><img src="cid:kran@kafe-uyut" alt="кран"></p>'
        "<p>Можно ли прислать сантехника завтра утром, до открытия?</p><p>Игорь Климов</p></body></html>"
    )
    mail = MIMEMultipart("related")
    mail.attach(MIMEText(html, "html", "koi8-r"))
    picture = MIMEImage(png(96, 64, (40, 90, 160), (210, 225, 240)), "png", name="kran.png")
    picture["Content-ID"] = "<kran@kafe-uyut>"
    picture["Content-Disposition"] = 'inline; filename="kran.png"'
    mail.attach(picture)
    return _with_headers(mail, common(sender, to, "Течёт кран на кухне", "koi8-r"))


def warm_fridge(sender: Account, to: Account) -> bytes:
    """Write in UTF-8 with a PDF and a file whose name is Russian (RFC 2231)."""
    mail = _mail(sender, to, "Холодильник не держит температуру")
    mail["X-Mailer"] = "Microsoft Outlook 16.0"
    mail.set_content(
        "Добрый день!\n\nХолодильник для лекарств показывает +11 вместо +5. Акт осмотра и журнал температур "
        "прилагаю.\nСрочно: препараты придётся списать.\n\nОльга Смирнова, заведующая\n",
        cte="quoted-printable",
    )
    mail.add_attachment(
        pdf("Inspection act 118: refrigerator"), maintype="application", subtype="pdf", filename="act-118.pdf"
    )
    journal = "время;температура\r\n08:00;+5\r\n10:00;+8\r\n12:00;+11\r\n".encode()
    mail.add_attachment(journal, maintype="text", subtype="csv", filename="Журнал температур.csv")
    return mail.as_bytes()


def badge_reader(sender: Account, to: Account) -> bytes:
    """Write plain English text with flowed lines (RFC 3676)."""
    mail = _mail(sender, to, "Badge reader at the side entrance is dead")
    mail["User-Agent"] = "Mozilla Thunderbird"
    mail.set_content(
        "Hello,\n\nthe badge reader at our side entrance has shown a red light since this morning and opens for \n"
        "nobody. The front door works.\n\nCould somebody have a look today?\n\n"
        "Kind regards,\nJohn Harris\nFacilities, Northgate Ltd\n",
        params={"format": "flowed"},
    )
    return mail.as_bytes()


def assigned_request(sender: Account, to: Account) -> bytes:
    """Write as another company's ticket system does: labels in bold, each followed by its value."""
    today = datetime.now(UTC)
    labels = {
        "Дата создания": f"{today:%d.%m.%Y %H:%M:%S}",
        "Крайний срок": f"{today + timedelta(days=61):%d.%m.%Y %H:%M:%S}",
        "Расположение": "АЗС 14",
        "Почтовый адрес": "Псковская обл., трасса Р-23, 312-й км",
        "Контакты": "Петров П. П., +7 811 000-00-14",
        "Пользователь": "sznp-14",
        "Простой": "нет",
        "Критический": "нет",
        "Норматив": "61 д. 0 ч. 0 м.",
        "Статус": "04. В работе",
        "Краткое описание": "Не печатает чековый принтер на второй кассе",
    }
    rows = "".join(f"<b>{label}</b>: {value}<br>\n" for label, value in labels.items())
    html = (
        "<html><body>Уважаемые коллеги!<br><br>\n"
        '<a href="https://sd.sznp.example/300434925">Вам назначена заявка номер 300434925</a> (sznp).<br><br>\n'
        f"{rows}</body></html>"
    )
    mail = _mail(sender, to, "Вам назначена заявка номер 300434925 (sznp)")
    mail.set_content(html, subtype="html", cte="base64")
    return mail.as_bytes()


def vacation(sender: Account, to: Account, notice: Message) -> bytes:
    """Answer our notice as a mail server does for somebody on holiday (RFC 3834)."""
    mail = _mail(sender, to, "Automatic reply: out of the office until Monday")
    mail["In-Reply-To"] = mail["References"] = str(notice["Message-ID"])
    mail["Auto-Submitted"] = "auto-replied (vacation)"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content("I am out of the office until Monday and will read your mail then.\n\nJohn Harris\n")
    return mail.as_bytes()


def newsletter(sender: str, to: Account) -> bytes:
    """Write as a mailing service does: with List headers, and to be read by many."""
    mail = _mail(Account(sender, "Tools Weekly", ""), to, "30% off torque wrenches, this week only")
    mail["List-Id"] = "Tools Weekly <weekly.tools-weekly.example>"
    mail["List-Unsubscribe"] = "<https://tools-weekly.example/off?u=81>, <mailto:off@tools-weekly.example>"
    mail["Precedence"] = "bulk"
    mail.set_content("This week in Tools Weekly: torque wrenches, head lamps and a long read about gloves.\n")
    mail.add_alternative(
        "<html><body><h1>Tools Weekly</h1><p>Torque wrenches, head lamps and a long read about gloves.</p>"
        '<p><a href="https://tools-weekly.example/off?u=81">Unsubscribe</a></p></body></html>',
        subtype="html",
    )
    return mail.as_bytes()


def common(sender: Account, to: Account, subject: str, charset: str) -> list[str]:
    """Return the header lines that every mail has, their words encoded in ``charset``."""
    return [
        f"Date: {format_datetime(datetime.now(UTC))}",
        f"From: {_words(sender.name, charset, 'From')} <{sender.address}>",
        f"To: {_words(to.name, charset, 'To')} <{to.address}>",
        f"Subject: {_words(subject, charset, 'Subject')}",
        f"Message-ID: {make_msgid(domain=sender.address.rpartition('@')[2])}",
    ]


def _mail(sender: Account, to: Account, subject: str) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["Date"] = datetime.now(UTC)
    mail["From"] = f'"{sender.name}" <{sender.address}>'
    mail["To"] = f'"{to.name}" <{to.address}>'
    mail["Subject"] = subject
    mail["Message-ID"] = make_msgid(domain=sender.address.rpartition("@")[2])
    return mail


def _words(text: str, charset: str, header: str) -> str:
    return Header(text, charset, header_name=header).encode(linesep="\r\n")


def _with_headers(mail: Message, lines: list[str]) -> bytes:
    return "\r\n".join(lines).encode("ascii") + b"\r\n" + mail.as_bytes(policy=CRLF)
