"""One IMAP mailbox, through imap-tools: what is unread there, its bytes, and the Seen flag.

Reading never changes a flag (BODY.PEEK, RFC 3501 section 6.4.5); only :meth:`Folder.mark_seen` does, and nothing here
ever expunges.
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxLoginError

from backbone.catalogue.model import Server
from backbone.tls import Fault, ServerTroubleError, context, explain

SEARCH_WINDOW = 50_000
"""UIDs asked about in one SEARCH, so that its answer stays below imaplib's limit of a million bytes a line."""

_UID = re.compile(rb"\bUID (\d+)")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")


class Folder:
    """The selected folder of an open connection."""

    def __init__(self, box: BaseMailBox, name: str) -> None:
        """Select ``name`` on ``box``; raise ServerTroubleError when there is no such folder."""
        try:
            status = box.folder.status(name, ["UIDVALIDITY", "UIDNEXT"])
            box.folder.set(name)
        except (ImapToolsError, MailboxFolderSelectError) as error:
            raise ServerTroubleError(
                Fault.FOLDER, f"The folder {name!r} cannot be opened; check imap folder (usually INBOX)."
            ) from error
        self._box = box
        self.name = name
        self.uid_validity = int(status["UIDVALIDITY"])
        self._uid_next = int(status["UIDNEXT"])

    def unseen(self) -> list[int]:
        """Return the UIDs of unread mails, oldest first."""
        found: list[int] = []
        for first in range(1, self._uid_next, SEARCH_WINDOW):
            last = first + SEARCH_WINDOW - 1
            span = f"{first}:{last if last < self._uid_next - 1 else '*'}"
            for line in self._ask("SEARCH", "UID", span, "UNSEEN"):
                found.extend(int(uid) for uid in line.split())
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
        """Set the Seen flag."""
        self._ask("STORE", _join(uids), "+FLAGS.SILENT", "(\\Seen)")

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
    if server.security == "tls":
        return MailBox(server.host, server.port, timeout, ssl_context=context(server))
    if server.security == "starttls":
        return MailBoxStartTls(server.host, server.port, timeout, ssl_context=context(server))
    return MailBoxUnencrypted(server.host, server.port, timeout)


def _login(box: BaseMailBox, server: Server, password: str) -> None:
    try:
        if (server.login + password).isascii():
            box.login(server.login, password, initial_folder=None)
        else:
            box.login_utf8(server.login, password, initial_folder=None)
    except (MailboxLoginError, imaplib.IMAP4.error) as error:
        if isinstance(error, imaplib.IMAP4.abort):
            raise
        raise ServerTroubleError(
            Fault.LOGIN,
            f"The IMAP server {server.host}:{server.port} refuses the login {server.login!r}; check login and password "
            "(many providers want an app password, and IMAP switched on in the account's settings).",
        ) from error


def _leave(box: BaseMailBox) -> None:
    try:
        box.client.logout()
    except (OSError, imaplib.IMAP4.error):
        box.client.shutdown()


def _join(uids: Sequence[int]) -> str:
    return ",".join(map(str, uids))
