"""The first half of the story: from an empty folder to tickets and notices."""

from __future__ import annotations

from email.message import EmailMessage
from functools import partial
from pathlib import Path
from string import Template
from typing import Any

from backbone.ledger.states import INBOUND_OPEN, Inbound, InboundReason, Outbound
from console.configuration.apply import apply
from console.configuration.read import read as read_configuration
from console.demo import evidence, letters
from console.demo.customers import ANNA, COLLECTION, CUSTOMERS, NEWSLETTER, Customer
from console.demo.world import NotSeenError, World, read
from tickets import history

CONFIGURATION = Path(__file__).with_name("configuration.yml")
WRITTEN = len(CUSTOMERS) + 2
"""Mails that are written at first: one of each customer, one of them twice, and a newsletter."""


def servers_answer(world: World) -> str:
    """See every account log in over IMAP."""
    for account in world.server.accounts.values():
        if world.inbox(account):
            raise NotSeenError(f"the mailbox of {account.address} is not empty")
    return f"SMTP on port {world.server.smtp_port}, IMAP on port {world.server.imap_port}, both on 127.0.0.1 only"


def configuration_applied(world: World) -> str:
    """Write the configuration with the ports filled in, and apply it as ``postroom apply`` does."""
    path = world.folder / "mail.yml"
    ports = {"smtp_port": world.server.smtp_port, "imap_port": world.server.imap_port}
    path.write_text(Template(CONFIGURATION.read_text(encoding="utf-8")).substitute(ports), encoding="utf-8")
    (world.folder / "support.password").write_text(COLLECTION.password, encoding="utf-8")
    apply(world.runtime.database, world.runtime.vault, world.runtime.blobs, read_configuration([path]))
    with world.runtime.database.reading() as connection:
        catalogue = world.runtime.catalogue.current(connection)
    (mailbox,) = catalogue.mailboxes.values()
    return f"{mailbox.address} with {len(mailbox.rules)} sender rules and {len(catalogue.templates)} ticket templates"


def customers_write(world: World) -> str:
    """Hand in one mail of each customer, one of them twice, and a newsletter from outside."""
    before = world.server.accepted
    for customer in CUSTOMERS:
        raw = customer.write(customer.account, COLLECTION)
        world.written[customer.account.address] = read(raw)
        world.send(customer.account, raw)
        if customer is ANNA:
            world.send(customer.account, raw)
    world.send(NEWSLETTER, letters.newsletter(NEWSLETTER, COLLECTION))
    accepted = world.server.accepted - before
    if accepted != WRITTEN:
        raise NotSeenError(f"SMTP accepted {accepted} of {WRITTEN} mails")
    return f"{accepted} mails accepted by SMTP: windows-1251, KOI8-R, UTF-8, HTML, files; one twice, one newsletter"


def ledger_complete(world: World) -> str:
    """See every mail reach its end in the ledger."""

    def look() -> dict[str, int] | None:
        found = world.counts().inbound
        done = sum(found.values()) >= WRITTEN and not any(found.get(state) for state in INBOUND_OPEN)
        return found if done else None

    found = world.wait(f"{WRITTEN} mails at their end in the ledger", look)
    if sum(found.values()) != WRITTEN or found.get(Inbound.FAILED):
        raise NotSeenError(f"the ledger holds {found}")
    return ", ".join(f"{number} {state.replace('_', ' ')}" for state, number in sorted(found.items()))


def tickets_made(world: World) -> str:
    """See a ticket for each customer, by the right template, with the text readable and the files kept."""
    lines = []
    for customer in CUSTOMERS:
        ticket, names = _ticket(world, customer)
        world.opened[customer.account.address] = ticket
        files = f" [{', '.join(names)}]" if names else ""
        lines.append(f"{ticket.number}  {customer.account.name}: {ticket.subject} -> {ticket.object}{files}")
    return "\n".join(lines)


