"""Which domains belong together, and that a provider's do not make colleagues."""

import pytest

from backbone.domains import aligned, same_organisation


@pytest.mark.parametrize(
    ("domain", "author", "expected"),
    [
        ("client.ru", "client.ru", True),
        ("mail.client.ru", "client.ru", True),
        ("client.ru", "mail.client.ru", True),
        ("client.co.uk", "mail.client.co.uk", True),
        ("co.uk", "client.co.uk", False),
        ("com.ru", "client.com.ru", False),
        ("ru", "client.ru", False),
        ("a.client.ru", "b.client.ru", False),
        ("evilclient.ru", "client.ru", False),
        ("", "client.ru", False),
        ("client.ru", "", False),
    ],
)
def test_alignment(domain: str, author: str, expected: bool) -> None:
    assert aligned(domain, author) is expected


@pytest.mark.parametrize(
    ("domain", "other", "expected"),
    [
        ("client.ru", "client.ru", True),
        ("office.client.ru", "client.ru", True),
        ("mail.ru", "mail.ru", False),
        ("corp.mail.ru", "mail.ru", False),
        ("gmail.com", "gmail.com", False),
        ("client.ru", "other.ru", False),
        ("", "", False),
    ],
)
def test_who_is_of_one_organisation(domain: str, other: str, expected: bool) -> None:
    assert same_organisation(domain, other) is expected
