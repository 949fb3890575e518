"""Tells the story in the terminal: a line for each step with live counts below, or plain lines where nobody watches."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from console.demo.customers import COLLECTION, CUSTOMERS, READER
from console.demo.mailserver import HOST
from console.demo.story import Outcome, Step
from console.demo.world import World


class Narrator:
    """Speaks to ``console``; on a terminal the counts stand at the bottom and follow what happens."""

    def __init__(self, console: Console, counts: Callable[[], str]) -> None:
        """Ask ``counts`` for one line of live counts whenever the screen is drawn."""
        self._console = console
        self._counts = counts
        self._doing = ""
        self._spinner = Spinner("dots")
        self._live = Live(console=console, get_renderable=self._bottom, refresh_per_second=4, transient=True)

    def __enter__(self) -> Self:
        """Begin to draw."""
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the terminal as it was found."""
        self._live.stop()

    @property
    def watched(self) -> bool:
        """Whether the counts are on the screen all the time."""
        return self._console.is_terminal

    def say(self, text: str = "", style: str = "") -> None:
        """Print lines that stay."""
        self._console.print(Text(text, style=style), soft_wrap=True)

    def begin(self, step: Step) -> None:
        """Show what is being waited for."""
        self.doing(step.title)

    def doing(self, what: str) -> None:
        """Show ``what`` beside the spinner."""
        self._doing = what

    def end(self, outcome: Outcome) -> None:
        """Say what became of a step."""
        mark, style = ("ok  ", "bold green") if outcome.ok else ("FAIL", "bold red")
        line = Text.assemble((mark, style), "  ", (outcome.step.title, "bold"), (f"  {outcome.seconds:.1f} s", "dim"))
        self._console.print(line, soft_wrap=True)
        for detail in outcome.detail.splitlines():
            self.say(f"        {detail}")

    def _bottom(self) -> RenderableType:
        if not self._doing:
            return Text("")
        self._spinner.update(text=Text(self._doing))
        return Group(Text(""), self._spinner, Text(self._counts(), style="cyan"))


def how_to_write(world: World) -> str:
    """Return how the reader writes mail himself, with any client."""
    smtp, imap = world.server.smtp_port, world.server.imap_port
    number = next(iter(world.opened.values())).number if world.opened else "NUMBER"
    people = "\n".join(
        f"    {account.address:<36}{account.password}"
        for account in (READER, *(customer.account for customer in CUSTOMERS), COLLECTION)
    )
    return f"""
Postroom keeps running. Write to {COLLECTION.address} yourself, and read the answers:

  SMTP {HOST} port {smtp}, IMAP {HOST} port {imap}, no encryption, normal password.
  User (the address) and password:
{people}

  With curl:
    printf 'From: {READER.address}\\nTo: {COLLECTION.address}\\nSubject: Hello\\n\\nThe lamp is broken.\\n' |
    curl smtp://{HOST}:{smtp} --user {READER.address}:{READER.password} \\
      --mail-from {READER.address} --mail-rcpt {COLLECTION.address} --upload-file -
    curl 'imap://{HOST}:{imap}/INBOX;MAILINDEX=1' --user {READER.address}:{READER.password}
  With swaks:
    swaks --server {HOST}:{smtp} --auth-user {READER.address} --auth-password {READER.password} \\
      --from {READER.address} --to {COLLECTION.address} --header 'Subject: Hello' --attach @photo.jpg
  With Thunderbird: new mail account {READER.address}, configure manually: both servers {HOST}, the ports above,
    connection security none, authentication normal password.
  Answer as the dispatcher, from another terminal:
    POSTROOM_DATA_DIR={world.folder} postroom chat {number} "The electrician is on his way"
    POSTROOM_DATA_DIR={world.folder} postroom tickets

Mail is looked for every five seconds. Ctrl-C ends the demo.
"""
