"""The second half of the story: dispatcher and customers talk, machines are not answered, and everything adds up."""

from __future__ import annotations

from email.message import EmailMessage
from functools import partial
from typing import Any

from backbone.ledger.states import Inbound
from console.demo import letters
from console.demo.customers import ANNA, COLLECTION, CUSTOMERS, JOHN, OLGA, Customer
from console.demo.evidence import Counts
from console.demo.world import NotSeenError, World, read
from tickets import chat, history

DISPATCHER = "Мария, диспетчер"
AFTERTHOUGHT = "Забыла написать: код домофона 12К."


def vacation_kept(world: World) -> str:
    """See a mail server's automatic answer to our notice kept on the ticket, and not answered."""
    address = JOHN.account.address
    world.send(JOHN.account, letters.vacation(JOHN.account, COLLECTION, world.notices[address]))
    message = _last_of(world, JOHN, 2)
    if not message.automatic:
        raise NotSeenError("the vacation answer is not known as automatic")
    if len(world.sent_mails(recipient=address)) != 1:
        raise NotSeenError("the vacation answer was answered")
    return f"on ticket {world.opened[address].number}, marked as automatic, not answered"


def notice_answered(world: World) -> str:
    """See a customer's answer to the notice become a message on the same ticket."""
    notice = world.notices[ANNA.account.address]
    raw = ANNA.answer(ANNA.account, notice, AFTERTHOUGHT, None)
    world.latest[ANNA.account.address] = read(raw)
    world.send(ANNA.account, raw)
    _only(_last_of(world, ANNA, 2), AFTERTHOUGHT)
    return f"{world.opened[ANNA.account.address].number}  {ANNA.account.name}: {AFTERTHOUGHT}"


def dispatcher_answers(world: World) -> str:
    """Write into every ticket's chat as ``postroom chat`` does, and see the mail arrive at the customer."""
    for customer in CUSTOMERS:
        number = world.opened[customer.account.address].number
        chat.post(world.runtime, number, customer.dispatcher, DISPATCHER)
    lines = []
    for customer in CUSTOMERS:
        mail = world.wait(f"our answer in the mailbox of {customer.account.address}", partial(_reply, world, customer))
        _check_reply(world, customer, mail)
        world.replies[customer.account.address] = mail
        lines.append(str(mail["Subject"]))
    return "\n".join(lines)


def _reply(world: World, customer: Customer) -> EmailMessage | None:
    inbox = world.inbox(customer.account)
    return next((mail for mail in inbox if mail["Auto-Submitted"] is None), None)


def _check_reply(world: World, customer: Customer, mail: EmailMessage) -> None:
    address = customer.account.address
    written = str(world.written[address]["Message-ID"])
    chain = str(mail["References"] or "").split()
    answered = world.latest.get(address, world.written[address])
    (row,) = world.sent_mails(recipient=address, kind="chat_message")
    texts = [part.get_content() for part in (mail.get_body(("plain",)), mail.get_body(("html",))) if part]
    for what, is_so in {
        "form": mail.get_content_type() == "multipart/alternative" and len(texts) == 2,  # noqa: PLR2004 - two forms
        "Subject": str(mail["Subject"]).startswith(f"Re: [#{world.opened[address].number}] "),
        "In-Reply-To": str(mail["In-Reply-To"]) == str(answered["Message-ID"]),
        "References": chain[:1] == [written] and chain[-1:] == [str(answered["Message-ID"])],
        "Message-ID": str(mail["Message-ID"]) == row.message_id,
        "order of messages": all(-1 < text.find(customer.dispatcher) < text.find(customer.words) for text in texts),
    }.items():
        if not is_so:
            raise NotSeenError(f"our answer to {address} has a wrong {what}")


def customers_answer(world: World) -> str:
    """See every customer's answer, quoted as his mail program does, become a message with only the new text in it."""
    before = {customer.account.address: len(_chat(world, customer)) for customer in CUSTOMERS}
    for customer in CUSTOMERS:
        file = customer.sends_back() if customer.sends_back else None
        answer = customer.answer(customer.account, world.replies[customer.account.address], customer.reply, file)
        world.send(customer.account, answer)
    lines = []
    for customer in CUSTOMERS:
        address = customer.account.address
        _only(_last_of(world, customer, before[address] + 1), customer.reply)
        lines.append(f"{world.opened[address].number}  {customer.account.name}: {customer.reply}")
    return "\n".join(lines)


def file_came_back(world: World) -> str:
    """See the file of a customer's answer on the chat message, byte for byte."""
    message = _chat(world, OLGA)[-1]
    with world.runtime.database.reading() as connection:
        files = history.attachments_of(connection, [message.id])
    sent = letters.nameplate()
    found = [(file.filename, world.runtime.blobs.get(file.sha256)) for file in files]
    if found != [(sent.name, sent.content)]:
        raise NotSeenError(f"the message has the files {[name for name, _ in found]}")
    return f"{sent.name}, {len(sent.content)} bytes, on ticket {world.opened[OLGA.account.address].number}"


def everything_adds_up(world: World) -> str:
    """See the sums agree: in the ledger, with the tickets and chats, with SMTP, and with the customers' mailboxes."""
    counts = world.wait("every mail at its end", partial(_settled, world))
    delivered = sum(len(world.inbox(customer.account)) for customer in CUSTOMERS)
    written = world.server.accepted - delivered
    if not counts.add_up:
        raise NotSeenError(f"the sums do not agree: {counts}")
    if (counts.seen, counts.notices + counts.replies) != (written, delivered):
        raise NotSeenError(f"{written} mails written, {delivered} delivered, but {counts.sentence()}")
    if counts.tickets != len(CUSTOMERS) or counts.inbound.get(Inbound.FAILED):
        raise NotSeenError(f"not as told: {counts}")
    return counts.sentence()


def _settled(world: World) -> Counts | None:
    counts = world.counts()
    return counts if counts.under_way == 0 else None


def _chat(world: World, customer: Customer) -> list[Any]:
    with world.runtime.database.reading() as connection:
        return history.messages_of(connection, [world.opened[customer.account.address].id])


def _last_of(world: World, customer: Customer, number: int) -> Any:
    """Wait until the chat has ``number`` messages and return the last one, which must have come by mail."""

    def look() -> Any:
        found = _chat(world, customer)
        return found if len(found) >= number else None

    found = world.wait(f"message {number} on the ticket of {customer.account.address}", look)
    if len(found) != number or found[-1].inbound_id is None:
        raise NotSeenError(f"the ticket of {customer.account.address} has {len(found)} messages instead of {number}")
    return found[-1]


def _only(message: Any, said: str) -> None:
    if message.text.strip() != said:
        raise NotSeenError(f"more than the new text became the message: {message.text.strip()!r}")
