"""House rules that no linter knows (ARCHITECTURE.md)."""

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("backbone", "ingest", "parse", "tickets", "replies", "console", "deploy", "benchmarks")
STAGES = ("ingest", "parse", "tickets", "replies")
LONGEST_MODULE = 330
LONGEST_ACTORS = 60


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))


def test_no_module_hides_a_second_duty_in_its_length() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in sources()
        if "migrations" not in path.parts and (lines := len(path.read_text().splitlines())) > LONGEST_MODULE
    }
    assert long == {}


@pytest.mark.parametrize("stage", STAGES)
def test_actors_only_hand_on(stage: str) -> None:
    path = ROOT / stage / "actors.py"
    assert len(path.read_text().splitlines()) <= LONGEST_ACTORS
    for function in ast.parse(path.read_text()).body:
        if isinstance(function, ast.FunctionDef):
            branches = [node for node in ast.walk(function) if isinstance(node, ast.If | ast.For | ast.While | ast.Try)]
            assert branches == [], f"{path.name}: {function.name} decides something"


@pytest.mark.parametrize("stage", STAGES)
def test_stages_use_the_same_file_names(stage: str) -> None:
    expected = {"__init__.py", "actors.py", "service.py", "settings.py"}
    assert expected <= {path.name for path in (ROOT / stage).iterdir()}


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_says_what_it_consumes_emits_and_owns(stage: str) -> None:
    text = ast.get_docstring(ast.parse((ROOT / stage / "__init__.py").read_text())) or ""
    assert {"Consumes", "emits", "owns"} <= set(re.findall(r"\w+", text))


def test_only_the_database_module_commits() -> None:
    allowed = {ROOT / "backbone/database.py"}
    committing = [str(path) for path in sources() if path not in allowed and re.search(r"\bcommit\(", path.read_text())]
    assert committing == []


def test_log_events_are_static() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "log"
        and node.args
        and not isinstance(node.args[0], ast.Constant)
    ]
    assert wrong == []


def test_whatever_is_left_unchecked_has_its_code_and_a_reason() -> None:
    """``# type: ignore[code]  # why`` and ``# noqa: CODE - why``; one reason may stand behind both."""
    directive = re.compile(r"# type: ignore\[[a-z, -]+\]|# (?:ruff: )?noqa: [A-Z]+[0-9]+(?:, ?[A-Z]+[0-9]+)* -")
    bare = []
    for path in (*sources(), *sorted((ROOT / "tests").rglob("*.py"))):
        with path.open("rb") as file:
            for token in tokenize.tokenize(file.readline):
                reason = directive.sub("", token.string)
                if token.type == tokenize.COMMENT and (
                    re.search(r"#\s*type:\s*ignore|#\s*(?:ruff:\s*)?noqa", reason)
                    or (reason != token.string and not re.search(r"\w{2}", reason))
                ):
                    bare.append(f"{path.relative_to(ROOT)}:{token.start[0]}: {token.string}")
    assert bare == []


def test_no_server_is_faked_where_real_ones_run() -> None:
    faking = [
        str(path)
        for folder in ("integration", "faults", "e2e")
        for path in (ROOT / "tests" / folder).rglob("*.py")
        if re.search(r"\bmock\b|MagicMock|mock_aws|StubBroker", path.read_text())
    ]
    assert faking == []


def test_waiting_is_done_in_one_place() -> None:
    allowed = {ROOT / "tests/support/waiting.py", Path(__file__)}
    sleeping = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests").rglob("*.py")
        if path not in allowed and re.search(r"\btime\.sleep\(|from time import sleep", path.read_text())
    ]
    assert sleeping == []


def test_the_name_parse_is_ours() -> None:
    """A package of that name on the index installs a top-level ``parse``; it must never be depended on."""
    import parse  # noqa: PLC0415 - what this test is about

    assert Path(parse.__file__ or "").parent == ROOT / "parse"
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert not re.search(r"^parse==", (ROOT / name).read_text(), re.MULTILINE)


def test_requirements_are_hashed_and_name_no_address() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        pinned = re.findall(r"^([a-z0-9-]+)(?:\[[^]]*\])?==", text, re.MULTILINE)
        assert pinned
        assert text.count("--hash=sha256:") >= len(pinned)
        assert not re.search(r"https?://|--index|--find-links|-i ", text)
