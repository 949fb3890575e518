"""Mails as the programs of customers write them: with headers that thread, and each with its own way to quote."""

from collections.abc import Callable, Mapping
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from itertools import count
from typing import Protocol

from tests.support import client_forms
from tests.support.attributions import Quoted
from tests.support.client_forms import Forms, lines

_numbers = count(1)

Header = Mapping[str, str]


class Client(Protocol):
    """A mail program: answers ``answered`` by ``text``, in a ``language``, as ``sender`` or whom the mail came to.

    Where ``inline`` is given, its values are written below the quoted lines that are its keys, and no text above.
    """

    def __call__(
        self,
        answered: EmailMessage,
        text: str,
        *,
        language: str = "ru",
        sender: str = "",
        inline: Mapping[str, str] | None = None,
    ) -> EmailMessage: ...


def parsed(raw: bytes) -> EmailMessage:
    """Return a mail read by the standard library."""
    message = message_from_bytes(raw, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def plain_text(message: EmailMessage) -> str:
    """Return the plain text of a mail, with LF line ends."""
    return body(message, "plain")


def rewritten(message: EmailMessage) -> EmailMessage:
    """Return a mail of ours as Exchange delivers some: under a Message-ID of its own, with ours kept beside it."""
    copy = parsed(message.as_bytes())
    copy["X-Microsoft-Original-Message-ID"] = copy["Message-ID"]
    copy.replace_header("Message-ID", f"<AM0PR0{next(_numbers)}MB@AM0PR01.eurprd01.prod.outlook.com>")
    return copy


def first(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    """Write a mail that answers nothing, in Gmail, with a signature."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = "Mon, 23 Nov 2026 14:55:00 +0300"
    message["Message-ID"] = f"<CAFirst{next(_numbers)}+wQ@mail.gmail.com>"
    name = message["From"].addresses[0].display_name
    message.set_content(f"{text}\n\n-- \nС уважением, {name}\n")
    message.add_alternative(
        f'<div dir="ltr">{lines(text)}<br clear="all"><div><br></div><span class="gmail_signature_prefix">-- </span>'
        f'<br><div dir="ltr" class="gmail_signature"><div dir="ltr">С уважением, {name}</div></div></div>\n',
        subtype="html",
    )
    return message


def vacation(
    answered: EmailMessage,
    text: str,
    *,
    language: str = "ru",
    sender: str = "",
    inline: Mapping[str, str] | None = None,
) -> EmailMessage:
    """Answer as Exchange does for somebody who is away: without a quote, and without References."""
    message = outlook(answered, text, language=language, sender=sender, inline=inline)
    topic = message["Thread-Topic"]
    message.replace_header("Subject", f"{'Automatic reply' if language == 'en' else 'Автоматический ответ'}: {topic}")
    del message["References"]
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.clear_content()
    message.set_content(text)
    return message


def _made(
    write: Callable[[str, Quoted], Forms], mark: str, names: Header, charset: str = "utf-8", reply: str = "Re"
) -> Client:
    """Return a client that writes these forms; ``mark`` makes its Message-IDs, with %s for a number."""

    def answer(
        answered: EmailMessage,
        text: str,
        *,
        language: str = "ru",
        sender: str = "",
        inline: Mapping[str, str] | None = None,
    ) -> EmailMessage:
        quoted = Quoted.of(answered, body(answered, "plain"), _page(answered), language, inline)
        forms = write(text, quoted)
        message = EmailMessage(policy=SMTP)
        message["From"] = sender or answered["To"]
        message["To"] = answered["Reply-To"] or answered["From"]
        subject = str(answered["Subject"])
        topic = subject[3:].strip() if subject[:3].lower() == "re:" else subject
        message["Subject"] = f"{reply}: {topic}"
        message["Date"] = "Mon, 23 Nov 2026 15:05:00 +0300"
        message["Message-ID"] = mark % next(_numbers)
        message["In-Reply-To"] = answered["Message-ID"]
        message["References"] = f"{answered['References'] or ''} {answered['Message-ID']}".strip()
        if reply == "RE":
            message["Thread-Topic"] = topic
            message["Thread-Index"] = "Ad" + sha256(topic.encode()).hexdigest()[:26] + "=="
        for name, value in names.items():
            message[name] = value
        _fill(message, forms, charset)
        return message

    return answer


def _fill(message: EmailMessage, forms: Forms, charset: str) -> None:
    if not forms.plain:
        message.set_content(forms.html, subtype="html", cte="base64")
        return
    message.set_content(forms.plain, charset=charset)
    if forms.html:
        message.add_alternative(forms.html, subtype="html", charset=charset)
    elif "Thunderbird" in message.get("User-Agent", ""):
        message.set_param("format", "flowed")


def body(message: EmailMessage, form: str) -> str:
    """Return the text of a mail in one of its forms, with LF line ends."""
    found = message.get_body((form,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


def _page(message: EmailMessage) -> str:
    """Return what stands in the body of a mail's HTML; programs quote no more of it."""
    page = body(message, "html")
    begin, end = page.find("<body"), page.rfind("</body")
    return page[page.index(">", begin) + 1 : end] if 0 <= begin < end else page


gmail = _made(client_forms.gmail, "<CAKp%s+XyZ7@mail.gmail.com>", {})
yandex = _made(client_forms.yandex, "<%s4071764000@mail.yandex.ru>", {"X-Mailer": "Yamail [ http://yandex.ru ] 5.0"})
mailru = _made(
    client_forms.mailru,
    "<1795435500.%s@f511.i.mail.ru>",
    {"X-Mailer": "Mail.Ru Mailer 1.0", "X-Priority": "3 (Normal)"},
)
outlook = _made(
    client_forms.outlook,
    "<00%s01dc5c$1f2a$5d7e$@customer.example>",
    {"X-Mailer": "Microsoft Outlook 16.0", "Content-Language": "ru"},
    "windows-1251",
    "RE",
)
apple = _made(client_forms.apple, "<8B1C-%s-4E1B@customer.example>", {"X-Mailer": "Apple Mail (2.3774.600.62)"})
thunderbird = _made(client_forms.thunderbird, "<5f0d-%s-93c1@customer.example>", {"User-Agent": "Mozilla Thunderbird"})

STYLES: dict[str, Client] = {
    "gmail": gmail,
    "outlook": outlook,
    "yandex": yandex,
    "mailru": mailru,
    "apple": apple,
    "thunderbird": thunderbird,
}
