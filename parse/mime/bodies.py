"""Which leaves are the text of a mail and which are files (RFC 8621 section 4.1.4, JMAP's rules, without its media).

The body of a forwarded message is never mixed into ours: a ``message/rfc822`` is a file. Pure; never raises.
"""

from __future__ import annotations

import html as escaping
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from parse.mime.invitations import describe
from parse.mime.smime import is_encrypted
from parse.model import Mail, Part

_ALTERNATIVE = frozenset({"multipart/alternative", "application/ms-tnef"})
_SMIME = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_HTML = "text/html"
_PLAIN = "text/plain"
_SHOWN_FIRST = frozenset({_PLAIN, _HTML})


@dataclass(slots=True)
class Bodies:
    """The leaves by their use; ``html_parts`` may hold plain ones that stand between HTML ones."""

    text_parts: list[Part] = field(default_factory=list)
    html_parts: list[Part] = field(default_factory=list)
    files: list[Part] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def html(self) -> str | None:
        """The HTML as sent, joined when there are several parts, or None."""
        found = [part.text for part in self.html_parts if part.content_type == _HTML and part.text is not None]
        return "\n".join(found) if found else None

    @property
    def html_to_show(self) -> str | None:
        """The HTML with the plain parts that stand beside it, in their order, or None when all is plain."""
        if not any(part.content_type == _HTML for part in self.html_parts):
            return None
        return "\n".join(_as_html(part) for part in self.html_parts)

    def text(self, to_text: Callable[[str], str]) -> str:
        """Join the text, made from HTML where there is no plain form of it, with the notes below."""
        pieces: list[str] = []
        for part in self.text_parts:
            text = part.text or ""
            pieces.append(to_text(text) if part.content_type == _HTML else text)
        if len(pieces) > 1:
            pieces = [piece.strip("\n") for piece in pieces if piece.strip()]
        text = "\n".join(pieces)
        notes = [note for note in self.notes if note not in text]
        if not notes:
            return text
        return "\n\n".join([text.rstrip("\n"), *notes]) if text.strip() else "\n".join(notes)


def choose(mail: Mail) -> Bodies:
    """Sort the leaves of a mail into text, HTML and files."""
    bodies = Bodies()
    _walk(mail.parts, 0, mail.parts[0].inside[0] if mail.parts and mail.parts[0].inside else "", bodies, alone=False)
    if not bodies.text_parts and not bodies.html_parts:
        _fall_back(mail, bodies)
    bodies.notes.extend(note for part in mail.parts if (note := _note(part)))
    return bodies


def _walk(parts: tuple[Part, ...], level: int, kind: str, bodies: Bodies, *, alone: bool) -> None:
    """Sort the parts of one container; ``alone`` says that an alternative further out has plain and HTML apart."""
    alternative = kind in _ALTERNATIVE
    texts, htmls = len(bodies.text_parts), len(bodies.html_parts)
    for group in _groups(parts, level):
        first = group[0]
        if len(first.path) > level + 1:
            _walk(group, level + 1, first.inside[level + 1], bodies, alone=alone or alternative)
            continue
        for place, part in enumerate(group):
            if place or not _is_text(part, kind):
                bodies.files.append(part)
            elif alone or alternative:
                (bodies.html_parts if part.content_type == _HTML else bodies.text_parts).append(part)
            else:
                bodies.text_parts.append(part)
                bodies.html_parts.append(part)
    if alternative and not alone:
        _even_out(bodies, texts, htmls)


def _even_out(bodies: Bodies, texts: int, htmls: int) -> None:
    """Let an alternative in one form only serve for both."""
    new_texts, new_htmls = bodies.text_parts[texts:], bodies.html_parts[htmls:]
    if not any((part.text or "").strip() for part in new_texts) and new_htmls:
        bodies.text_parts[texts:] = new_htmls
    if not new_htmls and new_texts:
        bodies.html_parts.extend(new_texts)


def _groups(parts: tuple[Part, ...], level: int) -> Iterator[tuple[Part, ...]]:
    """Split a container's leaves by its direct children."""
    start = 0
    for index in range(1, len(parts) + 1):
        if index == len(parts) or parts[index].path[: level + 1] != parts[start].path[: level + 1]:
            yield parts[start:index]
            start = index


def _is_text(part: Part, container: str) -> bool:
    """Tell whether a leaf is read as part of the mail rather than offered as a file."""
    if part.content_type not in _SHOWN_FIRST or part.text is None or part.disposition == "attachment":
        return False
    if not part.path or part.path[-1] == 0 or container in _ALTERNATIVE:
        return True
    return container != "multipart/related" and part.filename is None


def _fall_back(mail: Mail, bodies: Bodies) -> None:
    """Show what text there is when nothing was clearly meant to be read (text/enriched, text/x-unknown …)."""
    for part in mail.parts:
        if (
            part.text
            and part.disposition != "attachment"
            and part.content_type != "text/calendar"
            and part.filename is None
        ):
            bodies.text_parts.append(part)
            bodies.files = [one for one in bodies.files if one is not part]
            return


def _note(part: Part) -> str | None:
    """Say in one line what a reader could not see otherwise."""
    kind = part.content_type
    if kind in {"text/calendar", "application/ics"}:
        calendar = part.text if part.text is not None else part.content.decode("utf-8", "replace")
        return describe(calendar)
    if kind == "application/pgp-encrypted":
        return "[Encrypted mail (PGP/MIME), attached whole]"
    if kind in _SMIME and is_encrypted(part.content):
        return "[Encrypted mail (S/MIME), attached whole]"
    if kind == "message/partial":
        return f"[Part {_short(part.param('number'))} of {_short(part.param('total'))} of a mail sent in pieces]"
    if kind == "message/external-body":
        where = part.param("url") or "/".join(
            filter(None, (part.param("site"), part.param("directory"), part.param("name")))
        )
        return f"[File kept elsewhere ({_short(part.param('access-type'))}): {where[:500]}]"
    return None


def _short(value: str | None) -> str:
    return (value or "?")[:40]


def _as_html(part: Part) -> str:
    if part.content_type == _HTML:
        return part.text or ""
    lines = escaping.escape(part.text or "", quote=False).replace("\n", "<br>\n")
    return f"<div>{lines}</div>"
