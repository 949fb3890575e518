"""Chat messages through a real SMTP server: who gets them, with what files, and who wins when one is taken back."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from backbone import clock
from backbone.contracts import Attachment
from backbone.errors import UserError
from backbone.ledger import outbound as ledger
from backbone.ledger.states import Outbound
from backbone.ledger.tables import outbound
from replies import service
from tests.support.databases import Databases
from tests.support.house import House, house, letter
from tests.support.sending import set_outgoing
from tests.support.smtp import SmtpServer
from tickets import chat, participants, undo
from tickets.models import messages, tickets

RACES = 12


@pytest.fixture(params=["sqlite", "postgresql"])
def office(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_databases: Databases, smtp_server: SmtpServer
) -> Iterator[House]:
    url = f"sqlite:///{tmp_path}/postroom.db" if request.param == "sqlite" else postgres_databases.create()
    with house(tmp_path, threads=8, database_url=url, public_url="https://tickets.example") as made:
        made.add_mailbox(host=smtp_server.host, port=smtp_server.plain_port)
        made.take(letter())
        made.change(outbound, state=Outbound.SENT, due_at=None)
        yield made


@pytest.fixture
def number(office: House) -> str:
    return str(office.rows(tickets)[0].number)


def test_participants_get_the_mail_and_large_files_are_links(
    office: House, number: str, smtp_server: SmtpServer
) -> None:
    set_outgoing(office, 1, attachments_mb=1, reply_to_token=True, body_marker=True)
    participants.add(office.runtime, number, "boss@customer.example", "Пётр Иванов")
    contents = (b"%PDF small", bytes(1_200_000))
    files = [
        Attachment(
            filename=name, content_type="application/pdf", size=len(content), sha256=office.runtime.blobs.put(content)
        )
        for name, content in zip(("акт.pdf", "видео.mp4"), contents, strict=True)
    ]
    chat.post(office.runtime, number, "между нами", "Анна", chat="team")
    posted = chat.post(office.runtime, number, "Мастер приедет.", "Анна", files, chat="team", also=True)
    assert posted.outbound_id
    service.send(office.runtime, [posted.outbound_id])
    (taken,) = smtp_server.mails()
    assert taken.recipients == ["ivan@customer.example", "boss@customer.example"]
    mail = message_from_bytes(taken.content, policy=SMTP)
    assert isinstance(mail, EmailMessage)
    assert mail["Cc"] == "Пётр Иванов <boss@customer.example>"
    token = str(mail["Message-ID"]).strip("<>").partition("@")[0]
    assert mail["Reply-To"].addresses[0].addr_spec == f"help+{token}@postroom.test"
    assert [one.get_content() for one in mail.iter_attachments()] == [contents[0]]
    body = mail.get_body(("plain",))
    assert body
    text = str(body.get_content())
    assert "https://tickets.example/f/" in text
    assert "видео.mp4" in text
    assert token in text
    assert "между нами" not in text
    assert office.owed()[-1].state == Outbound.SENT


def test_a_message_waits_until_it_can_no_longer_be_taken_back(
    office: House, number: str, smtp_server: SmtpServer
) -> None:
    set_outgoing(office, 1, undo_seconds=600)
    posted = chat.post(office.runtime, number, "Мастер приедет.", "Анна")
    assert posted.outbound_id
    service.send(office.runtime, [posted.outbound_id])
    assert smtp_server.mails() == []
    office.change(outbound, outbound.c.id == posted.outbound_id, not_before=clock.after(-1), due_at=clock.after(-1))
    service.send(office.runtime, [posted.outbound_id])
    assert len(smtp_server.mails()) == 1
    with pytest.raises(UserError, match="on its way already"):
        undo.take_back(office.runtime, posted.chat_message_id)


def test_either_the_sender_or_who_takes_back_wins(office: House, number: str, smtp_server: SmtpServer) -> None:
    set_outgoing(office, 1, undo_seconds=600)
    posted = [chat.post(office.runtime, number, f"сообщение {index}", "Анна") for index in range(RACES)]
    gate = threading.Barrier(2)

    def send(one: chat.Posted) -> bool:
        gate.wait()
        with office.runtime.database.transaction() as connection:
            # The window ends and the mail is claimed in one step, as if the clock had just moved on.
            connection.execute(outbound.update().where(outbound.c.id == one.outbound_id).values(not_before=None))
            return ledger.claim(connection, int(one.outbound_id or 0), clock.after(60)) is not None

    def take_back(one: chat.Posted) -> bool:
        gate.wait()
        try:
            return bool(undo.take_back(office.runtime, one.chat_message_id))
        except UserError:
            return False

    with ThreadPoolExecutor(2) as pool:
        for one in reversed(posted):
            sent, taken = pool.submit(send, one), pool.submit(take_back, one)
            assert [sent.result(), taken.result()].count(True) == 1
            (row,) = office.rows(outbound, outbound.c.id == one.outbound_id)
            (message,) = office.rows(messages, messages.c.id == one.chat_message_id)
            assert (row.state == Outbound.CANCELLED) == taken.result() == (message.undone_at is not None)
    assert smtp_server.mails() == []
