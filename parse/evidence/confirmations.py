"""A provider's «confirm this forwarding» mail: its link is for an administrator, it is no ticket.

The link is given only if it leads to the provider itself: it will be shown to somebody who may click on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from backbone.contracts import Confirmation
from parse.evidence.fields import domain_of, first, index, mailboxes
from parse.model import Mail

MAX_TEXT = 60_000
MAX_LINKS = 60


@dataclass(frozen=True, slots=True)
class _Provider:
    name: str
    senders: tuple[str, ...]
    hosts: tuple[str, ...]


_PROVIDERS = (
    _Provider("gmail", ("google.com", "gmail.com"), ("google.com",)),
    _Provider(
        "yandex",
        ("yandex.ru", "yandex.com", "yandex.net", "yandex-team.ru", "ya.ru", "yandex.kz", "yandex.by", "yandex.ua"),
        ("yandex.ru", "yandex.com", "yandex.net", "ya.ru", "yandex.kz", "yandex.by", "yandex.ua"),
    ),
    _Provider("mail.ru", ("mail.ru", "bk.ru", "list.ru", "inbox.ru", "vk.com", "vk.team"), ("mail.ru", "vk.com")),
    _Provider(
        "outlook",
        ("outlook.com", "microsoft.com", "live.com", "hotmail.com", "accountprotection.microsoft.com"),
        ("outlook.com", "live.com", "microsoft.com", "office.com", "office365.com"),
    ),
)

_SERVICES = frozenset({"forwarding", "support", "hello", "mail", "account", "security", "postmaster"})
_FORWARDING = ("forward", "пересылк", "переадрес", "перенаправл")
_CONFIRM = ("confirm", "verif", "подтвер", "провер")
_REFUSAL = ("cancel", "/uf-", "unsubscribe", "support.", "help", "отмен", "policies", "privacy", "/legal", "terms")
_LINK = re.compile(r"https://[^\s\"'<>\]]{4,2000}")
_CODE = re.compile(
    r"(?:confirmation code|verification code|security code|код подтверждения|проверочный код|код)\s{0,3}[:：–-]?\s{0,3}"
    r"([0-9A-Z]{4,12})\b|\(#(\d{6,12})\)",
    re.IGNORECASE,
)


def find_confirmation(mail: Mail, text: str, html: str | None) -> Confirmation | None:
    """Return the provider's request to confirm a forwarding, or None. From is not checked here: see ``trust``."""
    fields = index(mail.headers)
    senders = mailboxes(first(fields, "from"))
    if not senders or not _is_service(senders[0].partition("@")[0]):
        return None
    domain = domain_of(senders[0])
    provider = next((known for known in _PROVIDERS if _within(domain, known.senders)), None)
    if provider is None:
        return None
    subject = first(fields, "subject")
    told = f"{subject}\n{text[:MAX_TEXT] or (html or '')[:MAX_TEXT]}"
    lowered = told.lower()
    if not any(word in lowered for word in _FORWARDING) or not any(word in lowered for word in _CONFIRM):
        return None
    link = _link(f"{text[:MAX_TEXT]}\n{(html or '')[:MAX_TEXT]}", provider)
    code = _CODE.search(told)
    if link is None and code is None:
        return None
    return Confirmation(provider=provider.name, link=link, code=(code[1] or code[2]) if code else None)


def _is_service(local: str) -> bool:
    """Whether the local part is a provider's own, not a person's on the same domain."""
    return local in _SERVICES or "noreply" in local.replace("-", "").replace("_", "").replace(".", "")


def _within(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith("." + domain) for domain in domains)


def _link(text: str, provider: _Provider) -> str | None:
    """Return the first link that leads to the provider and does not cancel anything; Gmail's own form first."""
    fitting: list[str] = []
    for found in _LINK.findall(text)[:MAX_LINKS]:
        link = found.replace("&amp;", "&").rstrip(".,;:)")
        try:
            host = urlsplit(link).hostname or ""
        except ValueError:
            continue
        if _within(host.lower(), provider.hosts) and not any(word in link.lower() for word in _REFUSAL):
            fitting.append(link)
    telling = ("/vf-", "confirm", "verif", "forward", "validate")
    return next((link for link in fitting if any(word in link.lower() for word in telling)), next(iter(fitting), None))
