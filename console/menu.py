"""The commands by name, each loaded when it is called: a command starts without what only the others need.

Loading all of them costs two seconds of CPU; the list of them, as ``postroom --help`` shows it, a sixth of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from copy import copy
from functools import cache
from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup

MENU = {
    "demo": (
        "console.demo.commands:demo",
        "Watch the whole job within a minute: a mail server, five customers, tickets, answers out and back.",
    ),
    "run": (
        "console.commands.processes:run",
        "Run everything in this one process: all stages and the scheduler, over SQLite and a folder.",
    ),
    "worker": (
        "console.commands.processes:run_worker",
        "Run workers of one stage, or of several, until they are asked to end.",
    ),
    "scheduler": (
        "console.commands.processes:scheduler",
        "Publish what is due: mailboxes to look at, mails whose event got lost, replies to send again; domain events.",
    ),
    "watch": (
        "console.commands.processes:watch",
        "Take new mail within seconds by IMAP IDLE, also while RabbitMQ is down.",
    ),
    "console": (
        "console.commands.web:console",
        "Serve the web pages: so far the files that were too large for their mails, under POSTROOM_PUBLIC_URL.",
    ),
    "migrate": (
        "console.commands.processes:migrate",
        "Bring the database to the newest version of the schema; safe to repeat and to run in several places at once.",
    ),
    "secret-key": (
        "console.commands.processes:secret_key",
        "Print a fresh key for POSTROOM_SECRET_KEY.",
    ),
    "check": (
        "console.configuration.commands:check",
        "Check mail configuration: names every mistake with file, line and cure.",
    ),
    "plan": (
        "console.configuration.commands:plan",
        "Show what apply would do: a diff of what is created, changed, switched off and removed. Changes nothing.",
    ),
    "apply": (
        "console.configuration.commands:apply",
        "Apply mail configuration to the database: all of it, or nothing when something is wrong.",
    ),
    "export": (
        "console.configuration.exporting:export",
        "Print the mail configuration that the database holds as YAML, which plan and apply take again.",
    ),
    "schema": (
        "console.configuration.exporting:schema",
        "Print the JSON schema of the mail configuration, by which an editor completes and checks its keys.",
    ),
    "tickets": (
        "console.commands.tickets:tickets",
        "List the newest tickets, or show one with its chat and the state of its mails.",
    ),
    "chat": (
        "console.commands.chat:chat",
        "Write into a ticket's customer chat; the message also leaves as a mail.",
    ),
    "undo": (
        "console.commands.chat:undo",
        "Take a message to the customer back before its mail leaves; from both chats, if it was written into both.",
    ),
    "parse": (
        "console.commands.mails:parse",
        "Show what Postroom understands of raw mails; needs no database, and changes nothing.",
    ),
    "trace": (
        "console.commands.tracing:trace",
        "Tell what became of a mail, step by step and why, from the mailbox to the replies.",
    ),
    "status": (
        "console.commands.mails:status",
        "Tell how many mails stand where, and how old the oldest open one is.",
    ),
    "replay": (
        "console.commands.mails:replay",
        "Send chosen mails through again: inbound ones that are held, failed or ignored; outbound ones held or failed.",
    ),
    "mailbox": (
        "console.commands.mailboxes:app",
        "Look after the mailboxes: list, test, fetch, backfill, errors, senders.",
    ),
    "rule": (
        "console.lab.commands:app",
        "The rule lab: try sender rules on mails before they count.",
    ),
    "letter": (
        "console.commands.letters:app",
        "How mails of a mailbox look: preview, test.",
    ),
    "service-user": (
        "console.commands.service_users:app",
        "Those on whose behalf programs act: list, on, off, token, revoke.",
    ),
    "template": (
        "console.commands.templates:app",
        "Ticket templates: list, qr.",
    ),
    "ticket": (
        "console.commands.ticket:app",
        "One ticket: show, close, reopen, merge, set, participants.",
    ),
    "canned": (
        "console.commands.chat:canned",
        "Answers kept ready in the mail configuration: list.",
    ),
    "chat-quarantine": (
        "console.commands.chat_bus:app",
        "Chat events that were put aside: list, replay, remove.",
    ),
    "failures": (
        "console.commands.mails:failures",
        "Mails that failed or are held: list, replay.",
    ),
    "breaker": (
        "console.commands.sending:app",
        "Breakers that stopped a flood of mails to a domain: list, resume.",
    ),
    "suppression": (
        "console.commands.suppressed:app",
        "Addresses that do not exist and get no automatic mail: list, lift.",
    ),
}
"""Where each command is, a function or a Typer of several, and what the list says of it: its own first paragraph."""


class Loaded(Mapping[str, Any]):
    """The commands of the menu, each loaded when it is asked for."""

    def __getitem__(self, name: str) -> Any:
        """Return one command."""
        return _loaded(name)

    def __iter__(self) -> Iterator[str]:
        """Go through the names, in the order of the menu."""
        return iter(MENU)

    def __len__(self) -> int:
        """Count the commands."""
        return len(MENU)


class Menu(TyperGroup):
    """The group of all commands."""

    def __init__(self, **attributes: Any) -> None:
        """Take what Typer says, but for the commands: it knows of none."""
        super().__init__(**attributes | {"commands": None})
        self.commands = cast("MutableMapping[str, Any]", Loaded())  # nobody adds to it

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names; Typer's own way loads what they name."""
        del ctx
        return list(MENU)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help out of the menu, which loads nothing."""
        listed = copy(self)
        listed.commands = {name: TyperCommand(name, help=words) for name, (_, words) in MENU.items()}
        super(Menu, listed).format_help(ctx, formatter)


@cache
def _loaded(name: str) -> Any:
    module, _, attribute = MENU[name][0].partition(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        made: Any = typer.main.get_group(found)
        made.name = name
        return made
    alone = typer.Typer(add_completion=False)
    alone.command(name)(found)
    return typer.main.get_command(alone)
