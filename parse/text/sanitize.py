"""HTML made safe to show inside a page, over nh3 (ammonia).

What is kept is a list; all else goes. Remote images are named in :data:`REMOTE_SOURCE` instead of ``src``, so that
nothing is fetched until a person asks; ``cid:`` images keep their ``src``. Style is limited to properties and values
that change the look of text in place: nothing can be moved, stretched or fetched by it.
"""

from __future__ import annotations

import re
from functools import lru_cache

import nh3

from parse.text.html_depth import cap_nesting

REMOTE_SOURCE = "data-remote-src"
"""The attribute that holds the address of a remote image."""

MAX_SIZE = 2_000_000
"""Longer HTML is cut here before it is cleaned."""

MANY_ENTITIES = 5_000
"""HTML with fewer character references is left to the parser as it is."""

_AMPERSAND = "\ufddf"
_BARE_AMPERSAND = re.compile("&(?![A-Za-z#])")
_REMOTE = "postroom-remote:"
_MAX_PIXELS = 2_000
_MAX_SPAN = 100
_MAX_STYLE = 1_000

_TEXT_TAGS = {
    *("a", "abbr", "address", "article", "b", "big", "blockquote", "br", "center", "cite", "code", "dd", "del"),
    *("dfn", "div", "dl", "dt", "em", "font", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i"),
    *("ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "section", "small", "span", "strike"),
    *("strong", "sub", "sup", "tt", "u", "ul", "var", "wbr", "img", "figure", "figcaption"),
}
_TABLE_TAGS = {"table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "td", "th"}
_DROPPED_WITH_CONTENT = {
    *("script", "style", "title", "template", "iframe", "object", "embed", "applet", "noembed", "noframes"),
    *("noscript", "svg", "math", "xmp", "plaintext", "textarea", "select", "audio", "video", "canvas"),
}
_CELL = {"align", "valign", "width", "height"}
_ATTRIBUTES = {
    "*": {"style", "dir", "lang", "title"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
    "table": {"border", "cellpadding", "cellspacing", "width", "align"},
    "td": _CELL | {"colspan", "rowspan"},
    "th": _CELL | {"colspan", "rowspan"},
    "tr": {"align", "valign"},
    "col": {"width", "span"},
    "p": {"align"},
    "div": {"align"},
}
_NUMBERS = {
    **dict.fromkeys(("width", "height"), _MAX_PIXELS),
    **dict.fromkeys(("border", "cellpadding", "cellspacing", "colspan", "rowspan", "span"), _MAX_SPAN),
}
_NUMBER = re.compile(r"\s*(\d{1,6})\s*(?:px|%)?\s*", re.ASCII | re.IGNORECASE)

_STYLES = {
    *("color", "direction", "font", "font-family", "font-size", "font-style", "font-variant", "font-weight"),
    *("line-height", "text-align", "text-decoration", "text-decoration-line", "text-transform", "vertical-align"),
    *("white-space", "word-break", "overflow-wrap", "border-collapse", "border-color", "border-style"),
    *("border-width", "border", "border-top", "border-right", "border-bottom", "border-left"),
    *("padding", "padding-top", "padding-right", "padding-bottom", "padding-left"),
}
_FUNCTION = re.compile(r"([\w-]*)\(")
_SAFE_FUNCTIONS = {"rgb", "rgba", "hsl", "hsla"}
_LENGTH = re.compile(r"(?<![\w#.])(-?)(\d{0,9}(?:\.\d{0,9})?)(px|pt|pc|em|rem|ex|ch|cm|mm|in|q|%|[a-z]+)?", re.ASCII)
_PLAIN_VALUE = re.compile(r"[\w\s#%.,()'\"!-]*")
_PIXELS_IN_UNIT = {"em": 16, "rem": 16, "ex": 8, "ch": 8, "cm": 38, "mm": 4, "in": 96, "pc": 16, "pt": 1.4, "px": 1}
_MAX_LENGTH_PIXELS = 100
_IMAGE_DATA = re.compile(r"data:image/(?:png|jpe?g|gif|webp|bmp);base64,", re.IGNORECASE)


def sanitise(html: str) -> str:
    """Return ``html`` as a fragment that is safe to show inside a page."""
    html = html.encode("utf-8", "replace").decode() if not html.isascii() else html
    cleaned = _CLEANER.clean(with_few_entities(cap_nesting(html[:MAX_SIZE]))).replace(_AMPERSAND, "&amp;")
    # A quote is escaped inside attributes, so this finds attributes, or a person's text where it does no harm.
    return cleaned.replace(f' src="{_REMOTE}', f' {REMOTE_SOURCE}="')


def with_few_entities(html: str) -> str:
    """Return ``html`` with its most common entities as characters, where it has many.

    The parser takes quadratic time for character references in a text (150,000 in 1 MB take a second). An ampersand
    becomes a character that no mail holds, which the result gives back as ``&amp;``: that is an ampersand anywhere.
    """
    if html.count("&") < MANY_ENTITIES:
        return html
    html = html.replace(_AMPERSAND, "").replace("&nbsp;", "\xa0").replace("&amp;", _AMPERSAND)
    return _BARE_AMPERSAND.sub(_AMPERSAND, html)


def _filter(tag: str, attribute: str, value: str) -> str | None:
    """Return the value that an attribute may have, or None."""
    if attribute == "style":
        return safe_style(value)
    if attribute == "src":
        return _source(value)
    if attribute == "href":
        return value if not value.strip().lower().startswith(("cid:", "data:", _REMOTE)) else None
    limit = _NUMBERS.get(attribute)
    if limit is not None:
        number = _NUMBER.fullmatch(value)
        return value if number and int(number[1]) <= limit else None
    if tag == "img" and attribute == "alt":
        return value[:_MAX_STYLE]
    return value


def _source(value: str) -> str | None:
    scheme = value.strip().partition(":")[0].lower()
    if scheme in {"http", "https"}:
        return _REMOTE + value.strip()
    if scheme == "cid" or _IMAGE_DATA.match(value.strip()):
        return value.strip()
    return None


@lru_cache(maxsize=2_048)
def safe_style(style: str) -> str | None:
    """Return the declarations of ``style`` that may stay, or None. CSS escapes and comments are not taken apart."""
    kept = []
    for declaration in style[:_MAX_STYLE].split(";"):
        name, _, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip()
        if name in _STYLES and value and _is_safe_value(value.lower()):
            kept.append(f"{name}:{value}")
    return ";".join(kept) or None


def _is_safe_value(value: str) -> bool:
    if not _PLAIN_VALUE.fullmatch(value):
        return False
    if any(name not in _SAFE_FUNCTIONS for name in _FUNCTION.findall(value)):
        return False
    return all(_is_safe_length(sign, number, unit) for sign, number, unit in _LENGTH.findall(value) if number)


def _is_safe_length(sign: str, number: str, unit: str) -> bool:
    """Tell whether a length keeps the text near its place and at a size that can be read."""
    if sign:
        return False
    try:
        amount = float(number)
    except ValueError:
        return True
    if unit in {"%", ""}:
        return amount <= 1_000  # noqa: PLR2004 - percents, colours and font weights
    return amount * _PIXELS_IN_UNIT.get(unit, 1_000) <= _MAX_LENGTH_PIXELS


_CLEANER = nh3.Cleaner(
    tags=_TEXT_TAGS | _TABLE_TAGS,
    clean_content_tags=_DROPPED_WITH_CONTENT,
    attributes=_ATTRIBUTES,
    attribute_filter=_filter,
    filter_style_properties=_STYLES,
    url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
    set_tag_attribute_values={"a": {"target": "_blank"}},
)
