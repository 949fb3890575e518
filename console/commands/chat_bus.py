"""``postroom chat-quarantine``: list, replay, remove; chat events of other systems that were put aside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from backbone.errors import UserError
from backbone.exchange import quarantine
from backbone.exchange.messages import QuarantineReason
from backbone.exchange.quarantine import Quarantined, Wanted
from backbone.settings import Settings, load
from console.commands.common import AsJson, plain, print_json, screen, when

SHOWN = 80
"""Characters of the start of a body in the table; JSON has ten times as many."""

Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="As 'chat-quarantine list' shows them.")]
Reason = Annotated[QuarantineReason | None, typer.Option(help="Only events with this reason.")]

app = typer.Typer(no_args_is_help=True, help="Chat events that were put aside: list, replay, remove.")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the chat events that could not become messages, with the reason of each.

    Example: postroom chat-quarantine list
    """
    found = quarantine.look(_settings())
    if as_json:
        print_json([_about(one) for one in found])
        return
    if not found:
        screen.print("The quarantine is empty.")
        return
    table = Table("id", "since", "reason", "what is wrong", "bytes", "begins")
    for one in found:
        cells = (one.id, when(one.since), one.reason, plain(one.sentence), str(len(one.body)))
        table.add_row(*cells, plain(_start(one, SHOWN)))
    screen.print(table)


@app.command()
def replay(
    ids: Ids = None,
    reason: Reason = None,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="CHAT_TOKEN", show_envvar=True, help="Authorise them with this token instead of the one they have."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send events through again after what was wrong has been mended: all of them, or chosen ones.

    Example: postroom chat-quarantine replay --reason unknown_ticket
    """
    _tell(quarantine.replay(_settings(), _chosen(ids, reason), token), ids, as_json, "sent through again")


@app.command()
def remove(ids: Ids = None, reason: Reason = None, as_json: AsJson = False) -> None:
    """Take events out for good that nobody can mend.

    Example: postroom chat-quarantine remove --reason unreadable
    """
    if not ids and reason is None:
        raise UserError("Say which events: their ids, or --reason; 'postroom chat-quarantine list' shows them.")
    _tell(quarantine.remove(_settings(), _chosen(ids, reason)), ids, as_json, "removed")


def _settings() -> Settings:
    settings = load(Settings)
    if settings.embedded:
        raise UserError("Chat events come over RabbitMQ: set POSTROOM_AMQP_URL. Embedded, Postroom takes none.")
    return settings


def _chosen(ids: Sequence[str] | None, reason: QuarantineReason | None) -> Wanted:
    return lambda one: (not ids or one.id in ids) and (reason is None or one.reason == reason)


def _tell(done: Sequence[Quarantined], ids: Sequence[str] | None, as_json: bool, what: str) -> None:
    missing = sorted(set(ids or ()) - {one.id for one in done})
    if as_json:
        print_json([_about(one) for one in done])
    else:
        screen.print(f"{len(done)} events were {what}.")
    if missing:
        raise UserError(f"The quarantine has no such event: {', '.join(missing)}.")


def _about(one: Quarantined) -> dict[str, Any]:
    return {
        "id": one.id,
        "reason": one.reason,
        "sentence": one.sentence,
        "since": one.since,
        "bytes": len(one.body),
        "begins": _start(one, 10 * SHOWN),
    }


def _start(one: Quarantined, characters: int) -> str:
    return one.body[: 4 * characters].decode("utf-8", "replace")[:characters]
