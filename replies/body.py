"""What stands in a mail, as plain text and as HTML: blocks of ours, or an administrator's own template. Pure.

Top to bottom: what a notice says, its link, the newest message, links to files, the signature, a rule and the earlier
messages, each under ``dd.mm.yyyy hh:mm, Name:``, and last the marker by which an answer finds its ticket.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from backbone.catalogue.model import Mailbox
from backbone.contracts import Entry, FileLink, Language, Letter
from backbone.i18n import file_size, moment
from replies import custom, headers, markup, texts
from replies.pictures import Picture

log = structlog.get_logger(__name__)

TEMPLATES = Path(__file__).parent / "templates"
RULE = "-" * 40
MARK = "Ref: "

_END = re.compile(r"</body\s*>(?!.*</body\s*>)", re.IGNORECASE | re.DOTALL)
_GAP = re.compile(r"\n[ \t]*\n[ \t]*(?:\n[ \t]*)+\n")
"""Three empty lines and more: what pieces leave behind that a mail has not."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_DOCUMENT = re.compile(r"<html[\s>]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo and the address by which the HTML refers to it."""

    url: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class Body:
    """A mail's two bodies."""

    text: str
    html: str


def language_of(letter: Letter, mailbox: Mailbox) -> Language:
    """Return the language of a mail: its recipient's, else the mailbox's, else English."""
    language = letter.language or mailbox.language
    return "ru" if language == "ru" else "en"


def write(letter: Letter, mailbox: Mailbox, logo: Logo | None = None) -> Body:
    """Return the bodies of ``letter``. A template of the mailbox's own that fails gives way to ours, and is logged."""
    language = language_of(letter, mailbox)
    shown = values(letter, mailbox, language, logo)
    as_text, as_html = text_blocks(shown), html_blocks(shown)
    own = mailbox.outgoing.templates.get(letter.kind, {}).get(language) if mailbox.outgoing.templates else None
    text = _of_own(own.text, shown, as_text, letter, "text") if own and own.text else None
    if text is not None:
        text = _GAP.sub("\n\n", text.strip("\n"))
    html = _of_own(own.html, shown, as_html, letter, "html") if own and own.html else None
    if html is None and text is not None:
        # Whoever changes only the text means the whole mail: most people are shown the HTML.
        html = Markup("<div>{}</div>").format(markup.linked(text.strip()))
    text = "\n\n".join(filter(None, as_text.values())) if text is None else text
    content = Markup("").join(as_html.values()) if html is None else Markup(html)  # noqa: S704 - escaped by Jinja2
    return Body(_marked_text(text, letter.marker), _document(content, language, letter.marker))


def _of_own(
    source: str, shown: Mapping[str, Any], blocks: Mapping[str, str], letter: Letter, form: custom.Form
) -> str | None:
    try:
        return custom.render(source, form, {**shown, "blocks": blocks})
    except custom.TemplateTroubleError as trouble:
        log.warning("mail.template_failed", kind=letter.kind, form=form, error=str(trouble))
        return None


def values(letter: Letter, mailbox: Mailbox, language: str, logo: Logo | None) -> dict[str, Any]:
    """Return what a template may show; documented in docs/administration.md."""
    zone = mailbox.time_zone
    entries = [_entry(entry, zone) for entry in letter.entries]
    newest = entries[:1] if letter.kind == "chat_message" else []
    signatures = mailbox.outgoing.signature
    return {
        "kind": letter.kind,
        "language": language,
        "number": letter.number,
        "subject": letter.subject,
        "name": letter.to.name,
        "mailbox": {"name": mailbox.name, "address": mailbox.address},
        "notice": texts.sentences(letter, mailbox, language),
        "message": newest[0] if newest else None,
        "earlier": entries[len(newest) :],
        "links": [_link(link, zone, language) for link in letter.links],
        "signature": _signature(signatures, language, mailbox.language) if signatures else "",
        "logo": {"url": logo.url, "width": logo.picture.width, "height": logo.picture.height} if logo else None,
        "url": markup.web_address(letter.url) if letter.url else "",
        "until": moment(letter.until, zone) if letter.until else "",
    }


