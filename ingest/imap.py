"""One IMAP mailbox, through imap-tools: what is unread there, its bytes, and the Seen flag.

Reading never changes a flag (BODY.PEEK, RFC 3501 section 6.4.5); only :meth:`Folder.mark_seen` does, and nothing here
ever expunges.
"""

from __future__ import annotations

import imaplib
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date

from imap_tools import BaseMailBox, MailBox, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxLoginError

from backbone.catalogue.model import Server
from backbone.tls import Fault, ServerTroubleError, context, explain

SEARCH_WINDOW = 50_000
"""UIDs asked about in one SEARCH, so that its answer stays below imaplib's limit of a million bytes a line."""

NOT_WRITABLE = (
    "The folder {name!r} does not let mails be marked as read; give the login that right, or name another folder."
)

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")  # in no locale's form

_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")


class Folder:
    """The selected folder of an open connection."""

    def __init__(self, box: BaseMailBox, name: str) -> None:
        """Select ``name`` on ``box``; raise ServerTroubleError when there is no such folder."""
        try:
            status = box.folder.status(name, ["UIDVALIDITY", "UIDNEXT", "UNSEEN", "MESSAGES"])
            box.folder.set(name)
        except imaplib.IMAP4.readonly as error:
            raise ServerTroubleError(Fault.FOLDER, NOT_WRITABLE.format(name=name)) from error
        except ImapToolsError as error:
            raise ServerTroubleError(
                Fault.FOLDER, f"The folder {name!r} cannot be opened; check imap folder (usually INBOX)."
            ) from error
        self._box = box
        self.name = name
        self.refuses_marks = False
        self.uid_validity = int(status["UIDVALIDITY"])
        self._uid_next = int(status["UIDNEXT"])
        self._unseen = int(status["UNSEEN"])
        self._messages = int(status.get("MESSAGES", SEARCH_WINDOW))

    def unseen(self) -> list[int]:
        """Return the UIDs of unread mails, oldest first."""
        return self._search(self._unseen, "UNSEEN")

    def since(self, day: date, *, only_read: bool) -> list[int]:
        """Return the UIDs of mails that came on ``day`` or later by the server's clock, oldest first."""
        return self._search(
            self._messages,
            "SINCE",
            f"{day.day}-{_MONTHS[day.month - 1]}-{day.year:04}",
            *(["SEEN"] if only_read else []),
        )

    def _search(self, most: int, *criteria: str) -> list[int]:
        """Return the UIDs that fit, ``most`` of them at the most, in ascending order."""
        if most < SEARCH_WINDOW:  # one question will do, and UIDs may be as large as the server likes
            return sorted({int(uid) for line in self._ask("SEARCH", *criteria) for uid in line.split()})
        found: set[int] = set()
        for first in range(1, self._uid_next, SEARCH_WINDOW):
            last = first + SEARCH_WINDOW - 1
            span = f"{first}:{last if last < self._uid_next - 1 else '*'}"
            for line in self._ask("SEARCH", "UID", span, *criteria):
                found.update(int(uid) for uid in line.split())
        return sorted(found)

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Return the size in bytes that the server announces for each mail; those gone meanwhile are left out."""
        sizes: dict[int, int] = {}
        for line in self._ask("FETCH", _join(uids), "(UID RFC822.SIZE)"):
            uid, size = _UID.search(line), _SIZE.search(line)
            if uid and size:
                sizes[int(uid[1])] = int(size[1])
        return sizes

    def bodies(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Return the exact bytes of each mail, without marking it as read."""
        return self._contents(uids, "BODY.PEEK[]")

    def headers(self, uids: Sequence[int]) -> dict[int, bytes]:
        """Return only the header section of each mail, for one that is too big to take."""
        return self._contents(uids, "BODY.PEEK[HEADER]")

    def mark_seen(self, uids: Sequence[int]) -> None:
        """Set the Seen flag; a refusal is remembered, and the mails behind are taken all the same."""
        try:
            self._ask("STORE", _join(uids), "+FLAGS.SILENT", "(\\Seen)")
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            self.refuses_marks = True

    def _contents(self, uids: Sequence[int], section: str) -> dict[int, bytes]:
        contents: dict[int, bytes] = {}
        answer = self._raw("FETCH", _join(uids), f"(UID {section})")
        for index, item in enumerate(answer):
            if not isinstance(item, tuple):
                continue
            # Some servers name the UID behind the literal, in the element that follows it.
            rest = answer[index + 1] if index + 1 < len(answer) else b""
            uid = _UID.search(item[0]) or (_UID.search(rest) if isinstance(rest, bytes) else None)
            if uid:
                contents[int(uid[1])] = item[1]
        return contents

    def _ask(self, command: str, *arguments: str) -> list[bytes]:
        return [item for item in self._raw(command, *arguments) if isinstance(item, bytes)]

    def _raw(self, command: str, *arguments: str) -> list[bytes | tuple[bytes, bytes] | None]:
        kind, answer = self._box.client.uid(command, *arguments)
        if kind != "OK":
            raise imaplib.IMAP4.error(f"{command} was answered {kind}")
        return list(answer)


