"""What the loop does in its slack time, and what it does not let fall together."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from app.test_loop import infusing, looped
from core import pico
from core.loop_bench import BenchClock, LoopBench
from core.pump_bench import PumpBench

from evenflow import boards
from evenflow.emulator.flash import EMPTY_LIBRARY, HASHES, hashes_of
from evenflow.emulator.image import firmware_files
from pumpapp.flash_image import PART_BYTES, FlashImage
from pumpcore import alarms, refusals
from pumpcore.library import Library
from pumpcore.wire.messages import by_name

TICKS_A_STEP = 100
HOUR_TICKS = 180_000
CONTENT = bytes(range(256)) * 16


@pytest.fixture
def flash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A flash of two files, and the list of them."""
    monkeypatch.chdir(tmp_path)
    for name in ("one.py", "two.py"):
        (tmp_path / name).write_bytes(CONTENT)
    (tmp_path / HASHES).write_bytes(hashes_of({"one.py": CONTENT, "two.py": CONTENT}))
    return tmp_path


@pytest.fixture
def checking(flash: Path) -> Iterator[LoopBench]:
    """A loop that checks that flash."""
    bench = PumpBench(pico.profile(link__bench=True))
    image = FlashImage()
    yield LoopBench(bench, BenchClock(), Library(), flash=image)
    while image._file is not None:
        image.step()


@pytest.mark.requirement("TST-04")
def test_a_file_that_changes_under_a_running_infusion_stops_it(
    flash: Path, checking: LoopBench
) -> None:
    loop = checking
    infusing(loop)
    loop.bench.force_mn = 0
    loop.tick(3_000)
    assert loop.bench.state() == "infusing"
    (flash / "two.py").write_bytes(CONTENT[:-1] + b"?")
    loop.tick(4_000)

    assert loop.bench.state() == "fault"
    assert loop.bench.outputs.alarms_high & alarms.MEMORY_FAULT_UPPER
    assert loop.bench.outputs.abort


@pytest.mark.requirement("TST-04")
def test_a_whole_pass_of_what_a_board_holds_takes_less_than_an_hour() -> None:
    files = firmware_files(boards.load("pico"), EMPTY_LIBRARY)
    # Its beginning, its parts, of which the last is short, and the line of a brace.
    steps = sum(2 + len(content) // PART_BYTES for content in files.values()) + 2

    assert steps * TICKS_A_STEP < HOUR_TICKS / 2


@pytest.mark.requirement("TST-04", "FLO-15")
def test_a_part_of_the_flash_waits_for_a_tick_without_a_long_question(
    checking: LoopBench,
) -> None:
    """For ten seconds; then the questions wait."""
    loop = checking
    infusing(loop)
    looked = []
    image = loop.loop._flash
    step = image.step
    image.step = lambda: (looked.append(loop.loop.tick_count), step())
    asked = set()
    for request_id in range(520):
        loop.send(by_name("inspect"), [request_id])
        loop.tick()
        asked.add(loop.commands.long_at_tick)
        if request_id == 390:
            assert looked == []

    assert len(looked) == 1
    assert not asked & set(looked)


@pytest.mark.requirement("SEC-05", "SEC-08")
def test_while_it_moves_one_long_question_a_tick_is_answered_and_stop_always() -> None:
    loop = looped()
    infusing(loop)
    frames: list[bytes] = []
    loop.board.sink = lambda buffer, count: frames.append(bytes(buffer[:count]))
    for request_id in range(3):
        loop.send(by_name("inspect"), [request_id])
    loop.send(by_name("stop"), [9])
    answers = []
    execute = loop.commands.execute

    def noted(message: object, tick_count: int) -> int:
        length = execute(message, tick_count)
        answers.append((message.name, loop.endpoint.outgoing[1]))
        return length

    loop.commands.execute = noted
    loop.loop.tick()

    inspection, answer = by_name("inspection").ident, by_name("answer").ident
    assert answers == [
        ("inspect", inspection),
        ("inspect", answer),
        ("inspect", answer),
        ("stop", answer),
    ]
    assert loop.bench.state() == "paused"
    # On the wire: never another number.
    assert refusals.code("asked_too_often") == 45


@pytest.mark.requirement("FLO-15")
def test_a_flood_of_long_questions_leaves_a_tick_for_the_collection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = looped()
    infusing(loop)
    collected = []
    monkeypatch.setattr(
        "pumpapp.loop.collect_garbage", lambda: collected.append(loop.loop.tick_count)
    )
    monkeypatch.setattr("pumpapp.commands.mem_free", lambda: pytest.fail("a look while it moves"))
    for request_id in range(400):
        loop.send(by_name("inspect"), [request_id])
        before = loop.commands.long_at_tick
        loop.tick()
        if collected and collected[-1] == loop.loop.tick_count - 1:
            assert loop.commands.long_at_tick == before

    assert len(collected) == 3
