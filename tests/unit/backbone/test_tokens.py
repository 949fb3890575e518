"""A reply token opens its own ticket for its own reader at its own mailbox, and nothing else."""

from __future__ import annotations

import string
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from backbone import tokens

KEYS = (b"k" * 32, b"former key" * 4)
READER = "ivan@customer.example"
TICKETS = st.integers(0, 10**19 - 1)
ADDRESSES = st.emails()
ALPHABET = string.ascii_letters + string.digits + ".@-_ \u212aı\x00"


def opens(message_id: str, keys: tuple[bytes, ...] = KEYS, mailbox_id: int = 3, recipient: str = READER) -> int | None:
    token = tokens.find(message_id)
    if (
        token is None
        or tokens.verify(keys, token, mailbox_id=mailbox_id, recipients=["a@b.example", recipient]) is None
    ):
        return None
    return token.ticket_id


def made(ticket_id: int = 123456, keys: tuple[bytes, ...] = KEYS) -> str:
    return tokens.make(keys, ticket_id=ticket_id, mailbox_id=3, recipient=READER)


MADE = made()
MAIL = f"<{MADE}@postroom.example>"
RETURN = tokens.make_return(KEYS, ticket_id=123456, mailbox_id=3, message_id=MAIL)


@given(TICKETS, st.integers(0, 2**63), ADDRESSES)
def test_what_is_made_is_found_and_verified(ticket_id: int, mailbox_id: int, recipient: str) -> None:
    token = tokens.make(KEYS, ticket_id=ticket_id, mailbox_id=mailbox_id, recipient=recipient)
    found = tokens.find(f"<{token}@postroom.example>")
    assert found
    assert found.ticket_id == ticket_id
    assert tokens.verify(KEYS, found, mailbox_id=mailbox_id, recipients=["x@y.example", recipient]) == recipient
    assert len(token) < 70


@given(st.data())
def test_no_single_character_can_be_changed(data: st.DataObject) -> None:
    token = MADE
    place = data.draw(st.integers(0, len(token) - 1))
    changed = data.draw(st.sampled_from([one for one in ALPHABET if one.lower() != token[place]]))
    assert opens(f"{token[:place]}{changed}{token[place + 1 :]}@postroom.example") is None


@given(st.data())
def test_no_single_character_can_be_added_or_taken_away(data: st.DataObject) -> None:
    token = MADE
    place = data.draw(st.integers(3, len(token) - 1))
    added = data.draw(st.sampled_from(ALPHABET))
    assert opens(f"{token[:place]}{added}{token[place:]}@postroom.example") is None
    assert opens(f"{token[:place]}{token[place + 1 :]}@postroom.example") is None


def test_no_single_bit_can_be_changed() -> None:
    token = made().encode()
    for place in range(len(token)):
        for bit in range(8):
            changed = bytearray(token)
            changed[place] ^= 1 << bit
            text = changed.decode("latin-1")
            if text.lower() != token.decode():
                assert opens(text) is None, text


def test_it_is_bound_to_ticket_mailbox_and_recipient() -> None:
    found = tokens.find(made())
    assert found
    assert tokens.verify(KEYS, found, mailbox_id=3, recipients=[READER]) == READER
    assert tokens.verify(KEYS, found, mailbox_id=4, recipients=[READER]) is None
    assert tokens.verify(KEYS, found, mailbox_id=3, recipients=["petr@customer.example"]) is None
    assert tokens.verify(KEYS, found, mailbox_id=3, recipients=[]) is None
    assert tokens.verify(KEYS, replace(found, ticket_id=123457), mailbox_id=3, recipients=[READER]) is None


def test_a_server_that_changes_case_does_no_harm() -> None:
    assert opens(f"<{made().upper()}@POSTROOM.EXAMPLE>") == 123456
    assert opens(made(), recipient=READER.upper()) == 123456


def test_the_former_key_verifies_until_it_is_dropped() -> None:
    old = made(keys=KEYS[1:])
    assert opens(old) == 123456
    assert opens(old, keys=KEYS[:1]) is None


