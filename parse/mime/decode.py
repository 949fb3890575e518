"""Bytes to a decoded message: header fields as text, leaves with their bytes, their text and their file names.

``entities`` cuts the tree, ``transfer`` and ``charsets`` decode, ``unwrap`` opens what senders pack into one part
(uuencode, yEnc, winmail.dat, opaque S/MIME). Never raises: what is broken becomes a defect, a word such as
``base64_truncated``. When a limit is met the mail is kept as far as it was read, with a lower ``level``.
"""

from __future__ import annotations

import re
from time import monotonic

from parse.limits import Limits
from parse.mime import charsets, unwrap, words
from parse.mime.entities import Entity, as_text, read_tree
from parse.mime.flowed import unflow
from parse.mime.headers import read_section
from parse.mime.parameters import Parametered, parse_content_type, parse_disposition
from parse.mime.transfer import decode_transfer
from parse.model import Headers, Mail, Part

_ADDRESS_FIELDS = frozenset(
    {
        *("from", "to", "cc", "bcc", "sender", "reply-to", "return-path", "delivered-to", "x-original-to"),
        *("resent-from", "resent-to", "resent-cc", "resent-sender", "envelope-to", "disposition-notification-to"),
        *("apparently-to", "x-envelope-to", "x-envelope-from", "errors-to", "mail-followup-to"),
    },
)
_META = re.compile(rb"<meta[^>]{1,300}charset\s{0,5}=\s{0,5}[\"']?([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
_META_REACH = 2048
_MOST_WRAPS = 3
"""So many opaque signatures are opened, one within the other (RFC 2634 has three)."""
_ATTACHED_TEXT = 1_000_000
"""A text file longer than this is an attachment nobody reads as text: its text is not decoded."""


def decode(raw: bytes, limits: Limits | None = None, deadline: float | None = None, wrapped: int = 0) -> Mail:
    """Decode a whole message. ``deadline`` is a moment of ``time.monotonic``, ``wrapped`` counts signatures around."""
    limits = limits or Limits()
    deadline = monotonic() + limits.seconds if deadline is None else deadline
    if len(raw) > limits.message_bytes:
        return decode_header(raw, limits, ("message_too_large",))
    tree = read_tree(raw, limits, deadline)
    defects = list(tree.defects)
    headers = _headers(tree.root.section.fields, tree.root.content_type.get("charset"), defects)
    parts: list[Part] = []
    room = limits.decoded_bytes
    complete = tree.complete
    for leaf in tree.leaves:
        if room < 0 or monotonic() > deadline:
            defects.append("decoded_too_large" if room < 0 else "too_slow")
            complete = False
            break
        part = _part(raw, leaf, headers if leaf is tree.root else None, defects, limits.body_bytes)
        opened = unwrap.open_part(part, defects)
        packed = _encoded_multipart(leaf, part)
        inner = packed or unwrap.signed_entity(part)
        if opened is None and inner is not None and wrapped < _MOST_WRAPS:
            within = decode(inner, limits, deadline, wrapped + 1)
            defects.extend(within.defects)
            opened = [*unwrap.placed_within(part, within.parts), *([] if packed else [part])]
        parts.extend(opened if opened is not None else [part])
        room -= sum(len(one.content) for one in (opened or [part]))
    kind = parse_content_type(tree.root.value("content-type"))
    level = "full" if complete and "text_too_large" not in defects else "text"
    return Mail(headers, tuple(parts), kind.value, kind.params, tuple(dict.fromkeys(defects)), level)


def decode_header(raw: bytes, limits: Limits | None = None, defects: tuple[str, ...] = ()) -> Mail:
    """Decode the header section only: the lowest rung of the ladder."""
    limits = limits or Limits()
    head = raw[: limits.header_bytes].lstrip(b"\r\n")
    section = read_section(head, 0, len(head), limits.header_bytes)
    kind = parse_content_type(as_text(words.unfold(section.mime_fields().get("content-type", b""))))
    noted = [*defects, *section.defects]
    headers = _headers(section.fields, kind.get("charset"), noted)
    return Mail(headers, (), kind.value, kind.params, tuple(dict.fromkeys(noted)), "headers")


def _headers(fields: tuple[tuple[str, bytes], ...], charset: str | None, defects: list[str]) -> Headers:
    """Decode every field; raw 8-bit values are taken together, since one short subject says little of its charset."""
    hint = charset
    high = [value for _, value in fields if not value.isascii()]
    if high and (hint is None or charsets.decode(b"\n".join(high), None)[1] == "utf-8"):
        hint = charsets.decode(b"\n".join(high), None)[1]
    out: list[tuple[str, str]] = []
    for name, value in fields:
        if b"=?" not in value and value.isascii() and (plain := value.decode("ascii").strip()).isprintable():
            out.append((name, plain))  # nearly every field
            continue
        structured = name.lower() in _ADDRESS_FIELDS
        text, noted = words.decode_structured(value, hint) if structured else words.decode_unstructured(value, hint)
        out.append((name, text))
        if noted:
            defects.extend(noted)
    return Headers(tuple(out))


def _encoded_multipart(entity: Entity, part: Part) -> bytes | None:
    """Return a multipart that was sent base64 or quoted-printable as a whole, which RFC 2045 section 6.4 forbids."""
    declared = entity.mime.get("content-type", b"")
    multipart = declared.lstrip()[:10].lower() == b"multipart/"
    if multipart and entity.value("content-transfer-encoding") and b"--" in part.content[:_META_REACH]:
        encoded = entity.value("content-transfer-encoding").strip().lower() in {"base64", "quoted-printable"}
        return b"Content-Type: " + declared.strip() + b"\n\n" + part.content if encoded else None
    return None


def _part(raw: bytes, entity: Entity, headers: Headers | None, defects: list[str], body_bytes: int) -> Part:
    """Decode one leaf; of its text no more than ``body_bytes``."""
    section = entity.section
    kind = entity.content_type
    content, noted = decode_transfer(raw[entity.start : entity.end], entity.value("content-transfer-encoding"))
    defects.extend(noted)
    declared = entity.value("content-disposition")
    disposition = parse_disposition(declared) if declared else Parametered("")
    filename = disposition.get("filename") or kind.get("name") or disposition.get("name") or kind.get("filename")
    content_id = entity.value("content-id").strip().strip("<>").strip() or None
    text, charset = None, None
    if kind.value.startswith("text/") and (len(content) < _ATTACHED_TEXT or disposition.value != "attachment"):
        readable = content
        if len(content) > body_bytes:
            readable = content[: max(content.rfind(b"\n", 0, body_bytes), 0) or body_bytes]
            defects.append("text_too_large")
        text, charset = _text(readable, kind, defects)
    return Part(
        content_type=kind.value,
        content=content,
        headers=headers if headers is not None else _headers(section.fields, None, defects),
        params=kind.params,
        text=text,
        charset=charset,
        disposition=disposition.value or None,
        filename=filename or None,
        content_id=words.one_line(content_id)[:500] if content_id else None,
        inside=entity.inside,
        path=entity.path,
    )


def _text(content: bytes, kind: Parametered, defects: list[str]) -> tuple[str, str]:
    """Decode a text part by its charset, with line feeds for line breaks and flowed paragraphs joined."""
    label = kind.get("charset")
    if kind.value == "text/html" and (label is None or label.lower() == "us-ascii") and not content.isascii():
        meta = _META.search(content[:_META_REACH])
        label = meta[1].decode("ascii") if meta else label
    text, charset, defect = charsets.decode(content, label)
    if defect:
        defects.append(defect)
    if "\r" in text:
        text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    if kind.value == "text/plain" and (kind.get("format") or "").lower() == "flowed":
        text = unflow(text, delsp=(kind.get("delsp") or "").lower() == "yes")
    return text, charset
