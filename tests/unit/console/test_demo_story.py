"""The story fails at the first step that was not seen, says why, and is complete only when all of it was seen."""

from threading import Event
from typing import cast

import pytest

from console.demo import story
from console.demo.evidence import Counts
from console.demo.report import complete
from console.demo.story import Outcome, Step, tell
from console.demo.world import NotSeenError, StoppedError, World

NOBODY = cast("World", None)


def seen(_world: World) -> str:
    return "it was seen"


def not_seen(_world: World) -> str:
    raise NotSeenError("nothing came")


def broken(_world: World) -> str:
    raise KeyError("number")


def stopped(_world: World) -> str:
    raise StoppedError


def outcomes_of(monkeypatch: pytest.MonkeyPatch, *sights: object) -> list[Outcome]:
    steps = tuple(Step(f"step{number}", "", sight) for number, sight in enumerate(sights))  # type: ignore[arg-type]  # sights of all kinds
    monkeypatch.setattr(story, "STEPS", steps)
    monkeypatch.setattr("console.demo.report.STEPS", steps)
    return [event for event in tell(NOBODY) if isinstance(event, Outcome)]


def test_a_story_of_seen_steps_is_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = outcomes_of(monkeypatch, seen, seen)
    assert [(one.ok, one.detail) for one in outcomes] == [(True, "it was seen")] * 2
    assert complete(outcomes)


@pytest.mark.parametrize(("sight", "said"), [(not_seen, "nothing came"), (broken, "KeyError: 'number'")])
def test_the_first_step_that_fails_ends_it(monkeypatch: pytest.MonkeyPatch, sight: object, said: str) -> None:
    outcomes = outcomes_of(monkeypatch, seen, sight, seen)
    assert [(one.ok, one.detail) for one in outcomes] == [(True, "it was seen"), (False, said)]
    assert not complete(outcomes)


def test_a_stop_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoppedError):
        outcomes_of(monkeypatch, seen, stopped)


def test_waiting_ends_at_the_deadline_or_when_asked_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = Counts({}, {}, tickets=0, answers=0, automatic=0, notices=0, replies=0)
    monkeypatch.setattr(World, "counts", lambda _world: counts)
    stopping = Event()
    world = World(None, None, None, stopping)  # type: ignore[arg-type]  # waiting needs none of them
    looks = iter([None, None, "there"])
    assert world.wait("something", lambda: next(looks)) == "there"
    with pytest.raises(NotSeenError, match="not seen within 0 s: something; so far 0 mails seen"):
        world.wait("something", lambda: None, seconds=0)
    stopping.set()
    with pytest.raises(StoppedError):
        world.wait("something", lambda: None)


@pytest.mark.parametrize(
    ("changed", "agree"),
    [
        ({}, True),
        ({"tickets": 4}, False),
        ({"answers": 7}, False),
        ({"notices": 4}, False),
        ({"inbound": {"ticket_created": 5, "message_added": 7, "duplicate": 1, "ignored": 1, "failed": 1}}, True),
        ({"inbound": {"ticket_created": 5, "message_added": 7, "duplicate": 1, "ignored": 1, "parsed": 1}}, False),
        ({"outbound": {"sent": 9, "queued": 1}}, False),
    ],
)
def test_the_sums_agree_only_when_every_mail_is_accounted_for(changed: dict[str, object], agree: bool) -> None:
    told: dict[str, object] = {
        "inbound": {"ticket_created": 5, "message_added": 7, "duplicate": 1, "ignored": 1},
        "outbound": {"sent": 10},
        "tickets": 5,
        "answers": 6,
        "automatic": 1,
        "notices": 5,
        "replies": 5,
    }
    assert Counts(**(told | changed)).add_up is agree  # type: ignore[arg-type]  # a table of all kinds
