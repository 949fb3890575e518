"""The story as a list of named steps. A step counts only when its condition was seen to hold before its deadline."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from console.demo import opening, talking
from console.demo.world import NotSeenError, StoppedError, World


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is to happen: its name for programs, its title for people, and how to see it."""

    name: str
    title: str
    see: Callable[[World], str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a step; ``detail`` tells what was seen, or what was not."""

    step: Step
    ok: bool
    seconds: float
    detail: str


STEPS = (
    Step("servers_answer", "A mail server starts on this machine", opening.servers_answer),
    Step("configuration_applied", "The mail configuration is applied", opening.configuration_applied),
    Step("customers_write", "Customers write", opening.customers_write),
    Step("ledger_complete", "Postroom takes every mail, and decides", opening.ledger_complete),
    Step("tickets_made", "Tickets appear, filled by template and mail", opening.tickets_made),
    Step("notices_arrived", "Each customer finds a notice in the mailbox", opening.notices_arrived),
    Step("duplicate_taken_once", "A mail that came twice is taken once", opening.duplicate_taken_once),
    Step("newsletter_kept", "A newsletter is kept, and not answered", opening.newsletter_kept),
    Step("vacation_kept", "A vacation answer to our notice starts no loop", talking.vacation_kept),
    Step("notice_answered", "A customer answers the notice", talking.notice_answered),
    Step("dispatcher_answers", "The dispatcher answers in the chat; mail goes out", talking.dispatcher_answers),
    Step("customers_answer", "Customers answer from five mail programs", talking.customers_answer),
    Step("file_came_back", "A file comes back with an answer", talking.file_came_back),
    Step("everything_adds_up", "Everything adds up", talking.everything_adds_up),
)


def tell(world: World) -> Iterator[Step | Outcome]:
    """Yield each step as it begins and its outcome as it ends; the first that fails ends the story."""
    for step in STEPS:
        yield step
        started = time.monotonic()
        try:
            detail, ok = step.see(world), True
        except StoppedError:
            raise
        except NotSeenError as error:
            detail, ok = str(error), False
        except Exception as error:  # noqa: BLE001 - whatever goes wrong, the step was not seen to happen
            detail, ok = f"{type(error).__name__}: {error}", False
        yield Outcome(step, ok, round(time.monotonic() - started, 3), detail)
        if not ok:
            return
