"""The example of docs/chat-events.md speaks and listens, with no more rights than the page gives it."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from backbone.exchange import relay
from deploy.services import ServiceSet
from tests.support import deployment
from tests.support.chat_events import consuming
from tests.support.house import House
from tests.support.runtimes import runtime
from tests.support.sending import set_outgoing
from tests.support.talks import SECONDS, begun, is_there
from tests.support.waiting import wait_for

DOCS = deployment.ROOT / "docs"
PAGE = (DOCS / "chat-events.md").read_text(encoding="utf-8")
EXAMPLE = DOCS / "examples" / "chat" / "chat.py"


def rights(url: str) -> Iterator[list[str]]:
    """Yield the commands by which the page lets a chat system in."""
    for command in re.findall(r"^rabbitmqctl (.*)$", PAGE, re.MULTILINE):
        words = shlex.split(command)
        yield [*words, urlsplit(url).password or ""] if words[0] == "add_user" else words


def test_the_example_in_python_speaks_and_listens(
    own_services: Callable[..., ServiceSet], tmp_path: Path, postgres_url: str
) -> None:
    broker = own_services("rabbitmq").rabbitmq()
    url = broker.url()
    with runtime(tmp_path, postgres_url, url) as opened:
        talk = begun(House(opened), url)
        env = {
            "PATH": os.environ["PATH"],
            "AMQP_URL": url.replace("postroom:", "chat:", 1),
            "POSTROOM_TOKEN": talk.token,
        }

        def run(*words: str) -> str:
            command = [sys.executable, str(EXAMPLE), *words]
            done = subprocess.run(command, env=env, check=True, capture_output=True, text=True, timeout=30)
            return done.stdout.strip()

        set_outgoing(talk.house, 1, undo_seconds=600)
        with consuming(opened), closing(relay.open_line(opened)) as line:
            relay.relay(opened, line)  # what opened the ticket; declares the exchange
            for command in rights(url):
                broker.control(*command)
            listening = subprocess.Popen(
                [sys.executable, EXAMPLE, "listen"], env=env, stdout=subprocess.PIPE, text=True
            )
            try:
                wait_for(lambda: is_there(url, "my-chat"), SECONDS, "its queue")
                said = run("say", talk.number, "Едем.")
                talk.wait_for_texts("Едем.")
                wait_for(lambda: relay.relay(opened, line), SECONDS, "the event")
                assert listening.stdout is not None
                heard = listening.stdout.readline()
                run("undo", talk.number, said)
                wait_for(lambda: relay.relay(opened, line), SECONDS, "the answer")
                answer = listening.stdout.readline()
            finally:
                listening.kill()
                listening.communicate()
    assert "message.added" in heard
    assert "Едем." in heard
    assert said in heard, "it knows its own words again"
    assert "message.undone" in answer
