"""An administrator's own mail texts: Jinja2, of which only what cannot run for long is allowed. Pure.

Templates print values, decide by ``if`` and go through lists by a ``for`` that holds no other one. They can neither
call, compute, assign nor define anything, so that the time they take is bounded by their length and the letter's.
Jinja2's sandbox stands around that, and a limit on what they write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any, Final, Literal

from jinja2 import Template, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from replies import fields, markup

Form = Literal["text", "html"]

LONGEST_TEMPLATE = 50_000
LONGEST_OUTPUT = 2_000_000
"""Characters."""

VALUES: Final = frozenset(
    {"kind", "language", "number", "subject", "name", "mailbox", "notice", "message", "earlier", "links", "signature"}
    | {"logo", "url", "until", "blocks"}
)
"""What a template may name; documented in docs/administration.md."""

LISTS: Final = ("notice", "earlier", "links")
FILTERS: Final = (
    "capitalize", "default", "e", "escape", "first", "forceescape", "last", "length", "lower", "title", "trim",
    "truncate", "upper",
)  # fmt: skip

_ALLOWED = (
    nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.If,
    nodes.CondExpr, nodes.For, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Filter, nodes.Test,
)  # fmt: skip
_FAULTS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
)
_TAG = re.compile(r"\{%.*?%\}")
_FROM_ELSEWHERE = re.compile(
    r"<\s*(script|iframe|object|embed|form|link|base)\b|\b(?:src|background|srcset)\s*=\s*[\"']?\s*(?:https?:)?//"
    r"|url\(\s*[\"']?\s*(?:https?:)?//|@import",
    re.IGNORECASE,
)


class TemplateTroubleError(Exception):
    """A template cannot be used; the text is a sentence that says where and why."""

    def __init__(self, sentence: str, line: int | None = None) -> None:
        """Carry the sentence, and the line of the template where it is known."""
        super().__init__(f"line {line}: {sentence}" if line else sentence)
        self.sentence, self.line = sentence, line


class _Fields(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, where nothing has methods either: ``{{ name.upper }}`` would print where one is in memory."""

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return super().is_safe_attribute(obj, attr, value) and not callable(value)


def render(source: str, form: Form, values: Mapping[str, Any]) -> str:
    """Return what the template ``source`` makes of ``values``; raise TemplateTroubleError when it cannot."""
    given = {name: fields.shown(value, name) for name, value in values.items()}
    written: list[str] = []
    room = LONGEST_OUTPUT
    try:
        for piece in _compiled(source, form).generate(given):
            written.append(piece)
            room -= len(piece)
            if room < 0:
                raise TemplateTroubleError(f"it writes more than {LONGEST_OUTPUT} characters")
    except (TemplateError, *_FAULTS) as error:
        raise _trouble(error) from error
    return "".join(written)


def loads_from_elsewhere(html: str) -> str | None:
    """Return what in ``html`` a mail program would block or a mail must not do, or None."""
    found = _FROM_ELSEWHERE.search(html)
    return found[0] if found else None


@lru_cache(maxsize=512)
def _compiled(source: str, form: Form) -> Template:
    if len(source) > LONGEST_TEMPLATE:
        raise TemplateTroubleError(f"it is longer than {LONGEST_TEMPLATE} characters")
    environment = _environment(form)
    _restrict(environment.parse(source))
    return environment.from_string("\n".join(map(_kept_end, source.split("\n"))) if form == "text" else source)


def _kept_end(line: str) -> str:
    """Return a line of a template whose end stays where it has words; of lines of nothing but tags none is left."""
    if not line.endswith("%}") or line.endswith(("-%}", "+%}")) or "{%" not in line or not _TAG.sub("", line).strip():
        return line
    return f"{line[:-2]}+%}}"


@lru_cache(maxsize=2)
def _environment(form: Form) -> _Fields:
    made = _Fields(
        autoescape=form == "html",
        undefined=fields.Missing,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=0,
    )
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in FILTERS} | {"lines": markup.lines, "linked": markup.linked}
    made.tests = {name: made.tests[name] for name in ("defined", "none")}
    return made


def _restrict(template: nodes.Template) -> None:
    """Raise TemplateTroubleError at the first thing in ``template`` that is not allowed or not known."""
    for loop in template.find_all(nodes.For):
        _restrict_loop(loop)
    for node, known in _with_names(template, VALUES):
        if isinstance(node, nodes.Name) and node.name not in known:
            raise TemplateTroubleError(f"there is no {node.name} here; {fields.instead(node.name, known)}", node.lineno)
        if not isinstance(node, _ALLOWED) and not _is_constant(node):
            what = type(node).__name__.lower()
            sentence = f"{what!r} is not allowed; templates print values, with if, for and filters, and do nothing else"
            raise TemplateTroubleError(sentence, _line_of(node))


def _line_of(node: nodes.Node) -> int | None:
    """Return where ``node`` stands; some that Jinja2 makes by itself do not know, but what they hold does."""
    return node.lineno or next((one.lineno for one in node.find_all(nodes.Node) if one.lineno), None)


def _restrict_loop(loop: nodes.For) -> None:
    iterated = loop.iter
    if isinstance(iterated, nodes.Getitem) and isinstance(iterated.arg, nodes.Slice):
        iterated = iterated.node
    if not isinstance(iterated, nodes.Name) or iterated.name not in LISTS:
        raise TemplateTroubleError(f"for goes through one of {', '.join(LISTS)}, and nothing else", loop.lineno)
    if loop.recursive or next(loop.find_all(nodes.For), None):
        raise TemplateTroubleError("a for may not stand in another one", loop.lineno)
    if not isinstance(loop.target, nodes.Name) or loop.target.name in VALUES:
        raise TemplateTroubleError("a for needs one new name, as in 'for one in earlier'", loop.lineno)


def _is_constant(node: nodes.Node) -> bool:
    return isinstance(node, (nodes.Tuple, nodes.List)) and all(isinstance(one, nodes.Const) for one in node.items)


def _with_names(node: nodes.Node, known: frozenset[str]) -> Iterator[tuple[nodes.Node, frozenset[str]]]:
    """Yield the nodes below ``node``, each with the names that stand for something there."""
    if isinstance(node, nodes.For) and isinstance(node.target, nodes.Name):
        known |= {node.target.name, "loop"}
    for child in node.iter_child_nodes():
        yield child, known
        yield from _with_names(child, known)


def _trouble(error: BaseException) -> TemplateTroubleError:
    if isinstance(error, TemplateTroubleError):
        return error
    if isinstance(error, TemplateSyntaxError):
        return TemplateTroubleError(str(error.message), error.lineno)
    if isinstance(error, (RecursionError, MemoryError, SyntaxError)):
        return TemplateTroubleError("its parts stand too deep in one another")
    return TemplateTroubleError(str(error) or type(error).__name__, _line(error.__traceback__))


def _line(trace: TracebackType | None) -> int | None:
    """Return the line of the template in which an error was raised; Jinja2 writes it into the traceback."""
    found = None
    while trace:
        if trace.tb_frame.f_code.co_filename == "<template>":
            found = trace.tb_lineno
        trace = trace.tb_next
    return found
