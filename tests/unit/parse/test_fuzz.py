"""The fuzzer for some seconds: mutants of the corpora are read without a fault, and the fuzzer sees faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from parse import reader
from tests.fuzz.command import KEYS, wrong_lines
from tests.fuzz.faults import CORPUS, corpus, faults, mails_in
from tests.fuzz.mutate import MUTATIONS, mutant

MAILS = corpus()
OURS = [path.read_bytes() for path in mails_in(CORPUS)]
BATCHES, BATCH = 8, 200


@pytest.mark.parametrize("batch", range(BATCHES))
def test_mutants_are_read_without_a_fault(batch: int) -> None:
    for number in range(batch * BATCH, (batch + 1) * BATCH):
        found, _ = faults(mutant(number, MAILS))
        assert not found, f"python -m tests.fuzz --seed {number} --count 1"


def test_a_mutant_is_told_by_its_number() -> None:
    assert [mutant(number, OURS) for number in range(50)] == [mutant(number, OURS) for number in range(50)]
    assert len({mutant(number, OURS) for number in range(50)}) > 45


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_every_mutation_stands_an_empty_mail(mutation: object) -> None:
    assert mutation in MUTATIONS
    for number in range(50):
        mutant(number, [b""])


def test_a_bug_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(reader, "classify", broken)
    assert faults(b"Subject: x\n\ny")[0] == ["failed_automation"]


def test_wrong_answers_of_the_command_are_seen(tmp_path: Path) -> None:
    good = "{" + ",".join(f'"{key}": []' for key in sorted(KEYS - {"file"})) + ', "file": "%s"}\n'
    answer = tmp_path / "answer"
    answer.write_text(good % "a" + good % "b")
    assert list(wrong_lines(answer, ["a", "b"])) == []
    answer.write_text(good % "b" + "no json\n" + '{"file": "c"}\n' + "{}\n")
    wrong = list(wrong_lines(answer, ["a", "b", "c"]))
    assert wrong[0] == "a: the answer is for b"
    assert wrong[1].startswith("b: no JSON")
    assert wrong[2].startswith("c: lacks ['attachments', 'automation'")
    assert wrong[-1] == "4 lines for 3 files"