def _signature(signatures: Mapping[Any, str], language: str, usual: str) -> str:
    return (signatures.get(language) or signatures.get(usual) or "").strip()


def _entry(entry: Entry, time_zone: str) -> dict[str, str]:
    """Return a message as shown: an author's name can add no line to what stands above it, a text steers no screen."""
    text = entry.text.replace("\r\n", "\n").replace("\r", "\n")
    return {
        "author": headers.one_line(entry.author, headers.LONGEST_NAME),
        "date": moment(entry.written_at, time_zone),
        "text": _CONTROL.sub("", text).strip(),
    }


def _link(link: FileLink, time_zone: str, language: str) -> dict[str, str]:
    return {
        "filename": headers.one_line(link.filename, headers.LONGEST_NAME) or "file",
        "size": file_size(link.size, language),
        "url": markup.web_address(link.url),
        "until": moment(link.until, time_zone) if link.until else "",
    }


def text_blocks(shown: Mapping[str, Any]) -> dict[str, str]:
    """Return the pieces of the plain text, in order; those that a mail has not are empty."""
    captions = texts.captions(shown["language"]) if shown["links"] else {}
    files = [f"- {_file_line(link, captions)}\n  {link['url']}" for link in shown["links"]]
    return {
        "notice": "\n\n".join(shown["notice"]),
        "action": shown["url"],
        "message": _text_entry(shown["message"]) if shown["message"] else "",
        "files": "\n".join([captions["files"], *files]) if files else "",
        "signature": shown["signature"],
        "history": "\n\n".join([RULE, *map(_text_entry, shown["earlier"])]) if shown["earlier"] else "",
    }


def _file_line(link: Mapping[str, str], captions: Mapping[str, str]) -> str:
    until = f", {captions['until']} {link['until']}" if link["until"] else ""
    return f"{link['filename']} ({link['size']}){until}"


def _text_entry(entry: Mapping[str, str]) -> str:
    author = f", {entry['author']}" if entry["author"] else ""
    return f"{entry['date']}{author}:\n{entry['text']}"


def html_blocks(shown: Mapping[str, Any]) -> dict[str, str]:
    """Return the pieces of the HTML, in order; those that a mail has not are empty."""
    parts, nothing = _parts(), Markup()
    captions = texts.captions(shown["language"]) if shown["links"] or shown["url"] else {}
    caption = captions.get("register" if shown["kind"] == "registration" else "open", "")
    signature, logo = shown["signature"], shown["logo"]
    return {
        "notice": parts.notice(shown["notice"]) if shown["notice"] else nothing,
        "action": parts.button(shown["url"], caption) if shown["url"] else nothing,
        "message": parts.entries([shown["message"]]) if shown["message"] else nothing,
        "files": parts.files(shown["links"], captions) if shown["links"] else nothing,
        "signature": parts.signature(signature, logo, shown["mailbox"]["name"]) if signature or logo else nothing,
        "history": parts.rule() + parts.entries(shown["earlier"]) if shown["earlier"] else nothing,
    }


def _marked_text(text: str, marker: str | None) -> str:
    return f"{text}\n\n{MARK}{marker}\n" if marker else f"{text}\n"


def _document(content: Markup, language: str, marker: str | None) -> str:
    """Return the whole HTML; an own template may be a document by itself, which then only gets the marker."""
    mark = _parts().mark(marker) if marker else Markup()
    if not _DOCUMENT.search(content[:2_000]):
        return str(_parts().frame(language, content + mark)).lstrip()
    end = _END.search(content)
    at = end.start() if end else len(content)
    return str(content[:at] + mark + content[at:])


@lru_cache(maxsize=1)
def _parts() -> Any:
    """Return the macros of templates/parts.html."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["linked"] = markup.linked
    return made.get_template("parts.html").module
