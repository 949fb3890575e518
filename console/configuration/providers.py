"""Domains at which everybody can have an address, so that none of them tells a customer."""

from __future__ import annotations

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
