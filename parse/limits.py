"""How much one mail may cost: bounds on size, shape and time, each with a defect and a lower level when it is met.

Nothing here measures anything; ``mime`` and ``reader`` do, and climb down the ladder full -> text -> headers.
"""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one mail. What exceeds them is not lost: the raw mail is then attached to the parsed one.

    ``message_bytes`` a larger mail gets its header read only; ``header_bytes`` for one header section (RFC 5322
    section 2.2); ``parts`` and ``depth`` of the MIME tree (RFC 2046 section 5.1); ``decoded_bytes`` of all parts
    together; ``body_bytes`` of a text part that are read as text; ``text_chars`` of the text shown; ``html_chars`` of
    HTML that is still made into text and sanitised (its nesting is capped in ``html_depth``); ``html_ampersands`` in
    it, for which the sanitiser takes quadratic time; ``seconds`` of wall time for the whole reading; ``addresses`` kept
    of one address header field.
    """

    message_bytes: int = 60 * MIB
    header_bytes: int = 2 * MIB
    parts: int = 1_000
    depth: int = 100
    decoded_bytes: int = 200 * MIB
    body_bytes: int = 4 * MIB
    text_chars: int = 2 * MIB
    html_chars: int = 1 * MIB
    html_ampersands: int = 200_000
    seconds: float = 10.0
    addresses: int = 2_000
