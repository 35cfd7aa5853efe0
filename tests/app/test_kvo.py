"""The flow after the end at the pins: its rate, its stops, its count; and none for ketamine."""

import itertools
from collections.abc import Callable

import pytest
from app import stimuli
from app.recorder_bench import STAGE, WATCHDOG, WATER, Pump
from app.rig import US_PER_S, Rig, bench_order
from core import ketamine, pico
from core.memory_bench import BenchMemory

from pumpcore import panel
from pumpcore.interlock import STATES
from pumpcore.stop_reason import STOP_REASONS

pytestmark = pytest.mark.requirement("SYR-07")

_ML = 1_000_000
_TICK_US = 20_000
_STOP_US = 25_000
_FL = 174_969_530
# At 120 mL/h in a few seconds, and then 1 mL/h.
DOSE_NL = 200_000
KVO_UL_PER_H = 1_000


def order(**others: int) -> dict[str, object]:
    return bench_order(120_000, DOSE_NL, kvo_ul_per_h=KVO_UL_PER_H, **others)


def keep_open(rig: Rig) -> None:
    """The dose is given, and the flow after it has begun."""
    rig.start()
    rig.run_until(lambda: rig.state == "kvo", 20)
    rig.run_for(2)
    rig.plant.records_steps = True


@pytest.mark.requirement("SYR-08", "ALM-10")
@pytest.mark.parametrize("runtime", ["cpython", "micropython"])
def test_it_flows_at_its_rate_and_the_end_of_the_dose_sounds(runtime: str) -> None:
    """At the STEP pin to a cycle, and in the plant."""
    with Rig(order(), runtime) as rig:
        rig.start()
        rig.run_until(lambda: rig.state == "kvo", 20)
        ended_at_us = rig.now_us
        rig.run_for(2)
        heard = [at for at in rig.plant.buzzer.edges_at_ns if at / 1_000 >= ended_at_us - _TICK_US]
        assert heard[0] / 1_000 - ended_at_us <= US_PER_S
        assert "end_of_infusion" in rig.alarms
        rig.plant.press("acknowledge")
        rig.run_for(30)
        assert rig.alarms == set()
        rig.plant.records_steps = True
        before_ml = rig.plant.patient_volume_ml
        rig.run_for(300)
        given_ml = rig.plant.patient_volume_ml - before_ml
        steps_ns = [at_ns for at_ns, _, is_enabled in rig.plant.step_times if is_enabled]

        assert rig.state == "kvo"
        assert rig.telemetry is not None
        assert rig.telemetry.commanded_ul_per_h == KVO_UL_PER_H
    gaps_ns = [later - earlier for earlier, later in itertools.pairwise(steps_ns)]
    nominal_ns = _FL * 3_600 / KVO_UL_PER_H
    assert len(gaps_ns) > 450
    assert max(abs(gap - nominal_ns) for gap in gaps_ns) <= 100
    assert given_ml == pytest.approx(300 / 3_600, rel=0.02)


def test_between_the_dose_and_it_no_step_comes_early_and_none_is_lost() -> None:
    with Rig(order(), "cpython") as rig:
        rig.start()
        rig.plant.records_steps = True
        rig.run_until(lambda: rig.state == "kvo", 20)
        rig.run_for(20)
        steps_ns = [at_ns for at_ns, _, is_enabled in rig.plant.step_times if is_enabled]
        assert rig.telemetry is not None
        counted = rig.telemetry.delivered_microsteps

    gaps_ns = [later - earlier for earlier, later in itertools.pairwise(steps_ns)]
    dose_steps = DOSE_NL * 10**6 // _FL
    after = gaps_ns[dose_steps - 1 :]
    assert min(after) >= _FL * 3_600 / KVO_UL_PER_H - 100
    assert abs(len(steps_ns) - counted) <= 1


# What is wrong, and within how long at this flow it is an alarm (virtual s).
_CASES: tuple[tuple[str, Callable[[Rig], None], float], ...] = (
    ("occlusion_downstream", stimuli.occlude, 400),
    ("syringe_empty", stimuli.empty, 0.2),
    ("plunger_unseated", stimuli.unseat, 0.2),
    ("barrel_open", stimuli.open_barrel, 0.2),
    ("motor_stall", stimuli.stall, 120),
    ("over_delivery", stimuli.run_away, 1),
    ("link_lost", stimuli.fall_silent, 7),
)


@pytest.mark.requirement("OVR-09", "OVR-11", "ALM-12")
@pytest.mark.parametrize(
    ("alarm", "raise_it", "within_s"), _CASES, ids=[case[0] for case in _CASES]
)
def test_what_stops_a_dose_stops_it_within_a_tick_and_it_stays_stopped(
    alarm: str, raise_it: Callable[[Rig], None], within_s: float
) -> None:
    """At the STEP pin; two minutes at this flow would be 190 steps."""
    with Rig(order(stop_on_link_loss=1, occlusion_mmhg=50), "cpython") as rig:
        keep_open(rig)
        raise_it(rig)
        rig.run_until(lambda: alarm in rig.alarms, within_s)
        sampled_at_us = rig.now_us - _TICK_US
        rig.run_for(10)
        steps = rig.plant.step_count
        rig.is_pinging = True
        rig.plant.press("start")
        rig.run_for(110)

        assert rig.state == "held"
        assert rig.last_step_at_us() - sampled_at_us <= _STOP_US
        assert rig.plant.step_count == steps


