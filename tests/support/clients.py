"""Answers to a mail as the programs of customers write them: headers that thread, and their own way to quote."""

from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from itertools import count

_numbers = count(1)


def parsed(raw: bytes) -> EmailMessage:
    """Return a mail read by the standard library."""
    message = message_from_bytes(raw, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def plain_text(message: EmailMessage) -> str:
    """Return the plain text of a mail, with LF line ends."""
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def gmail(answered: EmailMessage, text: str) -> EmailMessage:
    """Answer in the way of Gmail: an attribution, then the quote, in both parts."""
    sender = answered["From"].addresses[0]
    said = f"пн, 23 нояб. 2026 г. в 15:00, {sender.display_name} <{sender.addr_spec}>:"
    quoted = "".join(f"> {line}\n" for line in plain_text(answered).splitlines())
    html = "<br>".join(plain_text(answered).splitlines())
    message = _answer(answered, f"{text}\n\n{said}\n\n{quoted}")
    message.add_alternative(
        f'<div dir="ltr">{text}</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">{said}<br></div>'
        f'<blockquote class="gmail_quote" style="margin:0 0 0 .8ex">{html}</blockquote></div>',
        subtype="html",
    )
    return message


def outlook(answered: EmailMessage, text: str) -> EmailMessage:
    """Answer in the way of Outlook: a block of headers, then the whole mail unmarked."""
    sender = answered["From"].addresses[0]
    head = (
        f"-----Original Message-----\nFrom: {sender.display_name} <{sender.addr_spec}>\n"
        f"Sent: Monday, November 23, 2026 3:00 PM\nTo: {answered['To']}\nSubject: {answered['Subject']}\n"
    )
    return _answer(answered, f"{text}\n\n{head}\n{plain_text(answered)}")


def yandex(answered: EmailMessage, text: str) -> EmailMessage:
    """Answer in the way of Yandex: date, time and name, then the quote."""
    sender = answered["From"].addresses[0]
    quoted = "".join(f"> {line}\n" for line in plain_text(answered).splitlines())
    said = f'23.11.2026, 15:00, "{sender.display_name}" <{sender.addr_spec}>:'
    return _answer(answered, f"{text}\n\n{said}\n\n{quoted}")


STYLES: dict[str, Callable[[EmailMessage, str], EmailMessage]] = {"gmail": gmail, "outlook": outlook, "yandex": yandex}


def _answer(answered: EmailMessage, text: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = answered["To"]
    message["To"] = answered["From"]
    message["Subject"] = answered["Subject"] if answered["Subject"].startswith("Re:") else f"Re: {answered['Subject']}"
    message["Date"] = "Mon, 23 Nov 2026 15:05:00 +0300"
    message["Message-ID"] = f"<answer.{next(_numbers)}@customer.example>"
    message["In-Reply-To"] = answered["Message-ID"]
    message["References"] = f"{answered['References'] or ''} {answered['Message-ID']}".strip()
    message.set_content(text)
    return message
