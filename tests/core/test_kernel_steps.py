"""Programmes of several steps in the kernel: cadence, and alarms that come or do not."""

from itertools import pairwise

import pytest
from core import pico
from core.pump_bench import PumpBench, bench_order

from pumpcore import alarms, panel, units
from pumpcore.programme import Order

pytestmark = pytest.mark.requirement("FLO-01", "FLO-07", "OVR-04")

FL = 174_969_530
ML = units.NL_PER_ML
SLOW, FAST = 5_000, 1_200_000
Row = tuple[int, int, int]


def stepped(*rows: Row) -> Order:
    """A bench order of these steps, from 30 mL."""
    order = bench_order(0, 0, 30 * ML)
    order.rows = rows
    order.step_count = len(rows)
    return order


def infusing(*rows: Row) -> PumpBench:
    """A bench that gives these steps."""
    bench = pico.bench()
    bench.infuse(stepped(*rows))
    return bench


def steps_of(volume_nl: int) -> int:
    """Whole microsteps in a volume."""
    return volume_nl * units.FL_PER_NL // FL


def until(bench: PumpBench, state: str, within_s: float) -> float:
    """Seconds until it is in that state, with no alarm that stops on the way."""
    for tick in range(round(within_s * 50)):
        if bench.state() == state:
            return tick / 50
        bench.tick()
        assert not bench.outputs.alarms_low & (alarms.OVER_DELIVERY | alarms.UNDER_DELIVERY)
    raise AssertionError(bench.state())


@pytest.mark.parametrize(
    "rows",
    [
        ((SLOW, SLOW, 20_000), (FAST, FAST, 2 * ML), (SLOW, SLOW, 20_000)),
        ((FAST, FAST, ML), (SLOW, SLOW, 50_000), (FAST, FAST, ML)),
        ((SLOW, FAST, 2 * ML), (FAST, SLOW, 2 * ML), (SLOW, SLOW, 10_000)),
        ((100, 100, 10_000), (FAST, FAST, ML)),
        ((60_000, 60_000, ML), (60_000, 20_000, 2 * ML), (20_000, 20_000, ML)),
        ((FAST, FAST, 10_000), (SLOW, SLOW, 10_000)) * 4,
    ],
)
def test_steps_up_and_down_are_given_whole_and_in_time(rows: tuple[Row, ...]) -> None:
    bench = infusing(*rows)
    before = bench.driven_step_count - bench.kernel.motion.delivered_steps
    duration_s = sum(2 * row[2] * 3.6 / (row[0] + row[1]) for row in rows)
    took_s = until(bench, "complete", duration_s * 1.02 + 3)
    bench.tick(10)

    assert bench.driven_step_count - before == steps_of(sum(row[2] for row in rows))
    assert took_s == pytest.approx(duration_s, rel=0.005, abs=0.3 + 0.02 * len(rows))


def test_the_rate_told_is_that_in_force() -> None:
    bench = infusing((SLOW, SLOW, 20_000), (FAST, FAST, 2 * ML))
    bench.tick(50)
    slow = bench.outputs.commanded_ul_per_h
    bench.tick(50 * 16)

    assert (slow, bench.outputs.commanded_ul_per_h) == (SLOW, FAST)


