"""The automatic mails that were planned, as rows of the ledger."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import Row

from backbone import clock, links, settings
from backbone.addresses import normalise
from backbone.catalogue.model import Directory
from backbone.contracts import Entry, Letter, ParsedMail
from backbone.runtime import Runtime
from tickets import addressing, filling, letters
from tickets.planning import Notice, Plan
from tickets.settings import TicketSettings

REGISTRATION = "registration"
"""The purpose of a signed link to register; it says ``address`` and ``mailbox``, the mailbox's id."""


class TakenMails(BaseSettings):
    """What the ingest stage takes, read by its own variable, to be told to who wrote more."""

    model_config = SettingsConfigDict(env_prefix="POSTROOM_INGEST_", extra="ignore", frozen=True)

    max_mail_bytes: int = Field(50_000_000, gt=0)


@lru_cache(maxsize=1)
def _taken() -> TakenMails:
    return settings.load(TakenMails)


def row(
    runtime: Runtime, made: Plan, notice: Notice, arrived: Row[Any], directory: Directory, own: TicketSettings
) -> dict[str, Any]:
    """Return the row of a notice about the mail that ``arrived``, a row of the ledger itself."""
    # Of a mail that joined, the number would say that a ticket was made of it.
    about_new = made.ticket_id is not None and (made.joined is None or notice.kind != "too_big")
    letter = Letter(
        kind=notice.kind,
        number=made.number if about_new and notice.kind != "registration" else "",
        subject=filling.plain_subject(made.mail.subject, made.our_numbers),
        to=notice.to,
        language=addressing.language_of(notice.to.address, directory),
        in_reply_to=arrived.message_id,
        references=letters.references([*_thread(made.mail), *filter(None, [arrived.message_id])]),
        why=_why(notice),
        entries=_entries(made, notice, arrived),
    )
    if notice.kind == "registration":
        letter = letter.model_copy(update=_link(runtime, made, notice, own))
    return letters.outbound_row(
        letter,
        keys=runtime.vault.signing_keys,
        mailbox=made.mailbox,
        ticket_id=made.ticket_id,
        chat_message_id=None,
        correlation_id=arrived.correlation_id,
    )


def _thread(mail: ParsedMail) -> tuple[str, ...]:
    """Return what an answer to ``mail`` refers to before it; some programs write no References (RFC 5322 3.6.4)."""
    return mail.references or tuple(filter(None, [mail.in_reply_to]))


def _why(notice: Notice) -> str | None:
    return f"{_taken().max_mail_bytes / 1_000_000:g}" if notice.kind == "too_big" else notice.why or None


def _entries(made: Plan, notice: Notice, arrived: Row[Any]) -> tuple[Entry, ...]:
    """Return the sender's own words, where they became a message; what was not accepted is not carried on for him."""
    if notice.kind not in ("ticket_created", "closed_ticket"):
        return ()
    person = filling.writer(made.mail)
    author = (person.name or person.address) if person else ""
    return letters.shown([Entry(author=author, written_at=made.mail.date or arrived.created_at, text=made.said)])


def _link(runtime: Runtime, made: Plan, notice: Notice, own: TicketSettings) -> dict[str, Any]:
    until = clock.now() + timedelta(days=own.registration_days)
    said: dict[str, str | int] = {"address": normalise(notice.to.address), "mailbox": made.mailbox.id}
    token = links.make(runtime.vault.signing_keys, REGISTRATION, said, until)
    return {"url": f"{runtime.settings.public_url}/r/{token}", "until": until}
