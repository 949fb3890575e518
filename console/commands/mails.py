"""``postroom parse``, ``status``, ``failures``, ``replay``: what became of mails, and again please."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from backbone import clock
from backbone.contracts import MailReceived
from backbone.errors import UserError
from backbone.ledger import copies, due, inbound, outbound
from backbone.ledger import trace as tracing
from backbone.routing import batches
from backbone.runtime import Runtime
from console.commands.common import AsJson, plain, print_json, runtime, screen, when
from parse.reader import read_mail
from tickets.chat import LONGEST_AUTHOR

AT_ONCE = 1000
"""Mails that go through again in one transaction; a heap of them may be larger than a statement takes."""
HIGHEST_ID = 2**63 - 1
MOST_LISTED = 100_000

failures = typer.Typer(no_args_is_help=True, help="Mails that failed or are held: list, replay.")


def parse(
    files: Annotated[list[Path], typer.Argument(metavar="FILE.eml...", help="Raw mails.")],
    as_json: AsJson = False,
) -> None:
    """Show what Postroom understands of raw mails; needs no database, and changes nothing.

    Example: postroom parse letter.eml --json
    """
    for path in files:
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise UserError(f"The file {path} cannot be read ({error.strerror}); check its name and rights.") from None
        mail = read_mail(raw).parsed
        if as_json:
            print_json({"file": str(path)} | mail.model_dump(mode="json", by_alias=True))
            continue
        screen.print(plain(path.name), style="bold")
        facts = mail.model_dump(mode="json", by_alias=True, exclude={"text", "html", "safe_html", "cut_text"})
        for name, value in facts.items():
            if value not in (None, [], "", False):
                screen.print(plain(f"  {name}: {value}"))


def status(as_json: AsJson = False) -> None:
    """Tell how many mails stand where, and how old the oldest open one is.

    Example: postroom status
    """
    with runtime() as opened, opened.database.reading() as connection:
        lines = due.counted(connection)
    if as_json:
        print_json(lines)
        return
    table = Table("ledger", "state", "reason", "mails", "oldest, s")
    for line in lines:
        age = line["oldest_seconds"]
        table.add_row(
            line["ledger"], line["state"], line["reason"] or "", str(line["count"]), "" if age is None else f"{age:.0f}"
        )
    screen.print(table)


@failures.command("list")
def list_(
    newest: Annotated[int, typer.Option(min=1, max=MOST_LISTED, help="At most so many, the newest first.")] = 500,
    as_json: AsJson = False,
) -> None:
    """List mails that failed or are held, inbound and outbound.

    Example: postroom failures list
    """
    with runtime() as opened, opened.database.reading() as connection:
        rows = tracing.stuck(connection, newest)
    if as_json:
        print_json(rows)
        return
    if not rows:
        screen.print("Nothing failed, and nothing is held.")
        return
    table = Table("ledger", "id", "state", "reason", "since", "what")
    for row in rows:
        since = when(row["updated_at"])
        table.add_row(row["ledger"], str(row["id"]), row["state"], row["reason"] or "", since, plain(row["what"]))
    screen.print(table)
    if len(rows) == newest:
        screen.print(f"These are the newest {newest}; --newest shows more, and 'postroom status' counts all of them.")


@failures.command("replay")
def replay_failures(
    reason: Annotated[
        str | None, typer.Option(help="Only mails with this reason, as 'failures list' shows it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send every failed or held mail through again, or those with one reason.

    Example: postroom failures replay --reason connection
    """
    with runtime() as opened:
        with opened.database.reading() as connection:
            ids = tracing.stuck_ids(connection, reason)
        _replay(opened, ids["inbound"], ids["outbound"], as_json, ids[tracing.SENT_COPY])


def replay(
    ids: Annotated[
        list[int], typer.Argument(min=1, max=HIGHEST_ID, metavar="ID...", help="Ledger ids of inbound mails.")
    ],
    outbound_: Annotated[bool, typer.Option("--outbound", help="The ids are of outbound mails.")] = False,
    as_new: Annotated[
        bool,
        typer.Option("--as-new", help="Take them for new mails, whatever they answer, and open their own tickets."),
    ] = False,
    author: Annotated[str, typer.Option(help="Who wants --as-new; stands in the mail's decision.")] = "",
    as_json: AsJson = False,
) -> None:
    """Send chosen mails through again: inbound ones that are held, failed or ignored; outbound ones held or failed.

    A mail held with a reply token that was altered (bad_token) is held again, unless it is taken --as-new.

    Example: postroom replay 17 18
    """
    if outbound_ and as_new:
        raise UserError("Only inbound mails can be taken as new ones; leave out --outbound or --as-new.")
    if author and not as_new:
        raise UserError("--author says who wants a mail taken as a new one; add --as-new.")
    if not author.isprintable() or len(author) > LONGEST_AUTHOR:
        raise UserError(f"The author must be a name on one line, of at most {LONGEST_AUTHOR} characters.")
    said = {"by": author.strip(), "at": clock.now().isoformat()} if as_new else None
    with runtime() as opened:
        gone = _replay(opened, [] if outbound_ else ids, ids if outbound_ else [], as_json, as_new=said)
    if not gone:
        raise typer.Exit(1)


def _replay(
    opened: Runtime,
    mails: list[int],
    owed: list[int],
    as_json: bool,
    uncopied: Sequence[int] = (),
    as_new: Mapping[str, str] | None = None,
) -> bool:
    """Reopen these mails, some at a time, tell the stages and the reader; False when none of them could be."""
    again: list[int] = []
    owed_again: list[int] = []
    copied_again: list[int] = []
    for ids in batches(mails, AT_ONCE):
        with opened.database.transaction() as connection:
            reopened = inbound.reopen(connection, ids, opened.due(), as_new=as_new)
        opened.publisher.publish(*(MailReceived(mail_ids=some) for some in batches(reopened)))
        again += reopened
    for ids in batches(owed, AT_ONCE):
        with opened.database.transaction() as connection:
            reopened = outbound.reopen(connection, ids, opened.due())
            mailbox_of = outbound.mailboxes_of(connection, reopened)
        opened.publisher.publish(*outbound.events(mailbox_of))
        owed_again += reopened
    for ids in batches(uncopied, AT_ONCE):
        with opened.database.transaction() as connection:
            copied_again += copies.renew(connection, ids)
    _tell(again, owed_again, copied_again, as_json)
    return bool(again or owed_again or copied_again)


def _tell(again: list[int], owed: list[int], copied: list[int], as_json: bool) -> None:
    if as_json:
        print_json({"inbound": again, "outbound": owed} | ({"sent_copy": copied} if copied else {}))
        return
    if copied:
        count = "1 copy to a Sent folder is" if len(copied) == 1 else f"{len(copied)} copies to Sent folders are"
        screen.print(f"{count} tried again.")
    if again or owed:
        screen.print(f"{len(again)} inbound and {len(owed)} outbound mails go through again.")
    elif not copied:
        screen.print("None of these mails is in a state from which it may go through again; see 'postroom trace'.")