def test_keys_that_share_an_id_by_chance_both_verify() -> None:
    first = b"key 0"
    same_id = next(
        key
        for key in (b"key %d" % number for number in range(1, 100_000))
        if made(keys=(key,))[:5] == made(keys=(first,))[:5]
    )
    assert opens(made(keys=(same_id,)), keys=(first, same_id)) == 123456


def test_two_tokens_of_one_mail_differ() -> None:
    assert made() != made()


def test_other_message_ids_hold_none() -> None:
    for other in ("", "<>", "<abc@def>", "<pr.ab12.cd.ef@x>", "pr." * 1000, "<" + "pr.aa1." * 5000):
        assert tokens.find(other) is None


def test_a_return_token_is_bound_to_ticket_mailbox_and_mail() -> None:
    found = tokens.find_return(RETURN)
    assert found
    assert found.ticket_id == 123456
    assert tokens.verify_return(KEYS, found, mailbox_id=3, message_id=MAIL)
    assert not tokens.verify_return(KEYS, found, mailbox_id=4, message_id=MAIL)
    assert not tokens.verify_return(KEYS, found, mailbox_id=3, message_id="<other@x>")
    assert not tokens.verify_return(KEYS, replace(found, ticket_id=123457), mailbox_id=3, message_id=MAIL)
    assert not tokens.verify_return(KEYS[1:], found, mailbox_id=3, message_id=MAIL)
    old = tokens.find_return(tokens.make_return(KEYS[1:], ticket_id=123456, mailbox_id=3, message_id=MAIL))
    assert old
    assert tokens.verify_return(KEYS, old, mailbox_id=3, message_id=MAIL)


def test_no_single_bit_of_a_return_token_can_be_changed() -> None:
    raw = RETURN.encode()
    for place in range(len(raw)):
        for bit in range(8):
            changed = bytearray(raw)
            changed[place] ^= 1 << bit
            found = tokens.find_return(changed.decode("latin-1"))
            if changed.decode("latin-1").lower() != RETURN and found:
                assert not tokens.verify_return(KEYS, found, mailbox_id=3, message_id=MAIL), changed
    upper = tokens.find_return(RETURN.upper())
    assert upper
    assert tokens.verify_return(KEYS, upper, mailbox_id=3, message_id=MAIL)


@given(st.text(ALPHABET + "pb."))
def test_one_kind_of_token_never_serves_as_the_other(junk: str) -> None:
    assert tokens.find(RETURN) is None
    assert tokens.find(f"<{RETURN}@postroom.example>") is None
    assert tokens.find_marked(f"Ref: {RETURN}", 5) == []
    assert tokens.find_return(MADE) is None
    assert tokens.find_return(RETURN + "a") is tokens.find_return(f"a{RETURN}") is tokens.find_return(junk) is None
    token = tokens.find(MADE)
    assert token
    alike = tokens.find_return(f"pb.{token.key_id}{token.ticket_id}.{token.signature}")
    assert alike
    for words in (f"{READER}\n{token.nonce}", f"<{MADE}@postroom.example>", MADE):
        assert not tokens.verify_return(KEYS, alike, mailbox_id=3, message_id=words)


def test_it_is_found_in_a_text_behind_its_mark() -> None:
    one, other = made(), made(7)
    text = f"> Да.\n> Ref: {one.upper()}\n>> ref:\xa0{other}. {one}\nRef: {one}\nRef: {made(8)}"
    found = tokens.find_marked(text, 5)
    assert [str(token) for token in found[:2]] == [one, other]
    assert [token.ticket_id for token in found] == [123456, 7, 8]
    assert tokens.find_marked(text, 1) == found[:1]


@given(st.text(ALPHABET + "Ref: pr."))
def test_a_text_without_a_mark_has_none(text: str) -> None:
    assert tokens.find_marked(text + MADE, 5) == []
    assert tokens.find_marked(f"xRef: {MADE} Ref: {MADE}a", 5) == []


def test_a_key_is_known_by_its_id() -> None:
    token = tokens.find(MADE)
    assert token
    assert tokens.by_known_key(KEYS, token)
    assert not tokens.by_known_key(KEYS[1:], token)
