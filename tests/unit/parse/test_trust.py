from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parse.evidence.authresults import read
from parse.evidence.trust import judge
from parse.model import Headers, Mail
from tests.unit.parse.raw_mails import quick

IDS = frozenset({"mx.acme.ru"})
VERIFIED, UNVERIFIED, SUSPECT = "verified", "unverified", "suspect"


def mail(*results: str, sender: str = "Ivan <ivan@client.ru>", more: tuple[tuple[str, str], ...] = ()) -> Mail:
    fields = [("Authentication-Results", result) for result in results]
    return Mail(Headers((*fields, *more, ("From", sender), ("Subject", "x"))), (), "text/plain")


ONE_FIELD = (
    ("mx.acme.ru; dmarc=pass header.from=client.ru", VERIFIED),
    ("mx.acme.ru; dmarc=pass", VERIFIED),
    ("MX.Acme.RU; DMARC=Pass header.From=Client.RU", VERIFIED),
    ("mx.acme.ru 1; dmarc=pass header.from=client.ru", VERIFIED),
    ('"mx.acme.ru"; dmarc=pass header.from="client.ru"', VERIFIED),
    ("mx.acme.ru (our server; the first); dmarc=pass (p=reject; sp=none) header.from=client.ru", VERIFIED),
    ("mx.acme.ru (a (nested) comment); dmarc / 1 = pass", VERIFIED),
    ("mx.acme.ru; dkim=pass header.d=client.ru header.s=mail", VERIFIED),
    ("mx.acme.ru; dkim=pass header.i=@client.ru", VERIFIED),
    ("mx.acme.ru; dkim=pass header.i=ivan@client.ru", VERIFIED),
    ("mx.acme.ru; dkim=pass header.d=mail.client.ru", VERIFIED),
    ("mx.acme.ru; dkim=fail header.d=esp.com; dkim=pass header.d=client.ru", VERIFIED),
    ("mx.acme.ru; spf=pass smtp.mailfrom=ivan@client.ru", VERIFIED),
    ("mx.acme.ru; spf=pass smtp.mailfrom=client.ru", VERIFIED),
    ("mx.acme.ru; spf=pass (sender SPF authorized) smtp.mailfrom=<ivan@client.ru>", VERIFIED),
    ("mx.acme.ru; spf=fail smtp.mailfrom=client.ru; dkim=pass header.d=client.ru", VERIFIED),
    ("mx.acme.ru; dmarc=none header.from=client.ru; dkim=pass header.d=client.ru", VERIFIED),
    ("mx.acme.ru; dmarc=bestguesspass action=none header.from=client.ru; spf=pass smtp.mailfrom=client.ru", VERIFIED),
    ("mx.acme.ru; none", UNVERIFIED),
    ("mx.acme.ru", UNVERIFIED),
    ("mx.acme.ru; dkim=pass header.d=evil.com", UNVERIFIED),
    ("mx.acme.ru; dkim=pass header.d=notclient.ru", UNVERIFIED),
    ("mx.acme.ru; dkim=pass header.d=ru", UNVERIFIED),
    ("mx.acme.ru; dkim=pass", UNVERIFIED),
    ("mx.acme.ru; spf=pass smtp.helo=client.ru", UNVERIFIED),
    ("mx.acme.ru; spf=pass smtp.mailfrom=bounce@esp.com", UNVERIFIED),
    ("mx.acme.ru; spf=softfail smtp.mailfrom=client.ru", UNVERIFIED),
    ("mx.acme.ru; dkim=fail header.d=client.ru", UNVERIFIED),
    ("mx.acme.ru; dkim=neutral header.d=client.ru; spf=none", UNVERIFIED),
    ("mx.acme.ru; dmarc=temperror header.from=client.ru", UNVERIFIED),
    ("mx.acme.ru; dmarc=pass header.from=evil.com", UNVERIFIED),
    ('mx.acme.ru; dkim=none reason="dmarc=pass header.from=client.ru"', UNVERIFIED),
    ("mx.acme.ru; dkim=none (dmarc=pass; dmarc=pass header.from=client.ru)", UNVERIFIED),
    ('mx.acme.ru; spf=none reason="; dmarc=pass header.from=client.ru"', UNVERIFIED),
    ('mx.acme.ru; dkim=pass header.i="x header.d=client.ru "@evil.com', UNVERIFIED),
    ('mx.acme.ru; spf=pass smtp.mailfrom="ivan@client.ru"@evil.com', UNVERIFIED),
    ('mx.acme.ru; spf=pass smtp.mailfrom="; dmarc=pass; "@evil.com', UNVERIFIED),
    ("mx.acme.ru; dmarc=fail header.from=client.ru", SUSPECT),
    ("mx.acme.ru; dmarc=fail (p=REJECT) header.from=client.ru; dkim=pass header.d=evil.com", SUSPECT),
    ("mx.acme.ru; dmarc=fail; spf=pass smtp.mailfrom=client.ru", SUSPECT),
    ("mx.acme.ru; spf=fail smtp.mailfrom=ivan@client.ru", SUSPECT),
    ("mx.acme.ru; spf=hardfail smtp.mailfrom=ivan@client.ru; dkim=none", SUSPECT),
    ("evil.com; dmarc=pass header.from=client.ru", UNVERIFIED),
    ("mx.acme.ru.evil.com; dmarc=pass header.from=client.ru", UNVERIFIED),
    ("evil.com (mx.acme.ru); dmarc=pass header.from=client.ru", UNVERIFIED),
    ("; dmarc=pass header.from=client.ru", UNVERIFIED),
    ("dmarc=pass header.from=client.ru", UNVERIFIED),
    ("", UNVERIFIED),
)


