"""Letters as they might be: what previews, test mails and the check of own templates are made of. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from backbone.contracts import Address, Entry, FileLink, Language, Letter, LetterKind

WRITTEN = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
LINK = "https://postroom.example/f/8c1f2a"
REGISTER = "https://postroom.example/register/5d1e"
SAID = {
    "ru": "Добрый день, Иван! Мастер приедет завтра с 10:00 до 12:00. Подготовьте, пожалуйста, доступ к щитовой.",
    "en": "Good afternoon, Ivan! The engineer comes tomorrow between 10:00 and 12:00. Please make sure that he can "
    "reach the switchboard.",
}
_ASKED = {
    "ru": "Здравствуйте!\nНе работает кондиционер в переговорной, на улице +30.\nhttps://romashka.example/office?floor=2",
    "en": "Hello!\nThe air conditioner in the meeting room has stopped, and it is 30 degrees outside.\n"
    "https://romashka.example/office?floor=2",
}
_NAMES = {"ru": ("Анна Смирнова", "Иван Петров"), "en": ("Anna Smith", "Ivan Petrov")}
_SUBJECTS = {"ru": "Не работает кондиционер", "en": "The air conditioner does not work"}
_FILES = {"ru": "план этажа.pdf", "en": "floor plan.pdf"}
_WHY: dict[LetterKind, str] = {"closed_ticket": "reopened", "not_accepted": "no_sender_rule", "too_big": "50"}


def letter(kind: LetterKind, language: Language, to: Address | None = None) -> Letter:
    """Return a letter of ``kind`` that has everything such a letter may have."""
    dispatcher, customer = _NAMES[language]
    said = Entry(author=dispatcher, written_at=WRITTEN + timedelta(hours=2), text=SAID[language])
    asked = Entry(author=customer, written_at=WRITTEN, text=_ASKED[language])
    talks = kind == "chat_message"
    unknown = kind in ("not_accepted", "registration")
    size, until = 48_300_000, WRITTEN + timedelta(days=14)
    return Letter(
        kind=kind,
        number="" if unknown else "O2311000",
        subject=_SUBJECTS[language],
        to=to or Address(name=customer, address="ivan@romashka.example"),
        language=language,
        # Of a mail that is too big, only the headers were taken.
        entries=(said, asked) if talks else () if kind == "too_big" else (asked,),
        links=(FileLink(filename=_FILES[language], size=size, url=LINK, until=until),) if talks else (),
        why=_WHY.get(kind),
        url=REGISTER if kind == "registration" else None,
        until=until if kind == "registration" else None,
    )


def bare(kind: LetterKind, language: Language) -> Letter:
    """Return a letter of ``kind`` that has no more than it must."""
    whole = letter(kind, language)
    return whole.model_copy(
        update={
            "number": "",
            "subject": "",
            "to": Address(address=whole.to.address),
            "entries": whole.entries[:1] if kind == "chat_message" else (),
            "links": (),
            "why": None,
            "until": None,
        }
    )
