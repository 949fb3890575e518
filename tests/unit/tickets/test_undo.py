"""Messages that are taken back while their mails wait, and what stays then."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from backbone import clock
from backbone.contracts import Attachment, Letter
from backbone.errors import UserError
from backbone.ledger import outbound as ledger
from backbone.ledger.states import Outbound
from backbone.ledger.tables import outbound
from tests.support.house import House, house, letter
from tests.support.sending import set_outgoing
from tickets import chat, files, history, undo
from tickets.models import messages, tickets

LARGE = Attachment(filename="видео.mp4", content_type="video/mp4", size=40_000_000, sha256="b" * 64)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path, public_url="https://tickets.example") as made:
        made.add_mailbox()
        set_outgoing(made, 1, undo_seconds=600)
        made.take(letter())
        yield made


@pytest.fixture
def number(office: House) -> str:
    return str(office.rows(tickets)[0].number)


def letter_of(office: House, posted: chat.Posted) -> Letter:
    (row,) = office.rows(outbound, outbound.c.id == posted.outbound_id)
    return Letter.model_validate(row.letter)


def test_a_message_is_taken_back_from_both_chats(office: House, number: str) -> None:
    posted = chat.post(office.runtime, number, "ой", "Анна", chat="team", also=True)
    taken = undo.take_back(office.runtime, posted.chat_message_id)
    assert taken == [posted.chat_message_id, posted.other_message_id]
    assert [row.twin_id for row in office.rows(messages)] == [None, *reversed(taken)]
    assert [row.undone_at is not None for row in office.rows(messages)] == [False, True, True]
    row = office.owed()[-1]
    assert (row.state, row.due_at) == (Outbound.CANCELLED, None)
    with office.runtime.database.reading() as connection:
        said = history.conversation(connection, row.ticket_id, 10)
    assert [one.text for one in said] == ["Добрый день!"]
    with pytest.raises(UserError, match="taken back already"):
        undo.take_back(office.runtime, posted.chat_message_id)


def test_what_the_same_person_said_at_the_same_moment_stays(office: House, number: str) -> None:
    said = [chat.post(office.runtime, number, text, "Анна") for text in ("ой", "Мастер приедет.", "До завтра!")]
    office.change(messages, messages.c.author_kind == "staff", created_at=clock.now())
    quoted = [one.text for one in letter_of(office, said[2]).entries]
    assert quoted == ["До завтра!", "Мастер приедет.", "ой", "Добрый день!"]
    assert undo.take_back(office.runtime, said[0].chat_message_id) == [said[0].chat_message_id]
    assert [one.text for one in letter_of(office, said[2]).entries] == ["До завтра!", "Мастер приедет.", "Добрый день!"]


def test_later_mails_neither_quote_nor_answer_it(office: House, number: str) -> None:
    first = chat.post(office.runtime, number, "ой", "Анна")
    later = chat.post(office.runtime, number, "Мастер приедет.", "Анна")
    lost = next(row.message_id for row in office.owed() if row.id == first.outbound_id)
    assert "ой" in [one.text for one in letter_of(office, later).entries]
    undo.take_back(office.runtime, first.chat_message_id)
    last = chat.post(office.runtime, number, "До завтра!", "Анна")
    for posted in (later, last):
        written = letter_of(office, posted)
        assert "ой" not in [one.text for one in written.entries]
        assert lost not in (*written.references, written.in_reply_to)
        assert written.entries[-1].text == "Добрый день!"


def test_letters_written_before_entries_had_ids_quote_it_no_more_either(office: House, number: str) -> None:
    first = chat.post(office.runtime, number, "ой", "Анна")
    later = chat.post(office.runtime, number, "Мастер приедет.", "Анна")
    written = letter_of(office, later).model_dump(mode="json")
    for entry in written["entries"]:
        del entry["chat_message_id"]
    office.change(outbound, outbound.c.id == later.outbound_id, letter=written)
    undo.take_back(office.runtime, first.chat_message_id)
    assert [one.text for one in letter_of(office, later).entries] == ["Мастер приедет.", "Добрый день!"]


def test_what_a_sent_mail_quotes_cannot_be_taken_back(office: House, number: str) -> None:
    first = chat.post(office.runtime, number, "ой", "Анна")
    set_outgoing(office, 1, undo_seconds=0)
    later = chat.post(office.runtime, number, "Мастер приедет.", "Анна")
    assert later.outbound_id
    with office.runtime.database.transaction() as connection:
        assert ledger.claim(connection, later.outbound_id, clock.after(60))
    with pytest.raises(UserError, match="later mail of the ticket quotes"):
        undo.take_back(office.runtime, first.chat_message_id)
    assert [row.undone_at for row in office.rows(messages)] == [None] * 3
    assert {row.state for row in office.owed()} == {Outbound.QUEUED, Outbound.SENDING}


def test_afterwards_it_is_too_late(office: House, number: str) -> None:
    posted = chat.post(office.runtime, number, "ой", "Анна")
    office.change(outbound, outbound.c.id == posted.outbound_id, not_before=clock.now() - timedelta(seconds=1))
    with pytest.raises(UserError, match="was over at"):
        undo.take_back(office.runtime, posted.chat_message_id)
    with office.runtime.database.transaction() as connection:
        assert ledger.claim(connection, int(posted.outbound_id or 0), clock.after(60))
    with pytest.raises(UserError, match="on its way already"):
        undo.take_back(office.runtime, posted.chat_message_id)
    assert [row.undone_at for row in office.rows(messages)] == [None, None]


@pytest.mark.parametrize("end", [Outbound.DEFERRED, Outbound.HELD])
def test_a_mail_that_was_tried_is_on_its_way(office: House, number: str, end: Outbound) -> None:
    posted = chat.post(office.runtime, number, "ой", "Анна")
    mail_id = int(posted.outbound_id or 0)
    office.change(outbound, outbound.c.id == mail_id, not_before=None)
    with office.runtime.database.transaction() as connection:
        claimed = ledger.claim(connection, mail_id, clock.after(60))
        assert claimed
        ledger.settle(connection, claimed, end, due_at=clock.after(600))
        ledger.reopen(connection, [mail_id], clock.now())
    with pytest.raises(UserError, match="on its way already"):
        undo.take_back(office.runtime, posted.chat_message_id)


def test_what_cannot_be_taken_back(office: House, number: str) -> None:
    team = chat.post(office.runtime, number, "между нами", "Анна", chat="team")
    set_outgoing(office, 1)
    sent = chat.post(office.runtime, number, "Мастер приедет.", "Анна")
    for message_id, why in (
        (99, "no chat message 99"),
        (1, "not written by staff"),
        (team.chat_message_id, "left as no mail"),
        (sent.chat_message_id, "undo_seconds"),
    ):
        with pytest.raises(UserError, match=why):
            undo.take_back(office.runtime, message_id)


def test_the_newest_is_found(office: House, number: str) -> None:
    with pytest.raises(UserError, match="no message to the customer"):
        undo.newest(office.runtime, number)
    first = chat.post(office.runtime, number, "раз", "Анна")
    second = chat.post(office.runtime, number, "два", "Анна")
    chat.post(office.runtime, number, "между нами", "Анна", chat="team")
    assert undo.newest(office.runtime, number) == second.chat_message_id
    undo.take_back(office.runtime, second.chat_message_id)
    assert undo.newest(office.runtime, number) == first.chat_message_id


def test_a_link_of_what_was_taken_back_opens_nothing(office: House, number: str) -> None:
    posted = chat.post(office.runtime, number, "", "Анна", [LARGE])
    token = letter_of(office, posted).links[0].url.rpartition("/")[2]
    undo.take_back(office.runtime, posted.chat_message_id)
    with office.runtime.database.reading() as connection:
        assert files.linked(connection, office.runtime.vault.signing_keys, token, clock.now()) is None
