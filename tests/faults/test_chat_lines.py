"""The consumer of chat events killed at each line through which an event goes: every event ends once, as promised."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from backbone import metrics
from backbone.exchange import consumer
from backbone.ledger.states import Outbound
from backbone.ledger.tables import domain_events
from backbone.runtime import Runtime
from tests.support import dying
from tests.support.chat_events import consumers, consuming, depth, event, put_aside, undo
from tests.support.house import House
from tests.support.runtimes import runtime
from tests.support.sending import set_outgoing
from tests.support.talks import SECONDS, Talk, begun
from tests.support.waiting import wait_for
from tickets.models import messages

FEWEST_LINES = 80


class Dying:
    """Consumers that kill themselves."""

    def __init__(self, talk: Talk) -> None:
        settings = talk.house.runtime.settings
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.dying"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=dying.ROOT,
            env=os.environ
            | {
                "POSTROOM_DATABASE_URL": settings.database_url,
                "POSTROOM_AMQP_URL": talk.amqp_url,
                "POSTROOM_SECRET_KEY": settings.secret_key.get_secret_value(),
                "POSTROOM_DATA_DIR": str(settings.data_dir),
            },
        )

    def start(self, request: str) -> int:
        """Start a consumer; return its process id."""
        assert self._process.stdin
        self._process.stdin.write(f"{request}\n")
        self._process.stdin.flush()
        return self._answer()

    def end(self) -> int:
        """Wait for the end of the consumer; return the signal that ended it."""
        return os.WTERMSIG(self._answer())

    def close(self) -> None:
        """Let none be started any more."""
        self._process.communicate(timeout=SECONDS)

    def _answer(self) -> int:
        assert self._process.stdout
        return int(self._process.stdout.readline())


def test_whatever_line_it_is_killed_at(
    tmp_path: Path, postgres_url: str, amqp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumer, "LOOK_EVERY", 0.05)
    with ExitStack() as stack, runtime(tmp_path, postgres_url, amqp_url) as opened:
        talk = begun(House(opened), amqp_url)
        set_outgoing(talk.house, 1, undo_seconds=600)
        killed = stack.enter_context(closing(Dying(talk)))
        lines = lines_of_an_event(talk, killed, tmp_path / "lines")
        assert len(lines) >= FEWEST_LINES
        bring_to_their_ends(opened, talk)
        for place, line in enumerate(lines):
            publish_events(talk, str(place))
            killed.start(line)
            assert killed.end() == signal.SIGKILL, line
            bring_to_their_ends(opened, talk)
        texts = ["first", *(str(place) for place in range(len(lines)))]
        assert talk.said() == [said for text in texts for said in (text, f"not {text}")]
        gone = [row.text for row in talk.house.rows(messages) if row.undone_at is not None]
        assert gone == [f"not {text}" for text in texts]
        mails = [one for one in talk.house.owed() if one.kind == "chat_message"]
        assert [one.state for one in mails] == [Outbound.QUEUED, Outbound.CANCELLED] * len(texts)
        assert len({one.chat_message_id for one in mails}) == len(mails)
        told = [row.data["message_id"] for row in talk.house.rows(domain_events) if row.type == "message.undone"]
        assert told == [one.chat_message_id for one in mails if one.state == Outbound.CANCELLED]
        aside = Counter(one.body.decode() for one in put_aside(opened))
        assert set(aside) == {f"no {text}" for text in texts}
        # Killed between the confirm of the quarantine and the end of the acknowledgement, an event stands there twice;
        # any line may be such a moment, as threads share them.
        assert max(aside.values()) <= 2


def lines_of_an_event(talk: Talk, killed: Dying, file: Path) -> list[str]:
    """Return the lines through which messages, one taken back, and an unreadable event go."""
    publish_events(talk, "first")
    consuming_process = killed.start(str(file))
    talk.wait_for_texts("first", "not first")
    talk.aside()
    talk.wait_until_taken()
    os.kill(consuming_process, signal.SIGKILL)
    killed.end()
    return file.read_text().split()


def publish_events(talk: Talk, text: str) -> None:
    """Publish a message, one that is taken back at once, and an unreadable event."""
    wrong = event(talk.number, f"not {text}")
    talk.publish(
        event(talk.number, text), wrong, undo(talk.number, json.loads(wrong)["event_id"]), f"no {text}".encode()
    )


def bring_to_their_ends(opened: Runtime, talk: Talk) -> None:
    """Let a consumer that nobody kills end what the killed one left."""
    wait_for(lambda: consumers(talk.amqp_url) == 0, SECONDS, "the return of what the killed consumer had in hand")
    wanted = ended() + depth(talk.amqp_url)
    with consuming(opened):
        wait_for(lambda: ended() == wanted, SECONDS, "the ends of the events")


def ended() -> float:
    """Return how many events the consumers of this process have brought to their ends."""
    (counter,) = metrics.EVENTS.collect()
    return sum(one.value for one in counter.samples if one.name == "postroom_events_total")
