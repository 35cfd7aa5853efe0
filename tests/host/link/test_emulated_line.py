"""The line to an emulated board: virtual time, gathered at will, paced if asked."""

import pytest

from evenflow.link.emulated_line import EmulatedLine

TICK_US = 20_000


class CountingBoard:
    """Says its tick at each step."""

    def __init__(self) -> None:
        """At time 0."""
        self.device_key = None
        self.now_us = 0
        self.said = b""
        self.heard = b""
        self.is_closed = False

    def step(self) -> None:
        self.now_us += TICK_US
        self.said += bytes([self.now_us // TICK_US])

    def write(self, chunk: bytes) -> None:
        self.heard += chunk

    def read(self) -> bytes:
        said, self.said = self.said, b""
        return said

    def close(self) -> None:
        self.is_closed = True


async def test_time_moves_only_while_somebody_reads() -> None:
    line = EmulatedLine(CountingBoard(), "emulated:test", speed=None)
    before_s = line.clock_s()

    line.write(b"frame")
    chunk = await line.read(0.02)

    assert before_s == 0.0
    assert line.clock_s() == 0.02
    assert chunk == b"\1"
    assert line.board.heard == b"frame"


async def test_a_horizon_gathers_its_ticks() -> None:
    line = EmulatedLine(CountingBoard(), "emulated:test", speed=None)

    assert await line.read(0.1) == b"\1\2\3\4\5"
    assert await line.read(0.0) == b"\6"


class WallClock:
    """Stands in for time and asyncio.sleep, so that no test waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take their places in the module under test."""
        self.now_s = 100.0
        monkeypatch.setattr("evenflow.link.emulated_line.time.monotonic", lambda: self.now_s)
        monkeypatch.setattr("evenflow.link.emulated_line.asyncio.sleep", self.sleep)

    async def sleep(self, span_s: float) -> None:
        self.now_s += span_s


async def test_at_a_chosen_speed_the_wall_clock_sets_the_pace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wall = WallClock(monkeypatch)
    line = EmulatedLine(CountingBoard(), "emulated:test", speed=10.0)

    while line.clock_s() < 1.0:
        before_s = line.clock_s()
        await line.read(1.0)
        assert line.clock_s() - before_s <= 0.21

    assert wall.now_s == pytest.approx(100.1)


async def test_as_fast_as_it_goes_means_no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = WallClock(monkeypatch)
    line = EmulatedLine(CountingBoard(), "emulated:test", speed=0.001)
    line.speed = None

    await line.read(4.0)

    assert line.clock_s() == 4.0
    assert wall.now_s == 100.0


async def test_time_that_the_host_lost_is_not_caught_up(monkeypatch: pytest.MonkeyPatch) -> None:
    wall = WallClock(monkeypatch)
    line = EmulatedLine(CountingBoard(), "emulated:test", speed=1.0)
    wall.now_s += 60.0
    await line.read(0.02)

    await line.read(0.02)

    assert wall.now_s == pytest.approx(160.02)


async def test_closing_the_line_ends_the_board() -> None:
    board = CountingBoard()

    await EmulatedLine(board, "emulated:test", speed=None).close()

    assert board.is_closed
