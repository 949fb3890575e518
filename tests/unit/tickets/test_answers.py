"""The mail that a chat message leaves as: in both chats, to participants, in which language, with which files."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from backbone import clock, links, tokens
from backbone.addresses import normalise
from backbone.catalogue.tables import mailboxes, people, version
from backbone.contracts import Address, Attachment, Letter, LetterKind
from backbone.errors import UserError
from tests.support.house import HELP, House, house, letter
from tests.support.letters import LOGO
from tests.support.sending import set_outgoing
from tickets import chat, files, participants
from tickets.files import Expired
from tickets.letters import returns_to
from tickets.models import attachments, messages, tickets
from tickets.models import participants as rows_of_participants

PUBLIC = "https://tickets.example"
SMALL = Attachment(filename="акт.pdf", content_type="application/pdf", size=600_000, sha256="a" * 64)
LARGE = Attachment(filename="видео.mp4", content_type="video/mp4", size=40_000_000, sha256="b" * 64)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path, public_url=PUBLIC) as made:
        made.add_mailbox()
        yield made


@pytest.fixture
def number(office: House) -> str:
    office.take(letter())
    return str(office.rows(tickets)[0].number)


def post(office: House, number: str, **about: Any) -> Letter | None:
    posted = chat.post(office.runtime, number, "Мастер приедет.", "Анна", **about)
    return Letter.model_validate(office.owed()[-1].letter) if posted.outbound_id else None


def test_also_writes_into_both_chats_and_sends_one_mail(office: House, number: str) -> None:
    posted = chat.post(office.runtime, number, "всем", "Анна", [SMALL], chat="team", also=True)
    rows = office.rows(messages)[1:]
    assert [(row.id, row.chat, row.text) for row in rows] == [
        (posted.chat_message_id, "team", "всем"),
        (posted.other_message_id, "customer", "всем"),
    ]
    assert [(row.kind, row.chat_message_id) for row in office.owed()[1:]] == [("chat_message", posted.other_message_id)]
    assert [row.chat_message_id for row in office.rows(attachments)] == [row.id for row in rows]
    posted = chat.post(office.runtime, number, "и мне", "Анна", also=True)
    assert office.owed()[-1].chat_message_id == posted.chat_message_id
    assert [row.chat for row in office.rows(messages)[3:]] == ["customer", "team"]


def test_also_without_a_way_out_keeps_both_messages(office: House, number: str) -> None:
    office.change(mailboxes, smtp_host=None)
    office.change(version, number=99)
    posted = chat.post(office.runtime, number, "всем", "Анна", chat="team", also=True)
    assert (posted.outbound_id, "no SMTP server" in posted.why) == (None, True)
    assert len(office.rows(messages)) == 3


def test_confirmed_participants_get_copies(office: House, number: str) -> None:
    participants.add(office.runtime, number, "boss@customer.example", "Пётр")
    participants.add(office.runtime, number, "Иван@почта.рф")
    with office.runtime.database.transaction() as connection:
        ticket_id = office.rows(tickets)[0].id
        unconfirmed = {"address": "new@elsewhere.example", "confirmed": False}
        ours = {"address": "help+x@postroom.test", "confirmed": True}
        to = {"address": "ivan@customer.example", "confirmed": True}
        rows = [one | {"ticket_id": ticket_id, "added_at": clock.now()} for one in (unconfirmed, ours, to)]
        connection.execute(insert(rows_of_participants), rows)
    written = post(office, number)
    assert written
    assert [(one.name, one.address) for one in written.cc] == [
        ("Пётр", "boss@customer.example"),
        ("", "иван@xn--80a1acny.xn--p1ai"),
    ]
    assert office.owed()[-1].recipient == "ivan@customer.example"


@pytest.mark.parametrize(
    ("registered", "reply_to", "language"),
    [
        (None, "", None),
        ("ivan@customer.example", "", "en"),
        ("boss@customer.example", "boss@customer.example", "en"),
        ("ivan@customer.example", "boss@customer.example", "en"),
        ("other@customer.example", "", None),
    ],
)
def test_the_language_is_the_reader_s(
    office: House, registered: str | None, reply_to: str, language: str | None
) -> None:
    if registered:
        with office.runtime.database.transaction() as connection:
            connection.execute(insert(people).values(address=registered, name="Ivan", language="en"))
        office.change(version, number=99)
    office.take(letter(Reply_To=reply_to))
    written = post(office, str(office.rows(tickets)[0].number))
    assert written
    assert written.language == language


def test_tokens_stand_where_the_mailbox_wants_them(office: House, number: str) -> None:
    plain = post(office, number)
    assert plain
    assert (plain.reply_to, plain.marker, plain.returns_to) == (None, None, None)
    set_outgoing(office, 1, reply_to_token=True, body_marker=True)
    written = post(office, number)
    assert written
    assert written.reply_to
    assert written.marker
    assert written.reply_to == f"help+{written.marker}@postroom.test"
    token = tokens.find(written.reply_to)
    assert token
    assert token == tokens.find(office.owed()[-1].message_id)
    keys = office.runtime.vault.signing_keys
    assert tokens.verify(keys, token, mailbox_id=1, recipients=["ivan@customer.example"])
    assert written.returns_to
    back = tokens.find_return(written.returns_to.removeprefix("help+").removesuffix("@postroom.test"))
    assert back
    assert tokens.verify_return(keys, back, mailbox_id=1, message_id=office.owed()[-1].message_id)


@pytest.mark.parametrize(
    ("length", "domain", "has"),
    [
        (13, "postroom.test", (True, True)),
        (21, "postroom.test", (False, True)),
        (36, "postroom.test", (False, True)),
        (37, "postroom.test", (False, False)),
        (13, f"{'почта.' * 12}рф", (True, True)),
        (13, f"{'почта.' * 17}рф", (False, False)),
    ],
)
def test_a_long_mailbox_has_no_room_for_a_token_in_its_address(
    office: House, length: int, domain: str, has: tuple[bool, bool]
) -> None:
    box = office.add_mailbox(f"{'s' * length}@{domain}")
    set_outgoing(office, box, reply_to_token=True)
    office.take(letter(), mailbox_id=box)
    written = post(office, str(office.rows(tickets)[0].number))
    assert written
    assert (written.reply_to is not None, written.returns_to is not None) == has
    for address in filter(None, (written.reply_to, written.returns_to)):
        local, _, host = normalise(address).rpartition("@")
        assert len(local) <= 64
        assert len(f"{local}@{host}") <= 254


@pytest.mark.parametrize("kind", ["not_accepted", "too_big", "registration"])
def test_where_nobody_reads_reports_no_address_is_made_for_them(office: House, kind: LetterKind) -> None:
    set_outgoing(office, 1, reply_to_token=True)
    with office.runtime.database.reading() as connection:
        box = office.runtime.catalogue.current(connection).mailboxes[1]
    made = Letter(kind=kind, number="", subject="", to=Address(address="ivan@customer.example"))
    assert returns_to(made, (b"k" * 32,), box, 1, "<a@x>") is None
    assert returns_to(made.model_copy(update={"kind": "ticket_created"}), (b"k" * 32,), box, 1, "<a@x>")


def test_what_does_not_fit_leaves_as_a_link(office: House, number: str) -> None:
    set_outgoing(office, 1, attachments_mb=1, link_days=3)
    before = clock.now()
    written = post(office, number, files=[SMALL, LARGE, SMALL])
    assert written
    assert written.attachments == (SMALL,), "the files count together"
    video, act = written.links
    assert (video.filename, video.size, act.filename) == ("видео.mp4", 40_000_000, "акт.pdf")
    assert video.until
    assert 3 * 86_400 <= (video.until - before).total_seconds() < 3 * 86_400 + 60
    token = video.url.removeprefix(f"{PUBLIC}/f/")
    keys = office.runtime.vault.signing_keys
    with office.runtime.database.reading() as connection:
        found = files.linked(connection, keys, token, clock.now())
        assert found
        assert not isinstance(found, Expired)
        assert (found.filename, found.sha256) == (LARGE.filename, LARGE.sha256)
        assert isinstance(files.linked(connection, keys, token, video.until), Expired)
        assert files.linked(connection, keys, token[:-1] + ("A" if token[-1] != "A" else "B"), clock.now()) is None
        other = links.make(keys, "registration", {"attachment": found.id}, video.until)
        assert files.linked(connection, keys, other, clock.now()) is None


def test_without_a_public_address_a_large_file_is_refused_and_nothing_written(tmp_path: Path) -> None:
    with house(tmp_path) as office:
        office.add_mailbox()
        office.take(letter())
        number = str(office.rows(tickets)[0].number)
        with pytest.raises(UserError, match=r"видео\.mp4 \(40\.0 MB\).*15 MB.*POSTROOM_PUBLIC_URL"):
            post(office, number, files=[LARGE])
        assert (len(office.rows(messages)), len(office.owed())) == (1, 1)
        assert chat.post(office.runtime, number, "", "Анна", [LARGE], chat="team").chat_message_id


def test_a_message_that_may_be_taken_back_waits_for_that(office: House, number: str) -> None:
    set_outgoing(office, 1, undo_seconds=30)
    before = clock.now()
    posted = chat.post(office.runtime, number, "Мастер приедет.", "Анна")
    row = office.owed()[-1]
    assert posted.not_before == row.not_before == row.due_at
    assert 29 <= (row.not_before - before).total_seconds() <= 31
    assert row.domain == "customer.example"


def test_our_own_logo_is_no_file_of_the_customer_s(office: House) -> None:
    logo = {"sha256": office.runtime.blobs.put(LOGO)}
    set_outgoing(office, 1, logo=logo)
    office.take(with_pictures(LOGO, b"\x89PNG other"))
    assert [row.filename for row in office.rows(attachments)] == ["1.png"]


def with_pictures(*pictures: bytes) -> bytes:
    """Return a mail of the customer's with these inline pictures."""
    head = (
        f"From: ivan@customer.example\r\nTo: {HELP}\r\nMessage-ID: <p@customer.example>\r\nSubject: p\r\n"
        'Content-Type: multipart/related; boundary="b"\r\n\r\n'
        '--b\r\nContent-Type: text/html\r\n\r\n<p>see</p><img src="cid:0"><img src="cid:1">\r\n'
    )
    parts = [
        f'--b\r\nContent-Type: image/png\r\nContent-Disposition: inline; filename="{index}.png"\r\n'
        f"Content-ID: <{index}>\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode()
        + b64encode(picture)
        + b"\r\n"
        for index, picture in enumerate(pictures)
    ]
    return head.encode() + b"".join(parts) + b"--b--\r\n"
