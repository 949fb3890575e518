"""A conversation in twelve steps over real servers, in which the customer uses every common mail program.

What could go wrong in each step stands in :mod:`tests.support.twelve_steps`. Beside it another customer writes in
English about a ticket of his own.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from html import escape
from typing import Any

from sqlalchemy import select

from backbone import clock
from backbone.ledger.tables import outbound
from tests.support import clients
from tests.support.attributions import MOSCOW
from tests.support.clients import parsed, plain_text, rewritten
from tests.support.desk import Desk, desk
from tests.support.mailboxes import Mailbox
from tests.support.pipeline import Pipeline
from tests.support.runtimes import change_mailbox
from tests.support.smtp import SmtpServer
from tests.support.threads import named, parents
from tests.support.twelve_steps import FILES, FIRST, IVAN, JOHN, JOHN_SAYS, OLGA, STEPS, SUBJECT, Step
from tickets import participants


@dataclass
class Talk:
    """The conversation so far: mails by name, in order and as the customer has them; each one's parent; the chat."""

    at: Desk
    number: str
    mails: dict[str, EmailMessage] = field(default_factory=dict)
    below: dict[str, str | None] = field(default_factory=dict)
    chat: list[tuple[str, str, bool, list[str]]] = field(default_factory=list)
    copies: list[str] = field(default_factory=list)

    def heard(self, name: str, mail: EmailMessage, below: str | None, text: str, *files: str) -> None:
        """Note a mail of the customer's side, and the message that it has to become."""
        self.mails[name], self.below[name] = mail, below
        automatic = mail["Auto-Submitted"] is not None
        self.chat.append((mail["From"].addresses[0].display_name, text, automatic, hashes(*files)))

    def say(self, to: str, text: str, *files: str) -> None:
        """Answer the customer's mail ``to``."""
        taken = self.at.chat(self.number, text, [self.at.stored(one, *FILES[one]) for one in files])
        mail = parsed(taken.content)
        assert taken.recipients == [plain_address(one) for one in (IVAN, *self.copies)]
        assert (str(mail["To"]), [str(one) for one in (mail["Cc"].addresses if mail["Cc"] else ())]) == (
            IVAN,
            self.copies,
        )
        self.mails[f"reply {to}"], self.below[f"reply {to}"] = mail, to
        self.chat.append(("Анна", text, False, hashes(*files)))

    def take(self, name: str, step: Step) -> None:
        """Let the customer answer one of our mails, and see that it found its ticket as it should."""
        if step.exchange:
            self.mails[step.answers] = rewritten(self.mails[step.answers])
        ours = self.mails[step.answers]
        mail = step.client(ours, step.text, language=step.language, sender=step.sender, inline=step.inline)
        step.bend(mail)
        attach(mail, step.file)
        (row,) = self.at.deliver(mail.as_bytes())
        looks = [one for one in row.decision if one["step"] == "thread"]
        assert (row.state, self.at.number(row)) == ("message_added", self.number), f"step {name}: {row.decision}"
        assert (looks[-1]["by"], looks[-1]["verdict"]) == (step.by, "joined"), f"step {name}: {looks}"
        self.heard(name, mail, step.answers, step.text, *filter(None, [step.file]))
        if step.reply:
            self.say(name, step.reply)


def plain_address(person: str) -> str:
    return person.partition("<")[2].strip(">")


def hashes(*files: str) -> list[str]:
    return [sha256(FILES[one][1]).hexdigest() for one in files]


def attach(mail: EmailMessage, name: str) -> None:
    if name:
        maintype, _, subtype = FILES[name][0].partition("/")
        mail.add_attachment(FILES[name][1], maintype=maintype, subtype=subtype, filename=name)


def test_twelve_steps(running: Pipeline, mailbox: Mailbox, smtp_server: SmtpServer) -> None:
    began = clock.now() - timedelta(seconds=1)
    with desk(running, mailbox, smtp_server) as at:
        change_mailbox(at.runtime, 1, outgoing={"body_marker": True})
        talk, johns = _opened(at)
        for name, step in STEPS.items():
            if name == "9":
                participants.confirm(at.runtime, talk.number, plain_address(OLGA))
                talk.copies.append(OLGA)
            if name == "10":
                change_mailbox(at.runtime, 1, outgoing={"body_marker": True, "reply_to_token": True})
            talk.take(name, step)
        counts = running.wait_until_settled(at.written, 60)
        shown, theirs = at.said(talk.number), at.said(johns)
    replies = [name for name in talk.mails if name.startswith("reply")]
    assert counts["inbound_mails"] == {"ticket_created": 2, "message_added": 12}
    assert counts["outbound_mails"] == {"sent": len(replies) + 2}
    assert counts["made"] == {"tickets": 2, "chat_messages": 14 + len(replies)}
    assert len(smtp_server.mails()) == len(replies) + 2, "one mail for each message, and a notice for each ticket"
    assert [(one.author, one.text) for one, _ in theirs] == [("John Harris", text) for text in JOHN_SAYS]
    _is_the_chat(talk, shown)
    _hang_together(talk)
    _show_everything(talk, [one for one, _ in shown])
    taken_mails = smtp_server.mails()
    assert len({parsed(taken.content)["Message-ID"] for taken in taken_mails}) == len(taken_mails)
    places = {
        message_id: letter["returns_to"] or mailbox.address
        for message_id, letter in running.rows(select(outbound.c.message_id, outbound.c.letter))
    }
    assert {mailbox.address} < set(places.values()), "some leave while answers come to plus-addresses"
    for taken in taken_mails:
        assert taken.sender == places[parsed(taken.content)["Message-ID"]]
        _is_well_made(taken.content, mailbox.address, began)