@contextmanager
def opened(server: Server, password: str, timeout: float) -> Iterator[BaseMailBox]:
    """Connect and log in; raise ServerTroubleError with a sentence for whatever a server or a setting gets wrong."""
    try:
        box = _connect(server, timeout)
        try:
            _login(box, server, password)
            yield box
        finally:
            _leave(box)
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
        trouble = explain(error, server, "IMAP")
        raise ServerTroubleError(trouble.fault, trouble.sentence) from error


def _connect(server: Server, timeout: float) -> BaseMailBox:
    try:
        server.host.encode("idna")
    except UnicodeError as error:  # as of "mail..example", which the resolver would not even be asked about
        raise socket.gaierror(str(error)) from error
    if server.security == "tls":
        return MailBox(server.host, server.port, timeout, ssl_context=context(server))
    box = MailBoxUnencrypted(server.host, server.port, timeout)
    if server.security == "starttls":
        try:
            _start_tls(box, server)
        except BaseException:
            with suppress(OSError):  # a failed handshake has closed the socket
                box.client.shutdown()
            raise
    return box


def _start_tls(box: BaseMailBox, server: Server) -> None:
    if "STARTTLS" not in box.client.capabilities:
        raise ServerTroubleError(
            Fault.SECURITY,
            f"The IMAP server {server.host}:{server.port} does not offer STARTTLS; set security to tls (usually port "
            "993), or to none if the way to the server is safe.",
        )
    box.client.starttls(context(server))


def _login(box: BaseMailBox, server: Server, password: str) -> None:
    try:
        if (server.login + password).isascii():
            box.login(server.login, password, initial_folder=None)
        else:
            box.login_utf8(server.login, password, initial_folder=None)
    except (MailboxLoginError, imaplib.IMAP4.error) as error:
        if isinstance(error, imaplib.IMAP4.abort):
            raise
        words = _words(error)
        if "PRIVACYREQUIRED" in words or "LOGINDISABLED" in box.client.capabilities:
            raise ServerTroubleError(
                Fault.SECURITY,
                f"The IMAP server {server.host}:{server.port} takes no password without TLS; set security to starttls, "
                "or to tls with its port (usually 993).",
            ) from error
        raise ServerTroubleError(
            Fault.LOGIN,
            f"The IMAP server {server.host}:{server.port} refuses the login {server.login!r} ({words}); check login "
            "and password (many providers want an app password, and IMAP switched on in the account's settings).",
        ) from error


def _words(error: Exception) -> str:
    """Return what the server said, without the frame that the libraries put around it."""
    said = re.search(r"Data: \[b['\"](.*)['\"]\]$", str(error))
    return (said[1] if said else str(error)).strip()[:200]


def _leave(box: BaseMailBox) -> None:
    try:
        box.client.logout()
    except (OSError, imaplib.IMAP4.error):
        with suppress(OSError):
            box.client.shutdown()


def _join(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))
