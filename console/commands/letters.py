"""``postroom letter``: preview, test; how the mails of a mailbox look, and whether they arrive."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from backbone import clock, tokens
from backbone.addresses import domain_of
from backbone.blobs import BlobMissingError
from backbone.catalogue.model import Mailbox
from backbone.contracts import Address, Language, Letter, LetterKind
from backbone.errors import UserError
from backbone.runtime import Runtime
from console.commands.common import find_mailbox, plain, runtime, screen
from replies import body, probe, samples, texts
from replies.compose import Offers, compose, logo_of
from replies.smtp import SendError
from tickets.letters import returns_to

TEST_TIMEOUT = 15.0

Box = Annotated[str, typer.Option("--mailbox", metavar="ADDRESS", help="The mailbox that writes.")]
Kind = Annotated[LetterKind, typer.Option(help="What kind of mail.")]
In = Annotated[Language | None, typer.Option(help="Its language; the mailbox's if left out.")]

app = typer.Typer(no_args_is_help=True, help="How mails of a mailbox look: preview, test.")


@app.command()
def preview(
    mailbox: Box,
    kind: Kind,
    language: In = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE.eml|.html|.txt", help="Write it there, in the form of the name's end.")
    ] = None,
) -> None:
    """Show a mail of a mailbox, with its own texts, signature and logo, on an invented conversation; sends nothing.

    Example: postroom letter preview --mailbox support@example.com --kind chat_message --output preview.html
    """
    with runtime() as opened:
        box = find_mailbox(opened, mailbox)
        logo = _logo(opened, box)
    letter = _sample(box, kind, language)
    form = output.suffix.lower() if output else ".txt"
    if output is None:
        written = body.write(letter, box, logo_of(box, logo))
        screen.print(plain(texts.subject(letter, body.language_of(letter, box))), style="bold")
        screen.print(plain(written.text))
        return
    content = _in_form(form, letter, box, logo)
    try:
        output.write_bytes(content)
    except OSError as error:
        raise UserError(f"The file {output} cannot be written ({error.strerror}); check its name and rights.") from None
    screen.print(f"{output} holds the mail.")


@app.command("test")
def try_out(
    mailbox: Box,
    to: Annotated[str, typer.Option(metavar="ADDRESS", help="Who gets the mail.")],
    kind: Kind = "chat_message",
    language: In = None,
) -> None:
    """Send such a mail through the mailbox's SMTP server to an address of yours; it belongs to no ticket.

    Example: postroom letter test --mailbox support@example.com --to me@example.com
    """
    local, _, domain = to.strip().rpartition("@")
    if not local or not domain:
        raise UserError(f"{to!r} is no mail address; write it as me@example.com.")
    with runtime() as opened:
        box = find_mailbox(opened, mailbox)
        if box.smtp is None:
            raise UserError(f"The mailbox {box.address} has no SMTP server; set 'smtp' in its configuration.")
        letter = _sample(box, kind, language, Address(address=to.strip()))
        logo, message_id, now = _logo(opened, box), f"<test.{uuid4().hex}@{domain_of(box.address)}>", clock.now()
        sender = returns_to(letter, opened.vault.signing_keys, box, 0, message_id)
        letter = letter.model_copy(update={"returns_to": sender})  # lest the server refuse it of a customer's mail
        try:
            words = probe.send(
                lambda offers: compose(
                    letter,
                    mailbox=box,
                    message_id=message_id,
                    date=now,
                    loop_name=tokens.loop_names(opened.settings.instance, opened.vault.signing_keys)[0],
                    logo=logo,
                    offers=offers,
                ),
                box.smtp,
                opened.vault,
                TEST_TIMEOUT,
            )
        except SendError as error:
            raise UserError(plain(error.words)) from error
    screen.print(plain(f"The server of {box.address} took the mail to {to.strip()} and said: {words}"))


def _sample(box: Mailbox, kind: LetterKind, language: Language | None, to: Address | None = None) -> Letter:
    usual: Language = "ru" if box.language == "ru" else "en"
    return samples.letter(kind, language or usual, to)


def _in_form(form: str, letter: Letter, box: Mailbox, logo: bytes | None) -> bytes:
    """Return the mail as a file; in HTML the logo stands in the page itself, as browsers know no other part of it."""
    shown = logo_of(box, logo)
    match form:
        case ".eml":
            message_id = f"<preview.{letter.kind}@{domain_of(box.address)}>"
            return compose(
                letter,
                mailbox=box,
                message_id=message_id,
                date=samples.WRITTEN,
                loop_name="preview",
                logo=logo,
                offers=Offers(),
            ).message
        case ".txt":
            return body.write(letter, box, shown).text.encode()
        case ".html":
            html = body.write(letter, box, shown).html
            if shown:
                data = f"data:{shown.picture.content_type};base64,{b64encode(shown.picture.content).decode()}"
                html = html.replace(shown.url, data)
            return html.encode()
        case _:
            raise UserError(f"A preview ends in .eml, .html or .txt, not in {form or 'nothing'!r}; name the file so.")


def _logo(opened: Runtime, box: Mailbox) -> bytes | None:
    wanted = box.outgoing.logo
    try:
        return opened.blobs.get(wanted.sha256) if wanted else None
    except BlobMissingError:
        raise UserError(f"The logo of {box.address} is not in the blob store; apply its configuration again.") from None