@pytest.mark.parametrize(("value", "verdict"), ONE_FIELD)
def test_one_field(value: str, verdict: str) -> None:
    trust = judge(mail(value), IDS)
    assert trust.verdict == verdict
    assert trust.evidence


REAL = (
    (
        "mx.google.com",
        (
            "mx.google.com; dkim=pass header.i=@client.ru header.s=mail header.b=AbC1; spf=pass (google.com: domain of "
            "ivan@client.ru designates 192.0.2.1 as permitted sender) smtp.mailfrom=ivan@client.ru; "
            "dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=client.ru"
        ),
        VERIFIED,
    ),
    (
        "-",
        (
            "spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=client.ru; dkim=pass (signature was verified) "
            "header.d=client.ru;dmarc=pass action=none header.from=client.ru;compauth=pass reason=100"
        ),
        VERIFIED,
    ),
    (
        "-",
        (
            "spf=fail (sender IP is 192.0.2.1) smtp.mailfrom=client.ru; dkim=none (message not signed) "
            "header.d=none;dmarc=none action=none header.from=client.ru;compauth=fail reason=001"
        ),
        SUSPECT,
    ),
    (
        "*.mail.yandex.net",
        (
            "mxfront12o.mail.yandex.net; spf=pass (mxfront12o: domain of client.ru designates 192.0.2.1 as "
            "permitted sender, rule=[ip4:192.0.2.0/24]) smtp.mail=ivan@client.ru; dkim=pass header.i=@client.ru"
        ),
        VERIFIED,
    ),
    (
        "mxs.mail.ru",
        (
            "mxs.mail.ru; spf=pass (mx12.mail.ru: domain of client.ru designates 192.0.2.1 as permitted sender) "
            "smtp.mailfrom=ivan@client.ru smtp.helo=mail.client.ru; dkim=pass header.d=client.ru; "
            "dmarc=pass header.from=ivan@client.ru"
        ),
        VERIFIED,
    ),
)


@pytest.mark.parametrize(("server", "value", "verdict"), REAL)
def test_what_providers_write(server: str, value: str, verdict: str) -> None:
    assert judge(mail(value), frozenset({server})).verdict == verdict
    assert judge(mail(value), IDS).verdict == UNVERIFIED


FAIL, PASS = "mx.acme.ru; dmarc=fail header.from=client.ru", "mx.acme.ru; dmarc=pass header.from=client.ru"


def test_the_topmost_trusted_field_decides() -> None:
    assert judge(mail(FAIL, PASS), IDS).verdict == SUSPECT
    assert judge(mail(PASS, FAIL), IDS).verdict == VERIFIED
    assert judge(mail("mx.acme.ru; none", PASS), IDS).verdict == UNVERIFIED


def test_fields_of_others_above_and_below_are_ignored() -> None:
    forged = "evil.com; dmarc=pass header.from=client.ru"
    assert judge(mail(forged, FAIL, forged), IDS).verdict == SUSPECT
    assert judge(mail(forged, "garbage", PASS), IDS).verdict == VERIFIED


def test_without_configured_servers_nothing_is_believed() -> None:
    assert judge(mail(PASS), frozenset()).verdict == UNVERIFIED


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "nobody",
        "<>",
        "ivan@client.ru, eve@evil.com",
        "eve@evil.com, ivan@client.ru",
        "<ivan@client.ru> <eve@evil.com>",
        "ivan@client.ru <eve@evil.com>, <ivan@client.ru>",
    ],
)
def test_from_must_name_one_domain(sender: str) -> None:
    assert judge(mail(PASS, sender=sender), IDS).verdict == UNVERIFIED


def test_two_from_fields_prove_nothing() -> None:
    assert judge(mail(PASS, more=(("From", "eve@evil.com"),)), IDS).verdict == UNVERIFIED


