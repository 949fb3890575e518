"""How much one mail may cost: bounds on size, shape and time, each with a defect and a lower level when it is met.

Nothing here measures anything; ``mime`` and ``reader`` do, and climb down the ladder full -> text -> headers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import ConfigDict, Field

KIB = 1024
MIB = 1024 * KIB
MAX_HTML_DEPTH = 120
"""Deeper HTML costs the parsers quadratic time, so no setting goes beyond."""

Count = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one mail. What exceeds them is not lost: the raw mail is then attached to the parsed one.

    ``message_bytes`` a larger mail gets its header read only; ``header_bytes`` for one header section (RFC 5322
    section 2.2); ``parts`` and ``depth`` of the MIME tree (RFC 2046 section 5.1); ``decoded_bytes`` of all parts
    together; ``body_bytes`` of a text part that are read as text; ``text_chars`` of the text shown; ``html_chars`` of
    HTML that is still made into text and sanitised; ``html_depth`` of its elements (deeper ones lose their tags, and
    keep their text); ``html_entities`` in it beside ``&amp;`` and ``&nbsp;``, for which the sanitiser takes quadratic
    time; ``seconds`` of wall time for the whole reading; ``addresses`` kept of one address header field.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    message_bytes: Count = 60 * MIB
    header_bytes: Count = 2 * MIB
    parts: Count = 1_000
    depth: Count = 100
    decoded_bytes: Count = 200 * MIB
    body_bytes: Count = 4 * MIB
    text_chars: Count = 2 * MIB
    html_chars: Count = 1 * MIB
    html_depth: Annotated[int, Field(ge=1, le=MAX_HTML_DEPTH)] = MAX_HTML_DEPTH
    html_entities: Count = 50_000
    seconds: Annotated[float, Field(gt=0)] = 10.0
    addresses: Count = 2_000
