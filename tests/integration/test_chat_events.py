"""Chat events over a real RabbitMQ: each becomes a message once and in its order."""

from __future__ import annotations

import base64
from uuid import uuid4

from sqlalchemy import text

from backbone.contracts import Letter
from backbone.ledger.tables import domain_events
from tests.support.chat_events import consuming, depth, event, put_aside
from tests.support.talks import SECONDS, Talk, ticket
from tests.support.waiting import wait_for
from tickets.models import attachments, messages
from tickets.models import chat_events as taken_events


def test_a_message_to_the_customer_leaves_as_mail_with_its_files(talk: Talk) -> None:
    content = bytes(range(256))
    file = {"filename": "акт.pdf", "content_type": "application/pdf", "content": base64.b64encode(content).decode()}
    with consuming(talk.house.runtime):
        talk.publish(event(talk.number, "Акт приложен.", attachments=[file]))
        talk.wait_for_texts("Акт приложен.")
        wait_for(lambda: depth(talk.amqp_url) == 0, SECONDS, "the acknowledgement")
    row = talk.house.owed()[-1]
    written = Letter.model_validate(row.letter)
    assert (row.kind, row.state, written.entries[0].author) == ("chat_message", "queued", "Анна")
    (kept,) = talk.house.rows(attachments)
    assert (kept.filename, kept.size, talk.house.runtime.blobs.get(kept.sha256)) == ("акт.pdf", 256, content)
    assert [one.sha256 for one in written.attachments] == [kept.sha256]
    (noted,) = talk.house.rows(taken_events)
    assert noted.chat_message_id == row.chat_message_id


def test_the_team_chat_stays_in_the_house_unless_also_says_otherwise(talk: Talk) -> None:
    before = len(talk.house.owed())
    with consuming(talk.house.runtime):
        talk.publish(event(talk.number, "между нами", chat="team"))
        talk.wait_for_texts("между нами")
        assert len(talk.house.owed()) == before
        talk.publish(event(talk.number, "и клиенту", chat="team", also=True))
        talk.wait_for_texts("между нами", "и клиенту", "и клиенту")
        talk.publish(event(talk.number, "и своим", chat="customer", also=True))
        talk.wait_for_texts("между нами", *["и клиенту"] * 2, *["и своим"] * 2)
    chats_of = sorted(row.chat for row in talk.house.rows(messages) if row.text == "и клиенту")
    assert chats_of == ["customer", "team"]
    assert len(talk.house.owed()) == before + 2
    assert "между нами" not in str([row.letter for row in talk.house.owed()])


def test_a_repeat_is_harmless(talk: Talk) -> None:
    one = event(talk.number, "раз")
    with consuming(talk.house.runtime):
        talk.publish(one, one, one)
        talk.publish(event(talk.number, "два"), one)
        talk.wait_for_texts("раз", "два")
        wait_for(lambda: depth(talk.amqp_url) == 0, SECONDS, "all acknowledgements")
    assert talk.said() == ["раз", "два"]
    assert put_aside(talk.house.runtime) == []


def test_messages_of_a_ticket_keep_their_order_with_several_threads_and_processes(talk: Talk) -> None:
    numbers = [talk.number, *(ticket(talk.house) for _ in range(4))]
    bodies = [event(number, str(place)) for place in range(30) for number in numbers]
    with consuming(talk.house.runtime), consuming(talk.house.runtime):
        talk.publish(*bodies)
        wait_for(lambda: len(talk.house.rows(taken_events)) == len(bodies), SECONDS, "all messages")
    assert [talk.said(number) for number in numbers] == [[str(place) for place in range(30)]] * 5


def test_who_takes_over_from_a_consumer_keeps_the_order(talk: Talk) -> None:
    with consuming(talk.house.runtime) as second:
        with consuming(talk.house.runtime):
            talk.publish(*(event(talk.number, str(place)) for place in range(60)))
            wait_for(lambda: len(talk.said()) > 5, SECONDS, "the first messages")
        assert second.is_alive()
        wait_for(lambda: len(talk.said()) == 60, SECONDS, "all messages")
    assert talk.said() == [str(place) for place in range(60)]


def test_events_that_wait_for_a_ticket_in_use_are_not_lost(talk: Talk) -> None:
    with consuming(talk.house.runtime):
        with talk.house.runtime.database.transaction() as connection:
            connection.execute(text("SELECT 1 FROM tickets FOR UPDATE"))
            talk.publish(event(talk.number, "раз"))
            wait_for(lambda: depth(talk.amqp_url) == 0, SECONDS, "the event in hand")
        talk.wait_for_texts("раз")


def test_a_chat_system_knows_its_own_words_again(talk: Talk) -> None:
    mine = str(uuid4())
    with consuming(talk.house.runtime):
        talk.publish(event(talk.number, "Едем.", event_id=mine, also=True))
        talk.wait_for_texts("Едем.", "Едем.")
    told = [row.data for row in talk.house.rows(domain_events) if row.type == "message.added"]
    assert [one["event_id"] for one in told] == [None, mine, mine]
