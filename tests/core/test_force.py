"""Force from conversions, spikes filtered, friction learnt."""

from fractions import Fraction
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumpcore import limits, syringe
from pumpcore.force import BASELINE_TICKS, Force, threshold_mn

RAW = st.integers(-(1 << 23), (1 << 23) - 1)
GAIN = st.integers(2_000, 100_000)
ZERO = st.integers(-4_000_000, 4_000_000)


@given(RAW, ZERO, GAIN)
def test_force_is_the_exact_quotient_floored(raw: int, zero: int, gain: int) -> None:
    force = Force(zero, gain)
    for _ in range(2):
        force.update(raw)

    assert force.filtered_mn == Fraction((raw - zero) * 1000, gain).__floor__()
    # It fits its field on the wire, and a small integer, on any board.
    assert -(1 << 23) <= force.filtered_mn < 1 << 23


@pytest.mark.requirement("OCC-10")
@given(st.lists(RAW, min_size=3, max_size=20))
def test_the_median_of_three_readings_counts(raws: list[int]) -> None:
    force = Force(0, 1_000)
    for index, raw in enumerate(raws):
        force.update(raw)
        if index >= 2:
            assert force.filtered_mn == median(raws[index - 2 : index + 1])


@pytest.mark.requirement("DES-02", "OCC-10")
def test_a_spike_of_one_reading_is_not_seen_and_a_step_is_seen_in_its_second() -> None:
    """Sensor latency of at most 50 ms."""
    force = Force(0, 10_000)
    seen = []
    for raw in (0, 0, 500_000, 0, 0, 500_000, 500_000, 500_000):
        force.update(raw)
        seen.append(force.filtered_mn)

    assert seen == [0, 0, 0, 0, 0, 0, 50_000, 50_000]


def test_the_baseline_is_the_mean_once_it_is_whole() -> None:
    force = Force(0, 10_000)
    force.begin_learning()
    for index in range(BASELINE_TICKS):
        assert not force.has_learnt()
        assert force.baseline_mn == 0
        force.update(30_000 if index < BASELINE_TICKS // 2 else 50_000)
        force.learn()
    assert force.has_learnt()
    assert force.baseline_mn == pytest.approx(4_000, abs=100)

    force.update(900_000)
    force.learn()
    assert force.baseline_mn == pytest.approx(4_000, abs=100)


def test_learning_anew_keeps_the_old_baseline_until_the_next_is_whole() -> None:
    force = Force(0, 10_000)
    for value in (30_000, 40_000):
        force.begin_learning()
        assert not force.has_learnt()
        before = force.baseline_mn
        for _ in range(2):
            force.update(value)
        for _ in range(BASELINE_TICKS - 1):
            force.learn()
        assert force.baseline_mn == before
        force.learn()

    assert force.baseline_mn == 4_000


@pytest.mark.requirement("OCC-01")
@given(
    st.integers(limits.MIN_OCCLUSION_MMHG, limits.MAX_OCCLUSION_MMHG),
    st.integers(syringe.MIN_BORE_UM, syringe.MAX_BORE_UM),
)
def test_a_pressure_limit_is_the_force_on_the_barrel(mmhg: int, bore_um: int) -> None:
    """300 mmHg on a 50 mL syringe are 22.4 N."""
    area_um2 = syringe.area_um2(bore_um)
    exact_mn = mmhg * 133.322387415 * area_um2 * 1e-12 * 1e3

    assert exact_mn - 1.000001 < threshold_mn(mmhg, area_um2) <= exact_mn + 1e-6


@pytest.mark.requirement("OCC-01")
def test_300_mmhg_on_the_50_ml_syringe() -> None:
    assert threshold_mn(300, syringe.area_um2(26_700)) == 22_394


@pytest.mark.requirement("OCC-11")
@pytest.mark.parametrize(
    ("readings", "faulty"),
    [
        ([0x7FFFFE] * 3, True),
        ([-0x7FFFFF] * 3, True),
        ([0x7FFFFE, 0x7FFFFF] * 250, True),
        ([0x7FFFFE, 0x7FFFFF], False),
        ([0x7FFFFD, 0x7FFFFC] * 3, False),
        ([5] * 251, True),
        ([5] * 250, False),
        ([5, 6] * 250, False),
    ],
)
def test_rails_and_a_reading_that_stands_are_no_measurement(
    readings: list[int], *, faulty: bool
) -> None:
    """At 20 ms a reading."""
    force = Force(0, 10_000)
    for raw in readings:
        force.watch(raw, 20)

    assert force.is_faulty() is faulty
    force.watch(1_000, 20)
    assert not force.is_faulty()


@pytest.mark.requirement("OCC-11")
def test_one_reading_at_a_rail_is_no_pressure_however_short_the_tick() -> None:
    force = Force(0, 10_000)
    assert not force.is_at_rail()
    force.watch(0x7FFFFE, 1)
    assert force.is_at_rail()
    force.watch(0x7FFFFD, 1)

    assert not force.is_at_rail()


@pytest.mark.requirement("OCC-11")
def test_a_sensor_is_alive_for_three_ticks_after_its_last_change() -> None:
    force = Force(0, 10_000)
    force.watch(5, 20)
    told = []
    for _ in range(3):
        force.watch(5, 20)
        told.append(force.is_alive())

    assert told == [True, True, False]


@pytest.mark.requirement("OCC-11")
@pytest.mark.parametrize(("raw", "after_ms"), [(5, 5_000), (0x7FFFFE, 60)])
def test_what_is_no_measurement_is_told_to_the_millisecond(raw: int, after_ms: int) -> None:
    force = Force(0, 10_000)
    force.watch(7, 20)
    force.watch(raw, 1 if raw > 5 else 20)
    force.watch(raw, after_ms - (2 if raw > 5 else 1))
    assert not force.is_faulty()
    force.watch(raw, 1)

    assert force.is_faulty()


@pytest.mark.requirement("OCC-01")
def test_the_baseline_has_no_trace_of_the_learning_before() -> None:
    force = Force(0, 1_000)
    for _ in range(3):
        force.begin_learning()
        for tick in range(BASELINE_TICKS):
            force.filtered_mn = 1 if tick else 0
            force.learn()
        # 49 of 50, floored
        assert force.baseline_mn == 0


@pytest.mark.requirement("OCC-01")
def test_the_largest_pressure_limit_is_exact_to_the_millinewton() -> None:
    for mmhg in range(limits.MIN_OCCLUSION_MMHG, limits.MAX_OCCLUSION_MMHG + 1):
        exact = Fraction(mmhg * 133_322_387_415 * 10**9, 10**18)

        assert threshold_mn(mmhg, 10**9) == exact.__floor__()


@pytest.mark.requirement("TST-05")
@pytest.mark.parametrize("bit", range(20))
def test_a_baseline_that_changes_by_itself_is_found(bit: int) -> None:
    fresh, learnt = Force(0, 10_000), Force(0, 10_000)
    learnt.update(30_000)
    learnt.update(30_000)
    for _ in range(BASELINE_TICKS):
        learnt.learn()
    for force in (fresh, learnt):
        assert force.is_sound()
        force.baseline_mn ^= 1 << bit
        assert not force.is_sound()
