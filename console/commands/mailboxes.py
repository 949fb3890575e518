"""``postroom mailbox``: list, test, fetch; its reports and the backfill have files of their own."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from backbone import clock
from backbone.catalogue.model import Mailbox
from backbone.errors import UserError
from backbone.ledger import reports
from backbone.runtime import Runtime
from backbone.tls import ServerTroubleError
from console.commands import mailbox_reports
from console.commands.backfill import backfill
from console.commands.common import AsJson, find_mailbox, plain, print_json, row_dict, runtime, screen, when
from ingest import probe as imap_probe
from ingest import queries, service
from replies import probe as smtp_probe
from replies.smtp import SendError

TEST_TIMEOUT = 15.0

TROUBLED = timedelta(days=7)
"""How long a rule whose regular expressions failed is marked in the list."""

app = typer.Typer(no_args_is_help=True, help="Look after the mailboxes: list, test, fetch, backfill, errors, senders.")
app.command("backfill")(backfill)
app.command("errors")(mailbox_reports.errors)
app.command("senders")(mailbox_reports.senders)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the mailboxes with their last run, and how many of their sender rules were in trouble within a week.

    Example: postroom mailbox list
    """
    with runtime() as opened, opened.database.reading() as connection:
        rows = [row for row in queries.states(connection) if not row.retired]
        troubled = reports.troubled_mailboxes(connection, clock.now() - TROUBLED)
    if as_json:
        print_json([row_dict(row) | {"rules_in_trouble": troubled.get(row.id, 0)} for row in rows])
        return
    columns = ("mailbox", "on", "last started", "last completed", "failures in a row", "rules in trouble", "last error")
    table = Table(*columns)
    for row in rows:
        table.add_row(
            row.address,
            "yes" if row.enabled else "no",
            when(row.last_started),
            when(row.last_completed),
            str(row.failures or 0),
            f"! {troubled[row.id]}" if row.id in troubled else "",
            plain(row.last_error or ""),
        )
    screen.print(table)


@app.command("test")
def try_out(address: Annotated[str, typer.Argument(help="The mailbox's address.")], as_json: AsJson = False) -> None:
    """Try a mailbox's IMAP and SMTP servers out: says what is wrong and how to mend it; changes and sends nothing.

    Example: postroom mailbox test support@example.com
    """
    with runtime() as opened:
        box = find_mailbox(opened, address)
        results = [_try_imap(opened, box), _try_smtp(opened, box)]
    if as_json:
        print_json({"mailbox": box.address, "ok": all(one["ok"] for one in results), "results": results})
    else:
        for one in results:
            screen.print(f"{one['protocol']}: ", end="", style="green" if one["ok"] else "red")
            screen.print(plain(one["sentence"]))
    if not all(one["ok"] for one in results):
        raise typer.Exit(1)


@app.command()
def fetch(address: Annotated[str, typer.Argument(help="The mailbox's address.")], as_json: AsJson = False) -> None:
    """Take the unread mail of a mailbox now, from this command.

    Example: postroom mailbox fetch support@example.com
    """
    with runtime() as opened:
        box = find_mailbox(opened, address)
        taken = service.fetch(opened, box.id)
        with opened.database.reading() as connection:
            state = next(row for row in queries.states(connection) if row.id == box.id)
    if as_json:
        print_json({"mailbox": box.address, "taken": taken, "error": state.last_error})
    elif state.last_error:
        screen.print(plain(state.last_error))
    else:
        screen.print(f"{taken} new mails taken from {box.address}." if taken else f"No new mail in {box.address}.")
    if state.last_error:
        raise typer.Exit(1)


def _try_imap(opened: Runtime, box: Mailbox) -> dict[str, Any]:
    try:
        seen = imap_probe.probe(box, opened.vault, TEST_TIMEOUT)
    except (ServerTroubleError, UserError) as error:
        fault = error.trouble.fault if isinstance(error, ServerTroubleError) else "setting"
        return {"protocol": "IMAP", "ok": False, "fault": fault, "sentence": str(error)}
    sentence = f"works; {seen.unread} unread mails in {seen.folder}."
    return {"protocol": "IMAP", "ok": True, "fault": None, "sentence": sentence, "unread": seen.unread}


def _try_smtp(opened: Runtime, box: Mailbox) -> dict[str, Any]:
    if box.smtp is None:
        return {"protocol": "SMTP", "ok": True, "fault": None, "sentence": "not set; nothing will be answered by mail."}
    try:
        smtp_probe.probe(box.smtp, opened.vault, TEST_TIMEOUT)
    except (SendError, UserError) as error:
        fault = error.reason if isinstance(error, SendError) else "setting"
        return {"protocol": "SMTP", "ok": False, "fault": fault, "sentence": str(error)}
    return {"protocol": "SMTP", "ok": True, "fault": None, "sentence": "works; the login is taken."}
