"""Mails of 1 MB in shapes that cost careless readers minutes: one piece repeated, or nested in itself."""

from __future__ import annotations

SIZE = 1_000_000
HEAD = b"From: a@example.com\r\nTo: b@example.org\r\nSubject: Test\r\nDate: Tue, 4 Mar 2025 10:11:12 +0300\r\n"
PLAIN = HEAD + b"\r\n"
HTML = HEAD + b"Content-Type: text/html; charset=utf-8\r\n\r\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"
UNDECLARED = HEAD + b"Content-Type: multipart/mixed\n\n"
BODY = b"\n\nx"


def times(piece: bytes, size: int = SIZE) -> bytes:
    """Repeat a piece up to a size."""
    return (piece * (size // len(piece) + 1))[:size]


def nested(count: int) -> bytes:
    """Return multiparts within multiparts."""
    levels = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(count))
    return HEAD + levels + b"\nin the middle"


LINES = {
    "newlines": b"\n",
    "bare_crs": b"\r",
    "quote_signs": b">",
    "quote_lines": b"> x\n",
    "empty_quotes": b">\n",
    "deep_quotes": b">" * 500 + b"\n",
    "spaces": b" ",
    "on_on_on": b"On ",
    "on_lines": b"On\n",
    "attributions": b"On Mon, 3 Nov 2025 at 2:22 pm, Ann <a@b.c> wrote: x\n",
    "header_lines": b"From: a@b.c\nTo: b\n",
    "forwards": b"---------- Forwarded message ---------\nFrom: a@b.c\n",
    "original_messages": b"-----Original Message-----\n",
    "signatures": b"-- \n",
    "initials": b"AB> x\n",
    "footers": b"Sent from my iPhone\n",
    "disclaimers": b"This message is confidential: if you are not the intended recipient, delete it.\n\n",
    "underscores": b"_",
    "underscore_lines": b"_\n",
    "colon_lines": b"1:\n",
    "one_word": "я".encode(),
    "undeclared_storm": b"--b--\n",
    "uuencode_storm": b"begin 644 a\n",
    "yenc_storm": b"=ybegin line=1 size=1 name=a\nx\n=yend\n",
    "high_bytes": b"\xff",
}
TAGS = {
    "nested_divs": b"<div>",
    "formatting": b"<b><i><font>",
    "formatting_and_paragraphs": b"<b><p>",
    "line_breaks": b"<br>",
    "paragraphs": b"<p>",
    "nested_lists": b"<ul><li>",
    "nested_tables": b"<table><tr><td>",
    "cells": b"<td><p>x</p></td>",
    "deep_blockquotes": b"<blockquote>x",
    "cited": b"<blockquote type=cite>x</blockquote>",
    "ampersands": b"&",
    "ampersands_in_text": b"this & that ",
    "spaces_as_entities": b"&nbsp;",
    "many_entities": b"&#x26;",
    "open_tags": b"<a ",
    "angles": b"<",
    "open_comments": b"<!--",
    "styles": b'<p style="color:red;a:b">x</p>',
    "dead_links": b"<a href=javascript:x>(</a>",
    "end_tags": b"</div></b>",
}
STORMS = {
    "boundaries": MIXED + times(b"--b\n"),
    "closing_boundaries": MIXED + times(b"--b--\n"),
    "near_boundaries": MIXED + times(b"--bx\n"),
    "undeclared_boundaries": UNDECLARED + times(b"--b\n"),
    "undeclared_closing_boundaries": UNDECLARED + times(b"--b--\n"),
    "html_parts": MIXED + times(b"--b\nContent-Type: text/html\n\n<p>x\n"),
    "attachments": MIXED + times(b"--b\nContent-Disposition: attachment; filename=x\n\nx\n"),
    "nested_parts": nested(17_000),
    "nested_messages": HEAD + times(b"Content-Type: message/rfc822\n\n"),
    "tiny_headers": times(b"A:\n") + BODY,
    "tiny_mime_headers": HEAD + times(b"Content-Type: text/plain\n") + BODY,
    "other_headers": b"".join(b"X%d: 1\n" % number for number in range(100_000)) + BODY,
    "junk_lines": b"Subject: x\n" + times(b"junk\n") + b"From: a@b.c" + BODY,
    "folded_header": b"Subject: a" + times(b"\n ") + BODY,
    "cr_header": b"Subject: a" + times(b"\r") + BODY,
}
FIELDS = {
    "long_subject": b"Subject: " + times(b"x"),
    "encoded_words": b"Subject: " + times(b"=?utf-8?B?0J/RgNC4?= "),
    "encoded_words_of_two_charsets": b"Subject: " + times(b"=?utf-8?Q?=D0?= =?koi8-r?Q?=C1?= "),
    "unfinished_words": b"Subject: " + times(b"=?utf-8?q?x "),
    "parameters": b"Content-Type: text/plain; " + times(b'a*0="b; '),
    "continued_parameters": b"Content-Type: text/plain; " + b"; ".join(b"name*%d=x" % n for n in range(60_000)),
    "semicolon_parameters": b"Content-Type: text/plain" + times(b";"),
    "addresses": b"To: " + times(b'"a, b" <a@b.c>, '),
    "addresses_of_nobody": b"To: " + times(b";"),
    "address_fields": times(b"To: a@b.c\n") + b"Cc: x",
    "open_quotes": b"To: " + times(b'<"'),
    "open_comments_of_addresses": b"To: " + times(b"("),
    "open_everything": b"To: " + times(b'(a"<['),
    "references": b"References: " + times(b"<a@b> "),
    "date": b"Date: " + times(b"("),
    "results": b"Authentication-Results: mx; " + times(b"spf=pass; "),
}
BODIES = {
    "base64_junk": (b"Content-Transfer-Encoding: base64", times(b"A=?!")),
    "base64_padding": (b"Content-Transfer-Encoding: base64", times(b"AA==")),
    "blanks_at_line_end": (b"Content-Transfer-Encoding: quoted-printable", times(b" ") + b"\n"),
    "flowed_quotes": (b"Content-Type: text/plain; format=flowed; delsp=yes", times(b"> \n")),
    "shifted": (b"Content-Type: text/plain; charset=iso-2022-jp", times(b"\x1b$B")),
    "calendar": (b"Content-Type: text/calendar", b"BEGIN:VEVENT\nDTSTART" + times(b";a")),
    "winmail": (
        b"Content-Type: application/ms-tnef",
        b"\x78\x9f\x3e\x22\0\0" + times(b"\2\x10\x80\1\0\0\0\0\0\0\0"),
    ),
    "bounces": (b"X-Failed-Recipients: a@b.c", times(b"<a@b.c>: host mx said: 550 5.1.1\n")),
}
SHAPES = {
    **{name: PLAIN + times(piece) for name, piece in LINES.items()},
    **{f"html_{name}": HTML + times(piece) for name, piece in TAGS.items()},
    **STORMS,
    **{f"field_{name}": field + BODY for name, field in FIELDS.items()},
    **{f"body_{name}": HEAD + field + b"\n\n" + body for name, (field, body) in BODIES.items()},
}
PROMISED = frozenset(
    {
        *("newlines", "quote_lines", "spaces", "on_on_on", "html_nested_divs", "nested_parts", "field_long_subject"),
        *("field_parameters", "field_addresses", "field_addresses_of_nobody", "html_ampersands", "underscores"),
        *("body_base64_junk", "boundaries", "closing_boundaries", "undeclared_closing_boundaries", "one_word"),
        *("html_deep_blockquotes", "html_formatting", "html_line_breaks", "field_encoded_words", "field_open_quotes"),
        *("field_open_comments_of_addresses", "tiny_mime_headers"),
    }
)
"""The shapes that are read at their full size each time; the others are cut, unless many examples are asked for."""
