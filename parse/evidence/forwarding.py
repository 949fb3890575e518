"""Mail that was passed on to us: by a person (inline or as an attachment) or by a provider's rule.

Whether the original's sender counts is the sender rule's business; here he is only found.
"""

from __future__ import annotations

import re
from datetime import UTC, tzinfo
from itertools import islice

from backbone.contracts import Address, Forwarded
from parse.evidence.enclosed import read_enclosed
from parse.evidence.fields import Index, first, index
from parse.evidence.forward_marks import END, HISTORY, LABELS, MARK, bare_subject, subject_kind
from parse.evidence.written_dates import read_date, read_zone
from parse.mime.dates import parse_date
from parse.model import Mail

MAX_TEXT = 1_000_000
MAX_HEADER_LINES = 40
MAX_BLOCK = 20_000
MAX_BLOCKS = 50
"""How many lines that begin like a header block are tried."""
MAX_SEARCHED = 200_000
_LEAST_LABELS = 2

_LABEL = re.compile(r"[>\s*_|]{0,12}([^\W\d_][^:：\n<>@]{0,24}?)[ \t*\xa0]{0,4}[:：][ \t*\xa0]{0,8}([^\n]*)")
_BLOCK_START = re.compile(
    r"\n[> \t*_|]{0,12}(?:from|от|от кого|von|de|da|od|van|від|кімнен|发件人|差出人)[ \t*\xa0]{0,4}[:：]", re.IGNORECASE
)
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,12}")
_AROUND = "> \t*_|\xa0"
"""What clients put around labelled lines."""
_INVISIBLE = dict.fromkeys((0x200B, 0x200E, 0x200F, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")


def find_forwarded(mail: Mail, text: str) -> Forwarded | None:
    """Return the original of a mail passed on, or None. An answer with its history below is no forward."""
    if mail.content_type == "multipart/report":
        return None
    fields = index(mail.headers)
    subject = first(fields, "subject")
    kind = subject_kind(subject)
    if kind != "reply":
        zone = read_zone(first(fields, "date")) or UTC
        found = _inline(text[:MAX_TEXT].replace("\r\n", "\n"), kind, zone) or _attached(mail)
        if found is not None and found.subject is None and kind:
            return found.model_copy(update={"subject": bare_subject(subject) or None})
        if found is not None:
            return found
    return _by_rule(fields, text)


def _inline(text: str, kind: str, zone: tzinfo) -> Forwarded | None:
    """Return the original below a client's separator line or, where the subject says forward, below a header block."""
    searched = "\n" + text[:MAX_SEARCHED]
    mark = MARK.search(searched)
    start: int | None = None
    if mark is not None and not (kind != "forward" and HISTORY.search(searched, 0, mark.start() + 1)):
        start = mark.end()
    elif kind == "forward":
        history = HISTORY.search(searched)
        for found in islice(_BLOCK_START.finditer(searched), MAX_BLOCKS):
            block, _ = _header_block(text[found.start() : found.start() + MAX_BLOCK])
            if "from" in block and len(block) > _LEAST_LABELS:
                start = found.start() + 1
                break
        if history is not None and (start is None or history.start() + 1 < start) and "-" not in history[0][:6]:
            return None
    if start is None:
        return None
    rest = text[max(0, start - 1) :]
    block, body = _header_block(rest)
    end = END.search("\n" + body)
    if end is not None:
        body = body[: max(0, end.start() - 1)]
    body = _unquoted(body).strip()
    if not block and not body:
        return None
    return Forwarded(
        sender=_person(block.get("from", "")),
        subject=block.get("subject"),
        date=read_date(block.get("date", ""), zone),
        text=body,
    )


def _header_block(rest: str) -> tuple[dict[str, str], str]:
    """Return the labelled lines at the beginning of ``rest``, and what follows them."""
    lines = [line.translate(_INVISIBLE) for line in rest[:MAX_BLOCK].split("\n", MAX_HEADER_LINES)[:MAX_HEADER_LINES]]
    found: dict[str, str] = {}
    labels = used = 0
    last = ""
    for number, line in enumerate(lines):
        labelled = _labelled(line)
        if labelled:
            last = labelled[0]
            found.setdefault(*labelled)
            labels += 1
        elif not line.strip(_AROUND):
            if labels > _LEAST_LABELS + 1:
                break
            last = ""
            continue
        elif not labels and (dated := _dated_sender(line)):
            return dated, _after(rest, number + 1)
        elif last and _continues(line, last, lines[number + 1 : number + 2]):
            if last != "other":
                found[last] = f"{found[last]} {line.strip(_AROUND)}"
        else:
            break
        used = number + 1
    return (found, _after(rest, used)) if labels >= _LEAST_LABELS else ({}, rest)


def _after(rest: str, lines: int) -> str:
    """Return ``rest`` without its first lines."""
    pieces = rest.split("\n", lines)
    return pieces[lines] if len(pieces) > lines else ""


def _labelled(line: str) -> tuple[str, str] | None:
    """Return the field that a line such as ``*От:* Иван`` names, and its value."""
    found = _LABEL.match(line[:2_000])
    field = LABELS.get(" ".join(found[1].lower().split())) if found else None
    return (field, found[2].strip(" \t*\xa0")) if found and field else None


def _continues(line: str, last: str, following: list[str]) -> bool:
    """Whether a line goes on with a folded list of recipients or a subject: clients do not always indent it."""
    if last == "other":
        return "@" in line
    return line[:1] in {" ", "\t"} or any(_labelled(one) for one in following)


def _dated_sender(line: str) -> dict[str, str] | None:
    """Return what Yandex writes in one line above the original: ``18.05.2020, 10:00, "Name" <address>:``."""
    address = _ADDRESS.search(line[:400])
    before = line[: address.start()].strip("> \t") if address else ""
    clock = _CLOCK.search(before)
    if address is None or clock is None or not before[:1].isdigit():
        return None
    name = before[clock.end() :].strip(' ,"<(').removeprefix("от ")
    return {"date": before[: clock.end()], "from": f"{name} <{address[0]}>"}


def _person(value: str) -> Address | None:
    found = _ADDRESS.search(value)
    if found is None:
        return None
    name = value[: found.start()].replace("mailto:", "").strip(" \t\"'<([*:;,")
    return Address(name=name, address=found[0].strip(".'`*"))


def _unquoted(body: str) -> str:
    """Return a body without the quote marks Apple Mail puts before every line of the original."""
    lines = body.split("\n")
    if any(line.strip() for line in lines) and all(line.startswith(">") or not line.strip() for line in lines):
        return "\n".join(line[1:].removeprefix(" ") for line in lines)
    return body


def _attached(mail: Mail) -> Forwarded | None:
    """Return the original in the first message/rfc822 (RFC 2046 section 5.2.1)."""
    for part in mail.parts:
        if part.content_type == "message/rfc822" and "multipart/digest" not in part.inside:
            return read_enclosed(part.content)
    return None


def _by_rule(fields: Index, text: str) -> Forwarded | None:
    """Return the mail itself where a rule passed it on unchanged (RFC 5322 section 3.6.6; Gmail's X-Forwarded-For)."""
    resent = first(fields, "resent-from")
    if not resent and "@" not in first(fields, "x-forwarded-for") and "@" not in first(fields, "x-forwarded-to"):
        return None
    author = first(fields, "x-original-from") or first(fields, "from")
    return Forwarded(
        sender=_person(author),
        subject=first(fields, "subject") or None,
        date=parse_date(first(fields, "date")),
        text=text,
    )
