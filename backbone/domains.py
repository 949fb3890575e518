"""Whose a domain is: which names belong together, and at which of them everybody can have an address. Pure."""

from __future__ import annotations

_SECOND_LEVEL = frozenset({"co", "com", "net", "org", "gov", "edu", "ac", "mil", "msk", "spb", "or", "ne", "go"})
_COUNTRY_LETTERS = 2

_DOMAINS = """
mail.ru internet.ru bk.ru inbox.ru list.ru xmail.ru vk.com
yandex.ru yandex.com yandex.by yandex.kz yandex.ua yandex.com.tr ya.ru narod.ru
rambler.ru lenta.ru autorambler.ru myrambler.ru ro.ru rambler.ua
ukr.net i.ua meta.ua bigmir.net tut.by mail.by mail.kz
gmail.com googlemail.com
outlook.com hotmail.com hotmail.co.uk hotmail.fr hotmail.de live.com live.ru msn.com outlook.de outlook.fr
yahoo.com yahoo.co.uk yahoo.co.jp yahoo.de yahoo.fr ymail.com rocketmail.com aol.com
icloud.com me.com mac.com
proton.me protonmail.com protonmail.ch pm.me tutanota.com tuta.io
gmx.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de mail.de posteo.de mailbox.org
laposte.net orange.fr free.fr libero.it seznam.cz centrum.cz wp.pl o2.pl onet.pl interia.pl abv.bg
fastmail.com hey.com zoho.com mail.com email.com hushmail.com
qq.com foxmail.com 163.com 126.com yeah.net sina.com naver.com daum.net hanmail.net rediffmail.com
"""

PUBLIC_DOMAINS = frozenset(_DOMAINS.split())
"""None of them tells a customer."""


def same_organisation(domain: str, other: str) -> bool:
    """Whether addresses at two normalised domains are of one organisation: aligned, and at no public provider."""
    return aligned(domain, other) and not {domain, other} & PUBLIC_DOMAINS


def aligned(domain: str, author: str) -> bool:
    """Whether two domains are aligned (RFC 7489 section 3.1, relaxed): equal, or one within the other.

    Without the public suffix list, domains that are only siblings do not count, nor do names such as ``co.uk``.
    """
    if not domain or not author:
        return False
    if domain == author:
        return True
    if domain.endswith("." + author):
        return _registrable(author)
    return author.endswith("." + domain) and _registrable(domain)


def _registrable(domain: str) -> bool:
    labels = domain.split(".")
    if len(labels) == 2:  # noqa: PLR2004 - a name and its top level
        return not (len(labels[1]) == _COUNTRY_LETTERS and labels[0] in _SECOND_LEVEL)
    return len(labels) > 1