def _ticket(world: World, customer: Customer) -> tuple[Any, list[str]]:
    address = customer.account.address
    (mail,) = world.mails(sender=address, state=Inbound.TICKET_CREATED)
    with world.runtime.database.reading() as connection:
        ticket = evidence.ticket_of(connection, mail.id)
        chat = history.messages_of(connection, [mail.ticket_id])
        files = history.attachments_of(connection, [one.id for one in chat])
    if ticket is None:
        raise NotSeenError(f"{address} has no ticket")
    names = [file.filename for file in files]
    written = world.written[address]
    for what, is_so in {
        "template": ticket.template == customer.template,
        "object": ticket.object == customer.about,
        "subject": ticket.subject == str(written["Subject"]),
        "text": customer.words in ticket.description and customer.words in chat[0].text,
        "files": names == list(customer.files),
        "contents of the files": [world.runtime.blobs.get(file.sha256) for file in files] == _contents(written),
    }.items():
        if not is_so:
            raise NotSeenError(f"the ticket {ticket.number} of {address} has a wrong {what}")
    return ticket, names


def _contents(mail: Any) -> list[bytes]:
    return [part.get_payload(decode=True) for part in mail.walk() if part.get_filename()]


def notices_arrived(world: World) -> str:
    """See one notice in each customer's mailbox, marked as automatic and threaded to the customer's mail."""
    for customer in CUSTOMERS:
        address = customer.account.address
        ticket = world.opened[address]
        (notice,) = world.wait(f"a notice in the mailbox of {address}", partial(_received, world, customer))
        (row,) = world.sent_mails(recipient=address, kind="ticket_created")
        written = world.written[address]
        for what, is_so in {
            "Auto-Submitted": str(notice["Auto-Submitted"]) == "auto-replied",
            "Subject": str(notice["Subject"]) == f"Re: [#{ticket.number}] {ticket.subject}",
            "In-Reply-To": str(notice["In-Reply-To"]) == str(written["Message-ID"]),
            "Message-ID": str(notice["Message-ID"]) == row.message_id,
            "text": ticket.number in _both(notice)[0] and ticket.number in _both(notice)[1],
        }.items():
            if not is_so:
                raise NotSeenError(f"the notice to {address} has a wrong {what}")
        world.notices[address] = notice
    world.wait("the ledger to know the notices as sent", lambda: _sent(world, len(CUSTOMERS)))
    return f"{len(world.notices)} notices, each 'Re: [#number] subject' and Auto-Submitted: auto-replied"


def _received(world: World, customer: Customer) -> list[EmailMessage] | None:
    return world.inbox(customer.account) or None


def _sent(world: World, number: int) -> bool | None:
    return world.counts().outbound == {Outbound.SENT: number} or None


def _both(mail: Any) -> tuple[str, str]:
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    return (plain.get_content() if plain else "", html.get_content() if html else "")


def duplicate_taken_once(world: World) -> str:
    """See the second delivery of one mail recorded as a duplicate of the first, and nothing made of it."""
    (again,) = world.mails(state=Inbound.DUPLICATE)
    (first,) = world.mails(sender=ANNA.account.address, state=Inbound.TICKET_CREATED)
    if again.duplicate_of != first.id or again.reason != InboundReason.SAME_MAIL:
        raise NotSeenError("the second delivery is not known as a duplicate of the first")
    if len(world.inbox(ANNA.account)) != 1:
        raise NotSeenError("the mail that came twice was answered twice")
    return f"mail {again.id} is known as the same as mail {first.id}: one ticket, one notice"


def newsletter_kept(world: World) -> str:
    """See the newsletter kept with the reason why it is no ticket, and nobody answered."""
    (mail,) = world.mails(sender=NEWSLETTER)
    if mail.state != Inbound.IGNORED or mail.reason != InboundReason.RECEIVING_OFF:
        raise NotSeenError(f"the newsletter is {mail.state} ({mail.reason})")
    if world.sent_mails(recipient=NEWSLETTER) or b"Tools Weekly" not in world.runtime.blobs.get(mail.raw_key):
        raise NotSeenError("the newsletter was answered, or lost")
    return f"mail {mail.id} is kept, ignored because of '{mail.reason}', not answered"
