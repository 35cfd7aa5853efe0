"""What runs in every tick has its frames on the stack, not on the heap.

MicroPython takes a frame of more than eleven words (VM_MAX_STATE_ON_STACK) from the heap, and
gives it back. No byte is lost by it; but the heap is searched for room each time, which took a
sixth of a tick when there were seven of them.
"""

import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

import pytest
from app.rig import Rig, bench_order
from core.board.mistakes import TMC2209
from crossrun.bytecode_frames import frames

from evenflow import boards, resources

MOST_WORDS = 11
TICKS = 200
# As many steps as a Pico's: what makes them runs in some ticks alone.
COARSE_TMC2209 = TMC2209 | {"plunger.microsteps": 16, "plunger.max_step_rate_hz": 2_500}
SOURCES = resources.firmware_source()


def called_in_every_tick(profile: Mapping[str, object]) -> dict[Path, set[str]]:
    """Functions of the firmware by their files, on an emulated board that infuses."""
    calls: Counter[tuple[str, str]] = Counter()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            calls[frame.f_code.co_filename, frame.f_code.co_name] += 1

    with Rig(bench_order(26_250, 10_000_000), "cpython", profile=profile) as rig:
        rig.start()
        rig.run_for(5)
        assert rig.telemetry is not None
        before = rig.telemetry.tick_count
        sys.setprofile(note)
        try:
            rig.run_for(TICKS * 0.02)
        finally:
            sys.setprofile(None)
        ticks = rig.telemetry.tick_count - before
    found: dict[Path, set[str]] = {}
    for (file, name), count in calls.items():
        path = Path(file)
        if count >= ticks - 1 and path.is_relative_to(SOURCES):
            found.setdefault(path, set()).add(name)
    return found


@pytest.mark.requirement("DES-04")
@pytest.mark.parametrize(
    "changes", [{}, {**COARSE_TMC2209, "display.is_fitted": True}], ids=["pico", "all that fits"]
)
def test_no_call_of_a_tick_takes_its_frame_from_the_heap(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    called = called_in_every_tick({**boards.load("pico"), **changes})
    assert sum(map(len, called.values())) > 80
    too_large = [
        (path.relative_to(SOURCES).as_posix(), name, words)
        for path, names in called.items()
        for name, words in frames(path, tmp_path)
        if name in names and words > MOST_WORDS
    ]

    assert too_large == []


def test_the_words_of_a_frame_are_read(tmp_path: Path) -> None:
    source = tmp_path / "source.py"
    source.write_text(
        "def few(a, b):\n return a\n"
        "def many(a, b, c, d, e, f, g, h, i, j):\n return a + b\n"
        "def deep(a):\n return a(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)\n"
        "def careful(a):\n try:\n  return a\n finally:\n  a()\n"
    )
    (_, *found) = frames(source, tmp_path)

    words = dict(found)
    assert words["few"] == 3
    assert words["many"] == 12
    assert words["deep"] > MOST_WORDS
    assert words["careful"] > 4 + words["few"]
