"""What the YAML library found wrong with a file's syntax, in words that help whoever wrote it."""

from __future__ import annotations

import re

from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.reader import ReaderError

from console.configuration import passwords
from console.configuration.faults import Fault

_UNQUOTED = re.compile(r"""[:,\[{-]\s*(?P<text>[*@`%][^\s#,\]}]*)""")

_BARE_REGEX = re.compile(r"""_regex\s*:\s+[^'"\s]""")

_LOOK = "look at the indentation, brackets and quotes here and just above"

# what the library's sentence holds, and how we say it
_SENTENCES = (
    ("found another document", "a second YAML document begins here", "remove the line '---' or make two files"),
    (
        "mapping values are not allowed",
        "a colon stands where YAML expects none",
        "put text that holds ': ' into quotes, and indent this line like its neighbours",
    ),
    ("unexpected end of stream", "a quote that opens here is never closed", "close it"),
    ("unknown escape character", "a backslash stands in double quotes", "use single quotes around this text"),
    (
        "but found '<block mapping start>'",
        "this line is indented unlike its neighbours",
        "indent the keys of one block equally",
    ),
    ("but found '-'", "a list item stands among keys", "indent it under the key of its list"),
    ("but found '?'", "a key stands where a list item is expected", "indent the keys of one block equally"),
    (
        "expected ',' or",
        "the bracket that opens here has no end, or a comma is missing in it",
        "close it or add the comma",
    ),
)


def explain(file: str, text: str, error: Exception) -> Fault:
    """Return the fault that the library met in ``text``."""
    if isinstance(error, RecursionError):
        return too_deep(file)
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, int(error.position)) + 1
        return Fault(file, line, "a control character stands here", "remove it, and save the file as plain UTF-8 text")
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Fault(file, 1, "this is no valid YAML", "compare the file with docs/examples/mail.yml")
    problem = str(error.problem)
    opened = "end of stream" in problem or ("expected ',' or" in problem and "got '{'" not in problem)
    mark = error.context_mark if opened and error.context_mark else error.problem_mark
    number = int(mark.line) + 1
    lines = text.splitlines()
    here = lines[number - 1] if number <= len(lines) else ""
    return Fault(file, number, *_say(problem, here))


def too_deep(file: str) -> Fault:
    """Return the fault of a file whose nesting has no end."""
    return Fault(file, 1, "the file is nested without end", "write it plainly, without anchors that name themselves")


def too_large(file: str, most: int) -> Fault:
    """Return the fault of a file with more than ``most`` values, written out or by anchors of anchors."""
    return Fault(file, 1, f"the file holds more than {most} values", "make several files of it, without nested anchors")


def _say(problem: str, here: str) -> tuple[str, str]:
    if "\t" in here[: len(here) - len(here.lstrip())]:
        return "this line is indented with a tab", "indent with spaces"
    if _BARE_REGEX.search(here):
        return "YAML reads signs of this pattern as its own", "put single quotes around it, and double those within it"
    if "alias" in problem or "cannot start any token" in problem:
        return _say_unquoted(problem, here)
    if "got '{'" in problem and "${" in here:
        return "${…} stands in braces without quotes", 'put quotes around it, such as "${MAIL_PASSWORD}"'
    for needle, what, cure in _SENTENCES:
        if needle in problem:
            return what, cure
    return f"this is no valid YAML ({problem})", _LOOK


def _say_unquoted(problem: str, here: str) -> tuple[str, str]:
    found = _UNQUOTED.search(here)
    if found and "password" in here:  # the text may be one, and is not repeated
        return passwords.LITERAL, passwords.CURE
    if found and ("@" in found["text"] or "alias" not in problem):
        bare = found["text"]
        meant = f"*{bare}" if bare.startswith("@") else bare
        return f"{bare} stands without quotes", f'write "{meant}"'
    if "undefined alias" in problem:
        return "an alias names an anchor that is not there", "put text that begins with * into quotes"
    return f"this is no valid YAML ({problem})", _LOOK
