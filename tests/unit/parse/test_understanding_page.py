"""The page on understanding mail names every defect and limit that the code has, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from parse.limits import Limits

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "understanding-mail.md").read_text()
TABLED = set(re.findall(r"^\| `([a-z0-9_]+)` \|", PAGE, re.MULTILINE))
FAILED = set(re.findall(r"`(failed_[a-z_]+)`", PAGE))
_NOTING = re.compile(
    r"(?:.*\b(?:defects|noted)\.(?:append|extend)|reading\.lower|_stop|decode_header|parsed\.model_copy)"
)
_WORD = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
_RETURNED = re.compile(r"(?:base64|uuencode|yenc|transfer_encoding|charset|header)_[a-z0-9_]+")


def words() -> Iterator[str]:
    """Yield every defect that the code can note."""
    for path in [*(ROOT / "parse" / "mime").glob("*.py"), *(ROOT / "parse").glob("*.py")]:
        returns = path.name in {"transfer.py", "charsets.py"}
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _NOTING.fullmatch(ast.unparse(node.func)):
                yield from (word for argument in node.args for word in _constants(argument))
                yield from (word for one in node.keywords if one.arg == "update" for word in _constants(one.value))
            elif returns and isinstance(node, ast.Constant) and _RETURNED.fullmatch(str(node.value)):
                yield str(node.value)


def _constants(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _WORD.fullmatch(node.value):
            yield node.value


def test_every_defect_is_explained_and_no_other() -> None:
    no_defects = {"headers", "level", "defects", "forwarded", "counts"}
    assert set(words()) - no_defects == TABLED


def test_every_step_that_may_fail_is_named() -> None:
    source = (ROOT / "parse" / "reader.py").read_text()
    assert {f"failed_{step}" for step in re.findall(r"\.attempt\(\s*\"(\w+)\"", source)} == FAILED


def test_every_limit_is_named() -> None:
    named = re.findall(r"^\| `([A-Z_]+)` \|", PAGE, re.MULTILINE)
    assert named == [one.name.upper() for one in fields(Limits)]
