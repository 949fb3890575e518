"""A YAML file as plain data, with the line on which everything stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from console.configuration import syntax
from console.configuration.faults import Fault

Path = tuple[str | int, ...]

MAX_NODES = 500_000
_HALF = re.compile("[\ud800-\udfff]")
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True, slots=True)
class Document:
    """What one file holds. ``lines`` maps the path of keys and positions to a value onto its line, from 1.

    ``blocks`` maps the path to a text that is written line by line, after ``|``, onto the line where it begins.
    ``text`` is the file as it stands, line by line.
    """

    file: str
    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    blocks: dict[Path, int] = field(default_factory=dict)
    text: tuple[str, ...] = ()

    def line(self, path: Path) -> int:
        """Return the line of ``path``, or of the nearest thing around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def parse(file: str, text: str) -> tuple[Document, list[Fault]]:
    """Return the document that ``text`` is, and what is wrong with it as YAML."""
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except Exception as error:  # noqa: BLE001 - whatever the YAML library stumbles over is a fault of the file
        return Document(file), [syntax.explain(file, text, error)]
    builder = _Builder(file)
    if node is None:
        return Document(file), [Fault(file, 1, "the file is empty", "write the mail configuration into it")]
    try:
        data = builder.build(node, ())
    except RecursionError:
        return Document(file), [syntax.too_deep(file)]
    except _TooLargeError:
        return Document(file), [syntax.too_large(file, MAX_NODES)]
    return Document(file, data, builder.lines, builder.blocks, tuple(text.splitlines())), builder.faults


class _TooLargeError(Exception):
    """There are too many values, mostly as aliases of aliases grow beyond all measure."""


class _Builder:
    """Turns nodes into plain data and remembers their lines."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Path, int] = {}
        self.blocks: dict[Path, int] = {}
        self.faults: list[Fault] = []
        self._built = 0

    def build(self, node: Node, path: Path) -> Any:
        """Return the data of ``node``, which stands at ``path``."""
        self._count()
        self.lines.setdefault(path, _line(node))
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self.build(item, (*path, position)) for position, item in enumerate(node.value)]
        if isinstance(node, ScalarNode) and node.style == "|":
            self.blocks[path] = _line(node) + 1
        return _scalar(node, self._whole(node))

    def _whole(self, node: Node) -> str:
        """Return the text of a scalar, without halves of characters: nothing can store or show them."""
        text = str(node.value)
        if text.isascii() or not _HALF.search(text):
            return text
        self._fault(node, "half of a character stands here, written as \\ud8… to \\udf…", "write the character itself")
        return _HALF.sub("\N{REPLACEMENT CHARACTER}", text)

    def _count(self) -> None:
        self._built += 1
        if self._built > MAX_NODES:
            raise _TooLargeError

    def _mapping(self, node: MappingNode, path: Path) -> dict[str, Any]:
        self._count()
        found: dict[str, Any] = {}
        merged: list[MappingNode] = []
        first: dict[str, int] = {}
        for key, value in node.value:
            if key.tag == _TAG + "merge":
                merged += [part for part in _parts(value) if isinstance(part, MappingNode)]
                continue
            if not isinstance(key, ScalarNode):
                self._fault(key, "a key is a list or a mapping", "write the key as a word")
                continue
            word = self._whole(key)
            if word in first:
                self._fault(key, f"the key {word!r} stands twice, first on line {first[word]}", "keep one of them")
                continue
            first[word] = _line(key)
            self.lines[(*path, word)] = _line(key)
            found[word] = self.build(value, (*path, word))
        for part in merged:
            for word, value in self._mapping(part, path).items():
                found.setdefault(word, value)
        return found

    def _fault(self, node: Node, problem: str, cure: str) -> None:
        self.faults.append(Fault(self.file, _line(node), problem, cure))


def _parts(node: Node) -> list[Node]:
    return list(node.value) if isinstance(node, SequenceNode) else [node]


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _scalar(node: Node, text: str) -> Any:
    kind = str(node.tag).removeprefix(_TAG)
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    try:
        if kind == "int":
            return int(text.replace("_", ""), 0)
        if kind == "float":
            return float(text.replace("_", ""))
    except ValueError:  # 007, or more figures than Python converts
        return text
    return text
