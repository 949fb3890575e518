"""Reading what deployments and documents say: YAML, commands of ours, variables, names of metrics."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase
from ruamel.yaml import YAML

from backbone import metrics
from console.cli import app

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
KUBERNETES = ROOT / "deploy" / "kubernetes"
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "deploy" / "env.example"],
)
SHELLS = ("sh", "console")

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`postroom ([^`]+)`")
_VARIABLE = re.compile(r"\bPOSTROOM_[A-Z0-9_]*[A-Z0-9]\b(?![_…])")
_METRIC = re.compile(r"\b(?:postroom|rabbitmq)_[a-z_]+\b|\bup\b")
_ENDS = {"<", ">", "|", "&&", ";"}


def yaml(path: Path) -> Any:
    """Return the one document in ``path``."""
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def manifests() -> list[dict[str, Any]]:
    """Return every object that the kustomization names."""
    names = yaml(KUBERNETES / "kustomization.yaml")["resources"]
    return [one for name in names for one in YAML(typ="safe").load_all((KUBERNETES / name).read_text(encoding="utf-8"))]


def check_command(words: list[str]) -> None:
    """Raise when ``postroom WORDS…`` is no command of ours, or has other options and arguments."""
    command, rest = _command(words)
    command.make_context(words[0], rest)


def check_mention(words: list[str]) -> None:
    """Raise when a command that prose speaks of does not exist, or an option of it."""
    command, rest = _command(words)
    known = {option for parameter in command.params for option in getattr(parameter, "opts", ())} | {"--help"}
    unknown = [word for word in rest if word.startswith("--") and word not in known]
    assert not unknown, f"postroom {' '.join(words)} has no option {unknown}"


def mentions(text: str) -> Iterator[list[str]]:
    """Yield the commands that stand inline in Markdown."""
    for said in _INLINE.findall(text):
        yield said.split()


def blocks(text: str, languages: tuple[str, ...] = SHELLS) -> Iterator[list[str]]:
    """Yield the command lines of each fenced block in ``languages``, without their prompts."""
    for language, body in _FENCE.findall(text):
        if language in languages:
            yield [line.removeprefix("$ ") for line in body.splitlines() if line.strip()]


def ours(line: str, services: dict[str, Any]) -> list[str] | None:
    """Return what a command line asks of ``postroom``, itself or in a container; None when it does not."""
    words = shlex.split(line, comments=True)
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        words = words[1:]
    found: list[str] | None = None
    if words and Path(words[0]).name == "postroom":
        found = words[1:]
    elif words[:2] == ["docker", "run"]:
        image = next((place for place, word in enumerate(words) if word.startswith("postroom:")), None)
        found = words[image + 1 :] if image else None
    elif words[:3] == ["docker", "compose", "run"]:
        service = next(place for place, word in enumerate(words) if word in services)
        found = words[service + 1 :] or services[words[service]]["command"]
    if found is None:
        return None
    end = next((place for place, word in enumerate(found) if word in _ENDS), len(found))
    return found[:end]


def variables(text: str) -> set[str]:
    """Return the variables of ours that ``text`` names; those that hold a mail server's password are the reader's."""
    return {
        name
        for name in _VARIABLE.findall(text)
        if not name.endswith("_PASSWORD") and not name.startswith("POSTROOM_TEST_")
    }


def metric_names(expression: str) -> set[str]:
    """Return the metrics in a PromQL expression."""
    return set(_METRIC.findall(re.sub(r'"[^"]*"', '""', expression)))


def exported_metrics() -> dict[str, tuple[str, ...]]:
    """Return the names under which our metrics are exported, with their labels."""
    endings = {Counter: ("_total",), Gauge: ("",), Histogram: ("_bucket", "_sum", "_count")}
    return {
        f"{metric._name}{ending}": tuple(metric._labelnames)  # noqa: SLF001 - the library tells nobody otherwise
        for metric in vars(metrics).values()
        if isinstance(metric, MetricWrapperBase)
        for ending in endings[type(metric)]
    }


def _command(words: list[str]) -> tuple[Any, list[str]]:
    command: Any = typer.main.get_command(app)
    rest = list(words)
    while hasattr(command, "commands"):
        assert rest, f"postroom {' '.join(words)} is a group of commands"
        assert rest[0] in command.commands, f"there is no command: postroom {' '.join(words)}"
        command = command.commands[rest.pop(0)]
    return command, rest
