from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.contracts import Confirmation
from parse.evidence.confirmations import find_confirmation
from parse.model import Headers, Mail
from tests.unit.parse.raw_mails import quick


def asked(sender: str, subject: str) -> Mail:
    return Mail(Headers((("From", sender), ("To", "help@acme.ru"), ("Subject", subject))), (), "text/plain")


VF = "https://mail-settings.google.com/mail/vf-%5BANGjdJ8abc%5D-DEF_123"
UF = "https://mail-settings.google.com/mail/uf-%5BANGjdJ8abc%5D-DEF_456"

REQUESTS = {
    "gmail": (
        asked("Gmail Team <forwarding-noreply@google.com>", "(#123456789) Gmail Forwarding Confirmation"),
        (
            f"anna@gmail.com has requested to automatically forward mail to your email address help@acme.ru.\n"
            f"Confirmation code: 123456789\n\nPlease click the link below to confirm:\n\n{VF}\n\n"
            f"If you accidentally clicked the link, click this link to cancel this verification:\n{UF}\n"
            "To learn more, visit https://support.google.com/mail/bin/answer.py?answer=184973"
        ),
        None,
        Confirmation(provider="gmail", link=VF, code="123456789"),
    ),
    "gmail in russian": (
        asked("Команда Gmail <forwarding-noreply@google.com>", "(#987654321) Подтверждение пересылки Gmail"),
        (
            f"Отменить запрос: {UF}\n\nПользователь anna@gmail.com настроил автоматическую пересылку на ваш адрес.\n"
            f"Код подтверждения: 987654321\nЧтобы подтвердить запрос, нажмите на ссылку:\n{VF}"
        ),
        None,
        Confirmation(provider="gmail", link=VF, code="987654321"),
    ),
    "yandex": (
        asked("Яндекс Почта <noreply@mail.yandex.ru>", "Подтверждение пересылки"),
        (
            "Пользователь anna@yandex.ru настроил пересылку писем на ваш адрес.\nЧтобы подтвердить, перейдите по "
            "ссылке: https://mail.yandex.ru/confirm-filter?e=AbC.\n\nПомощь: https://yandex.ru/support/mail"
        ),
        None,
        Confirmation(provider="yandex", link="https://mail.yandex.ru/confirm-filter?e=AbC", code=None),
    ),
    "mail.ru, HTML only": (
        asked("Почта Mail.ru <noreply@corp.mail.ru>", "Подтвердите пересылку писем"),
        "",
        '<p>Для подтверждения пересылки <a href="https://e.mail.ru/settings/filters?forward=1&amp;c=AB">нажмите</a></p>',
        Confirmation(provider="mail.ru", link="https://e.mail.ru/settings/filters?forward=1&c=AB", code=None),
    ),
    "outlook": (
        asked("Microsoft Outlook <no-reply@microsoft.com>", "Verify your forwarding address"),
        (
            "Please confirm that mail may be forwarded to help@acme.ru.\nhttps://outlook.live.com/mail/verify?t=1\n"
            "Security code: 7654321"
        ),
        None,
        Confirmation(provider="outlook", link="https://outlook.live.com/mail/verify?t=1", code="7654321"),
    ),
    "a code without a link": (
        asked("forwarding-noreply@google.com", "(#123456789) Gmail Forwarding Confirmation - Receive Mail"),
        "Confirmation code: 123456789",
        None,
        Confirmation(provider="gmail", link=None, code="123456789"),
    ),
    "a link that leads elsewhere": (
        asked("forwarding-noreply@google.com", "(#123456789) Gmail Forwarding Confirmation"),
        (
            "Please confirm the forwarding: https://mail-settings.google.com.evil.com/mail/vf-1 "
            "https://evil.com/mail-settings.google.com/vf-1 https://mail-settings.google.com@evil.com/vf-1"
        ),
        None,
        Confirmation(provider="gmail", link=None, code="123456789"),
    ),
}


@pytest.mark.parametrize(("mail", "text", "html", "expected"), REQUESTS.values(), ids=list(REQUESTS))
def test_requests_to_confirm_a_forwarding(mail: Mail, text: str, html: str | None, expected: Confirmation) -> None:
    assert find_confirmation(mail, text, html) == expected


OTHERS = {
    "a person at gmail": (asked("anna@gmail.com", "Forwarding confirmation"), f"Please confirm forwarding {VF}"),
    "a person at mail.ru": (asked("anna@mail.ru", "Подтвердите пересылку"), "https://e.mail.ru/x?confirm"),
    "a mailman at mail.ru": (asked("mailman@mail.ru", "Подтвердите пересылку груза"), "https://e.mail.ru/x?confirm"),
    "another host": (asked("noreply@google.com.evil.ru", "Gmail Forwarding Confirmation"), f"confirm {VF}"),
    "another provider": (asked("noreply@shop.ru", "Confirm forwarding"), "https://shop.ru/confirm"),
    "another matter": (asked("noreply@google.com", "Security alert"), "Please verify https://myaccount.google.com/x"),
    "news": (asked("news-noreply@google.com", "Looking forward to it"), "Try https://google.com/new today"),
    "no link and no code": (asked("noreply@google.com", "Forwarding"), "Please confirm it."),
    "no sender": (asked("", "Forwarding"), f"Please confirm it. {VF}"),
}


@pytest.mark.parametrize(("mail", "text"), OTHERS.values(), ids=list(OTHERS))
def test_other_mail(mail: Mail, text: str) -> None:
    assert find_confirmation(mail, text, None) is None


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=200))
def test_it_never_raises(subject: str, text: str, html: str) -> None:
    mail = asked("forwarding-noreply@google.com", f"Forward, confirm {subject}")
    find_confirmation(mail, f"https://[{text} https://{text}", html)


@pytest.mark.parametrize("junk", ["https://", "https://a.google.com/", "a", " ", "code", "(#1", "https://["])
def test_hostile_texts_take_no_time(junk: str) -> None:
    with quick():
        text = "forward confirm " + junk * (1_000_000 // len(junk))
        find_confirmation(asked("forwarding-noreply@google.com", text), text, text)