@pytest.mark.parametrize(
    "sender",
    [
        '"eve@evil.com" <ivan@client.ru>',
        "ivan@client.ru (eve@evil.com)",
        "Иван Петров <Ivan@CLIENT.ru>",
        "<ivan@client.ru>",
        "ivan@client.ru, anna@client.ru",
        "ivan@mail.client.ru",
    ],
)
def test_names_and_comments_are_no_addresses(sender: str) -> None:
    assert judge(mail(PASS, sender=sender), IDS).verdict == VERIFIED


def test_both_forms_of_an_international_domain_are_one() -> None:
    verdict = judge(mail("mx.acme.ru; dmarc=pass header.from=xn--e1afmkfd.xn--p1ai", sender="почта@Пример.рф"), IDS)
    assert verdict.verdict == VERIFIED


def arc_set(number: int, server: str, results: str, sealer: str) -> tuple[tuple[str, str], ...]:
    return (
        ("ARC-Seal", f"i={number}; a=rsa-sha256; t=1780000000; cv=none; d={sealer}; s=arc; b=AbC"),
        ("ARC-Message-Signature", f"i={number}; a=rsa-sha256; d={sealer}; s=arc; h=from:to; bh=x; b=y"),
        ("ARC-Authentication-Results", f"i={number}; {server}; {results}"),
    )


GOOD = "dmarc=pass header.from=client.ru"
FORWARDED = "mx.acme.ru; arc=pass (i=1 dmarc=pass); dmarc=fail header.from=client.ru"
ARC_IDS = frozenset({"mx.acme.ru", "mx.google.com"})


def test_arc_heals_a_broken_forward_only_where_the_mailbox_says_so() -> None:
    forwarded = mail(FORWARDED, more=arc_set(1, "mx.google.com", GOOD, "google.com"))
    assert judge(forwarded, ARC_IDS, arc=True).verdict == VERIFIED
    assert judge(forwarded, ARC_IDS).verdict == SUSPECT


@pytest.mark.parametrize(
    ("result", "chain"),
    [
        ("mx.acme.ru; dmarc=fail header.from=client.ru", arc_set(1, "mx.google.com", GOOD, "google.com")),
        (FORWARDED.replace("arc=pass", "arc=fail"), arc_set(1, "mx.google.com", GOOD, "google.com")),
        (FORWARDED, arc_set(1, "mx.google.com", GOOD, "evil.com")),
        (FORWARDED, arc_set(1, "mx.evil.com", GOOD, "evil.com")),
        (FORWARDED, arc_set(2, "evil.com", GOOD, "evil.com") + arc_set(1, "mx.google.com", GOOD, "google.com")),
        (FORWARDED, arc_set(2, "mx.google.com", GOOD, "google.com")),
        (FORWARDED, arc_set(1, "mx.google.com", "dmarc=fail header.from=client.ru", "google.com")),
        (FORWARDED, arc_set(1, "mx.google.com", "dmarc=pass header.from=evil.com", "google.com")),
        (FORWARDED, arc_set(1, "mx.google.com", GOOD, "google.com") * 2),
        (FORWARDED, arc_set(1, "mx.google.com", GOOD, "google.com")[2:]),
        (FORWARDED, ()),
    ],
)
def test_an_arc_chain_is_as_good_as_its_weakest_link(result: str, chain: tuple[tuple[str, str], ...]) -> None:
    assert judge(mail(result, more=chain), ARC_IDS, arc=True).verdict == SUSPECT


def test_the_parser_keeps_order_and_properties() -> None:
    verdicts = read('i=2; mx.acme.ru 1; dkim=pass (good) header.d=a.ru header.b="x/y="; spf=none; junk; =; arc=pass')
    assert verdicts is not None
    assert (verdicts.authserv_id, verdicts.instance) == ("mx.acme.ru", 2)
    assert [(result.method, result.result) for result in verdicts.results] == [
        ("dkim", "pass"),
        ("spf", "none"),
        ("arc", "pass"),
    ]
    assert verdicts.results[0].get("header.d") == "a.ru"


@given(st.lists(st.text(alphabet='mx.acru;=()"\\ dkimpsf@<>,1/\n', max_size=120), max_size=4), st.text(max_size=60))
def test_it_never_raises(values: list[str], sender: str) -> None:
    results = [f"mx.acme.ru;{value}" for value in values]
    more = tuple(("ARC-Authentication-Results", value) for value in values) + tuple(("ARC-Seal", v) for v in values)
    judge(mail(*results, sender=sender, more=more), IDS, arc=True)


@pytest.mark.parametrize(
    "junk", ["(", ")", '"', '="', ";", "a=b;", "a.a=", "a" * 40 + ".", " ", "= ", "\\", "i=1;", "<a@b>"]
)
def test_hostile_values_take_no_time(junk: str) -> None:
    with quick():
        for size in (16_000, 1_000_000):
            value = "mx.acme.ru; " + junk * (size // len(junk))
            judge(
                mail(value, sender=value, more=(("ARC-Seal", value), ("ARC-Authentication-Results", value))),
                IDS,
                arc=True,
            )
