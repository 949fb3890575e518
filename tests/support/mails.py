"""Mails of many kinds, made by number: what customers write, and what else arrives at a collection address."""

from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP

KINDS = (
    "plain_ru",
    "html_ru",
    "attachment",
    "cp1251",
    "plain_en",
    "auto_reply",
    "newsletter",
    "stranger",
    "broken",
    "no_message_id",
)


def mixed(count: int, to: str) -> Iterator[bytes]:
    """Yield `count` mails of all kinds in turn."""
    for index in range(count):
        yield make(KINDS[index % len(KINDS)], index, to)


def make(kind: str, index: int, to: str) -> bytes:
    """Return the `index`-th mail, of `kind`, to the address `to`."""
    if kind == "cp1251":
        return _cp1251(index, to)
    if kind == "broken":
        return _broken(index, to)
    message = EmailMessage(policy=SMTP)
    message["From"] = f"Клиент {index} <client{index % 50}@customer{index % 7}.example>"
    message["To"] = to
    message["Date"] = f"Mon, 23 Nov 2026 10:{index // 60 % 60:02}:{index % 60:02} +0300"
    if kind != "no_message_id":
        message["Message-ID"] = f"<{kind}.{index}@customer.example>"
    message["Subject"] = f"Не работает кондиционер №{index}"
    text = f"Добрый день!\n\nВ офисе {index} не работает кондиционер, пришлите мастера.\n\n-- \nС уважением, Клиент\n"
    if kind == "plain_en":
        message.replace_header("Subject", f"Air conditioner {index} is broken")
        text = (
            f"Hello,\n\nthe air conditioner in room {index} does not work. Please send somebody.\n\nRegards\nClient\n"
        )
    if kind == "auto_reply":
        message["Auto-Submitted"] = "auto-replied (vacation)"
        message.replace_header("Subject", f"Автоответ: я в отпуске {index}")
    if kind == "newsletter":
        message["List-Unsubscribe"] = "<mailto:unsubscribe@news.example>"
        message["List-Id"] = "<news.customer.example>"
        message["Precedence"] = "bulk"
    if kind == "stranger":
        message.replace_header("From", f"Stranger <someone{index}@stranger.example>")
    message.set_content(text)
    if kind == "html_ru":
        message.add_alternative(
            f"<html><body><p>Добрый день!</p><p>В офисе <b>{index}</b> не работает кондиционер.</p></body></html>",
            subtype="html",
        )
    if kind == "attachment":
        message.add_attachment(bytes(range(256)) * 20, maintype="image", subtype="png", filename=f"фото {index}.png")
    return message.as_bytes()


def _cp1251(index: int, to: str) -> bytes:
    head = (
        f"From: client{index % 50}@customer{index % 7}.example\r\nTo: {to}\r\n"
        f"Date: Mon, 23 Nov 2026 11:{index // 60 % 60:02}:{index % 60:02} +0300\r\n"
        f"Message-ID: <cp1251.{index}@customer.example>\r\n"
    )
    subject = f"Subject: Протечка в подвале {index}\r\n"
    rest = (
        "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=windows-1251\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    body = f"Здравствуйте.\r\nВ подвале течёт труба номер {index}.\r\n"
    return head.encode() + subject.encode("cp1251") + rest.encode() + body.encode("cp1251")


def _broken(index: int, to: str) -> bytes:
    return (
        f"From: <client{index % 50}@customer{index % 7}.example>\r\nTo: {to}\r\n"
        f"Message-ID: <broken.{index}@customer.example>\r\n"
        "Content-Type: multipart/mixed; boundary=never\r\nthis line is no header\r\n\r\n"
        f"--other\r\nContent-Type: text/plain; charset=no-such\r\n\r\nbroken {index} \xff\xfe\r\n"
    ).encode("latin-1")
