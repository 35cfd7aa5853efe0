"""Programmes of several steps on the emulated board: what its plant was given, and when."""

import pytest
from app.rig import Rig, stepped_order

pytestmark = pytest.mark.requirement("FLO-01", "FLO-07", "OVR-04", "OVR-05")

_ML = 1_000_000
_SLOW, _FAST = 5_000, 1_200_000
Row = tuple[int, int, int]

# Loading, a ramp down to the maintenance, and a taper.
LOADED: tuple[Row, ...] = (
    (120_000, 120_000, _ML),
    (120_000, 30_000, _ML),
    (30_000, 30_000, _ML // 2),
    (30_000, 5_000, _ML // 4),
)


def duration_s(row: Row) -> float:
    """How long a step takes."""
    return 7.2 * row[2] / (row[0] + row[1])


def ordered_nl(rows: tuple[Row, ...], at_s: float) -> float:
    """What the steps have given by a moment."""
    given_nl = 0.0
    for row in rows:
        span_s = duration_s(row)
        if at_s < span_s:
            slope = (row[1] - row[0]) / span_s
            return given_nl + (row[0] * at_s + slope * at_s**2 / 2) / 3.6
        given_nl += row[2]
        at_s -= span_s
    return given_nl


@pytest.mark.parametrize("runtime", ["micropython", "cpython"])
def test_the_plunger_follows_loading_maintenance_and_taper(runtime: str) -> None:
    """By the motor's own steps: the volume in every ten seconds, and the whole."""
    with Rig(stepped_order(*LOADED), runtime, rows=LOADED) as rig:
        rig.start()
        rig.plant.step_times.clear()
        rig.plant.records_steps = True
        rig.run_until(lambda: rig.state == "complete", 400)
        rig.run_for(1)
        step_nl = rig.plant.plunger.area_um2 * rig.plant.drive.um_per_microstep / 1e6
        at_s = [at / 1e9 for at, steps, enabled in rig.plant.step_times if enabled and steps > 0]

    assert len(at_s) == int(2_750_000 / 174.969530)
    begun_s = at_s[0] - 0.01
    for window in range(int(sum(duration_s(row) for row in LOADED)) - 10):
        first_s, last_s = begun_s + window, begun_s + window + 10
        given_nl = sum(first_s <= moment_s < last_s for moment_s in at_s) * step_nl
        wanted_nl = ordered_nl(LOADED, window + 10) - ordered_nl(LOADED, window)

        assert given_nl == pytest.approx(wanted_nl, rel=0.01, abs=2 * step_nl)


@pytest.mark.parametrize(
    "rows",
    [
        ((_SLOW, _SLOW, 20_000), (_FAST, _FAST, 2 * _ML), (_SLOW, _SLOW, 30_000)),
        ((_FAST, _FAST, _ML), (_SLOW, _FAST, _ML), (_FAST, _SLOW, _ML), (100, 100, 10_000)),
    ],
)
def test_a_step_from_5_to_1200_and_back_alarms_nobody(rows: tuple[Row, ...]) -> None:
    """Neither the delivery watch nor the hardware's step-rate limiter."""
    with Rig(stepped_order(*rows), "cpython", rows=rows) as rig:
        rig.start()
        rig.run_until(lambda: rig.state != "infusing", 600)

        assert rig.state == "complete"
        assert rig.plant.patient_volume_ml == pytest.approx(
            sum(row[2] for row in rows) / _ML, abs=0.02
        )


@pytest.mark.parametrize(
    ("rows", "lost_ml"),
    [(((_SLOW, _SLOW, 20_000), (_FAST, _FAST, 5 * _ML)), 0.2)],
)
def test_a_stall_after_a_step_stops_the_pump(rows: tuple[Row, ...], lost_ml: float) -> None:
    with Rig(stepped_order(*rows), "cpython", rows=rows) as rig:
        rig.start()
        rig.run_for(16.5)
        assert rig.telemetry is not None
        assert rig.telemetry.commanded_ul_per_h == _FAST
        before_ml = rig.plant.patient_volume_ml
        rig.plant.stall()
        rig.run_until(lambda: rig.state == "held", 5)

        assert rig.plant.patient_volume_ml - before_ml < lost_ml


@pytest.mark.requirement("OVR-01")
def test_the_limiter_guards_the_rate_in_force() -> None:
    """A step source that runs away in a slow step, after a fast one, is cut off by hardware."""
    rows = ((_FAST, _FAST, _ML), (_SLOW, _SLOW, _ML))
    with Rig(stepped_order(*rows), "cpython", rows=rows) as rig:
        rig.start()
        rig.run_for(5)
        assert rig.telemetry is not None
        assert rig.telemetry.commanded_ul_per_h == _SLOW
        controller = rig.board.controller
        assert controller.limiter is not None
        period_ns = 3.6e9 * 174.96953 / _SLOW

        assert controller.limiter._minimum_ns == pytest.approx(0.8 * period_ns, rel=0.01)
