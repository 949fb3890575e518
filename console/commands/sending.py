"""``postroom breaker``: list, resume; what stopped the sending to a domain, and letting it go on."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from backbone.addresses import normalise_domain
from backbone.errors import UserError
from backbone.ledger import breakers, outbound
from backbone.runtime import Runtime
from console.commands.common import AsJson, find_mailbox, plain, print_json, runtime, screen, when

MOST = 1_000_000

app = typer.Typer(no_args_is_help=True, help="Breakers that stopped a flood of mails to a domain: list, resume.")

_REASONS = {
    breakers.Trip.BURST: "more mails to the domain than allowed",
    breakers.Trip.PING_PONG: "mails and answers back and forth",
}


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List what is stopped, why, how many mails it holds, and some of them.

    Example: postroom breaker list
    """
    with runtime() as opened, opened.database.reading() as connection:
        found = breakers.shown(connection)
    if as_json:
        print_json(found)
        return
    if not found:
        screen.print("Nothing is stopped.")
        return
    table = Table("mailbox", "domain", "since", "why", "held", "of them")
    for one in found:
        samples = "\n".join(f"{mail['id']} {mail['kind']} to {mail['recipient']}" for mail in one["samples"])
        table.add_row(
            one["mailbox"],
            plain(one["domain"]),
            when(one["tripped_at"]),
            _REASONS[breakers.Trip(one["reason"])],
            str(one["held"]),
            plain(samples),
        )
    screen.print(table)


@app.command()
def resume(
    mailbox: Annotated[str, typer.Argument(metavar="MAILBOX", help="Its address.")],
    domain: Annotated[str, typer.Argument(metavar="DOMAIN", help="Of the recipients, as 'breaker list' shows it.")],
    mails: Annotated[
        int | None, typer.Option(min=1, max=MOST, help="Let the oldest of those held go, and no others.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Let all of them go, and stop nothing any more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let held mails to a domain go: a few to see what comes of it, then all of them.

    Example: postroom breaker resume support@example.com customer.example --mails 5
    """
    if (mails is None) is not all_:
        raise UserError("Say how many mails may go: --mails 5 for a few, or --all.")
    with runtime() as opened:
        again = _resume(opened, mailbox, normalise_domain(domain), mails)
    if as_json:
        print_json({"mailbox": mailbox, "domain": domain, "outbound": again})
    else:
        screen.print(_told(len(again), mails))


def _told(gone: int, wanted: int | None) -> str:
    """Return what was done, in a sentence."""
    count = "1 mail goes" if gone == 1 else f"{gone} mails go"
    if wanted is None:
        return f"{count}, and nothing is stopped any more."
    fewer = ", as no more were held" if gone < wanted else ""
    return f"{count}{fewer}; what comes now is held."


def _resume(opened: Runtime, address: str, domain: str, mails: int | None) -> list[int]:
    box = find_mailbox(opened, address)
    with opened.database.transaction() as connection:
        again = breakers.resume(connection, box.id, domain, mails, opened.due())
        if again is None:
            raise UserError(f"Nothing is stopped from {address!r} to {domain!r}; see 'postroom breaker list'.")
    opened.publisher.publish(*outbound.events(dict.fromkeys(again, box.id)))
    return again
