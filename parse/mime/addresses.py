"""Address lists (RFC 5322 section 3.4, RFC 6532), as senders really write them.

Understands groups, nested comments, quoted strings, routes, missing commas, semicolons for commas, blanks around the
at sign, and a display name that poses as an address. Gives the address as it was sent (case, IDN form). Never raises;
linear in the length of the value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_ATOM = re.compile(r'[^"(),:;<>\s\[\]]+')
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ANGLE = re.compile(r'<((?:"(?:[^"\\]|\\.)*"|[^<>"])*)>', re.DOTALL)
_LITERAL = re.compile(r"\[[^\[\]\s]{1,80}\]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_LOOKS_LIKE_ADDRESS = re.compile(r"[^\s<>@\"'(),;:]{1,64}@[^\s<>@\"'(),;:]{1,255}")
_INVISIBLE = re.compile("[\\s\\x00-\\x1f\\x7f-\\x9f\\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_NAME_JUNK = re.compile("[\\x00-\\x1f\\x7f-\\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_GAP = re.compile(r"[\s,;]+")
_SPACES = re.compile(r"\s+")
_OPEN_ANGLE = re.compile(r"<([^<>,]*)")
_MOST_WORDS = 200
MAX_VALUE = 256 * 1024
"""A field longer than this names nobody after that."""
MAX_NAME = 500
MAX_ADDRESS = 500


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox of RFC 5322 section 3.4: the display name (may be empty) and ``local@domain`` (may be empty)."""

    name: str
    address: str


