"""Air before the detector: one bubble, many of them, and time."""

import pytest
from core import pico
from core.pico import RATE
from core.pump_bench import bench_order

from pumpcore import limits
from pumpcore.air import Air
from pumpcore.library import Library
from pumpcore.programme import derive

TICK_MS = 20
MINUTE_MS = 60_000


class Line:
    """Fluid and bubbles that pass the detector, by volume."""

    def __init__(self, rate_ul_per_h: int = RATE) -> None:
        """A 50 mL syringe."""
        programme = derive(bench_order(rate_ul_per_h), pico.profile(), Library())
        self.fl = programme.femtolitres_per_microstep
        self.air = Air()
        self.air.adopt(programme)
        self.steps = 0

    def steps_of(self, ul: float) -> int:
        """Whole steps up to that volume."""
        return int(ul * 10**9) // self.fl

    def pass_by(self, ul: float, *, is_air: bool, ticks: int = 10) -> int:
        """So much, in so many ticks; how often it was told to be too much."""
        steps = self.steps_of(ul)
        told = 0
        for tick in range(1, ticks + 1):
            at = self.steps + steps * tick // ticks
            told += self.air.tick(at, TICK_MS, is_seen=is_air)
        self.steps += steps
        return told

    def bubble(self, ul: float) -> int:
        """Air, then fluid."""
        return self.pass_by(ul, is_air=True) + self.pass_by(20, is_air=False)

    def wait(self, ms: int) -> None:
        """Nothing moves."""
        for _ in range(ms // 1_000):
            self.air.rest(self.steps, 1_000)


@pytest.mark.requirement("SYR-09")
@pytest.mark.parametrize("rate", [1_000, 26_250, RATE])
def test_one_bubble_above_200_ul_is_too_much(rate: int) -> None:
    line = Line(rate)
    assert line.pass_by(limits.MAX_BUBBLE_NL / 1_000, is_air=True) == 0
    assert line.pass_by(2 * line.fl / 10**9, is_air=True, ticks=1) == 1


@pytest.mark.requirement("SYR-09")
def test_it_is_told_once_for_that_air() -> None:
    line = Line()
    told = line.pass_by(300, is_air=True, ticks=30)
    told += line.pass_by(90, is_air=True, ticks=30)

    assert told == 1


@pytest.mark.requirement("SYR-09")
def test_fluid_is_no_air() -> None:
    assert Line().pass_by(20_000, is_air=False, ticks=1_000) == 0


@pytest.mark.requirement("SYR-09")
def test_more_than_a_millilitre_in_a_quarter_of_an_hour_is_too_much() -> None:
    line = Line()
    for _ in range(6):
        assert line.bubble(160) == 0
    assert line.bubble(limits.MAX_AIR_NL / 1_000 - 960 - 1) == 0
    line = Line()
    for _ in range(6):
        assert line.bubble(160) == 0

    assert line.bubble(limits.MAX_AIR_NL / 1_000 - 960 + 10.5) == 1


@pytest.mark.requirement("SYR-09")
def test_the_bubble_at_hand_counts_before_it_has_ended() -> None:
    line = Line()
    for _ in range(6):
        line.bubble(160)

    assert line.pass_by(60, is_air=True) == 1


@pytest.mark.requirement("SYR-09", "OCC-10")
def test_bubbles_below_50_ul_do_not_count() -> None:
    line = Line()
    assert [line.bubble(limits.LEAST_BUBBLE_NL / 1_000 - 0.4) for _ in range(100)] == [0] * 100


@pytest.mark.requirement("SYR-09")
def test_the_least_bubbles_that_count_make_it_with_the_twenty_first() -> None:
    line = Line()
    told = [line.bubble(limits.LEAST_BUBBLE_NL / 1_000 + 0.4) for _ in range(20)]

    assert sum(told[:19]) == 0
    assert told[19] + line.bubble(limits.LEAST_BUBBLE_NL / 1_000 + 0.4) == 1


@pytest.mark.requirement("SYR-09")
def test_air_is_forgotten_after_a_quarter_of_an_hour() -> None:
    line = Line()
    for _ in range(6):
        line.bubble(160)
    line.wait(limits.AIR_WINDOW_MS - MINUTE_MS)
    assert line.bubble(160) == 1
    line = Line()
    for _ in range(6):
        line.bubble(160)
    line.wait(limits.AIR_WINDOW_MS)

    assert [line.bubble(160) for _ in range(6)] == [0] * 6
    assert line.bubble(160) == 1


@pytest.mark.requirement("SYR-09")
def test_a_pause_does_not_end_a_bubble() -> None:
    line = Line()
    line.pass_by(150, is_air=True)
    line.wait(5_000)

    assert line.pass_by(60, is_air=True) == 1


@pytest.mark.requirement("SYR-09", "SYR-11")
def test_what_is_purged_is_not_counted_and_another_line_has_no_air() -> None:
    line = Line()
    line.pass_by(150, is_air=True)
    # What a purge moves does not count as delivered; a back-off takes it off again.
    line.wait(5_000)
    line.steps -= line.steps_of(100)
    assert line.pass_by(40, is_air=True) == 0
    programme = derive(bench_order(), pico.profile(), Library())
    line.air.adopt(programme)
    line.air.rest(line.steps, TICK_MS)

    assert line.pass_by(199, is_air=True) == 0


@pytest.mark.requirement("SYR-09")
def test_without_a_programme_nothing_is_judged() -> None:
    air = Air()

    assert not any(air.tick(tick * 1_000, TICK_MS, is_seen=True) for tick in range(1_000))
