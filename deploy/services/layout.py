"""Where a set of servers keeps its files, and as whom its servers run."""

import grp
import hashlib
import os
import pwd
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

# A Unix socket's address holds 107 bytes, and servers put theirs some levels down.
LONGEST_DATA_PATH = 50
WORLD_MAY_ENTER = 0o001


@dataclass(frozen=True)
class Account:
    """The user a server runs as; the numbers are None when that is simply us."""

    name: str
    group: str
    uid: int | None
    gid: int | None


@dataclass(frozen=True)
class Layout:
    """The folders of one set of servers."""

    root: Path
    data: Path
    account: Account

    @classmethod
    def at(cls, folder: Path) -> "Layout":
        """Return the layout of the set kept in `folder`, which need not exist."""
        root = folder.resolve()
        root.mkdir(parents=True, exist_ok=True)
        account = _account()
        data = root / "data"
        if len(str(data)) > LONGEST_DATA_PATH or (account.uid is not None and not _open_to_all(root)):
            digest = hashlib.sha256(str(root).encode()).hexdigest()[:12]
            data = Path(tempfile.gettempdir()) / f"postroom-{os.getuid()}-{digest}"
        return cls(root, data, account)

    def make(self) -> None:
        """Make the folders; data whose secret is gone cannot be entered any more and is removed."""
        if self.data.exists() and not (self.data / "secret").exists():
            shutil.rmtree(self.data)
        if not self.data.exists():
            half = self.data.with_name(self.data.name + ".half")
            shutil.rmtree(half, ignore_errors=True)
            half.mkdir(mode=0o755)
            (half / "secret").write_text(secrets.token_hex(16))
            (half / "secret").chmod(0o600)
            half.rename(self.data)
        (self.root / "logs").mkdir(exist_ok=True)

    @property
    def secret(self) -> str:
        """Return the password of every server of the set."""
        return (self.data / "secret").read_text()

    @property
    def token(self) -> str:
        """Return a short name that no other set has."""
        return hashlib.sha256(str(self.root).encode()).hexdigest()[:12]

    def log(self, name: str) -> Path:
        """Return the log file of a server."""
        return self.root / "logs" / f"{name}.log"

    def folder(self, *parts: str) -> Path:
        """Make and return a folder that belongs to the servers' account."""
        path = self.data
        for part in parts:
            path /= part
            path.mkdir(mode=0o700, exist_ok=True)
            self.give(path)
        return path

    def write(self, path: Path, text: str, mode: int = 0o600) -> Path:
        """Write a file that belongs to the servers' account, whole or not at all."""
        half = path.with_name(path.name + ".half")
        half.unlink(missing_ok=True)
        half.write_text(text)
        half.chmod(mode)
        self.give(half)
        half.rename(path)
        return path

    def give(self, path: Path) -> None:
        """Hand a file to the servers' account."""
        if self.account.uid is not None and self.account.gid is not None:
            os.chown(path, self.account.uid, self.account.gid)

    def wipe(self) -> None:
        """Remove everything the servers kept."""
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.rmtree(self.root / "logs", ignore_errors=True)


def _account() -> Account:
    """Return who runs the servers: us, or for root `nobody`, as PostgreSQL and Dovecot refuse root."""
    if os.getuid() != 0:
        us = pwd.getpwuid(os.getuid())
        return Account(us.pw_name, _group_name(us.pw_gid), None, None)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_name, _group_name(nobody.pw_gid), nobody.pw_uid, nobody.pw_gid)


def _group_name(gid: int) -> str:
    return grp.getgrgid(gid).gr_name


def _open_to_all(folder: Path) -> bool:
    return all(each.stat().st_mode & WORLD_MAY_ENTER for each in (folder, *folder.parents))
