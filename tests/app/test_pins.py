"""What the pins do and do not do: from reset, at a reset, and under an edit or a busy line."""

import itertools

import pytest
from app.rig import US_PER_S, Rig, bench_order

from pumpcore.wire import messages

_ML = 1_000_000
_NS_PER_S = 1_000_000_000


def _steps_ns(rig: Rig) -> list[int]:
    return [at_ns for at_ns, _, is_enabled in rig.plant.step_times if is_enabled]


@pytest.mark.requirement("TST-03")
@pytest.mark.parametrize("runtime", ["cpython", "micropython"])
def test_nothing_moves_from_power_on_to_idle_and_after_a_reset(runtime: str) -> None:
    """Also where the reset comes in the middle of an infusion, and the power goes and returns."""
    with Rig(bench_order(1_200_000, 20 * _ML), runtime) as rig:
        plant = rig.plant
        plant.records_steps = True
        rig.run_until(lambda: rig.state == "idle", 5)
        assert plant.step_times == []
        assert not plant.motor_enabled
        rig.start()
        rig.run_for(1)
        assert plant.motor_enabled
        for disturb in (rig.board.reset, rig.board.power_off):
            disturb()
            plant.step_times.clear()
            if disturb == rig.board.power_off:
                rig.board.coast(US_PER_S)
                rig.board.power_on()
            for _ in range(200):
                rig.tick()
                assert not plant.motor_enabled
            assert plant.step_times == []
            assert rig.state == "idle"


@pytest.mark.requirement("TST-08")
@pytest.mark.parametrize("rate_ul_per_h", [1_000, 1_200_000])
def test_a_reset_takes_the_motors_power_within_10_ms(rate_ul_per_h: int) -> None:
    """By hardware: no firmware runs in that time."""
    with Rig(bench_order(rate_ul_per_h, 20 * _ML), "cpython") as rig:
        rig.start()
        rig.run_for(2)
        assert rig.plant.motor_enabled
        rig.plant.records_steps = True
        reset_at_us = rig.now_us
        rig.board.reset()
        rig.board.coast(10_000)

        assert not rig.plant.motor_enabled
        assert all(at_ns <= (reset_at_us + 10_000) * 1_000 for at_ns in _steps_ns(rig))


def _infuse(*, edit: bool) -> list[int]:
    """Moments of the steps of half a minute, from the first second on."""
    order = bench_order(26_250, 5 * _ML)
    with Rig(order, "cpython") as rig:
        rig.start()
        rig.run_for(1)
        rig.plant.records_steps = True
        began_us = rig.now_us
        if edit:
            names = [field.name for field in messages.by_name("stage").fields[1:]]
            for number, rate in ((1, 52_500), (2, 52_500), (2, 13_125)):
                changed = order | {"programme_number": number, "rate_ul_per_h": rate}
                rig.send("stage", *[changed[name] for name in names])
                rig.run_for(1)
                rig.send("confirm", number, bytes(8))
                rig.run_for(1)
            for key in ("start", "prime", "check"):
                rig.plant.press(key)
                rig.run_for(2)
            rig.send("cancel", 1)
        rig.run_for((began_us + 30 * US_PER_S - rig.now_us) / US_PER_S)
        assert rig.state == "infusing"
        return _steps_ns(rig)


@pytest.mark.requirement("FLO-13", "LIB-11")
def test_edits_in_an_infusion_move_no_edge() -> None:
    undisturbed = _infuse(edit=False)

    assert len(undisturbed) > 1_000
    assert _infuse(edit=True) == undisturbed


@pytest.mark.requirement("FLO-15", "SEC-05", "SEC-08")
@pytest.mark.parametrize(("rate_ul_per_h", "span_s"), [(1_000, 120), (26_250, 60)])
def test_a_busy_line_and_its_garbage_shift_no_step(rate_ul_per_h: int, span_s: int) -> None:
    """A command, a record and noise in every tick; collections of garbage are charged."""
    with Rig(bench_order(rate_ul_per_h, 5 * _ML), "micropython") as rig:
        rig.start()
        rig.run_for(2)
        rig.plant.records_steps = True
        began_us = rig.now_us
        while rig.now_us < began_us + span_s * US_PER_S:
            rig.send("ping")
            rig.board.write(b"\xff\x17 noise without an end")
            rig.tick()
        steps_ns = _steps_ns(rig)
        alarms = rig.alarms

    gaps_ns = [later - earlier for earlier, later in itertools.pairwise(steps_ns)]
    nominal_ns = 174_969_530 / (rate_ul_per_h * 1e9 / 3_600) * _NS_PER_S
    tolerated_ns = max(0.05 * nominal_ns, 2_000_000)
    late = [gap for gap in gaps_ns if abs(gap - nominal_ns) > tolerated_ns]
    assert alarms == set()
    assert len(gaps_ns) > 150
    assert len(late) <= len(gaps_ns) / 1_000
    assert sum(gaps_ns) / len(gaps_ns) == pytest.approx(nominal_ns, rel=0.001)


@pytest.mark.requirement("FLO-09")
def test_at_one_ml_per_h_no_gap_is_twice_the_nominal_one() -> None:
    with Rig(bench_order(1_000, 5 * _ML), "cpython") as rig:
        rig.start()
        rig.run_for(5)
        rig.plant.records_steps = True
        rig.run_for(180)
        steps_ns = _steps_ns(rig)
        ul_per_step = rig.plant.plunger.area_um2 * 1_000 / 3_200 / 1e9

    gaps_s = [(b - a) / _NS_PER_S for a, b in itertools.pairwise(steps_ns)]
    assert max(gaps_s) <= 2 * ul_per_step * 3.6
    assert ul_per_step <= 2


@pytest.mark.requirement("SEC-05", "SEC-08")
@pytest.mark.parametrize("every_s", [0.02, 0.04, 0.06])
def test_questions_by_line_do_not_stop_the_infusion(every_s: float) -> None:
    """A look at the free heap and a collection of garbage would be too much for one tick."""
    with Rig(bench_order(26_250, 5 * _ML), "micropython") as rig:
        rig.start()
        for _ in range(200):
            rig.send("inspect")
            rig.run_for(every_s)

        assert rig.alarms == set()
        assert rig.state == "infusing"