@dataclass(slots=True)
class _Pending:
    """What has been read of one list element: words with whether white space stood before each, and the rest."""

    words: list[tuple[str, bool, bool]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    angle: str | None = None

    def add(self, text: str, *, spaced: bool, quoted: bool = False) -> None:
        if len(self.words) < _MOST_WORDS:
            self.words.append((text, spaced, quoted))


def parse_addresses(value: str | None, most: int = 2_000) -> tuple[Mailbox, ...]:
    """Return the mailboxes of a decoded address field, groups flattened, at most ``most``."""
    if not value:
        return ()
    found: list[Mailbox] = []
    nameless: list[Mailbox] = []
    for pending in _Scanner(value[:MAX_VALUE]).run(most * 2):
        for mailbox in _mailboxes(pending):
            (found if mailbox.address else nameless).append(mailbox)
        if len(found) >= most:
            break
    if not found:
        found = [recovered for mailbox in nameless if (recovered := _posing(mailbox)) is not None]
    return tuple(found[:most])


class _Scanner:
    """Splits a list into its elements, in one pass."""

    def __init__(self, value: str) -> None:
        self.value = value
        self.position = 0
        self.spaced = True
        self.balanced = True
        self.quotable = True
        self.now = _Pending()
        self.done: list[_Pending] = []

    def run(self, most: int) -> list[_Pending]:
        """Read to the end, or to ``most`` elements."""
        while self.position < len(self.value) and len(self.done) < most:
            gap = _GAP.match(self.value, self.position)
            if gap is None:
                self._take(self.value[self.position])
                self.spaced = False
                continue
            if not gap[0].isspace():
                self._end_element()
            self.position = gap.end()
            self.spaced = True
        self.done.append(self.now)
        return self.done

    def _take(self, sign: str) -> None:
        """Read what begins with ``sign``, and move past it."""
        if sign == ":" and self.now.angle is None and not any("@" in word for word, _, _ in self.now.words):
            self.now = _Pending()  # what stood before was the name of a group, or a mailto scheme
        elif sign == "<":
            self._take_angle()
            return
        elif (sign == '"' and self._take_quoted()) or (sign == "(" and self._take_comment()):
            return
        elif match := _LITERAL.match(self.value, self.position) or _ATOM.match(self.value, self.position):
            self.now.add(match[0], spaced=self.spaced)
            self.position = match.end()
            return
        self.position += 1

    def _end_element(self) -> None:
        if self.now.words or self.now.comments or self.now.angle:
            self.done.append(self.now)
        self.now = _Pending()

    def _take_angle(self) -> None:
        match = _ANGLE.match(self.value, self.position)
        if match is None:
            match = _OPEN_ANGLE.match(self.value, self.position)
        inside = match[1] if match else ""
        if self.now.angle and inside:
            self._end_element()
        self.now.angle = inside if inside.strip() or self.now.angle is None else self.now.angle
        self.position = match.end() if match else self.position + 1

    def _take_quoted(self) -> bool:
        match = _QUOTED.match(self.value, self.position) if self.quotable else None
        if match is None:
            self.quotable = False  # the rest holds no closing quote, so this search is made once
            return False
        self.now.add(_ESCAPED.sub(r"\1", match[1]), spaced=self.spaced, quoted=True)
        self.position = match.end()
        return True

    def _take_comment(self) -> bool:
        close = _comment_end(self.value, self.position) if self.balanced else -1
        if close < 0:
            self.balanced = False
            return False
        if len(self.now.comments) < _MOST_WORDS:
            self.now.comments.append(self.value[self.position + 1 : close])
        self.position = close + 1
        return True


def _comment_end(value: str, start: int) -> int:
    """Return where the comment closes (they nest), or -1."""
    depth, position = 0, start
    while position < len(value):
        sign = value[position]
        if sign == "\\":
            position += 1
        elif sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
            if depth == 0:
                return position
        position += 1
    return -1


def _mailboxes(pending: _Pending) -> list[Mailbox]:
    comment = _display(" ".join(pending.comments))
    if pending.angle is not None:
        name = _display("".join((" " if spaced else "") + word for word, spaced, _ in pending.words))
        address = _addr_spec(pending.angle)
        if address or not pending.words:
            return [Mailbox(name or comment, address)] if address else []
    glued = _glue(pending.words)
    addresses = [word for word, is_address in glued if is_address]
    name = _display(" ".join(word for word, is_address in glued if not is_address))
    if not addresses:
        return [Mailbox(name or comment, "")] if name or comment else []
    first, *others = (_addr_spec(word) for word in addresses)
    return [Mailbox(name or comment, first), *(Mailbox("", other) for other in others)]


def _glue(words: list[tuple[str, bool, bool]]) -> list[tuple[str, bool]]:
    """Join what belongs to one address: ``ivan @ x . ru`` and ``"a b"@x.ru`` are each one (RFC 5322 section 4.4)."""
    out: list[tuple[str, bool]] = []
    before_quoted = False
    for word, spaced, quoted in words:
        last, is_address = out[-1] if out else ("", False)
        has_at = not quoted and "@" in word
        starts_domain = not quoted and word[:1] == "@" and not is_address
        joins = (
            starts_domain
            or (not spaced)
            or last.endswith("@")
            or (is_address and (word[:1] == "." or last[-1:] == "."))
        )
        if out and joins and not (spaced and quoted):
            if before_quoted and starts_domain and not spaced:
                last = f'"{last}"'
            out[-1] = (last + word, is_address or has_at)
        else:
            out.append((word, has_at))
        before_quoted = quoted
    return out


def _addr_spec(text: str) -> str:
    """Clean an addr-spec: no route (RFC 5322 section 4.4), no scheme, nothing invisible."""
    quoted_local = text.lstrip()[:1] == '"' and '"@' in text
    text = (_NAME_JUNK if quoted_local else _INVISIBLE).sub("", text).strip("<>' ")
    if text.startswith("@") and ":" in text:
        text = text.rpartition(":")[2]
    if text[:7].lower() == "mailto:":
        text = text[7:]
    text = text.strip(".,;'" if quoted_local else ".,;'\"")
    return text[:MAX_ADDRESS]


def _display(text: str) -> str:
    text = _SPACES.sub(" ", _NAME_JUNK.sub("", text)).strip()
    if len(text) > 1 and text[0] == text[-1] == "'":
        text = text[1:-1].strip()
    return text[:MAX_NAME]


def _posing(mailbox: Mailbox) -> Mailbox | None:
    """Find the address where a whole mailbox was quoted or encoded as if it were a name."""
    match = _LOOKS_LIKE_ADDRESS.search(mailbox.name[:MAX_NAME])
    if match is None:
        return None
    name = (mailbox.name[: match.start()] + mailbox.name[match.end() :]).replace("<", "").replace(">", "")
    return Mailbox(_display(name), match[0].strip("."))
