"""How mail programs say, above a quote, who wrote it and when; each in Russian and in English."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage

MOSCOW = timezone(timedelta(hours=3))
NARROW = "\N{NARROW NO-BREAK SPACE}"

_DAYS = ("Понедельник", "Вторник", "Среда", "Четверг", "Пятница", "Суббота", "Воскресенье")
_SHORT_DAYS = ("пн", "вт", "ср", "чт", "пт", "сб", "вс")
_MONTHS = (
    *("января", "февраля", "марта", "апреля", "мая", "июня"),
    *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
)
_SHORT_MONTHS = ("янв.", "февр.", "мар.", "апр.", "мая", "июн.", "июл.", "авг.", "сент.", "окт.", "нояб.", "дек.")


@dataclass(frozen=True)
class Quoted:
    """The mail that is answered, as its answer shows it; ``inline`` holds what is written below which of its lines."""

    name: str
    address: str
    to: str
    subject: str
    date: datetime
    message_id: str
    plain: str
    html: str
    language: str
    inline: Mapping[str, str] | None

    @classmethod
    def of(
        cls, answered: EmailMessage, plain: str, html: str, language: str, inline: Mapping[str, str] | None
    ) -> "Quoted":
        """Read what is to be told of a mail from its header."""
        sender = answered["From"].addresses[0]
        return cls(
            sender.display_name,
            sender.addr_spec,
            str(answered["To"]),
            str(answered["Subject"]),
            answered["Date"].datetime.astimezone(MOSCOW),
            answered["Message-ID"].strip("<>"),
            plain,
            html,
            language,
            inline,
        )


def gmail_line(quoted: Quoted) -> str:
    """Return the line of Gmail; in English its time has a narrow blank before AM and PM."""
    when, who = quoted.date, f"{quoted.name} <{quoted.address}>"
    if quoted.language == "en":
        return f"On {when:%a, %b} {when.day}, {when:%Y} at {_twelve(when, NARROW)} {who} wrote:"
    day = f"{_SHORT_DAYS[when.weekday()]}, {when.day} {_SHORT_MONTHS[when.month - 1]} {when.year} г."
    return f"{day} в {when:%H:%M}, {who}:"


def mailru_line(quoted: Quoted) -> str:
    """Return the line of Mail.ru."""
    when, who = quoted.date, f"{quoted.name} <{quoted.address}>"
    if quoted.language == "en":
        return f"{when:%A}, {when:%B} {when.day}, {when:%Y} {_twelve(when)} +03:00 from {who}:"
    day = f"{_DAYS[when.weekday()]}, {when.day} {_MONTHS[when.month - 1]} {when.year}"
    return f"{day}, {when:%H:%M} +03:00 от {who}:"


def outlook_block(quoted: Quoted) -> dict[str, str]:
    """Return the headers that Outlook repeats."""
    when, who = quoted.date, f"{quoted.name} <{quoted.address}>"
    if quoted.language == "en":
        sent = f"{when:%A}, {when:%B} {when.day}, {when:%Y} {_twelve(when)}"
        return {"From": who, "Sent": sent, "To": quoted.to, "Subject": quoted.subject}
    sent = f"{_DAYS[when.weekday()].lower()}, {when.day} {_MONTHS[when.month - 1]} {when.year} г. {when:%H:%M}"
    return {"От": who, "Отправлено": sent, "Кому": quoted.to, "Тема": quoted.subject}


def apple_line(quoted: Quoted) -> str:
    """Return the line of Apple Mail."""
    when, who = quoted.date, f"{quoted.name} <{quoted.address}>"
    if quoted.language == "en":
        return f"On {when.day} {when:%b %Y}, at {when:%H:%M}, {who} wrote:"
    return f"{when.day} {_SHORT_MONTHS[when.month - 1]} {when.year} г., в {when:%H:%M}, {who} написал(а):"


def thunderbird_line(quoted: Quoted) -> str:
    """Return the line of Thunderbird, which names no address."""
    if quoted.language == "en":
        return f"On {quoted.date:%d/%m/%Y %H:%M}, {quoted.name} wrote:"
    return f"{quoted.date:%d.%m.%Y %H:%M}, {quoted.name} пишет:"


def _twelve(when: datetime, blank: str = " ") -> str:
    return f"{when.hour % 12 or 12}:{when:%M}{blank}{when:%p}"
