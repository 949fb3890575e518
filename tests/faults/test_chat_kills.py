"""The consumer of chat events killed again and again: every message leaves as one mail, and in its order."""

import random
import re
from collections import Counter
from collections.abc import Iterable
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from backbone.exchange.topology import CHAT, QUARANTINE
from tests.support import chat_events
from tests.support.clients import parsed, plain_text
from tests.support.house import House, letter
from tests.support.mailboxes import Mailbox
from tests.support.pipeline import CUSTOMER_DOMAINS, Pipeline
from tests.support.runtimes import runtime
from tests.support.smtp import SmtpServer
from tests.support.waiting import wait_for
from tickets.models import chat_events as taken
from tickets.models import messages, tickets

TICKETS = 100
MESSAGES = 1_000
KILLS = 10
LATE = 50
"""So many messages come after the last kill."""


def test_a_thousand_messages_are_a_thousand_mails_though_the_consumer_is_killed_ten_times(
    running: Pipeline, mailbox: Mailbox, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    running.environment = {**running.environment, "POSTROOM_SENDING_LEASE": "60"}  # no sender is killed
    numbers = open_tickets(running, mailbox, tmp_path)
    amqp_url = running.environment["POSTROOM_AMQP_URL"]
    bodies = [chat_events.event(numbers[place % TICKETS], f"сообщение {place}") for place in range(MESSAGES)]
    token = chat_events.token(running.database)
    chat_events.publish(amqp_url, bodies[:-LATE], token)
    running.start("replies", "worker", "replies", "--threads", "4")
    running.start("scheduler", "scheduler")
    chance = random.Random(5)  # noqa: S311 - moments, no secrets
    moments = sorted(chance.sample(range(MESSAGES // 50, MESSAGES - LATE), KILLS))

    consumers = [start_consumer(running) for _ in range(2)]  # the second stands by
    for moment in moments:
        wait_for(partial(has_reached, running, moment), 60, f"message {moment}")
        running.kill(consumers.pop(0))
        consumers.append(start_consumer(running))
    chat_events.publish(amqp_url, bodies[-LATE:], token)
    wait_for(lambda: count(running) == MESSAGES, 60, "all messages")
    smtp_server.wait_for_mails(MESSAGES + TICKETS, 120)  # also the notice of each ticket
    running.wait_until_settled(TICKETS, 60)

    mails = [parsed(mail.content) for mail in smtp_server.mails()]
    newest = Counter(text for mail in mails for text in newly_said(mail))
    assert newest == Counter(f"сообщение {place}" for place in range(MESSAGES))
    assert len({mail["Message-ID"] for mail in mails}) == len(mails) == MESSAGES + TICKETS
    said = running.rows(
        select(messages.c.ticket_id, messages.c.text).where(messages.c.author == "Анна").order_by(messages.c.id)
    )
    for ticket_id, places in by_ticket(said).items():
        assert places == sorted(places), f"ticket {ticket_id}"
    assert [chat_events.depth(amqp_url, queue) for queue in (CHAT, QUARANTINE)] == [0, 0]


def open_tickets(running: Pipeline, mailbox: Mailbox, tmp_path: Path) -> list[str]:
    """Open the tickets as the stages do, without their processes; return the numbers."""
    with runtime(
        tmp_path,
        running.environment["POSTROOM_DATABASE_URL"],
        secret_key=running.environment["POSTROOM_SECRET_KEY"],
        blob_url=running.environment["POSTROOM_BLOB_URL"],
    ) as opened:
        senders = (f"client{one}@{CUSTOMER_DOMAINS[one % len(CUSTOMER_DOMAINS)]}" for one in range(TICKETS))
        House(opened).take(*(letter(From=sender, To=mailbox.address) for sender in senders))
    return [row.number for row in running.rows(select(tickets.c.number).order_by(tickets.c.id))]


def start_consumer(running: Pipeline) -> str:
    """Start one more process that takes chat events; return its name."""
    name = f"chat {len(list(running.folder.glob('chat *.log')))}"
    running.start(name, "worker", "chat", "--threads", "2")
    return name


def count(running: Pipeline) -> int:
    """Return how many events have become messages."""
    return int(running.rows(select(func.count()).select_from(taken))[0][0])


def has_reached(running: Pipeline, moment: int) -> bool:
    """Whether so many events have become messages."""
    return count(running) >= moment


def newly_said(mail: EmailMessage) -> list[str]:
    """Return what a mail says above the history that it quotes."""
    return re.findall(r"сообщение \d+", plain_text(mail).partition("-" * 40)[0])


def by_ticket(said: Iterable[Any]) -> dict[int, list[int]]:
    """Return the places of the messages of each ticket, in the order in which they stand there."""
    found: dict[int, list[int]] = {}
    for ticket_id, text in said:
        found.setdefault(ticket_id, []).append(int(text.rpartition(" ")[2]))
    return found
