"""Messages that a chat system takes back over a real RabbitMQ: gone before their mail leaves, or kept and told so."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import insert

from backbone import clock
from backbone.catalogue import tables
from backbone.exchange import consumer
from backbone.exchange.messages import QuarantineReason
from backbone.ledger.states import Outbound
from backbone.ledger.tables import domain_events, outbound
from tests.support.chat_events import consuming, event, publish, put_aside, undo
from tests.support.sending import set_outgoing
from tests.support.talks import SECONDS, Talk, ticket
from tests.support.waiting import wait_for
from tickets import lifecycle
from tickets import undo as undoing
from tickets.models import chat_events as taken_events
from tickets.models import messages


@pytest.fixture(autouse=True)
def time_to_undo(talk: Talk) -> None:
    set_outgoing(talk.house, 1, undo_seconds=600)


def id_of(body: bytes) -> str:
    return str(json.loads(body)["event_id"])


def told(talk: Talk, kind: str) -> list[dict[str, Any]]:
    return [row.data for row in talk.house.rows(domain_events) if row.type == kind]


def wait_for_taken(talk: Talk, count: int) -> None:
    wait_for(lambda: len(talk.house.rows(taken_events)) == count, SECONDS, f"the ends of {count} events")


def undone(talk: Talk) -> list[str]:
    """Return the texts of the messages that were taken back."""
    return [row.text for row in talk.house.rows(messages) if row.undone_at is not None]


def test_an_undo_follows_its_message_through_the_queue(talk: Talk) -> None:
    said = event(talk.number, "ой", also=True)
    takes = undo(talk.number, id_of(said))
    with consuming(talk.house.runtime):
        talk.publish(said, takes, said, takes, event(talk.number, "Едем."))
        wait_for_taken(talk, 3)
    assert undone(talk) == ["ой", "ой"]
    assert talk.said() == ["ой", "ой", "Едем."]
    cancelled, leaves = talk.house.owed()[-2:]
    assert (cancelled.state, leaves.state) == (Outbound.CANCELLED, Outbound.QUEUED)
    assert "ой" not in json.dumps(leaves.letter, ensure_ascii=False)
    about = {"ticket": talk.number, "author": "Ольга", "event_id": id_of(takes)}
    both = [(row.id, row.chat) for row in talk.house.rows(messages) if row.text == "ой"]
    assert told(talk, "message.undone") == [about | {"message_id": one, "chat": chat} for one, chat in both]
    assert told(talk, "message.kept") == []
    assert put_aside(talk.house.runtime) == []


def counted() -> list[float]:
    """Return how many messages and undos were done, and how many events put aside of which no type is known."""
    results = {"chat.message": "done", "chat.undo": "done", consumer.UNREAD: "quarantined"}
    labels = [{"event": name, "result": result} for name, result in results.items()]
    return [REGISTRY.get_sample_value("postroom_events_total", one) or 0 for one in labels]


def test_each_counts_as_what_it_is(talk: Talk) -> None:
    before = counted()
    said = event(talk.number, "ой")
    with consuming(talk.house.runtime):
        talk.publish(said, undo(talk.number, id_of(said)), event(talk.number, "Едем."), b"no event")
        wanted = [was + more for was, more in zip(before, (2, 1, 1), strict=True)]
        wait_for(lambda: counted() == wanted, SECONDS, "the counts")


def test_messages_and_their_undos_keep_their_order_with_several_threads(talk: Talk) -> None:
    numbers = [talk.number, *(ticket(talk.house) for _ in range(4))]
    bodies = []
    for place in range(12):
        for number in numbers:
            said = event(number, str(place))
            bodies += [said, undo(number, id_of(said))]
    with consuming(talk.house.runtime), consuming(talk.house.runtime):
        talk.publish(*bodies)
        wait_for_taken(talk, len(bodies))
    assert len(undone(talk)) == 60
    assert put_aside(talk.house.runtime) == []


def test_what_was_taken_back_before_is_no_fault(talk: Talk) -> None:
    said = event(talk.number, "ой")
    with consuming(talk.house.runtime):
        talk.publish(said)
        talk.wait_for_texts("ой")
        undoing.take_back(talk.house.runtime, talk.house.rows(messages)[-1].id)
        talk.publish(undo(talk.number, id_of(said)))
        wait_for_taken(talk, 2)
    assert [one["event_id"] for one in told(talk, "message.undone")] == [None]
    assert told(talk, "message.kept") == []


def test_on_a_ticket_that_was_merged_meanwhile_it_is_still_taken_back(talk: Talk) -> None:
    said = event(talk.number, "ой")
    with consuming(talk.house.runtime):
        talk.publish(said)
        talk.wait_for_texts("ой")
        lifecycle.merge(talk.house.runtime, talk.number, ticket(talk.house))
        talk.publish(undo(talk.number, id_of(said)))
        wait_for_taken(talk, 2)
    assert undone(talk) == ["ой"]


def over(talk: Talk) -> None:
    talk.house.change(outbound, outbound.c.kind == "chat_message", not_before=clock.after(-1))


def sending(talk: Talk) -> None:
    talk.house.change(outbound, outbound.c.kind == "chat_message", state=Outbound.SENDING)


def quoted(talk: Talk) -> None:
    """Let a later mail that quotes the message be leaving."""
    set_outgoing(talk.house, 1)
    talk.publish(event(talk.number, "Едем."))
    wait_for_taken(talk, 2)
    talk.house.change(outbound, outbound.c.id == talk.house.owed()[-1].id, state=Outbound.SENDING)


def nothing(_talk: Talk) -> None:
    """Change nothing."""


@pytest.mark.parametrize(
    ("chat", "seconds", "meanwhile", "reason"),
    [
        ("customer", 600, over, "too_late"),
        ("customer", 600, sending, "too_late"),
        ("customer", 600, quoted, "too_late"),
        ("customer", 0, nothing, "no_undo"),
        ("team", 600, nothing, "no_mail"),
    ],
)
def test_what_cannot_be_taken_back_stays_and_is_told(
    talk: Talk, chat: str, seconds: int, meanwhile: Callable[[Talk], None], reason: str
) -> None:
    set_outgoing(talk.house, 1, undo_seconds=seconds)
    said = event(talk.number, "ой", chat=chat)
    takes = undo(talk.number, id_of(said))
    with consuming(talk.house.runtime):
        talk.publish(said)
        talk.wait_for_texts("ой")
        meanwhile(talk)
        before = talk.house.owed()
        count = len(talk.house.rows(taken_events))
        talk.publish(takes, takes)
        wait_for_taken(talk, count + 1)
    (message,) = talk.house.rows(messages, messages.c.text == "ой")
    kept = {"ticket": talk.number, "message_id": message.id, "chat": chat}
    assert told(talk, "message.kept") == [kept | {"reason": reason, "event_id": id_of(takes)}]
    assert told(talk, "message.undone") == []
    assert (talk.house.owed(), undone(talk)) == (before, [])
    assert put_aside(talk.house.runtime) == []


def test_who_may_not_or_names_another_changes_nothing(talk: Talk) -> None:
    other = ticket(talk.house)
    said = event(talk.number, "ой")
    takes = undo(talk.number, id_of(said))
    wrong = {
        undo(talk.number, str(uuid4())): (QuarantineReason.UNKNOWN_MESSAGE, "became a message"),
        undo(talk.number, id_of(takes)): (QuarantineReason.UNKNOWN_MESSAGE, "became a message"),
        undo(other, id_of(said)): (QuarantineReason.UNKNOWN_MESSAGE, "another ticket"),
        undo("O9999999", id_of(said)): (QuarantineReason.UNKNOWN_TICKET, "no ticket of that number"),
        undo(talk.number, id_of(said), text="x"): (QuarantineReason.UNREADABLE, "(text: Extra inputs"),
        undo(talk.number, "7"): (QuarantineReason.UNREADABLE, "(message_event_id: "),
    }
    with consuming(talk.house.runtime):
        talk.publish(said)
        talk.wait_for_texts("ой")
        talk.publish(*wrong)
        publish(talk.amqp_url, [takes], None)
        aside = {one.body: one for one in talk.aside(len(wrong) + 1)}
        assert aside[takes].reason == QuarantineReason.UNAUTHORISED
        for body, (reason, sentence) in wrong.items():
            assert (aside[body].reason, sentence in aside[body].sentence) == (reason, True), aside[body].sentence
        assert undone(talk) == []
        talk.publish(takes)  # what was put aside was not taken
        wait_for(lambda: undone(talk) == ["ой"], SECONDS, "the undo")


def test_it_needs_the_permission_to_add_messages(talk: Talk) -> None:
    said = event(talk.number, "ой")
    with consuming(talk.house.runtime):
        talk.publish(said)
        talk.wait_for_texts("ой")
        with talk.house.runtime.database.transaction() as connection:
            connection.execute(insert(tables.service_users).values(kind="api", enabled=True, all_districts=True))
        talk.publish(undo(talk.number, id_of(said)))
        (aside,) = talk.aside()
    assert (aside.reason, "add_messages" in aside.sentence) == (QuarantineReason.NO_PERMISSION, True)
    assert undone(talk) == []
