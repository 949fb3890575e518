"""What is exported is what was applied: nothing to do afterwards, and the same text wherever it is applied."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbone.blobs import Blobs
from console.configuration import variables, written
from console.configuration.document import parse
from console.configuration.explain import MODELS
from tests.support import schema
from tests.support.configurations import EVERY_KEY, PASSWORDS, Place, done, place
from tests.support.shell import Shell

EXAMPLE = Path(__file__).parents[3] / "docs/examples/mail.yml"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path / "here") as made:
        yield made


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path / "there") as made:
        yield made


def secrets(text: str) -> dict[str, str]:
    return {name: f"secret of {name}" for name in re.findall(r"\$\{(\w+)\}", text)}


@pytest.mark.parametrize("path", [EVERY_KEY, EXAMPLE], ids=lambda path: path.stem)
def test_an_export_is_what_the_database_holds(here: Place, path: Path) -> None:
    here.apply(path, PASSWORDS | secrets(path.read_text(encoding="utf-8")))
    text = here.export()
    assert done(here.plan(text, {}, prune=True)) == {}
    assert not any(secret in text for secret in PASSWORDS.values())


def test_every_key_is_exported(here: Place) -> None:
    here.apply(EVERY_KEY)
    document, _ = parse("export", here.export())
    shown = {tuple(part for part in path if isinstance(part, str)) for path in document.lines}
    expected = {(*place, key) for place, model in MODELS.items() for key in model.model_fields}
    # a district has nothing but its name; IMAP is the only protocol; a sample that was a file is a stored mail by now
    unsaid = {("districts", "name"), ("mailboxes", "protocol"), ("mailboxes", "senders", "samples", "file")}
    assert expected - shown == unsaid


def test_the_file_with_every_key_has_them() -> None:
    """So that a key added to a model is missed by the test above."""
    document, _ = parse("every key", EVERY_KEY.read_text(encoding="utf-8"))
    shown = {tuple(part for part in path if isinstance(part, str)) for path in document.lines}
    missing = {(*place, key) for place, model in MODELS.items() for key in model.model_fields} - shown
    assert missing == {("districts", "name"), ("mailboxes", "senders", "samples", "mail")}


def test_what_goes_without_saying_is_left_out(here: Place) -> None:
    here.apply("customers: [Ромашка]\nmailboxes: [{address: a@x.ru, preset: yandex, imap: {password: '${FIRST}'}}]\n")
    assert here.export().partition("\n\n")[2] == (
        "customers:\n  - Ромашка\n\n"
        "mailboxes:\n  - address: a@x.ru\n    preset: yandex\n"
        "    imap:\n      password: ${POSTROOM_A_X_RU_IMAP_PASSWORD}\n"
    )


def test_two_places_with_the_same_catalogue_give_the_same_text(here: Place, there: Place) -> None:
    there.apply("customers: [Вектор, Абрис]\nwork_types: [Уборка]\n")  # so that no id is the same
    here.apply(EVERY_KEY)
    for digest in re.findall(r"sha256:(\w+)", here.export()):
        there.blobs.put(here.blobs.get(digest))
    text = here.export()
    given = secrets(text)
    there.apply(text, given, prune=True)
    assert done(there.plan(text, given, prune=True)) == {}
    assert there.export() == text
    with there.database.reading() as connection:
        sealed = connection.exec_driver_sql("SELECT imap_password FROM mailboxes ORDER BY address").scalars().all()
    assert there.vault.decrypt(sealed[0]) == "secret of POSTROOM_HELP_EXAMPLE_RU_IMAP_PASSWORD"


def test_rules_that_no_file_names_any_longer_do_not_move_the_others(here: Place) -> None:
    file = (
        "work_types: [Р]\nobjects: [{name: О, work_types: [Р]}]\ntemplates: [{name: Т, object: О, work_type: Р}]\n"
        "mailboxes: [{address: a@x.ru, imap: {host: x.ru, password: '${FIRST}'}, senders: [%s]}]\n"
    )
    rules = {name: f"{{pattern: {name}@y.ru, template: Т}}" for name in "abcdef"}
    here.apply(file % ", ".join(rules[name] for name in "abcd"))
    assert not here.apply(file % rules["d"])
    assert not here.apply(file % f"{rules['b']}, {rules['d']}")
    here.apply(file % f"{rules['e']}, {rules['d']}")
    text = here.export()
    assert done(here.plan(text, {}, prune=True)) == {}
    here.apply(file % f"{rules['d']}, {rules['b']}, {rules['a']}")
    order = [re.findall(r"pattern: (\w)", text)[-6:] for text in (text, here.export())]
    assert order[0].index("e") < order[0].index("d")
    assert order[1].index("d") < order[1].index("b") < order[1].index("a")
    assert not here.plan(file % f"{rules['d']}, {rules['b']}, {rules['a']}")


def test_an_empty_catalogue_is_a_file_with_nothing_in_it(here: Place) -> None:
    assert here.export().endswith("\nmailboxes: []\n")
    assert not here.plan(here.export())


def test_variables_are_named_by_the_address_alone() -> None:
    stems = variables.stems(["help@x.ru", "a.b@x.ru", "a-b@x.ru", "помощь@почта.рф"])
    assert stems["help@x.ru"] == "HELP_X_RU"
    assert stems["помощь@почта.рф"] == "XN_80A1ACNY_XN_P1AI"
    assert len(set(stems.values())) == 4
    assert stems["a.b@x.ru"] == variables.stems(["a-b@x.ru", "a.b@x.ru"])["a.b@x.ru"]


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\x7f"), max_size=40)


@given(st.lists(TEXTS, max_size=5), TEXTS)
def test_every_text_comes_back_from_yaml(items: list[str], text: str) -> None:
    data = {"items": items, "entries": [{"name": text, "deep": {"items": items, "text": text}}]}
    document, faults = parse("it", written.text(data))
    assert (faults, document.data) == ([], data)


def test_samples_are_written_beside_the_file(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    schema.put(tmp_path)
    assert shell("apply", str(EVERY_KEY), **PASSWORDS).code == 0
    out = tmp_path / "config"
    out.mkdir()
    assert shell("export", "--output", "config/mail.yml", "--samples", "config/samples").code == 0
    logo, sample = sorted((out / "samples").iterdir(), key=lambda path: path.suffix, reverse=True)
    assert logo.read_bytes() == EVERY_KEY.with_name("logo.png").read_bytes()
    assert sample.read_bytes() == EVERY_KEY.with_name("letter.eml").read_bytes()
    text = (out / "mail.yml").read_text(encoding="utf-8")
    assert f"file: samples/{sample.name}" in text
    assert f"logo: samples/{logo.name}" in text
    moved = tmp_path / "elsewhere"
    out.rename(moved)
    result = shell("plan", "elsewhere/mail.yml", "--prune", "--exit-code")
    assert (result.code, result.out.splitlines()[-1]) == (0, "Nothing to do: all 31 entries are as the file says.")


def test_a_sample_whose_mail_is_gone_is_named(shell: Shell, tmp_path: Path) -> None:
    schema.put(tmp_path)
    shell("apply", str(EVERY_KEY), **PASSWORDS)
    shutil.rmtree(tmp_path / "blobs")
    Blobs(f"file://{tmp_path}/blobs").put(EVERY_KEY.with_name("logo.png").read_bytes())
    result = shell("export", "--samples", str(tmp_path / "samples"))
    assert result.code == 1
    assert "of the sample 'первая' is no longer in the blob store" in result.err
    assert shell("export").code == 0


def test_a_logo_that_is_gone_is_named(shell: Shell, tmp_path: Path) -> None:
    schema.put(tmp_path)
    shell("apply", str(EVERY_KEY), **PASSWORDS)
    shutil.rmtree(tmp_path / "blobs")
    result = shell("export", "--samples", str(tmp_path / "samples"))
    assert result.code == 1
    assert "of Help@Example.ru is no longer in the blob store; apply it again, or export without --sam" in result.err


def test_forty_mailboxes_come_back_as_they_were(here: Place) -> None:
    boxes = "".join(
        f"  - {{address: box-{at}@x.ru, name: 'Ящик {at}', imap: {{host: imap{at}.x.ru, password: '${{FIRST}}'}},\n"
        f"     senders: [{{pattern: '*@y{at}.ru', template: Т}}, {{pattern: '*@*', template: Т, receive: false}}]}}\n"
        for at in range(40)
    )
    text = "work_types: [Р]\nobjects: [{name: О, work_types: [Р]}]\ntemplates: [{name: Т, object: О, work_type: Р}]\n"
    text += f"mailboxes:\n{boxes}"
    here.apply(text)
    assert done(here.plan(text, prune=True)) == {}
    exported = here.export()
    changes = here.plan(exported, {}, prune=True)
    assert (done(changes), len(changes.kept)) == ({}, 40)
    here.apply(exported, secrets(exported))
    assert here.export() == exported
