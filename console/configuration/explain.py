"""What pydantic found wrong with a file, in words that help whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from console.configuration.document import Document, Path
from console.configuration.faults import WRONG, Fault, nearest
from console.configuration.model import Configuration


def _models(model: type[BaseModel], words: tuple[str, ...] = ()) -> dict[tuple[str, ...], type[BaseModel]]:
    """Return ``model`` and all that it is made of, by the keys that lead to them."""
    found = {words: model}
    for key, field in model.model_fields.items():
        for inner in _within(field.annotation):
            found |= _models(inner, (*words, key))
    return found


def _within(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _within(part)


MODELS = _models(Configuration)
"""Every mapping of a file, by the keys that lead to it."""

# what people write who have used other programs
_SYNONYMS = {
    "user": "login",
    "username": "login",
    "email": "address",
    "mail": "address",
    "server": "host",
    "ssl": "security",
    "encryption": "security",
    "sender": "pattern",
    "rules": "senders",
    "interval": "poll_seconds",
    "active": "enabled",
    "prefix": "number_prefix",
    "recipient": "to",
    "subject": "subject_regex",
    "regex": "message_regex",
    "regexp": "message_regex",
    "body": "message_regex",
    "body_regex": "message_regex",
    "mismatch": "on_mismatch",
    "regex_source": "match_against",
    "company": "customer",
    "block": "blocked",
    "blacklist": "blocked",
    "synonyms": "aliases",
    "contacts": "people",
}

_TYPES = {
    "string_type": ("text", "put quotes around it"),
    "bool_type": ("true or false", "write one of the two, without quotes"),
    "int_type": ("a whole number", "write it in figures, without quotes"),
    "list_type": ("a list", "begin each of its items with '- ' on a line of its own"),
    "dict_type": ("a block of keys", "write its keys one a line, as 'key: value'"),
    "model_type": ("a block of keys", "write its keys one a line, as 'key: value'"),
}


def faults(document: Document, error: ValidationError) -> list[Fault]:
    """Return every fault that ``error`` speaks of."""
    details = error.errors(include_url=False)
    # a key that was misspelt is not missing as well
    meant = {
        (*path[:-1], _meant(path)) for path in (item["loc"] for item in details if item["type"] == "extra_forbidden")
    }
    found = [_fault(document, item) for item in details if item["type"] != "missing" or item["loc"] not in meant]
    return list(dict.fromkeys(found))  # one text may stand for several


def _fault(document: Document, detail: ErrorDetails) -> Fault:
    path = detail["loc"]
    return Fault(document.file, document.line(path), *_say(path, detail))


def _say(path: Path, detail: ErrorDetails) -> tuple[str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    label = _label(path)
    if kind == WRONG:
        return str(context["problem"]), str(context["cure"])
    if kind == "extra_forbidden":
        return _unknown_key(path)
    if kind == "missing":
        return _missing_key(path)
    if kind in _TYPES:
        expected, cure = _TYPES[kind]
        return f"{label} must be {expected}, and is {_kind_of(detail['input'])}", cure
    return _out_of_range(path, detail)


def _out_of_range(path: Path, detail: ErrorDetails) -> tuple[str, str]:
    kind, context = detail["type"], detail.get("ctx", {})
    label = _label(path)
    if kind == "literal_error":
        choices = str(context["expected"]).replace("'", "")
        return f"{label} cannot be {_shown(detail['input'])}", f"write {choices}"
    if kind in {"greater_than_equal", "less_than_equal"}:
        low, high = _range(path)
        return f"{label} cannot be {detail['input']}", f"write a number from {low} to {high}"
    return f"{label} cannot be used ({detail['msg']})", "compare it with docs/examples/mail.yml"


def _unknown_key(path: Path) -> tuple[str, str]:
    key = str(path[-1])
    if key.lower().startswith("pop"):
        return "POP3 is not supported", "collect the mail by IMAP, under the key 'imap'"
    problem, near, home = f"the key {key!r} is not known here", _meant(path), _home(path)
    just_below = len(path) > 1 and home in _known(path) and key in _model((*path[:-1], str(home))).model_fields
    if near and not (just_below and key.lower() not in _SYNONYMS):
        return problem, f"did you mean {near!r}?"
    return problem, f"move it under {home!r}" if home else f"the known ones are {', '.join(_known(path))}"


def _home(path: Path) -> str | None:
    """Return the key under which the last key of ``path`` would be known: the nearest below here, or the only one."""
    here = _words(path[:-1])
    homes = [words for words, model in MODELS.items() if words and path[-1] in model.model_fields]
    below = [words for words in homes if words[: len(here)] == here]
    depth = min(map(len, below), default=0)
    near = [words for words in below if len(words) == depth]
    if len(near) > 1 and not here:
        return None  # every section has such a key
    chosen = near or (homes if len(homes) == 1 else [])
    return chosen[0][-1] if chosen else None


def _meant(path: Path) -> str | None:
    key, known = str(path[-1]), _known(path)
    synonym = _SYNONYMS.get(key.lower())
    return synonym if synonym in known else nearest(key, known)


def _known(path: Path) -> list[str]:
    return list(_model(path[:-1]).model_fields)


def _missing_key(path: Path) -> tuple[str, str]:
    within = f" under {path[-2]!r}" if len(path) > 1 and isinstance(path[-2], str) else ""
    return f"{_label(path)} is missing{within}", f"add '{path[-1]}: {_example(path)}'{within}"


def _model(path: Path) -> type[BaseModel]:
    return MODELS.get(_words(path), Configuration)


def _words(path: Path) -> tuple[str, ...]:
    return tuple(part for part in path if isinstance(part, str))


def _example(path: Path) -> str:
    examples = _model(path[:-1]).model_fields[str(path[-1])].examples
    return str(examples[0]) if examples else "…"


def _range(path: Path) -> tuple[int, int]:
    limits: dict[str, int] = {}
    for item in _model(path[:-1]).model_fields[str(path[-1])].metadata:
        limits.update({side: getattr(item, side) for side in ("ge", "le") if hasattr(item, side)})
    return limits["ge"], limits["le"]


def _label(path: Path) -> str:
    if not path:
        return "the file"
    if isinstance(path[-1], int):
        return f"an item of {path[-2]!r}" if len(path) > 1 else "an item"
    return repr(path[-1])


def _kind_of(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a fraction", str: "text", list: "a list", dict: "a block"}
    return "empty" if value is None else names.get(type(value), "something else")


def _shown(value: Any) -> str:
    return repr(value) if isinstance(value, str | int | float) else _kind_of(value)
