"""The story of a mail for a terminal: labels at the left, marks and words at the right, whatever its width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from console.commands.common import plain, when
from console.commands.why_steps import tell
from console.commands.why_words import Line, Templates, said

NARROW = 60
"""Columns of a terminal below which a label gets a line of its own."""

LABEL_WIDTH = 15
_MARKS = {"✓": "green", "✗": "red", "!": "bold yellow", "→": "bold", "·": "dim"}
_STATES = {
    **dict.fromkeys(("ticket_created", "message_added", "sent"), "green"),
    **dict.fromkeys(("held", "deferred", "ignored"), "yellow"),
    **dict.fromkeys(("failed", "bounced"), "red"),
}

Part = tuple[str, list[Line]]


def show(console: Console, mail: dict[str, Any], templates: Templates) -> None:
    """Print the story of ``mail`` as :func:`backbone.ledger.trace.find` tells it, with the number of its ticket."""
    head = Text(f"mail {mail['id']} · {mail['state']}", style="bold")
    head.stylize(_STATES.get(mail["state"], ""), head.plain.rindex(mail["state"]))
    if mail["reason"]:
        head.append(f" · {mail['reason']}", style="bold yellow")
    console.print(head)
    narrow = console.width < NARROW
    for part in _parts(mail, templates):
        console.print(_drawn(*part, narrow=narrow), soft_wrap=False)
    if mail["error"]:
        console.print(Text(plain(mail["error"].strip()), style="red"))


def _parts(mail: dict[str, Any], templates: Templates) -> Iterator[Part]:
    facts = {
        "mailbox": mail["mailbox"],
        "from": mail["sender"],
        "subject": mail["subject"],
        "ticket": mail["ticket"],
        "taken": when(mail["created_at"]),
        "last change": when(mail["updated_at"]),
        "Message-ID": mail["message_id"],
        "correlation": mail["correlation_id"],
        "raw mail": mail["raw_key"],
    }
    for label, value in facts.items():
        if value:
            yield label, [Line("", said(value))]
    before, lines = "", list[Line]()
    for told in (tell(step, templates) for step in mail["decision"] or ()):
        if told.label != before and lines:
            yield before, lines
            lines = []
        before = told.label
        lines += told.lines
    if lines:
        yield before, lines
    for sent in mail["outbound"]:
        yield "mail out", list(_sent(sent))


def _sent(sent: dict[str, Any]) -> Iterator[Line]:
    mark = {"sent": "✓", "bounced": "✗", "failed": "✗", "held": "!"}.get(sent["state"], "·")
    reason = f" · {sent['reason']}" if sent["reason"] else ""
    kind = sent["kind"].replace("_", " ")
    yield Line(mark, said(f"{kind} (mail {sent['id']}) to {sent['recipient']}: {sent['state']}{reason}"))
    if sent["sent_at"]:
        yield Line("·", f"sent at {when(sent['sent_at'])}", 1)
    if sent["due_at"]:
        yield Line("·", f"next try at {when(sent['due_at'])}", 1)
    if sent["answer"]:
        yield Line("·", said(sent["answer"]), 1)
    for address, words in (sent["put_off"] or {}).items():
        yield Line("·", said(f"not yet to {address}: {words}"), 1)
    yield Line("·", said(sent["message_id"]), 1)


def _drawn(label: str, lines: Iterable[Line], *, narrow: bool) -> RenderableType:
    body = Group(*(_line(line) for line in lines))
    title = Text(said(label), style="cyan")
    if narrow:
        return Group(Padding(title, (0, 0, 0, 1), expand=False), Padding(body, (0, 0, 0, 3), expand=False))
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=LABEL_WIDTH)
    grid.add_column(overflow="fold")
    grid.add_row(title, body)
    return Padding(grid, (0, 0, 0, 2), expand=False)


def _line(line: Line) -> RenderableType:
    """Return a line whose wrapped rest stands below its text, not below its mark."""
    if not line.mark:
        return Text(line.text, overflow="fold")
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=2 * line.depth + 1)
    grid.add_column(overflow="fold")
    grid.add_row(Text(" " * 2 * line.depth + line.mark, style=_MARKS.get(line.mark, "")), Text(line.text))
    return grid
