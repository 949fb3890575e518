"""Attribution lines: what a mail program writes above a quote, such as "On 12 March 2024, Ann <a@b.c> wrote:".

A line is told by what it holds (a date, an address, a verb of writing, the colon at its end), as the wording differs
by program, version and language; only the verbs and the words before a date come from tables.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable

from parse.text.footers import MAX_FOOTER, is_mobile_footer
from parse.text.languages import CJK_VERBS, INTRO, VERBS


class Strength(enum.IntEnum):
    """How sure it is that a line introduces a quote."""

    NONE = 0
    WEAK = 1
    """Only if a quote follows."""
    STRONG = 2
    """Also if what follows is not marked as a quote."""


MAX_LINES = 4
"""Over so many lines an attribution may be wrapped."""
MAX_LOOSE_LINES = 8
"""The same where a program put its parts into paragraphs of their own."""
MAX_LENGTH = 400
MAX_TORN_END = 40
MAX_WORDS_OF_NAME = 7

_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:]{1,64}@[\w.-]{1,200}")
_BRACKETED = re.compile(r"[<(\[][^<>()\[\]@]{0,120}@[^<>@]{1,200}[>)\]]|&lt;[^&@]{1,64}@[^&@]{1,200}&gt;")
_VERB = re.compile(rf"(?<![^\W\d])(?:{VERBS})(?!\w)|{CJK_VERBS}", re.IGNORECASE)
_NUMERIC_DATE = re.compile(r"(?<!\d)\d{1,4}([./-])\d{1,2}\1\d{2,4}(?!\d)")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DAY = re.compile(r"(?<![\d:.])[0-3]?\d(?![\d:])")
_TIME = re.compile(r"(?<!\d)[0-2]?\d[:.h時时点]\s?[0-5]\d(?!\d)")
_GMAIL_ZONE = re.compile(r"\d{4}-\d\d?-\d\d? \d\d?:\d\d GMT[+-]\d\d:\d\d \S")
_WORDS_BEFORE_DIGIT = re.compile(r"^[^\w<\"']{0,10}((?:[^\W\d_][\w'’-]{0,20}[.,]{0,2}\s{1,3}){0,4}?)[\"'(]?\d")
_ZOHO = re.compile(r"^-{2,6}\s?(.*?)\s?-{2,6}$")
_PLACEHOLDER = re.compile(r"^(?:<|mailto:|>|wrote)", re.IGNORECASE)
_TORN_END = re.compile(rf">\s?(?:{VERBS}|{CJK_VERBS})?\s?[:：]", re.IGNORECASE)
_LEADS = re.compile(rf"[>)]\s?,?\s?(?:{VERBS})\s?:(?=\s+\S)", re.IGNORECASE)
_GAP = re.compile(r"\s+")
_COLONS = (":", "：")
_NAME_PARTS = re.compile(r"[^\W\d_]\S*")


def ends_like_attribution(key: str) -> bool:
    """Tell quickly whether a line may be the last one of an attribution."""
    if not key:
        return False
    last = key[-1]
    dashed = last in "->" and len(key) > 8  # noqa: PLR2004 - shorter than any date
    return last in _COLONS or dashed or (key[0] == "2" and " GMT" in key)


def is_torn_end(key: str) -> bool:
    """Tell whether a line with ``>`` is no quote but the end of a wrapped attribution, such as ``> wrote:``."""
    return len(key) < MAX_TORN_END and key[-1] in _COLONS and _TORN_END.fullmatch(key) is not None


def find_attribution(keys: list[str], end: int, is_open: Callable[[int], bool]) -> tuple[int, Strength]:
    """Return where the attribution that ends with line ``end`` begins, and its strength.

    ``is_open`` tells whether a line is ordinary text that may belong to it.
    """
    joined = ""
    best = (end, Strength.NONE)
    number, used, gap = end, 0, False
    while number >= 0 and used < MAX_LOOSE_LINES and is_open(number):
        key = keys[number]
        if not key:
            if gap or not _PLACEHOLDER.match(joined):
                break
            gap = True
            number -= 1
            continue
        if used and (key[-1] in _COLONS or (used >= MAX_LINES and not _PLACEHOLDER.match(joined))):
            break
        if used and _is_stamped(key) and _is_stamped(joined):
            break  # two lines of a log, each with its own time
        gap = False
        joined = f"{key} {joined}" if joined else key
        if len(joined) > MAX_LENGTH:
            break
        strength, dated, starts = judge(joined, wrapped=used > 0)
        if strength is Strength.STRONG and dated and (starts or best[1] is not Strength.STRONG):
            return number, strength
        if strength > best[1]:
            best = (number, strength)
        used += 1
        number -= 1
    return best


def judge(line: str, *, wrapped: bool = False) -> tuple[Strength, bool, bool]:
    """Return how surely ``line`` is an attribution, whether it names a date, and whether it starts by it."""
    zoho = _ZOHO.match(line)
    line = zoho[1] if zoho else line
    if not zoho and line[-1] not in _COLONS:
        return _judge_without_colon(line)
    line = _without_footer(line)
    verb = _VERB.search(line)
    dated = _has_date(line)
    starts = _starts_with_date(line)
    address = _ADDRESS.search(line)
    strength = Strength.NONE
    if wrapped and not starts and not (address and verb):
        pass
    elif address:
        strength = _judge_addressed(line, address.start(), verb, dated=dated, starts=starts)
    elif verb and dated:
        complete = starts and not line[0].isdigit() and _YEAR.search(line) and _TIME.search(line)
        strength = Strength.STRONG if zoho or (complete and _ends_with_verb(line)) else Strength.WEAK
    elif _is_weak(line, verb, starts=starts, wrapped=wrapped):
        strength = Strength.WEAK
    return strength, dated, starts


def leads_into_quote(key: str) -> bool:
    """Tell whether a line is an attribution that goes on with the quoted text, as Yahoo's programs write it."""
    if ">" not in key:
        return False
    found = _LEADS.search(key[:MAX_LENGTH])
    return found is not None and _starts_with_date(key) and judge(key[: found.end()])[0] is Strength.STRONG


