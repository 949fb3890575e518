import os
import threading
from dataclasses import replace

import pytest

from parse.rules.isolation import GRACE, Isolated, MemoryExceeded
from parse.rules.patterns import compile_pattern
from parse.rules.program import Gap, Program, Step
from parse.rules.runner import Failure, Patience, RunLimits, Runner, SlowSearch
from tests.unit.parse.rules.catastrophes import CATASTROPHES

LIMITS = RunLimits(seconds=0.1)
SHORT = RunLimits(seconds=0.05)
RUNAWAY = compile_pattern(r"(a|aa)+$")
AS = "a" * 3_000 + "!"
CHEAP = compile_pattern(r"номер (?<taskNumber>\d+)")
MIB = 1024 * 1024
BUSY = 5
"""How often a search may be late by the clock because the machine had no time for it."""


def test_every_catastrophe_ends_within_its_limit() -> None:
    assert len(CATASTROPHES) > 20
    with Runner(SHORT) as runner:
        runner.run(RUNAWAY, AS)
        for source, text in CATASTROPHES:
            pattern = compile_pattern(source)
            tries = [runner.run(pattern, text)]
            while tries[-1].seconds >= SHORT.seconds + GRACE + 0.5 and len(tries) < BUSY:
                tries.append(runner.run(pattern, text))
            assert tries[-1].seconds < SHORT.seconds + GRACE + 0.5, source
            for result in tries:
                assert result.failure in {None, Failure.TIMEOUT, Failure.MEMORY}, source
                assert not (result.failure and (result.matched or result.captures)), source


def test_a_runaway_is_told_apart_from_no_match() -> None:
    with Runner(LIMITS) as runner:
        runaway = runner.run(RUNAWAY, AS)
        nothing = runner.run(CHEAP, AS)
    assert (runaway.matched, runaway.failure, runaway.isolated) == (False, Failure.TIMEOUT, True)
    assert (nothing.matched, nothing.failure, nothing.isolated) == (False, None, False)


def test_who_has_no_patience_is_told_how_much_is_needed() -> None:
    def needed(patience: Patience, text: str = AS) -> Patience:
        with pytest.raises(SlowSearch) as slow:
            runner.run(RUNAWAY, text, patience)
        return slow.value.needs

    with Runner(LIMITS) as runner:
        assert needed(Patience.HERE) is Patience.APART
        assert runner.run(RUNAWAY, AS, Patience.APART).failure is Failure.TIMEOUT
        assert needed(Patience.HERE) is Patience.ANY
        assert needed(Patience.HERE, "aaa") is Patience.ANY
        assert needed(Patience.APART) is Patience.ANY
        assert runner.run(RUNAWAY, "aaa", Patience.ANY).matched
        assert runner.run(RUNAWAY, "aaa", Patience.HERE).matched, "it came to an end, and is one like others again"
        assert runner.run(RUNAWAY, "aaa", Patience.APART).isolated


def test_others_find_what_they_seek_while_patterns_run_away() -> None:
    stop = threading.Event()
    failures: list[Failure | None] = []

    def run_away() -> None:
        while not stop.is_set():
            failures.append(runner.run(RUNAWAY, AS).failure)

    with Runner(LIMITS) as runner:
        threads = [threading.Thread(target=run_away) for _ in range(2)]
        for thread in threads:
            thread.start()
        found = [runner.run(CHEAP, f"заявка номер {number}").captures["external_number"] for number in range(2_000)]
        stop.set()
        for thread in threads:
            thread.join()
    assert found == [str(number) for number in range(2_000)]
    assert set(failures) == {Failure.TIMEOUT}


def test_a_slow_search_that_ends_is_finished_apart() -> None:
    pattern = compile_pattern(r"(?<object>[xy]\w)((.|\n)*)[zq]")
    text = f"xaz{'b' * 1_000_000}"
    with Runner(RunLimits(seconds=20, first_seconds=0.0001)) as runner:
        slow = runner.run(pattern, text)
    with Runner(RunLimits(seconds=20, first_seconds=20)) as runner:
        quick = runner.run(pattern, text)
    assert (slow.isolated, quick.isolated) == (True, False)
    assert slow.matched
    assert slow.captures == quick.captures
    assert slow.spans == quick.spans


def test_the_process_apart_reads_every_text_as_it_is() -> None:
    isolated = Isolated(256 * MIB)
    text = "\0 я\U0001f600\ud800 конец" + "я" * 2_000_000
    try:
        assert isolated.find(Program((Step("конец", "конец", Gap.NONE),)), text, 5) == {0: (6, 11)}
        assert isolated.find(Program((Step("нет", "нет", Gap.NONE),)), text, 5) is None
    finally:
        isolated.close()


def test_memory_is_bounded_and_the_process_replaced() -> None:
    greedy = Program((Step(r"(?:(a)|(b)|(?:\w))*?\d", "", Gap.NONE),))
    isolated = Isolated(40 * MIB)
    try:
        with pytest.raises(MemoryExceeded):
            isolated.find(greedy, "ab" * 2_000_000, 30)
        assert isolated.find(greedy, "ab1", 5) == {0: (0, 3)}
    finally:
        isolated.close()


def test_a_process_that_was_killed_is_replaced() -> None:
    isolated = Isolated(256 * MIB)
    program = Program((Step("b", "b", Gap.NONE),))
    try:
        assert isolated.find(program, "ab", 5) == {0: (1, 2)}
        first = isolated._process  # noqa: SLF001 - to kill it
        assert first
        os.kill(first.pid, 9)
        first.wait()
        assert isolated.find(program, "ab", 5) == {0: (1, 2)}
    finally:
        isolated.close()


def test_a_long_body_is_cut_and_that_is_said() -> None:
    with Runner(replace(LIMITS, body_chars=20)) as runner:
        near = runner.run(CHEAP, "номер 12" + " " * 50)
        far = runner.run(CHEAP, " " * 50 + "номер 12")
        whole = runner.run(CHEAP, "номер 12")
    assert (near.matched, near.cut) == (True, True)
    assert (far.matched, far.cut) == (False, True)
    assert whole.cut is False


def test_a_pattern_longer_than_the_limit_is_not_run() -> None:
    with Runner(replace(LIMITS, pattern_chars=5)) as runner:
        result = runner.run(CHEAP, "номер 12")
    assert (result.matched, result.failure) == (False, Failure.TOO_LONG)
