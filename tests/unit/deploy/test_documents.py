"""README and docs: what they tell a reader to type exists, and what needs no server runs."""

import os
import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from console.configuration.model import Sender
from deploy import docs
from tests.support import deployment
from tests.support.shell import Shell

SERVICES: dict[str, dict[str, Any]] = deployment.yaml(deployment.COMPOSE)["services"]
TEXTS = {str(path.relative_to(deployment.ROOT)): path.read_text(encoding="utf-8") for path in deployment.DOCUMENTS}
RUNNING = {name: text for name, text in TEXTS.items() if any(deployment.blocks(text, ("console",)))}

documents = pytest.mark.parametrize("name", TEXTS)


def anchors(text: str) -> set[str]:
    """Return the names by which the headings of a Markdown text can be linked to."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def test_reference_pages_say_what_the_code_says() -> None:
    assert docs.stale() == [], "run python -m deploy.docs"


def test_every_setting_is_documented() -> None:
    page = TEXTS["docs/operations/settings.md"]
    assert all(f"| `{name}` |" in page for name in docs.variables())


@documents
def test_commands_exist(name: str) -> None:
    for lines in deployment.blocks(TEXTS[name]):
        for line in lines:
            words = deployment.ours(line, SERVICES)
            if words is not None:
                deployment.check_command(words)


@documents
def test_commands_that_prose_speaks_of_exist(name: str) -> None:
    for words in deployment.mentions(TEXTS[name]):
        deployment.check_mention(words)


@documents
def test_targets_of_make_exist(name: str) -> None:
    makefile = (deployment.ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    asked = {line.split()[1] for lines in deployment.blocks(TEXTS[name]) for line in lines if line.startswith("make ")}
    assert asked <= targets


@documents
def test_variables_are_settings(name: str) -> None:
    assert deployment.variables(TEXTS[name]) <= set(docs.variables())


@documents
def test_links_lead_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS[name]):
        if "://" in target:
            continue
        path, _, anchor = unquote(target).partition("#")
        linked = (deployment.ROOT / name).parent / path if path else deployment.ROOT / name
        place = str(linked.resolve().relative_to(deployment.ROOT))
        assert linked.exists(), f"{name} links to {target}"
        if anchor:
            assert anchor in anchors(TEXTS[place]), f"{name} links to {target}"


@documents
def test_services_that_are_named_to_compose_exist(name: str) -> None:
    for lines in deployment.blocks(TEXTS[name]):
        for words in (shlex.split(line) for line in lines if line.startswith("docker compose stop ")):
            assert set(words[3:]) <= set(SERVICES)
        scaled = re.findall(r"--scale (\w+)=\d", "\n".join(lines))
        assert set(scaled) <= set(SERVICES)


@pytest.mark.parametrize("name", RUNNING)
def test_commands_that_need_no_server_run(
    name: str, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in [variable for variable in os.environ if variable.startswith("POSTROOM_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("POSTROOM_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.chdir(deployment.ROOT)
    for lines in deployment.blocks(RUNNING[name], ("console",)):
        for line in lines:
            if line.startswith("export "):
                for word in shlex.split(line)[1:]:
                    monkeypatch.setenv(*word.split("=", 1))
                continue
            words = deployment.ours(line, SERVICES)
            assert words is not None, f"{line!r} is not a command of Postroom: mark its block as sh"
            done = shell(*words)
            assert done.code == 0, f"{line}\n{done.out}{done.err}"


def test_every_key_of_a_sender_rule_is_explained() -> None:
    page = TEXTS["docs/administration.md"]
    assert all(re.search(rf"^\| `{name}[:`]", page, re.MULTILINE) for name in Sender.model_fields)


def test_readme_is_short() -> None:
    assert len(TEXTS["README.md"].splitlines()) < 150


def test_every_decision_is_listed() -> None:
    folder = deployment.ROOT / "docs" / "decisions"
    pages = {path.name for path in folder.glob("[0-9]*.md")}
    assert pages == set(re.findall(r"\]\((\d{4}-[a-z0-9-]+\.md)\)", TEXTS["docs/decisions/README.md"]))
    numbers = sorted(int(page[:4]) for page in pages)
    assert numbers == list(range(1, len(numbers) + 1))
    for page in pages:
        title = (folder / page).read_text(encoding="utf-8").splitlines()[0]
        assert title.startswith(f"# {page[:4]} ")
