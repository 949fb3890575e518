"""Secrets are sealed by the newest key and opened by any; the embedded key is made once."""

from __future__ import annotations

import stat
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from backbone.errors import UserError
from backbone.settings import Settings
from backbone.vault import KEY_FILE, Vault, new_key, open_vault


def settings(folder: Path, **values: object) -> Settings:
    return Settings.model_validate({"data_dir": folder} | values)


def sealed_by_own_key(folder: Path) -> str:
    return open_vault(settings(folder)).encrypt("geheim")


def test_what_is_sealed_is_opened_and_cannot_be_read() -> None:
    vault = Vault((new_key(),))
    sealed = vault.encrypt("Пароль: 123")
    assert "123" not in sealed
    assert sealed != vault.encrypt("Пароль: 123")
    assert vault.decrypt(sealed) == "Пароль: 123"


def test_keys_are_rotated_by_a_new_one_in_front() -> None:
    old, new = new_key(), new_key()
    sealed = Vault((old,)).encrypt("secret")
    both = Vault((new, old))
    assert both.decrypt(sealed) == "secret"
    assert Vault((new,)).decrypt(both.encrypt("secret")) == "secret"
    assert both.signing_keys == Vault((new,)).signing_keys + Vault((old,)).signing_keys
    assert len(set(both.signing_keys)) == 2


@pytest.mark.parametrize(
    "sealed",
    ["", "nonsense", "ключ", Vault((new_key(),)).encrypt("other")],
    ids=["empty", "nonsense", "Russian", "of another key"],
)
def test_a_wrong_key_says_what_to_do(sealed: str) -> None:
    with pytest.raises(UserError, match=r"POSTROOM_SECRET_KEY; put the former key behind the new one"):
        Vault((new_key(),)).decrypt(sealed)


@pytest.mark.parametrize(
    "keys", ["nonsense", ",", f"{new_key()},short", "ключ"], ids=["nonsense", "comma", "one short", "Russian"]
)
def test_what_is_no_key_is_refused_without_being_shown(tmp_path: Path, keys: str) -> None:
    with pytest.raises(UserError, match=r"POSTROOM_SECRET_KEY .*'postroom secret-key'") as refused:
        open_vault(settings(tmp_path, secret_key=keys))
    assert keys not in str(refused.value) or keys == ","


def test_given_keys_may_have_blanks_around_them(tmp_path: Path) -> None:
    new, old = new_key(), new_key()
    vault = open_vault(settings(tmp_path, secret_key=f" {new} ,\n{old} "))
    assert vault.decrypt(Vault((old,)).encrypt("x")) == "x"
    assert not (tmp_path / KEY_FILE).exists()


def test_the_embedded_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    sealed = sealed_by_own_key(folder)
    assert stat.S_IMODE((folder / KEY_FILE).stat().st_mode) == 0o600
    assert open_vault(settings(folder)).decrypt(sealed) == "geheim"
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]


def test_threads_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    for number in range(30):
        folder = tmp_path / str(number)
        with ThreadPoolExecutor(8) as pool:
            sealed = list(pool.map(sealed_by_own_key, [folder] * 8))
        vault = open_vault(settings(folder))
        assert {vault.decrypt(one) for one in sealed} == {"geheim"}


def test_processes_that_start_at_once_share_one_key(tmp_path: Path) -> None:
    with ProcessPoolExecutor(4, mp_context=get_context("fork")) as pool:
        sealed = list(pool.map(sealed_by_own_key, [tmp_path] * 8))
    assert {open_vault(settings(tmp_path)).decrypt(one) for one in sealed} == {"geheim"}
