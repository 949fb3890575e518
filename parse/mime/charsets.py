"""Bytes to text by charset label, and by detection where the label is missing or false.

Never raises. What it returns can always be stored: no NUL (PostgreSQL refuses U+0000) and no lone surrogate. The label
is trusted as WHATWG maps it (``labels``) unless the bytes contradict it. Known limit: a false label among two
single-byte Latin charsets cannot be told from a true one.
"""

from __future__ import annotations

import codecs
import re

from parse.mime.cyrillic import best_cyrillic, looks_misread
from parse.mime.labels import codec_of

_SAMPLE = 64 * 1024
_OF_PAIRS = re.compile("[\x80-\u07ff]")
_PAIRS_PER_ERROR = 3
_SURROGATES = re.compile("[\ud800-\udfff]")
_SEVEN_BIT_ESCAPES = frozenset({"utf-7", "hz", "iso2022_jp_ext", "iso2022_jp_2", "iso2022_kr"})
_WIDE = frozenset({"utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be", "utf-32-le"})
_MULTI_BYTE = frozenset({"gb18030", "big5hkscs", "euc_jp", "cp932", "cp949"}) | _SEVEN_BIT_ESCAPES | _WIDE
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# So many valid UTF-8 sequences contradict a label, two by default: one may be chance («её» in KOI8-R), and in the East
# Asian charsets even two («联通» in GBK). A label of escapes or of two bytes a letter is never contradicted this way.
_UTF8_PROOF = {"cp1252": 1, "gb18030": 6, "big5hkscs": 6, "euc_jp": 6, "cp932": 6, "cp949": 6} | dict.fromkeys(
    _SEVEN_BIT_ESCAPES | _WIDE, 1 << 30
)


def clean(text: str) -> str:
    """Take out what no database stores: NUL is dropped, a lone surrogate becomes U+FFFD."""
    if "\0" in text:
        text = text.replace("\0", "")
    if not text.isascii() and _SURROGATES.search(text):
        text = _SURROGATES.sub("\ufffd", text)
    return text


def decode(data: bytes, label: str | None) -> tuple[str, str, str | None]:
    """Return the text, the codec that made it, and a defect or None: a word such as ``charset_false``."""
    codec = codec_of(label) if label else None
    if codec not in _SEVEN_BIT_ESCAPES and codec not in _WIDE and data.isascii():
        if label is None and b"\x1b" in data and (text := _strict(data, "iso2022_jp_ext")) is not None:
            return clean(text), "iso2022_jp_ext", "charset_missing"
        unknown = None if codec or not label else "charset_unknown"
        return clean(data.decode("ascii")), codec or "us-ascii", unknown
    for bom, bom_codec in _BOMS:
        if data.startswith(bom):
            return clean(data[len(bom) :].decode(bom_codec, "replace")), bom_codec, None
    if codec is None:
        text, codec = _detect(data)
        return text, codec, "charset_unknown" if label else "charset_missing"
    return _by_label(data, codec, label or "")


def decode_header(data: bytes, hint: str | None = None) -> tuple[str, str | None]:
    """Decode raw 8-bit header bytes (RFC 6532, or worse): UTF-8, else ``hint``'s codec, else detection."""
    if data.isascii():
        japanese = _strict(data, "iso2022_jp_ext") if b"\x1b" in data else None
        return clean(japanese or data.decode("ascii")), None
    text = _strict(data, "utf-8")
    if text is not None:
        return clean(text), None
    codec = codec_of(hint) if hint else None
    if codec and codec not in _WIDE and codec not in {"utf-8", "cp1252"} and not looks_misread(data, codec):
        text = _strict(data, codec)
    return (clean(text), "header_8bit") if text is not None else (_detect(data)[0], "header_8bit")


def _by_label(data: bytes, codec: str, label: str) -> tuple[str, str, str | None]:
    """Decode by a known label, unless the bytes say that it is false."""
    if codec == "utf-16":
        codec = _utf16_order(data)
    text = _strict(data, codec)
    if codec != "utf-8" and _sequences(data) >= _UTF8_PROOF.get(codec, 2) and (utf8 := _strict(data, "utf-8")):
        return clean(utf8), "utf-8", "charset_false"
    if codec in _MULTI_BYTE | {"utf-8"}:
        return _broken_multibyte(data, codec) if text is None else (clean(text), codec, None)
    if "ascii" in label.lower() or looks_misread(data, codec):
        guess, guessed = _detect(data)
        if guessed != codec:
            return guess, guessed, "charset_false"
    if text is not None:
        return clean(text), codec, None
    return clean(data.decode(codec, "replace")), codec, "charset_errors"


def _broken_multibyte(data: bytes, codec: str) -> tuple[str, str, str | None]:
    """Take a few bad bytes in a long text for damage, many for a false label."""
    text = data.decode(codec, "replace")
    high = len(data) - len(data.translate(None, bytes(range(128, 256)))) if codec not in _WIDE else len(data)
    few = text.count("\ufffd") * 10 <= max(high, 1) or (codec == "utf-8" and _is_damaged_utf8(text))
    if few or codec in _SEVEN_BIT_ESCAPES | _WIDE:
        return clean(text), codec, "charset_errors"
    guess, guessed = _detect(data)
    return guess, guessed, "charset_false"


def _detect(data: bytes) -> tuple[str, str]:
    """Detect: UTF-8 strict first (its structure is proof), then Cyrillic by letter pairs, then chardetng."""
    text = _strict(data, "utf-8")
    if text is not None:
        return clean(text), "utf-8"
    sample = data[:_SAMPLE]
    zeros = sample.count(0)
    if zeros * 4 > len(sample) and len(sample) > 1:
        codec = _utf16_order(data)
        return clean(data.decode(codec, "replace")), codec
    codec = best_cyrillic(sample) or _chardetng(sample)
    lossy = data.decode("utf-8", "replace")
    if _is_damaged_utf8(lossy) or lossy.count("\ufffd") * 20 < len(lossy) - len(lossy.encode("ascii", "ignore")):
        return clean(lossy), "utf-8"
    return clean(data.decode(codec, "replace")), codec


def _is_damaged_utf8(lossy: str) -> bool:
    """Tell by the pairs that UTF-8 makes of Cyrillic and accented letters, which other charsets' texts rarely hold."""
    return len(_OF_PAIRS.findall(lossy)) >= _PAIRS_PER_ERROR * lossy.count("\ufffd")


def _chardetng(sample: bytes) -> str:
    """Ask the detector of Firefox; it knows nothing outside WHATWG's table, so its answer is always a codec."""
    from chardetng_py import EncodingDetector  # type: ignore[import-untyped]  # noqa: PLC0415 - no types; rarely used

    detector = EncodingDetector()
    detector.feed(sample, last=True)
    return codec_of(str(detector.guess(tld=None, allow_utf8=False))) or "cp1252"


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, LookupError, ValueError):
        return None


def _utf16_order(data: bytes) -> str:
    """Tell the byte order without a BOM by where the zero bytes of spaces and digits are; RFC 2781 falls to BE."""
    sample = data[:_SAMPLE]
    return "utf-16-le" if sample[1::2].count(0) > sample[0::2].count(0) else "utf-16-be"


def _sequences(data: bytes) -> int:
    """Count the multi-byte sequences of valid UTF-8, as far as it matters."""
    lead = data[:_SAMPLE].translate(None, bytes(range(0xC0)))
    return len(lead)