def test_the_shortest_interval_is_never_longer_than_that_between_two_queued_steps() -> None:
    """For as long as steps of the faster rate may be on their way."""
    bench = infusing((SLOW, SLOW, 10_000), (FAST, FAST, ML // 2), (SLOW, SLOW, 10_000))
    bench.stepper.record()
    edges: list[int] = []
    interval_us = bench.outputs.minimum_interval_us
    seen = set()
    for _ in range(50 * 18):
        bench.tick()
        recorded = bench.stepper.recorded
        for one, other in pairwise(recorded):
            assert (other - one) / 25 >= interval_us
        bench.stepper.recorded = recorded[-1:]
        interval_us = bench.outputs.minimum_interval_us
        seen.add(interval_us)
        edges += recorded

    assert len(seen) == 2


@pytest.mark.parametrize(
    ("rows", "after_s"),
    [
        (((SLOW, SLOW, 20_000), (FAST, FAST, 5 * ML)), 16),
        (((FAST, FAST, ML), (SLOW, SLOW, ML)), 4),
    ],
)
def test_a_stall_after_a_step_is_found(rows: tuple[Row, ...], after_s: float) -> None:
    bench = infusing(*rows)
    bench.tick(round(after_s * 50))
    assert bench.state() == "infusing"
    bench.is_stalled = True
    rate = bench.outputs.commanded_ul_per_h
    bench.tick(round(50 * (1 + 0.1 * 3_600_000 / rate)))

    assert bench.state() == "held"


@pytest.mark.parametrize(
    ("rows", "percent"),
    [(((SLOW, SLOW, 20_000), (60_000, 60_000, 20 * ML)), 110)],
)
def test_a_screw_that_is_ahead_after_a_step_is_found(rows: tuple[Row, ...], percent: int) -> None:
    """Six seconds of 60 mL/h are 0.1 mL: a tenth too much is found within a minute and a bit."""
    bench = infusing(*rows)
    bench.tick(50 * 16)
    part = 0
    for _ in range(50 * 70):
        before = bench.driven_step_count
        bench.tick()
        part += (bench.driven_step_count - before) * (percent - 100)
        bench.extra_encoder_count = part // 800
        part -= bench.extra_encoder_count * 800
        if bench.state() == "held":
            break

    assert bench.state() == "held"


def test_a_pause_goes_on_in_the_same_step_and_nothing_is_caught_up() -> None:
    rows = ((60_000, 60_000, ML), (60_000, 20_000, 2 * ML), (20_000, 20_000, ML // 2))
    bench = infusing(*rows)
    before = bench.driven_step_count - bench.kernel.motion.delivered_steps
    bench.tick(50 * 120)
    rate_before = bench.outputs.commanded_ul_per_h
    bench.press(panel.KEY_STOP)
    bench.tick(50 * 300)
    bench.press(panel.KEY_START)
    assert bench.press(panel.KEY_START) == 0
    bench.tick(10)
    rate_after = bench.outputs.commanded_ul_per_h
    left_s = until(bench, "complete", 400)
    bench.tick(10)

    assert 20_000 < rate_before < 60_000
    assert abs(rate_after - rate_before) <= 500
    assert bench.driven_step_count - before == steps_of(3_500_000)
    assert left_s == pytest.approx(60 + 180 + 90 - 120, abs=2)


def test_a_back_off_is_given_again_at_the_rates_of_its_volume() -> None:
    bench = infusing((60_000, 60_000, ML), (20_000, 20_000, ML))
    bench.tick(round(50 * 60.5))
    assert bench.outputs.commanded_ul_per_h == 20_000
    bench.force_mn = 40_000
    bench.tick(100)
    assert bench.state() == "held"
    bench.force_mn = 0
    bench.tick(300)
    drawn_back = bench.kernel.motion.delivered_steps
    bench.press(panel.KEY_ACKNOWLEDGE)
    bench.press(panel.KEY_START)
    bench.press(panel.KEY_START)
    bench.tick(10)

    assert bench.state() == "infusing"
    is_first = drawn_back < steps_of(ML)
    assert bench.outputs.commanded_ul_per_h == (60_000 if is_first else 20_000)
    until(bench, "complete", 300)


def test_a_spoilt_step_is_a_memory_fault() -> None:
    bench = infusing((60_000, 60_000, ML), (20_000, 20_000, ML))
    bench.tick(50)
    bench.kernel.programme.rows = ((60_000, 60_000, ML), (20_001, 20_000, ML))
    bench.tick(30)

    assert bench.state() == "fault"
