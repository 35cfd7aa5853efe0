"""Two crystals: milliseconds of the ticks, edges of the clock chip."""

import pytest
from core.pico import in_state, press

from pumpcore import alarms, panel
from pumpcore.clock_check import ClockCheck


def ran(percent: float, ticks: int, first: int = 65_000) -> ClockCheck:
    """After so many ticks of 20 ms, by a clock that is so much too fast."""
    check = ClockCheck()
    for tick in range(ticks):
        true_s = tick * 0.02 / (1 + percent / 100)
        check.tick((first + int(true_s * 1_024)) & 0xFFFF, 20)
    return check


@pytest.mark.requirement("TST-11")
@pytest.mark.parametrize(
    ("percent", "mismatched"),
    [(0, False), (1.9, False), (-1.9, False), (2.2, True), (-2.2, True), (60, True), (-30, True)],
)
def test_more_than_two_percent_is_a_mismatch(percent: float, *, mismatched: bool) -> None:
    assert ran(percent, 500).is_mismatched is mismatched


@pytest.mark.requirement("TST-11")
def test_it_is_seen_within_four_seconds_and_forgiven_as_fast() -> None:
    check = ClockCheck()
    count = 0
    for _ in range(200):
        check.tick(count, 20)
    assert not check.is_mismatched
    check.tick(count, 20)
    assert check.is_mismatched
    for tick in range(201):
        check.tick(count + tick * 2_048 // 100, 20)

    assert not check.is_mismatched


@pytest.mark.requirement("TST-11")
def test_a_clock_that_disagrees_with_the_clock_chip_stops_the_pump() -> None:
    bench = in_state("infusing")
    bench.link_frame_count = 1
    bench.has_reference = False
    bench.tick(400)
    assert bench.outputs.alarms_low & alarms.CLOCK_MISMATCH
    assert bench.state() == "held"
    assert (bench.outputs.word_count, bench.outputs.abort) == (0, True)
    assert panel.SOUNDER_PATTERNS[bench.outputs.sounder] == "high"
    press(bench, panel.KEY_ACKNOWLEDGE)
    assert press(bench, panel.KEY_START) == "alarm_active"
    bench.has_reference = True
    bench.tick(401)
    press(bench, panel.KEY_ACKNOWLEDGE)

    assert bench.state() == "held"
    assert not bench.outputs.alarms_low & alarms.CLOCK_MISMATCH
