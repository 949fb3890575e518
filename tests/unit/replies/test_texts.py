"""What notices say, in both languages, and what they keep to themselves."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from backbone.contracts import FileLink, Language, LetterKind
from backbone.ledger.states import InboundReason
from replies import samples
from tests.support.letters import attachment, composed, text_of
from tests.support.things import letter

KINDS: tuple[LetterKind, ...] = get_args(LetterKind)
LANGUAGES: tuple[Language, ...] = get_args(Language)
UNTIL = datetime(2026, 12, 7, 9, 30, tzinfo=UTC)
LINKS = (FileLink(filename="план <1>.pdf", size=48_300_000, url="https://postroom.test/f/8c1f", until=UNTIL),)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("make", [samples.letter, samples.bare])
def test_both_texts_say_the_same_and_leave_no_place_open(kind: LetterKind, language: Language, make: type) -> None:
    mail = composed(make(kind, language))
    text, html = text_of(mail), text_of(mail, "html")
    assert "{" not in text
    assert "None" not in text + html
    assert f'<html lang="{language}">' in html
    for line in filter(None, (line.strip("- ") for line in text.splitlines())):
        if "(" not in line and ":" not in line:
            assert line in html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_loaded_from_elsewhere(kind: LetterKind, language: Language) -> None:
    html = text_of(composed(samples.letter(kind, language)), "html")
    assert 'src="' not in html
    assert "<link" not in html
    assert "url(" not in html


@pytest.mark.parametrize(
    ("kind", "why", "words"),
    [
        ("closed_ticket", "reopened", "по закрытой заявке O2311000. Мы открыли её снова."),
        ("closed_ticket", "new_ticket", "Мы зарегистрировали новую, её номер O2311000."),
        ("closed_ticket", "stays", "по заявке O2311000, которая уже закрыта."),
        ("closed_ticket", None, "по заявке O2311000, которая уже закрыта."),
        ("too_big", "50", "Ваше письмо больше 50 МБ"),
        ("too_big", None, "Ваше письмо слишком большое"),
        ("not_accepted", "no_sender_rule", "не принимаются в ящике help@postroom.test"),
        ("not_accepted", "regex_mismatch", "составлено не в той форме"),
        ("not_accepted", "never heard of", "не удалось принять"),
    ],
)
def test_a_notice_says_why(kind: LetterKind, why: str | None, words: str) -> None:
    assert words in text_of(composed(letter(kind=kind, why=why)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", InboundReason)
def test_a_refusal_tells_no_secrets(reason: InboundReason, language: Language) -> None:
    text = text_of(composed(letter(kind="not_accepted", why=reason, number="", language=language, entries=())))
    for secret in (reason, "regex", "rule", "pattern", "block", "правил", "шаблон", "заблокир", "участк", "district"):
        assert secret not in text.lower()
    assert len(text.split("\n\n")) >= 3
    blocked = text_of(composed(letter(kind="not_accepted", why="blocked")))
    assert blocked == text_of(composed(letter(kind="not_accepted", why="no_sender_rule")))


def test_a_registration_has_its_link_and_says_until_when() -> None:
    written = letter(kind="registration", number="", url="https://postroom.test/register/5d1e", until=UNTIL)
    mail = composed(written)
    assert "Ссылка ниже действует до 07.12.2026 12:30." in text_of(mail)
    assert "\nhttps://postroom.test/register/5d1e\n" in text_of(mail)
    assert '<a href="https://postroom.test/register/5d1e" style="color:#ffffff' in text_of(mail, "html")
    hostile = letter(kind="registration", number="", url="javascript:alert(1)")
    assert "javascript" not in text_of(composed(hostile)) + text_of(composed(hostile), "html")


def test_files_that_are_too_large_are_named_with_size_and_date() -> None:
    mail = composed(letter(links=LINKS, attachments=(attachment("a.png"),)), (b"x",))
    assert "- план <1>.pdf (48,3 МБ), доступен до 07.12.2026 12:30\n  https://postroom.test/f/8c1f\n" in text_of(mail)
    html = text_of(mail, "html")
    assert 'href="https://postroom.test/f/8c1f"' in html
    assert "план &lt;1&gt;.pdf" in html
    assert "48,3 МБ, доступен до 07.12.2026 12:30" in html
    english = text_of(composed(letter(links=LINKS, language="en")))
    assert "48.3 MB), available until 07.12.2026 12:30" in english
