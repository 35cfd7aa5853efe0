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
def test_it_is_seen_within_a_second_and_forgiven_as_fast() -> None:
    """Three percent: too little for one look."""
    check = ClockCheck()
    seen = [_look(check, tick, 1.03) for tick in range(11)]
    assert seen == [False] * 10 + [True]
    seen = [_look(check, 11 + tick, 1.0) for tick in range(20)]

    assert seen[-1] is False


@pytest.mark.requirement("TST-11", "OVR-01")
@pytest.mark.parametrize("speed", [0.0, 0.8, 1.2, 2.0])
def test_a_clock_that_is_far_off_is_seen_at_the_next_look(speed: float) -> None:
    check = ClockCheck()
    assert not _look(check, 0, 1.0)
    assert _look(check, 1, speed)


@pytest.mark.requirement("TST-11")
def test_a_millisecond_and_an_edge_are_no_mismatch() -> None:
    check = ClockCheck()
    check.tick(0, 100)
    for edges, elapsed_ms in ((101, 100), (205, 101), (307, 99), (410, 100), (511, 100)):
        check.tick(edges, elapsed_ms)
        assert not check.is_mismatched


def _look(check: ClockCheck, number: int, speed: float) -> bool:
    """One of 100 ms, by a clock chip that runs so fast against the ticks."""
    check.tick(int(number * 102.4 * speed) & 0xFFFF, 100)
    return check.is_mismatched


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
