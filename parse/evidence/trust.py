"""How far the sender's domain vouches for a mail, by the verdicts of servers we trust (RFC 8601, RFC 7489, RFC 8617).

Anybody can write an Authentication-Results field. It counts only with an authserv-id the mailbox names, and of those
only the topmost: our own server adds above whatever came with the mail. Checking signatures anew would need DNS.
"""

from __future__ import annotations

import re

from backbone.contracts import Trust
from backbone.domains import aligned
from parse.evidence.authresults import Result, Verdicts, read, tags
from parse.evidence.fields import Index, ascii_domain, domain_of, index, mailboxes
from parse.mime.addresses import parse_addresses
from parse.model import Mail

MAX_FROM = 10_000
"""A longer From hides something."""
MAX_FIELDS = 50
"""How many fields are read before giving up: a mail passes a few servers, not fifty."""

_SIMPLE_FROM = re.compile(r"[^<>@,;:\"()\\]*<[^<>@,;:\"()\\\s]+@([\w.-]+)>\s*")
"""A name and one address: what nearly all mails have, and every reader takes alike."""


def judge(mail: Mail, authserv_ids: frozenset[str], arc: bool = False) -> Trust:
    """Return how the topmost trusted server judged the domain of From; ARC is heard only where the mailbox says so."""
    if not authserv_ids:
        return Trust(evidence=("no trusted authserv-id is configured",))
    fields = index(mail.headers)
    author = _author_domain(fields)
    if author is None:
        return Trust(evidence=("From does not name exactly one domain",))
    trusted = frozenset(name.strip().lower() for name in authserv_ids)
    verdicts = _topmost(fields, trusted)
    if verdicts is None:
        return Trust(evidence=("no Authentication-Results of a trusted server",))
    trust = _weigh(verdicts, author)
    if arc and trust.verdict != "verified":
        sealed = _sealed(fields, trusted, verdicts)
        if sealed is not None:
            heard = _weigh(sealed, author)
            if heard.verdict == "verified":
                return Trust(verdict="verified", evidence=(f"{verdicts.authserv_id}: arc=pass", *heard.evidence))
    return trust


def _author_domain(fields: Index) -> str | None:
    """Return the one domain that From names, read leniently and strictly alike, or None (RFC 7489 section 6.6.1)."""
    values = fields.get("from", ())
    if len(values) != 1 or len(values[0]) > MAX_FROM:
        return None
    simple = _SIMPLE_FROM.fullmatch(values[0])
    if simple is not None:
        return ascii_domain(simple[1])
    domains = {domain_of(address) for address in mailboxes(values[0])}
    domains |= {domain_of(one.address) for one in parse_addresses(values[0], MAX_FIELDS)}
    return next(iter(domains)) or None if len(domains) == 1 else None


def _is_trusted(authserv_id: str, trusted: frozenset[str]) -> bool:
    """Whether the id is configured; ``*.example.net`` covers providers whose every host signs with its own name."""
    if authserv_id in trusted:
        return True
    return any(name.startswith("*.") and authserv_id.endswith(name[1:]) for name in trusted)


def _topmost(fields: Index, trusted: frozenset[str]) -> Verdicts | None:
    for value in fields.get("authentication-results", ())[:MAX_FIELDS]:
        verdicts = read(value)
        if verdicts is not None and _is_trusted(verdicts.authserv_id, trusted):
            return verdicts
    return None


def _weigh(verdicts: Verdicts, author: str) -> Trust:
    """Return the verdict on the author's domain."""
    evidence: list[str] = []
    dmarc = ""
    passed = failed = False
    for result in verdicts.results:
        if result.method == "dmarc":
            about = ascii_domain(result.get("header.from").rpartition("@")[2])
            if about and not aligned(about, author):
                evidence.append(_shown(verdicts, result, "is about another domain"))
                continue
            dmarc = dmarc or result.result
            evidence.append(_shown(verdicts, result))
        elif result.method in {"dkim", "spf"}:
            is_aligned = aligned(_domain(result), author)
            if result.result == "pass":
                passed = passed or is_aligned
                evidence.append(_shown(verdicts, result, "" if is_aligned else "not aligned with From"))
            elif result.result in {"fail", "hardfail"}:
                failed = failed or (result.method == "spf" and is_aligned)
                evidence.append(_shown(verdicts, result))
        elif result.method == "compauth" and result.result == "fail":
            failed = True
            evidence.append(_shown(verdicts, result))
    if dmarc == "pass" or (passed and dmarc != "fail"):
        return Trust(verdict="verified", evidence=tuple(evidence))
    if dmarc == "fail" or failed:
        return Trust(verdict="suspect", evidence=tuple(evidence))
    return Trust(evidence=tuple(evidence) or (f"{verdicts.authserv_id}: nothing that vouches for {author}",))


def _domain(result: Result) -> str:
    """Return the domain a DKIM or SPF result is about (RFC 8601 sections 2.7.1 and 2.7.2)."""
    names = ("header.d", "header.i") if result.method == "dkim" else ("smtp.mailfrom", "smtp.mail")
    about = next((value for name in names if (value := result.get(name))), "")
    return ascii_domain(about.rpartition("@")[2].strip("<>"))


def _sealed(fields: Index, trusted: frozenset[str], verdicts: Verdicts) -> Verdicts | None:
    """Return what the first server of an ARC chain found, if our server held the chain valid and we trust every link.

    A sealer can invent all that came before it, so each one's name and its seal's domain must be covered.
    """
    if not any(result.method == "arc" and result.result == "pass" for result in verdicts.results):
        return None
    seals = {
        seal.get("i", ""): seal.get("d", "").lower() for seal in map(tags, fields.get("arc-seal", ())[:MAX_FIELDS])
    }
    chain = [found for value in fields.get("arc-authentication-results", ())[:MAX_FIELDS] if (found := read(value))]
    chain.sort(key=lambda found: found.instance or 0)
    if not chain or [found.instance for found in chain] != list(range(1, len(seals) + 1)):
        return None
    for found in chain:
        sealer = seals.get(str(found.instance), "")
        if not (_is_trusted(found.authserv_id, trusted) and aligned(sealer, found.authserv_id)):
            return None
    return chain[0]


def _shown(verdicts: Verdicts, result: Result, remark: str = "") -> str:
    about = result.get("header.from") if result.method == "dmarc" else _domain(result)
    line = f"{verdicts.authserv_id}: {result.method}={result.result}" + (f" {about[:100]}" if about else "")
    return f"{line} ({remark})" if remark else line
