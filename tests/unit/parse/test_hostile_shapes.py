"""Hostile shapes of 1 MB cost bounded time and memory, and are read without a fault."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from parse.reader import read_mail
from tests.fuzz.faults import faults
from tests.support.profiles import THOROUGH
from tests.unit.parse.hostile_shapes import PROMISED, SHAPES, SIZE

MOST_SECONDS = 1.5
"""Of CPU time; the promise is 3 s of a clock, and this machine may be busy."""
MOST_MEGABYTES = 250


def memory(name: str) -> int:
    """Return a figure of this process (``VmRSS`` now, ``VmHWM`` at its peak) in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0]) // 1024


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


@pytest.mark.parametrize("shape", SHAPES)
def test_a_hostile_shape_costs_bounded_time_and_memory(shape: str) -> None:
    size = SIZE * 2 if shape in PROMISED or THOROUGH else SIZE // 8
    forget_peak()
    before = memory("VmRSS")
    found, seconds = faults(SHAPES[shape][:size])
    assert found == []
    assert seconds < (MOST_SECONDS if size > SIZE else MOST_SECONDS / 2)
    assert memory("VmHWM") - before < MOST_MEGABYTES


@pytest.mark.parametrize(
    ("shape", "defect"),
    [
        ("nested_parts", "too_deep"),
        ("boundaries", "too_many_parts"),
        ("field_encoded_words_of_two_charsets", "encoded_words_too_many"),
        ("html_nested_divs", "html_too_deep"),
        ("html_many_entities", "html_too_many_entities"),
    ],
)
def test_what_was_left_out_is_said(shape: str, defect: str) -> None:
    assert defect in read_mail(SHAPES[shape]).parsed.defects


def test_what_is_promised_is_here() -> None:
    assert SHAPES.keys() >= PROMISED


def test_a_storm_of_embedded_files_is_cut() -> None:
    assert len(read_mail(SHAPES["yenc_storm"]).contents) <= 500


def test_time_grows_no_faster_than_size() -> None:
    def seconds(raw: bytes) -> float:
        started = time.process_time()
        read_mail(raw)
        return time.process_time() - started

    half, whole = SHAPES["quote_lines"][:500_000], SHAPES["quote_lines"]
    assert min(seconds(whole) for _ in range(2)) < 4 * max(seconds(half) for _ in range(2)) + 0.2