def _opened(at: Desk) -> tuple[Talk, str]:
    """Let both customers open a ticket and the dispatcher answer one of them; return the talk, and the other ticket."""
    mail = clients.first(IVAN, at.mailbox.address, SUBJECT, FIRST[0])
    mail["Cc"] = OLGA
    attach(mail, "IMG_4711.jpg")
    other = clients.first(JOHN, at.mailbox.address, "Lift", JOHN_SAYS[0])
    mine, his = at.deliver(mail.as_bytes(), other.as_bytes())
    notices = {one["In-Reply-To"]: one for one in (parsed(taken.content) for taken in at.smtp.mails())}
    assert (mine.state, his.state, len(notices)) == ("ticket_created", "ticket_created", 2)
    talk = Talk(at, at.number(mine))
    talk.heard("1", mail, None, FIRST[0], "IMG_4711.jpg")
    talk.mails["notice"], talk.below["notice"] = notices[mail["Message-ID"]], "1"
    talk.say("1", FIRST[1], "Акт осмотра №7.pdf")
    (row,) = at.deliver(clients.outlook(notices[other["Message-ID"]], JOHN_SAYS[1], language="en").as_bytes())
    assert (row.state, row.ticket_id) == ("message_added", his.ticket_id)
    return talk, at.number(his)


def _is_the_chat(talk: Talk, shown: list[tuple[Any, list[str]]]) -> None:
    """The chat holds what was newly said and no more, in order, with every file as it was sent."""
    assert [(one.author, one.text, one.automatic, files) for one, files in shown] == talk.chat
    assert [one.mail_state for one, _ in shown] == ["sent" if author == "Анна" else None for author, *_ in talk.chat]
    assert not any(one.guest for one, _ in shown)


def _hang_together(talk: Talk) -> None:
    """A strict program shows one thread, each mail below the one that it answers, in whatever order they come."""
    ids = {name: str(mail["Message-ID"]) for name, mail in talk.mails.items()}
    wanted = {ids[name]: ids[below] if below else None for name, below in talk.below.items()}
    assert parents(talk.mails.values()) == wanted
    # Only our next answer says where a mail belongs that names none itself.
    assert parents(reversed(talk.mails.values())) == wanted | {ids["11"]: None}
    for name, mail in talk.mails.items():
        if name.startswith("reply"):
            references = named(mail, "References")
            assert references[-1:] == named(mail, "In-Reply-To")
            assert references[0] == ids["1"]
            assert len(references) <= 20


def _is_well_made(raw: bytes, sender: str, began: datetime) -> None:
    """Our mails are read without defects, say who wrote them and when, and only notices say that they are automatic."""
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    mail = message_from_bytes(raw, policy=SMTP.clone(raise_on_defect=True))
    assert isinstance(mail, EmailMessage)
    for part in mail.walk():
        assert not part.defects
        assert not [value for value in part.values() if value.defects]
        assert part.is_multipart() or part.get_content()
    assert began <= mail["Date"].datetime <= clock.now()
    (author,) = mail["From"].addresses
    assert (author.display_name, author.addr_spec) == ("Служба поддержки", sender)
    assert mail["X-Postroom-Loop"].startswith("postroom.")
    automatic = [mail[name] for name in ("Auto-Submitted", "Precedence", "X-Auto-Response-Suppress")]
    assert all(automatic) if mail["Auto-Submitted"] else not any(automatic)


def _show_everything(talk: Talk, shown: list[Any]) -> None:
    """Each reply has its subject, its files and its text on top; the last one has all that was said, newest first."""
    mails = [mail for name, mail in talk.mails.items() if name != "notice"]
    for mail, (author, text, _, files) in zip(mails, talk.chat, strict=True):
        if author == "Анна":
            assert mail["Subject"] == f"Re: [#{talk.number}] {SUBJECT}"
            assert [sha256(one.get_content()).hexdigest() for one in mail.iter_attachments()] == files
            assert plain_text(mail).split("\n", 1)[1].startswith(f"{text}\n\n{'-' * 40}\n\n")
    (act,) = talk.mails["reply 1"].iter_attachments()
    assert act.get_filename() == "Акт осмотра №7.pdf"
    shown.reverse()
    entries = [f"{one.created_at.astimezone(MOSCOW):%d.%m.%Y %H:%M}, {one.author}:\n{one.text}" for one in shown]
    last = talk.mails["reply 12"]
    written, _, marker = plain_text(last).rpartition("\n\n")
    assert written == "\n\n".join([entries[0], "-" * 40, *entries[1:]])
    assert marker.strip() == f"Ref: {last['Message-ID'].strip('<>').partition('@')[0]}"
    html = clients.body(last, "html")
    places = [html.index(escape(one.text.splitlines()[0])) for one in shown]
    assert places == sorted(places)
