"""How people answer: each mail program writes the new text above and quotes ours below in a way of its own."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid, parseaddr

from console.demo.imap import Account
from console.demo.letters import File, common

Client = Callable[[Account, EmailMessage, str, File | None], bytes]
"""Makes the answer of an account to a mail that it received: new text, and perhaps a file."""

_MONTHS = ("янв.", "февр.", "мар.", "апр.", "мая", "июн.", "июл.", "авг.", "сент.", "окт.", "нояб.", "дек.")
_DAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def the_bat(sender: Account, received: EmailMessage, said: str, file: File | None) -> bytes:
    """Answer in windows-1251 plain text: a line that says who wrote when, then every line behind ``>``."""
    del file
    when = _date(received)
    quoted = [f"> {line}".rstrip() for line in _text(received).splitlines()]
    to = Account(_sender(received)[1], _sender(received)[0], "")
    lines = [
        *common(sender, to, _subject(received), "windows-1251"),
        *_thread(received),
        "X-Mailer: The Bat! (v4.0.38) Professional",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=windows-1251",
        "Content-Transfer-Encoding: 8bit",
        "",
        said,
        "",
        f"Вы писали {when.day} {_MONTHS[when.month - 1]} {when:%Y г., %H:%M:%S}:",
        "",
        *quoted,
        "",
    ]
    return "\r\n".join(lines).encode("windows-1251", "replace")


def gmail(sender: Account, received: EmailMessage, said: str, file: File | None) -> bytes:
    """Answer as Gmail's web page does: plain and HTML, our mail in ``gmail_quote``."""
    mail = _answer(sender, received)
    name, address = _sender(received)
    when = _date(received)
    who = f"{_DAYS[when.weekday()]}, {when.day} {_MONTHS[when.month - 1]} {when:%Y г. в %H:%M}, {name} "
    quoted = "\n".join(f"> {line}".rstrip() for line in _text(received).splitlines())
    mail.set_content(f"{said}\n\n{who}<{address}>:\n\n{quoted}\n")
    link = f'&lt;<a href="mailto:{address}">{address}</a>&gt;'
    mail.add_alternative(
        f'<div dir="ltr">{html.escape(said)}</div><br>'
        f'<div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">{html.escape(who)}{link}:'
        '<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid '
        f'rgb(204,204,204);padding-left:1ex">{_html(received)}</blockquote></div>\n',
        subtype="html",
    )
    return _finish(mail, file)


def outlook(sender: Account, received: EmailMessage, said: str, file: File | None) -> bytes:
    """Answer as Outlook does: a line across the page, then our headers in bold and our mail unquoted."""
    mail = _answer(sender, received)
    name, address = _sender(received)
    heads = {
        "From": f"{name} <{address}>",
        "Sent": f"{_date(received):%d.%m.%Y %H:%M}",
        "To": f"{sender.name} <{sender.address}>",
        "Subject": str(received["Subject"]),
    }
    block = "\n".join(f"{head}: {value}" for head, value in heads.items())
    mail.set_content(f"{said}\n\n-----Original Message-----\n{block}\n\n{_text(received)}\n")
    shown = "<br>".join(f"<b>{head}:</b> {html.escape(value)}" for head, value in heads.items())
    mail.add_alternative(
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><body lang=RU><div class=WordSection1>'
        f"<p class=MsoNormal>{html.escape(said)}<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>"
        "<div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>"
        f"<p class=MsoNormal>{shown}<o:p></o:p></p></div></div>{_html(received)}</div></body></html>\n",
        subtype="html",
    )
    return _finish(mail, file)


def apple_mail(sender: Account, received: EmailMessage, said: str, file: File | None) -> bytes:
    """Answer as Apple Mail does in plain text."""
    mail = _answer(sender, received)
    name, address = _sender(received)
    when = _date(received)
    who = f"On {when.day} {_ENGLISH[when.month - 1]} {when:%Y, at %H:%M}, {name} <{address}> wrote:"
    quoted = "\n".join(f"> {line}".rstrip() for line in _text(received).splitlines())
    mail.set_content(f"{said}\n\n{who}\n\n{quoted}\n")
    return _finish(mail, file)


def yandex(sender: Account, received: EmailMessage, said: str, file: File | None) -> bytes:
    """Answer as Yandex Mail's web page does: HTML alone, our mail in a blockquote below date and name."""
    mail = _answer(sender, received)
    name, address = _sender(received)
    who = html.escape(f'{_date(received):%d.%m.%Y, %H:%M}, "{name}" <{address}>:')
    mail.set_content(
        f"<div>{html.escape(said)}</div><div>&nbsp;</div><div>{who}</div><blockquote>{_html(received)}</blockquote>\n",
        subtype="html",
        cte="base64",
    )
    return _finish(mail, file)


def _answer(sender: Account, received: EmailMessage) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["Date"] = datetime.now(UTC)
    mail["From"] = f'"{sender.name}" <{sender.address}>'
    name, address = _sender(received)
    mail["To"] = f'"{name}" <{address}>'
    mail["Subject"] = _subject(received)
    mail["Message-ID"] = make_msgid(domain=sender.address.rpartition("@")[2])
    for line in _thread(received):
        head, _, value = line.partition(": ")
        mail[head] = value.replace("\r\n", "")
    return mail


def _thread(received: EmailMessage) -> list[str]:
    own = str(received["Message-ID"])
    chain = [*str(received["References"] or "").split(), own]
    return [f"In-Reply-To: {own}", "References: " + "\r\n ".join(chain)]


def _subject(received: EmailMessage) -> str:
    subject = str(received["Subject"])
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def _sender(received: EmailMessage) -> tuple[str, str]:
    return parseaddr(str(received["From"]))


def _date(received: EmailMessage) -> datetime:
    when = received["Date"].datetime
    assert isinstance(when, datetime)  # noqa: S101 - our own mails have a date
    return when


def _text(received: EmailMessage) -> str:
    part = received.get_body(("plain",))
    return str(part.get_content()).strip() if part else ""


def _html(received: EmailMessage) -> str:
    part = received.get_body(("html",))
    return str(part.get_content()).strip() if part else f"<pre>{html.escape(_text(received))}</pre>"


def _finish(mail: EmailMessage, file: File | None) -> bytes:
    if file:
        maintype, _, subtype = file.content_type.partition("/")
        mail.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=file.name)
    return mail.as_bytes()
