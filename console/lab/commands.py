"""``postroom rule test`` and ``postroom rule propose``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated, Any

import typer

from backbone.errors import UserError
from backbone.settings import Settings, load
from console.commands.common import AsJson, print_json, runtime
from console.configuration import opening, read, stored, wanted
from console.configuration.commands import NO_VARIABLES, faults_told
from console.configuration.kinds import Row
from console.lab import show
from console.lab.compare import Difference, compare, times, was_asked
from console.lab.draft import Ids, Rows, catalogue, overlaid
from console.lab.reading import LabMail, from_files, from_ledger
from console.lab.rule import OneRule, with_rule
from console.lab.trying import propose_pattern
from parse.rules.runner import Runner
from parse.service import own_settings

SOMETHING_CHANGES = 3
MOST = 10_000
"""Mails of the ledger that one command tries; what became of each is kept until the end."""

app = typer.Typer(no_args_is_help=True, help="The rule lab: try sender rules on mails before they count.")


@app.command("test")
def try_rules(
    *,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE...]", help="Draft configuration; - is standard input.")
    ] = None,
    mails: Annotated[
        list[Path] | None, typer.Option("--mail", metavar="FILE.eml", help="A mail to try; repeat.")
    ] = None,
    newest: Annotated[int, typer.Option("--stored", min=0, max=MOST, help="Try the newest N mails of the ledger.")] = 0,
    mailbox: Annotated[str, typer.Option(help="The mailbox that the mails came to, or whose rule is drafted.")] = "",
    sender: Annotated[str, typer.Option(help="Draft one rule: its sender pattern; a stored one is changed.")] = "",
    to: Annotated[str, typer.Option(help="… its recipient.")] = "",
    name: Annotated[str, typer.Option(help="… its name.")] = "",
    template: Annotated[str | None, typer.Option(help="… its ticket template.")] = None,
    subject_regex: Annotated[str | None, typer.Option(help="… its regex for the subject.")] = None,
    message_regex: Annotated[str | None, typer.Option(help="… its regex for the message.")] = None,
    match_against: Annotated[str | None, typer.Option(help="… html or text.")] = None,
    on_mismatch: Annotated[str | None, typer.Option(help="… error, skip, template or next.")] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 3 when the draft changes something.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    r"""Show what draft rules would make of mails, beside what the stored rules make of them. Changes nothing.

    The draft is whole configuration files, or one rule given by options, laid over what is stored. Mails are files
    (--mail) or the newest of the ledger (--stored). Shown are matches gained and lost, fields that change, and the time
    that each rule took.

    Example: postroom rule test mail.yml --stored 200

    Example: postroom rule test --mailbox help@example.ru --sender '*@example.ru' --message-regex '№ (?<taskNumber>\d+)'
    --mail letter.eml
    """
    if not mails and not newest:
        raise typer.BadParameter("Name mails by --mail FILE.eml, or take those of the ledger by --stored N.")
    rule = OneRule(sender, to, name, template, subject_regex, message_regex, match_against, on_mismatch)
    if rule.options and not sender:
        raise typer.BadParameter(
            f"{rule.options[0]} is of a rule that is drafted; name its sender pattern by --sender."
        )
    before, after = _rows(files or [], as_json)
    drafted = ""
    if sender:
        after, drafted = with_rule(after, mailbox, rule)
    ids = Ids()
    old, draft = catalogue(before, ids), catalogue(after, ids)
    with Runner(own_settings().rules) as runner:
        tried = chain(from_files(mails or []), _newest(newest, mailbox))
        compared = compare(tried, old, draft, mailbox, runner)
    spent = times(compared)
    if as_json:
        print_json(show.as_data(compared, spent))
    else:
        show.tell(compared, spent)
        if drafted and not was_asked(compared, drafted):
            show.tell_not_asked(drafted)
    if exit_code and any(one.difference is not Difference.SAME for one in compared):
        raise typer.Exit(SOMETHING_CHANGES)


@app.command("propose")
def propose(
    *,
    sample: Annotated[Path, typer.Argument(metavar="SAMPLE.eml", help="A mail such as the rule is for.")],
    marks: Annotated[
        list[str], typer.Option("--mark", metavar="FIELD=TEXT", help="A value in the mail as you read it; repeat.")
    ],
    others: Annotated[
        list[Path] | None, typer.Option("--other", metavar="FILE.eml", help="Another mail; repeat.")
    ] = None,
    newest: Annotated[int, typer.Option("--stored", min=0, max=MOST, help="Try it on the newest N mails, too.")] = 0,
    mailbox: Annotated[str, typer.Option(help="The mailbox whose newest mails are taken.")] = "",
    custom: Annotated[list[str] | None, typer.Option("--custom", help="A custom field to be declared; repeat.")] = None,
    match_against: Annotated[str, typer.Option(help="html or text, as in the rule.")] = "html",
    as_json: AsJson = False,
) -> None:
    """Propose a regular expression that finds marked values in a mail, and show how it does on others.

    Fields: external_number, deadline, object, work_type, ticket_type, criticality, description, contact_name,
    contact_phone, address, and custom_<name>.

    Example: postroom rule propose order.eml --mark external_number=300434925 --mark 'object=Ромашка' --other next.eml
    """
    if match_against not in ("html", "text"):
        raise typer.BadParameter("--match-against is html or text.")
    held, *more = from_files([sample, *(others or [])])
    known = _custom_fields() | {f"custom_{one.removeprefix('custom_')}" for one in custom or []}
    made = propose_pattern(held, chain(more, _newest(newest, mailbox)), marks, known, html=match_against == "html")
    if as_json:
        print_json(made.as_data())
    else:
        show.tell_proposal(made)


def _rows(files: Sequence[Path], as_json: bool) -> tuple[Rows, Rows]:
    """Return the rows that are stored, and those of the draft."""
    with opening.to_read(load(Settings)) as (database, vault), database.reading() as connection:
        held = stored.load(connection, vault).rows
    asked: dict[str, dict[Any, Row]] = {}
    if files:
        with faults_told(as_json):
            asked = wanted.rows(read.understand(read.load(files), required=NO_VARIABLES))
    return held, overlaid(held, asked)


def _newest(number: int, mailbox: str) -> Iterator[LabMail]:
    """Yield the newest mails of the ledger, of one mailbox or of all; raise UserError when there is none."""
    if not number:
        return
    with runtime() as opened:
        mails = from_ledger(opened, [mailbox] if mailbox else [], number)
        first = next(mails, None)
        if first is None:
            of = f" of {mailbox!r}" if mailbox else ""
            raise UserError(f"The ledger has no mail{of} yet; leave out --stored, and name files.")
        yield first
        yield from mails


def _custom_fields() -> set[str]:
    with opening.to_read(load(Settings)) as (database, vault), database.reading() as connection:
        return {f"custom_{row['name']}" for row in stored.load(connection, vault).in_use("custom_fields")}