def _without_footer(line: str) -> str:
    """Return a line without the mobile footer that Mail.ru's programs put before the date in the same line."""
    if not line[:1].isalpha() or _starts_with_date(line):
        return line
    for gap in _GAP.finditer(line[:MAX_FOOTER]):
        if _starts_with_date(line[gap.end() :]) and is_mobile_footer(line[: gap.start()]):
            return line[gap.end() :]
    return line


def _judge_without_colon(line: str) -> tuple[Strength, bool, bool]:
    """Judge a line without a colon: "2016-03-03 17:21 GMT+01:00 Ann", or date and address, "2013/7/20 <…>"."""
    if _GMAIL_ZONE.match(line):
        return Strength.STRONG, True, True
    if line[-1] == ">" and _starts_with_date(line) and _has_date(line) and _BRACKETED.search(line):
        return Strength.WEAK, True, True
    return Strength.NONE, False, False


def _is_weak(line: str, verb: re.Match[str] | None, *, starts: bool, wrapped: bool) -> bool:
    """Tell whether a line without an address introduces what follows, if that is a quote."""
    if verb is None:
        return starts and _TIME.search(line) is not None
    return not wrapped and _ends_with_verb(line) and _is_name(line[: verb.start()])


def _judge_addressed(line: str, at: int, verb: re.Match[str] | None, *, dated: bool, starts: bool) -> Strength:
    """Judge a line with an address: its date or its verb makes it an attribution."""
    if dated and starts:
        return Strength.STRONG
    bracketed = _BRACKETED.search(line)
    name = line[: bracketed.start()] if bracketed else line[:at]
    if verb and bracketed and len(name.split()) <= MAX_WORDS_OF_NAME:
        follows = verb.start() >= bracketed.end() and line[bracketed.end() : verb.start()].strip(" ,") == ""
        return Strength.STRONG if follows or dated else Strength.WEAK
    return Strength.WEAK if verb and dated else Strength.NONE


def _has_date(line: str) -> bool:
    if _NUMERIC_DATE.search(line) or _TIME.search(line):
        return True
    year = _YEAR.search(line)
    return year is not None and _DAY.search(line[: year.start()] + " " + line[year.end() :]) is not None


def _starts_with_date(line: str) -> bool:
    """Tell whether a date begins the line, with nothing before it but a preposition, a weekday or a month."""
    found = _WORDS_BEFORE_DIGIT.match(line)
    if not found:
        return line[:1] in {"在", "於", "于"} and line[1:3].strip()[:1].isdigit()
    return all(word.strip(".,").lower() in INTRO for word in found[1].split())


def _is_stamped(line: str) -> bool:
    """Tell whether a line begins with a whole date and time."""
    if not line[:1].isdigit() or not _TIME.search(line[:MAX_TORN_END]):
        return False
    return _NUMERIC_DATE.match(line) is not None


def _ends_with_verb(line: str) -> bool:
    return _VERB.search(line[-30:]) is not None and _VERB.split(line[-30:])[-1].strip(" :：-") == ""


def _is_name(text: str) -> bool:
    """Tell whether ``text`` is two to four capitalised words: a person, not "my screen"."""
    words = _NAME_PARTS.findall(text)
    return 2 <= len(words) <= 4 and all(word[0].isupper() for word in words)  # noqa: PLR2004 - as told
