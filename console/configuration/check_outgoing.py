"""What is wrong with how a mailbox writes: its own texts, each at its line, and what it asks for and never sends."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import get_args

from backbone.contracts import Language, LetterKind
from console.configuration.faults import Fault
from console.configuration.nodes import Node
from replies.checking import trouble_of
from replies.custom import Form

_KINDS: tuple[LetterKind, ...] = get_args(LetterKind)
_LANGUAGES: tuple[Language, ...] = get_args(Language)
_FORMS: tuple[Form, ...] = get_args(Form)
_SENDING = ("reply_to_token", "body_marker", "undo_seconds", "sent_folder")
"""What is asked for and never comes about where nothing is sent; the others lie ready."""
_CURE = "see 'Texts of your own' in docs/administration.md"


def faults(mailbox: Node) -> Iterator[Fault]:
    """Yield every fault of the ``outgoing`` of a mailbox."""
    node = mailbox.node("outgoing")
    if node is None:
        return
    if mailbox.data.get("smtp") is None and mailbox.data.get("preset") is None:
        for key in (key for key in _SENDING if node.data.get(key)):
            problem = f"{key!r} says nothing without 'smtp', as nothing is sent from this mailbox"
            yield node.fault_of(key, problem, "add it to the mailbox, or take this out")
    if templates := node.node("templates"):
        yield from _templates(templates)


def _templates(templates: Node) -> Iterator[Fault]:
    for kind in _KINDS:
        own = templates.node(kind)
        for language in _LANGUAGES:
            texts = own.node(language) if own else None
            for form in _FORMS if texts else ():
                source = texts.data.get(form) if texts else None
                if texts and isinstance(source, str) and source.strip():
                    trouble = _tried(kind, language, source.rstrip(), form)
                    if trouble:
                        yield _fault(texts, form, f"the {form} of {kind} in {language!r}", *trouble)


@lru_cache(maxsize=1_000)  # many mailboxes share their texts
def _tried(kind: LetterKind, language: Language, source: str, form: Form) -> tuple[str, int | None] | None:
    trouble = trouble_of(kind, language, source, form)
    return (trouble.sentence, trouble.line) if trouble else None


def _fault(node: Node, form: Form, what: str, sentence: str, number: int | None) -> Fault:
    """Return the fault at its own line, where the source is written line by line, and at that of its key elsewhere."""
    source = node.data[form]
    block = node.document.blocks.get((*node.path, form))
    line = node.line(form) if block is None or number is None else block + number - 1
    inside = f", line {number}" if block is None and number and "\n" in source.rstrip() else ""
    problem, semicolon, cure = sentence.partition("; ")
    return Fault(node.document.file, line, f"{what}{inside}: {problem.removesuffix('.')}", cure if semicolon else _CURE)