@pytest.mark.parametrize("how", ["key", "link"])
def test_stop_is_its_end_within_a_tick(how: str) -> None:
    with Rig(order(), "cpython") as rig:
        keep_open(rig)
        if how == "key":
            rig.plant.press("stop")
        else:
            rig.send("stop")
        rig.run_until(lambda: rig.state == "complete", 0.2)
        sampled_at_us = rig.now_us - _TICK_US
        rig.run_for(60)

        assert rig.last_step_at_us() - sampled_at_us <= _STOP_US
        assert not rig.plant.motor_enabled
        rig.resume()
        assert rig.state == "complete"
        assert rig.last_step_at_us() - sampled_at_us <= _STOP_US


# ---- what is kept of it -----------------------------------------------------------------------


def truth_nl(pump: Pump) -> int:
    """Of dose and flow, by the stepper."""
    steps = pump.bench.driven_step_count - pump.bench.kernel.motion.purged_steps
    return steps * _FL // 10**6


@pytest.mark.requirement("TST-09", "OVR-08", "LOG-04")
def test_a_power_cut_in_it_leaves_its_state_and_an_interval_that_holds_the_truth() -> None:
    for ticks in (5, 77, 1_111, 5_003):
        memory = BenchMemory()
        pump = Pump(memory)
        pump.start(**{**WATER, "volume_nl": _ML, "kvo_ul_per_h": KVO_UL_PER_H})
        pump.tick(200)
        assert pump.bench.state() == "kvo"
        pump.tick(ticks)
        pump.bench.sense(80_000)
        given_nl = truth_nl(pump)
        again = Pump(memory, reset_cause=WATCHDOG)
        told = again.ask("read_ledger")

        assert again.bench.state() == "idle"
        assert STATES[told["last_state"]] == "kvo"
        assert STOP_REASONS[told["stop_reason"]] == "volume_reached"
        assert told["volume_low_nl"] <= given_nl <= told["volume_high_nl"]
        assert told["volume_high_nl"] - told["volume_low_nl"] <= 80_000
        (recovered,) = again.of_kind("recovered")
        assert STATES[recovered.code] == "kvo"
        for key in (panel.KEY_ACKNOWLEDGE, panel.KEY_START, panel.KEY_START):
            again.press(key)
        assert again.bench.state() == "idle"


GENEROUS = {"loaded_mass_high_ng": 10**12, "loaded_mass_high_ng_per_kg": 10**12}


@pytest.mark.requirement("LIB-15", "LIB-01")
def test_what_it_may_give_counts_towards_the_maximum_of_the_day_and_what_it_gave_stays() -> None:
    """35 mg of the dose and 2 mg an hour of the flow: 100 mg hold two such doses, not three."""
    library = ketamine.library(kvo_rate_ul_per_h=1_000, **GENEROUS)
    pump = Pump(BenchMemory(), library=library)
    asked = {**STAGE, "fill_nl": 30 * _ML, "kvo_ul_per_h": 1_000}
    pump.start(**asked)
    pump.jump(1)
    pump.tick(100)
    assert pump.bench.state() == "kvo"
    pump.press(panel.KEY_ACKNOWLEDGE)
    pump.tick(50 * 600)
    pump.press(panel.KEY_STOP)
    pump.tick(20)
    assert pump.bench.state() == "complete"
    told = pump.ask("read_ledger")
    tenth_hour_ng = 2_000_000 // 6
    assert told["total_ng"] == pytest.approx(35_000_000 + tenth_hour_ng, abs=5_000)
    # 35.33 mg are given, 26 mg and what flows after them would still be in, 63 would not.
    changes = {"programme_number": 6, "dose_form": 1, "weight_ng": 100 * 10**12}
    dose = {**asked, **changes, "dose_value": 626_000, "fill_nl": 45 * _ML}
    assert pump.refusal("stage", **dose | {"dose_value": 640_000}) == "window_dose_hard"
    assert "mass_ng" in pump.ask("stage", **dose)


@pytest.mark.requirement("LIB-01")
def test_the_pump_itself_refuses_it_for_ketamine() -> None:
    """Raw frames: no host has looked at the order."""
    pump = Pump(BenchMemory())
    for rate in (1, 100, 1_000, 65_535):
        assert pump.refusal("stage", **STAGE, kvo_ul_per_h=rate) == "kvo_not_permitted"
        assert pump.bench.state() == "idle"
    pump.start(**STAGE)
    pump.jump(1)
    pump.tick(300)

    assert pump.bench.state() == "complete"
    steps = pump.bench.stepper.edge_count
    pump.tick(3_000)
    assert pump.bench.stepper.edge_count == steps
    pico.assert_stands(pump.bench)


@pytest.mark.requirement("FLO-14")
def test_a_flow_that_is_no_flow_to_keep_a_vein_open_is_refused_by_name() -> None:
    pump = Pump(BenchMemory())
    for rate in (1, 99, 1_001, 65_535):
        assert pump.refusal("stage", **WATER, kvo_ul_per_h=rate) == "kvo_rate"
    slow = {**WATER, "rate_ul_per_h": 500, "volume_nl": _ML}
    assert pump.refusal("stage", **slow, kvo_ul_per_h=501) == "kvo_rate"
    assert "mass_ng" in pump.ask("stage", **slow, kvo_ul_per_h=500)
