"""What files say beside what is stored and they do not name: all of it together has to make sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import schema
from tests.support.shell import Shell

STORED = """\
customers:
  - {name: Ромашка, domains: [romashka.example]}
  - Вектор
work_types:
  - {name: Ремонт, aliases: [починка]}
  - Уборка
objects:
  - {name: Склад, aliases: [второй склад], customer: Ромашка, work_types: [Ремонт]}
templates:
  - {name: Почта, customer: Ромашка, object: Склад, work_type: Ремонт}
mailboxes:
  - address: help@x.ru
    aliases: [sales@x.ru]
    imap: {host: imap.x.ru, password: "${FIRST}"}
    senders:
      - {pattern: "*@y.ru", template: Почта}
"""
SECOND = "mailboxes: [{address: %s, aliases: [%s], imap: {host: imap.x.ru, password: '${FIRST}'}}]\n"
MISFITS = {
    "templates: [{name: Почта}]\n": (
        "the template 'Почта' has no object and no work type, but the stored sender help@x.ru → *@y.ru uses it; "
        "add object and work_type to it, or name that sender with another template."
    ),
    "work_types: [Уборка]\nobjects:\n  - name: Склад\n    aliases: [другой]\n    work_types: [Уборка]\n": (
        "the stored template 'Почта' has the work type 'Ремонт' on the object 'Склад', which lacks it here; "
        "add it, or name that template without it."
    ),
    "customers: [Вектор]\nwork_types: [Ремонт]\nobjects: [{name: Склад, customer: Вектор, work_types: [Ремонт]}]\n": (
        "the stored template 'Почта' of the customer 'Ромашка' has the object 'Склад'; "
        "leave the object with that customer, or name the template with another object."
    ),
    "customers: [{name: Вектор, domains: [romashka.example]}]\n": (
        "the domain 'romashka.example' is one of the stored customer 'Ромашка'; "
        "take it out here, or name that customer without it."
    ),
    SECOND % ("second@x.ru", "sales@x.ru"): (
        "the address 'sales@x.ru' is one of the stored mailbox 'help@x.ru'; "
        "take it out here, or name that mailbox without it."
    ),
    SECOND % ("sales@x.ru", "other@x.ru"): (
        "the address 'sales@x.ru' is one of the stored mailbox 'help@x.ru'; "
        "take it out here, or name that mailbox without it."
    ),
    "work_types: [{name: Уборка, aliases: [ПОЧИНКА]}]\n": (
        "the work type 'Уборка' and the stored work type 'Ремонт' are both meant by 'починка'; "
        "keep it at one of them (case, ё and е, blanks and signs do not count)."
    ),
}


@pytest.fixture
def stored(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FIRST", "Correct Horse")
    schema.put(tmp_path)
    Path("stored.yml").write_text(STORED, encoding="utf-8")
    assert shell("apply", "stored.yml").code == 0


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("written", MISFITS)
def test_what_does_not_fit_what_is_stored_is_a_fault_unless_that_goes(shell: Shell, written: str) -> None:
    Path("more.yml").write_text(written, encoding="utf-8")
    line = 5 if "другой" in written else 3 if "Вектор]" in written else 1
    for command in ("plan", "apply"):
        result = shell(command, "more.yml")
        assert (result.code, result.out) == (1, f"more.yml:{line}: {MISFITS[written]}\n")
    assert shell("plan", "stored.yml").out.startswith("Nothing to do")
    assert shell("check", "more.yml").code == 0
    assert shell("apply", "more.yml", "--prune").code == 0


@pytest.mark.usefixtures("stored")
def test_what_moves_from_one_to_the_other_in_the_files_fits(shell: Shell) -> None:
    Path("more.yml").write_text(
        "customers: [Ромашка, {name: Вектор, domains: [romashka.example]}]\nwork_types: [Ремонт, Уборка]\n",
        encoding="utf-8",
    )
    assert shell("apply", "more.yml").code == 0


@pytest.mark.usefixtures("stored")
def test_what_is_retired_is_in_nobodys_way(shell: Shell) -> None:
    Path("less.yml").write_text("customers: [Вектор]\n", encoding="utf-8")
    assert shell("apply", "less.yml", "--prune").code == 0
    Path("more.yml").write_text("customers: [{name: Вектор, domains: [romashka.example]}]\n", encoding="utf-8")
    assert shell("apply", "more.yml").code == 0


@pytest.mark.usefixtures("stored")
def test_what_stays_unnamed_is_told_so_that_nobody_takes_it_for_removed(shell: Shell) -> None:
    Path("less.yml").write_text(STORED.replace('      - {pattern: "*@y.ru", template: Почта}\n', ""), encoding="utf-8")
    result = shell("plan", "less.yml")
    assert result.out == (
        "Note: What the files do not name stays as it is (1 sender); --prune removes it.\n"
        "Nothing to do: all 7 entries are as the file says.\n"
    )
    assert "do not name" not in shell("plan", "less.yml", "--prune").out
