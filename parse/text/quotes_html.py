"""Quotes, histories and signatures that an HTML mail shows by its structure.

Mail programs name the wrappers they put around what they quote (class names, ids, ``blockquote type=cite``). The
wrappers are marked in the source by noncharacters (Unicode 23.7), which live through the making of text and never
occur in mail that is to be shown. The names were collected from mail of the programs and from the public tests of
talon and of the Discourse mail trimmer. The source is marked rather than the tree, as that takes linear time.
"""

from __future__ import annotations

import enum
import re

MAX_MARKS = 5_000
"""How many wrappers are marked at most; deeper or longer mail is machine-made."""


class Mark(enum.Enum):
    """A structural wrapper, with the characters that open and close it in the text."""

    CITED = "\ufdd0\ufdd1"
    """A quote that only a reply makes: it is never the writer's own."""
    QUOTED = "\ufdd2\ufdd3"
    """A quote that a writer might have made by hand, as a line with ``>`` in plain text."""
    INDENTED = "\ufdd4\ufdd5"
    """A block that is a quote if something introduces it as one, and indented text if not."""
    ATTRIBUTION = "\ufdd6\ufdd7"
    """The line that introduces a quote."""
    SIGNATURE = "\ufdd8\ufdd9"
    HISTORY = "\ufdda"
    """All from here on is history."""


_MARKS_IN_USE = tuple(char for mark in Mark for char in mark.value)
_NAMES: dict[Mark, str] = {
    Mark.CITED: (
        "yahoo_quoted protonmail_quote tutanota_quote zmail_extra replyquote front-blockquote freshdesk_quote iosymail "
        "__quoted_text__ isreplycontent olk_src_body_section quote messagereplysection js-readmsg-msg"
    ),
    Mark.ATTRIBUTION: "moz-cite-prefix gmail_attr reply-intro",
    Mark.SIGNATURE: (
        "signature gmail_signature gmail_signature_prefix moz-signature applemailsignature composer_signature "
        "ms-outlook-mobile-signature protonmail_signature_block messagesignaturesection ymail_android_signature"
    ),
    Mark.HISTORY: (
        "divrplyfwdmsg appendonsend mail-editor-reference-message-container outlookmessageheader stopspelling zwchr "
        "moz-forward-container"
    ),
}
_MARK_OF_NAME = {name: mark for mark, names in _NAMES.items() for name in names.split()}
_PREFIX = re.compile(r"^(?:x_|ecx|ydp[0-9a-f]{6,12})+")

_HINTS = (
    *("<blockquote", "quote", "signature", "gmail_attr", "cite-prefix", "rplyfwd", "appendonsend", "reply", "forward"),
    *("reference-message", "messageheader", "stopspelling", "zwchr", "zmail_extra", "iosymail", "olk_src", "readmsg"),
)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})\b([^<>]*)>")
_NAMED = re.compile(r"""(?:class|id|name|data-marker)=(?:"([^"<>]*)"|'([^'<>]*)'|([^\s"'<>]+))""")
_WIDGET = re.compile(r"""data-signature(?:-widget|block)\s*=\s*["']?(?:container|true)""")
_CITE = re.compile(r"""\btype\s*=\s*["']?cite""")
_NEVER_WRAPPERS = frozenset(("br", "img", "meta", "input", "link", "a", "font", "b", "i", "body", "html"))


def without_marks(text: str) -> str:
    """Return ``text`` without the characters that mark structure."""
    if not text.isascii():
        for char in _MARKS_IN_USE:
            text = text.replace(char, "")
    return text


def has_structure(lower: str) -> bool:
    """Tell whether HTML, given in lower case, may hold any of the wrappers, so that plain mail is spared the search."""
    return any(hint in lower for hint in _HINTS)


def mark_structure(html: str) -> str:
    """Return ``html`` with the marks of every wrapper put in."""
    out: list[str] = []
    position = 0
    opened: list[tuple[str, Mark]] = []
    depths: list[int] = []
    for tag in _TAG.finditer(html):
        name = tag[2].lower()
        if opened and opened[-1][0] == name:
            depths[-1] += -1 if tag[1] else 1
            if tag[1] and depths[-1] == 0:
                out += (html[position : tag.start()], opened.pop()[1].value[1])
                depths.pop()
                position = tag.start()
                continue
        if tag[1] or len(out) > 2 * MAX_MARKS:
            continue
        mark = _mark_of(name, tag[3])
        if mark is Mark.HISTORY:
            out += (html[position : tag.start()], mark.value)
            position = tag.start()
        elif mark is not None:
            if opened and opened[-1][0] == name:
                depths[-1] -= 1
            opened.append((name, mark))
            depths.append(1)
            out += (html[position : tag.end()], mark.value[0])
            position = tag.end()
    out.append(html[position:])
    return "".join(out)


def _mark_of(name: str, attributes: str) -> Mark | None:
    """Return what wrapper a start tag is, by its name and attributes."""
    attributes = attributes.lower()
    if name == "blockquote":
        if _CITE.search(attributes):
            return Mark.CITED
        if "gmail_quote" in attributes or "border-left" in attributes:
            return Mark.QUOTED
    elif "=" not in attributes or name in _NEVER_WRAPPERS:
        return None
    for double, single, bare in _NAMED.findall(attributes):
        for word in (double or single or bare).split():
            mark = _MARK_OF_NAME.get(word) or _MARK_OF_NAME.get(_PREFIX.sub("", word))
            if mark is not None:
                return mark
    if "data-signature" in attributes and _WIDGET.search(attributes):
        return Mark.SIGNATURE
    return Mark.INDENTED if name == "blockquote" else None
