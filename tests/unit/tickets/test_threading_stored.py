"""Answers to mails by their stored Message-IDs, also to those that are still on their way."""

import pytest

from backbone.contracts import Address
from tests.support.things import mail
from tests.unit.tickets.conversations import (
    AWAY,
    EVE,
    HOME,
    IVAN,
    PETR,
    TICKET,
    VERIFIED,
    by,
    ours,
    received,
    thread,
    verdicts,
)
from tickets.threading import Stored, Thread


def test_what_is_stored_is_known_even_when_its_key_was_dropped() -> None:
    message_id = ours(key=b"dropped")
    found = thread(mail(in_reply_to=message_id), {message_id: [Stored(HOME, TICKET, IVAN)]})
    assert (found.ticket_id, found.guest) == (TICKET, False)
    stranger = thread(by(EVE, in_reply_to=message_id), {message_id: [Stored(HOME, TICKET, IVAN)]})
    assert (stranger.ticket_id, stranger.guest) == (TICKET, True)


def test_whom_we_wrote_to_may_answer_though_he_takes_no_part_any_more() -> None:
    message_id = ours(key=b"dropped")
    stored = {message_id: [Stored(HOME, TICKET, "anna@former.example")]}
    for sender, verdict in (("anna@former.example", "joined"), (IVAN, "joined"), (EVE, "guest")):
        assert verdicts(thread(by(sender, in_reply_to=message_id), stored))[-1] == verdict
    colleague = by("boss@former.example", in_reply_to=message_id, trust=VERIFIED)
    assert verdicts(thread(colleague, stored))[-1] == "colleague"


def test_an_answer_to_a_stored_mail_joins() -> None:
    found = thread(mail(in_reply_to="<one@x>"), {"<one@x>": received()})
    assert found == Thread(
        TICKET, steps=({"step": "thread", "by": "message_id", "candidate": "<one@x>", "verdict": "joined"},)
    )
    assert thread(by(PETR, in_reply_to="<one@x>"), {"<one@x>": received()}).guest is False


@pytest.mark.parametrize("sender", [Address(address=EVE), None])
def test_who_is_no_participant_becomes_a_guest(sender: Address | None) -> None:
    for answer, stored in (
        (mail(from_=sender, in_reply_to=ours()), {}),
        (mail(from_=sender, in_reply_to="<one@x>"), {"<one@x>": received()}),
    ):
        found = thread(answer, stored)
        assert (found.ticket_id, found.guest, verdicts(found)) == (TICKET, True, ["guest"])


def test_another_mailbox_is_another_conversation() -> None:
    found = thread(mail(in_reply_to="<one@x>"), {"<one@x>": received(mailbox_id=AWAY)})
    assert (found.ticket_id, verdicts(found)) == (None, ["other_mailbox"])


def test_one_mail_to_two_mailboxes_is_answered_in_each() -> None:
    stored = {"<one@x>": received(ticket_id=19, mailbox_id=AWAY) + received()}
    assert thread(mail(in_reply_to="<one@x>"), stored).ticket_id == TICKET


def test_a_mail_on_its_way_is_waited_for() -> None:
    found = thread(mail(in_reply_to="<one@x>"), {"<one@x>": received(None, pending=5)})
    assert (found.ticket_id, found.wait, verdicts(found)) == (None, True, ["pending"])


@pytest.mark.parametrize("pending", [9, 10])
def test_only_a_mail_that_came_before_is_waited_for(pending: int) -> None:
    found = thread(mail(in_reply_to="<one@x>"), {"<one@x>": received(None, pending=pending)})
    assert (found.wait, verdicts(found)) == (False, ["unknown"])


def test_an_answer_to_a_held_mail_is_held_like_that() -> None:
    found = thread(mail(in_reply_to="<one@x>"), {"<one@x>": received(None, pending=5, held="no_district")})
    assert (found.ticket_id, found.wait, found.held, verdicts(found)) == (None, False, "no_district", ["pending"])


def test_a_mail_on_its_way_in_another_mailbox_is_not_waited_for() -> None:
    found = thread(mail(in_reply_to="<one@x>"), {"<one@x>": received(None, mailbox_id=AWAY, pending=5)})
    assert (found.wait, verdicts(found)) == (False, ["other_mailbox"])
