"""Keys: encryption of stored secrets, and derivation of the keys that sign tokens.

The keys come from the environment, newest first; the newest encrypts and signs, all of them decrypt and verify, so a
key is rotated by putting a new one in front (design section 8). Embedded, a key file is made on first use.
"""

from __future__ import annotations

import base64
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from backbone.errors import UserError
from backbone.settings import Settings

KEY_FILE = "secret.key"


class Vault:
    """Encrypts and decrypts short secrets, and hands out signing keys."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        """Take Fernet keys, newest first; raise UserError when one is malformed."""
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise UserError(
                "POSTROOM_SECRET_KEY holds something that is no key; make one with 'postroom secret-key'."
            ) from None
        self.signing_keys: tuple[bytes, ...] = tuple(_derive(key) for key in keys)

    def encrypt(self, secret: str) -> str:
        """Return ``secret`` encrypted by the newest key, as text."""
        return self._fernet.encrypt(secret.encode()).decode()

    def decrypt(self, sealed: str) -> str:
        """Return what ``encrypt`` took; raise UserError when no key fits."""
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise UserError(
                "A stored secret cannot be decrypted with POSTROOM_SECRET_KEY; put the former key behind the "
                "new one, separated by a comma, or apply the mail configuration again."
            ) from None


def new_key() -> str:
    """Return a fresh key for POSTROOM_SECRET_KEY."""
    return Fernet.generate_key().decode()


def open_vault(settings: Settings) -> Vault:
    """Return the vault of these settings; embedded, make the key file when there is none."""
    given = settings.secret_key.get_secret_value()
    if given:
        return Vault(tuple(key.strip() for key in given.split(",") if key.strip()))
    return Vault((_key_from(settings.data_dir / KEY_FILE),))


def _key_from(path: Path) -> str:
    """Return the key in the file; whoever is first of several processes makes it, whole before it can be seen."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{KEY_FILE}.")  # readable by its owner only
        try:
            with os.fdopen(handle, "w") as file:
                file.write(new_key() + "\n")
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(name, path)
        finally:
            Path(name).unlink()
    return path.read_text().strip()


def _derive(key: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"postroom reply token v1").derive(base64.urlsafe_b64decode(key))
