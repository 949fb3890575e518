"""Whose word on authentication counts is the mailbox's to say."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backbone.catalogue.tables import mailboxes, version
from backbone.contracts import ParsedMail
from tests.support.house import HELP, House, house

MAIL = f"""Authentication-Results: mx.provider.example; dmarc=pass header.from=customer.example
From: Ivan <ivan@customer.example>
To: {HELP}
Subject: Lamp
Date: Mon, 23 Nov 2026 12:00:00 +0000
Message-ID: <trusted@customer.example>

The lamp is broken.
""".encode()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as made:
        made.add_mailbox()
        yield made


def parsed(office: House) -> ParsedMail:
    (mail_id,) = office.read(MAIL)
    raw = office.runtime.blobs.get(office.mail(mail_id).parsed_key)
    return ParsedMail.model_validate_json(raw)


def test_nobodys_word_counts_at_first(office: House) -> None:
    assert parsed(office).trust.verdict == "unverified"


@pytest.mark.parametrize(
    ("named", "verdict"), [("mx.provider.example", "verified"), ("mx.other.example", "unverified")]
)
def test_the_mailbox_names_who_is_believed(office: House, named: str, verdict: str) -> None:
    office.change(mailboxes, authserv_ids=f"{named} mx.third.example")
    office.change(version, number=version.c.number + 1)
    assert parsed(office).trust.verdict == verdict
