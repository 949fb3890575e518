"""Charset labels as the WHATWG Encoding Standard (section 4.2) maps them, to the codecs of Python that decode them.

Labels in mail name an old subset where the sender used its superset (gb2312 means GB 18030, iso-8859-1 means
windows-1252); the standard's table is how every browser and webmail reads them. Codecs that are no charsets (rot13,
zip, unicode-escape, idna) are never returned, whatever the label.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

_LABELS = {
    "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 utf-8 utf8 x-unicode20utf8 utf8mb3 utf8mb4 utf8_general_ci "
    "utf-8-sig utf_8 u8 cp65001 65001 windows-65001 unicode-2-0-utf-8",
    "cp866": "866 cp866 csibm866 ibm866 cp-866 dos-866 alt msdos-866 ibm-866 dos cp866u",
    "iso8859_2": "csisolatin2 iso-8859-2 iso-ir-101 iso8859-2 iso88592 iso_8859-2 iso_8859-2:1987 l2 latin2 latin-2",
    "iso8859_3": "csisolatin3 iso-8859-3 iso-ir-109 iso8859-3 iso88593 iso_8859-3 iso_8859-3:1988 l3 latin3",
    "iso8859_4": "csisolatin4 iso-8859-4 iso-ir-110 iso8859-4 iso88594 iso_8859-4 iso_8859-4:1988 l4 latin4",
    "iso8859_5": "csisolatincyrillic cyrillic iso-8859-5 iso-ir-144 iso8859-5 iso88595 iso_8859-5 iso_8859-5:1988",
    "iso8859_6": "arabic asmo-708 csiso88596e csiso88596i csisolatinarabic ecma-114 iso-8859-6 iso-8859-6-e "
    "iso-8859-6-i "
    "iso-ir-127 iso8859-6 iso88596 iso_8859-6 iso_8859-6:1987",
    "iso8859_7": "csisolatingreek ecma-118 elot_928 greek greek8 iso-8859-7 iso-ir-126 iso8859-7 iso88597 iso_8859-7 "
    "iso_8859-7:1987 sun_eu_greek",
    "iso8859_8": "csiso88598e csisolatinhebrew hebrew iso-8859-8 iso-8859-8-e iso-ir-138 iso8859-8 iso88598 iso_8859-8 "
    "iso_8859-8:1988 visual csiso88598i iso-8859-8-i logical",
    "iso8859_10": "csisolatin6 iso-8859-10 iso-ir-157 iso8859-10 iso885910 l6 latin6",
    "iso8859_13": "iso-8859-13 iso8859-13 iso885913 latin7",
    "iso8859_14": "iso-8859-14 iso8859-14 iso885914 latin8",
    "iso8859_15": "csisolatin9 iso-8859-15 iso8859-15 iso885915 iso_8859-15 l9 latin9 latin-9",
    "iso8859_16": "iso-8859-16 iso8859-16 iso885916 latin10",
    "koi8_r": "cskoi8r koi koi8 koi8-r koi8_r koi-8 koi-8-r koi8r",
    "koi8_u": "koi8-ru koi8-u koi8_u koi8u",
    "mac_roman": "csmacintosh mac macintosh x-mac-roman",
    "mac_cyrillic": "x-mac-cyrillic x-mac-ukrainian mac-cyrillic",
    "cp874": "dos-874 iso-8859-11 iso8859-11 iso885911 tis-620 windows-874 cp874",
    "cp1250": "cp1250 windows-1250 x-cp1250 1250",
    "cp1251": "cp1251 windows-1251 x-cp1251 win-1251 win1251 cp-1251 1251 win windows-cp1251 windows-1251-1 ansi-1251 "
    "windows1251 windows_1251 microsoft-cp1251 x-windows-1251",
    "cp1252": "ansi_x3.4-1968 ascii cp1252 cp819 csisolatin1 ibm819 iso-8859-1 iso-ir-100 iso8859-1 iso88591 "
    "iso_8859-1 "
    "iso_8859-1:1987 l1 latin1 latin-1 us-ascii windows-1252 x-cp1252 usascii iso-8859 iso8859 ansi iso646-us 1252 "
    "us_ascii ascii7 iso-8859-1-windows-3.1-latin-1",
    "cp1253": "cp1253 windows-1253 x-cp1253",
    "cp1254": "cp1254 csisolatin5 iso-8859-9 iso-ir-148 iso8859-9 iso88599 iso_8859-9 iso_8859-9:1989 l5 latin5 "
    "windows-1254 x-cp1254",
    "cp1255": "cp1255 windows-1255 x-cp1255",
    "cp1256": "cp1256 windows-1256 x-cp1256",
    "cp1257": "cp1257 windows-1257 x-cp1257",
    "cp1258": "cp1258 windows-1258 x-cp1258",
    "gb18030": "chinese csgb2312 csiso58gb231280 gb2312 gb_2312 gb_2312-80 gbk iso-ir-58 x-gbk gb18030 cp936 ms936 "
    "windows-936 euc-cn gb-2312 hz-gb18030",
    "hz": "hz-gb-2312 hz",
    "big5hkscs": "big5 big5-hkscs cn-big5 csbig5 x-x-big5 big-5 cp950 ms950 windows-950",
    "euc_jp": "cseucpkdfmtjapanese euc-jp x-euc-jp x-euc",
    "iso2022_jp_ext": "csiso2022jp iso-2022-jp iso-2022-jp-1 iso-2022-jp-ms cp50220 cp50221",
    "iso2022_jp_2": "iso-2022-jp-2",
    "cp932": "csshiftjis ms932 ms_kanji shift-jis shift_jis sjis windows-31j x-sjis cp932 shift_jis-ms windows-932",
    "cp949": "cseuckr csksc56011987 euc-kr iso-ir-149 korean ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 "
    "windows-949 "
    "cp949 uhc ms949",
    "iso2022_kr": "csiso2022kr iso-2022-kr",
    "utf-16": "utf-16 utf16 csutf16",
    "utf-16-be": "unicodefffe utf-16be",
    "utf-16-le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff utf-16le",
    "utf-32": "utf-32 utf32",
    "utf-32-be": "utf-32be",
    "utf-32-le": "utf-32le ucs-4",
    "utf-7": "utf-7 utf7 unicode-1-1-utf-7 csunicode11utf7 unicode-2-0-utf-7",
}
_CODECS = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}

# Codecs of Python that decode bytes to text and still are no charsets anybody writes mail in.
_NO_CHARSETS = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem", "unicode_internal"},
)
_CODE_PAGE = re.compile(r"(?:x-)?(?:windows|win|cp|ibm|dos|ms|microsoft-cp|oem)[-_ ]?0*(\d{3,5})\Z")
_ISO_8859 = re.compile(r"(?:x-)?iso[-_ ]?8859[-_ ]?0*(\d{1,2})(?:[-_:].*)?\Z")
MAX_LABEL = 100
"""No label is longer; what is, is hostile."""

UNSPECIFIC = frozenset({"unknown", "unknown-8bit", "x-unknown", "default", "8bit", "binary", "none", "x-user-defined"})
"""Labels by which senders say that they do not know."""


@lru_cache(maxsize=1024)
def codec_of(label: str) -> str | None:
    """Return the codec for a charset label, or None for a label that names no charset."""
    name = label[:MAX_LABEL].strip(" \t\r\n\"'<>;,=").partition("*")[0].lower()
    found = _CODECS.get(name) or _CODECS.get(name.replace("_", "-")) or _CODECS.get(name.replace(" ", "-"))
    if found or not name.isascii() or name in UNSPECIFIC:
        return found
    if match := _CODE_PAGE.match(name):
        name = match[1]
        found = _CODECS.get(name) or _CODECS.get(f"cp{name}") or _CODECS.get(f"windows-{name}")
        name = f"cp{name}"
    elif match := _ISO_8859.match(name):
        found = _CODECS.get(f"iso-8859-{match[1]}")
    return found or _other_codec(name)


def _other_codec(name: str) -> str | None:
    """Ask Python for a codec that the table lacks (mac_latin2, cp437 …), text encodings only."""
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError, TypeError):
        return None
    if not info._is_text_encoding or info.name in _NO_CHARSETS:  # noqa: SLF001 - how codecs themselves tell
        return None
    return info.name
