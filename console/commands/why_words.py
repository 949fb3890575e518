"""What the words about a decision are made of."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console.commands.common import plain

Step = Mapping[str, Any]
Templates = Mapping[int, str]

YES_NO = ("✗", "✓")


@dataclass(frozen=True, slots=True)
class Line:
    """A mark (✓ ✗ → · !) and what it says, so many levels below the step."""

    mark: str
    text: str
    depth: int = 0


def said(value: Any) -> str:
    """Return a value of a step on one line, without what would steer the terminal."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return plain(" ".join(text.split()))


def called(template_id: Any, templates: Templates) -> str:
    """Return what to call a template of which the step has the id."""
    name = templates.get(template_id) if isinstance(template_id, int) else None
    return f"«{plain(name)}»" if name else f"with id {said(template_id)}"
