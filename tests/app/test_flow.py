"""Flow over time, from the plant: back pressure, long use, many small doses, pauses."""

import statistics
from collections.abc import Callable
from fractions import Fraction

import pytest
from app.rig import Rig, bench_order, once_more

from pumpcore.pacer import Pacer
from pumpcore.tick_io import MAX_WORDS

_ML = 1_000_000
_TICK_US = 20_000
_MICROSTEP_FL = 174_969_530


def _mean_ml_per_h(rig: Rig, span_s: float) -> float:
    before_ml = rig.plant.patient_volume_ml
    began_us = rig.now_us
    rig.run_for(span_s)
    return (rig.plant.patient_volume_ml - before_ml) / (rig.now_us - began_us) * 3.6e9


@pytest.mark.requirement("FLO-04")
def test_back_pressure_changes_the_mean_flow_by_less_than_one_percent() -> None:
    """Two minutes to settle after each step of 100 mmHg, then ten of flow."""
    with Rig(bench_order(5_000, 10 * _ML), "cpython") as rig:
        rig.start()
        found = {}
        for mmhg in (0, 100, -100):
            rig.plant.back_pressure(mmhg)
            rig.run_for(120)
            found[mmhg] = _mean_ml_per_h(rig, 600)

        assert found[0] == pytest.approx(5, rel=0.02)
        assert found[100] == pytest.approx(found[0], rel=0.01)
        assert found[-100] == pytest.approx(found[0], rel=0.01)
        assert rig.alarms == set()


@pytest.mark.requirement("FLO-05", "DES-01")
@pytest.mark.timeout(300)
def test_three_days_of_steps_are_not_one_step_off() -> None:
    """1 mL/h for 72 h, tick by tick, against exact fractions."""
    pacer = Pacer()
    pacer.start(1_000, _MICROSTEP_FL, 1 << 29)
    words = [0] * MAX_WORDS
    ticks = 72 * 3_600_000 // 20
    for _ in range(ticks):
        pacer.fill(_TICK_US, words)

    period_s = Fraction(_MICROSTEP_FL * 3_600, 1_000 * 10**9)
    due = Fraction(ticks * _TICK_US, 1_000_000) / period_s
    assert abs(pacer.issued_steps - due) <= 1
    assert not pacer.has_starved


@pytest.mark.requirement("FLO-08")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("rate_ul_per_h", [120_000, 1_200_000])
def test_the_same_millilitre_25_times(rate_ul_per_h: int) -> None:
    """One pump, one syringe; each dose has its own purge, as every programme has."""
    given_ml = []
    with Rig(bench_order(rate_ul_per_h, _ML, fill_nl=50 * _ML), "cpython") as rig:
        for number in range(1, 26):
            if number > 1:
                once_more(rig, programme_number=number)
            rig.start()
            before_ml = rig.plant.patient_volume_ml
            rig.run_until(lambda: rig.state == "complete", 90)
            rig.run_for(10)
            given_ml.append(rig.plant.patient_volume_ml - before_ml)

    errors = [ml - 1 for ml in given_ml]
    assert len(errors) == 25
    assert abs(statistics.fmean(errors)) <= 0.02
    assert max(abs(error) for error in errors) <= 0.05


def _stop_key(rig: Rig) -> None:
    rig.plant.press("stop")


def _stop_by_line(rig: Rig) -> None:
    rig.send("stop")


def _open_and_shut(rig: Rig) -> None:
    rig.plant.open_barrel()
    rig.run_for(1)
    rig.plant.close_barrel()
    rig.run_for(1)
    rig.plant.press("acknowledge")


@pytest.mark.requirement("FLO-16", "KET-13")
@pytest.mark.parametrize("stop", [_stop_key, _stop_by_line, _open_and_shut])
@pytest.mark.parametrize("pause_s", [5, 120])
def test_after_a_stop_every_minute_has_the_rate_and_no_time_is_caught_up(
    stop: Callable[[Rig], None], pause_s: int
) -> None:
    with Rig(bench_order(26_250, 10 * _ML), "cpython") as rig:
        rig.start()
        began_us = rig.now_us
        rig.run_for(120)
        before_ml = rig.plant.patient_volume_ml
        stop(rig)
        rig.run_for(pause_s)
        assert rig.state in {"paused", "held"}
        rig.resume()
        rig.run_until(lambda: rig.state == "infusing", 2)
        resumed_us = rig.now_us
        # 0.05 mL of slack at most
        rig.run_for(0.05 / 26.25 * 3_600)
        minutes = [_mean_ml_per_h(rig, 60) for _ in range(3)]
        moved_s = (rig.now_us - resumed_us + 120e6) / 1e6
        whole_s = (rig.now_us - began_us) / 1e6

        assert minutes == [pytest.approx(26.25, rel=0.03)] * 3
        assert rig.plant.patient_volume_ml <= moved_s * 26.25 / 3_600 + 0.02
        assert rig.plant.patient_volume_ml < (whole_s - pause_s + 3) * 26.25 / 3_600
        assert rig.plant.patient_volume_ml > before_ml


@pytest.mark.requirement("OCC-10")
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("rate_ul_per_h", [1_000, 26_250, 120_000, 1_200_000])
def test_noise_friction_and_height_are_no_occlusion(rate_ul_per_h: int, seed: int) -> None:
    with Rig(bench_order(rate_ul_per_h, 40 * _ML), "cpython", seed=seed) as rig:
        rig.start()
        for mmhg in (100, -100, 0):
            rig.plant.back_pressure(mmhg)
            rig.run_for(30)
            assert rig.alarms <= {"near_end"}


@pytest.mark.requirement("SYR-06")
@pytest.mark.parametrize("pauses", [False, True])
def test_what_telemetry_says_gives_the_time_to_the_end_within_ten_seconds(*, pauses: bool) -> None:
    """Rate and volume left, as a host divides them."""
    with Rig(bench_order(60_000, 2 * _ML), "cpython") as rig:
        rig.start()
        claims = []
        for _ in range(4):
            rig.run_for(15)
            if pauses:
                _stop_key(rig)
                rig.run_for(5)
                rig.resume()
                rig.run_for(1)
            telemetry = rig.telemetry
            assert telemetry is not None
            left_nl = 2 * _ML - telemetry.delivered_microsteps * _MICROSTEP_FL / 1e6
            left_s = left_nl / telemetry.commanded_ul_per_h * 3.6
            claims.append((rig.now_us / 1e6, left_s))
        rig.run_until(lambda: rig.state == "complete", 120)
        ended_s = rig.now_us / 1e6

    last_at_s, last_left_s = claims[-1]
    assert last_at_s + last_left_s == pytest.approx(ended_s, abs=10)
    if not pauses:
        assert [at_s + left_s for at_s, left_s in claims] == [pytest.approx(ended_s, abs=10)] * 4
