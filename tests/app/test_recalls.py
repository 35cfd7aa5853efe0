"""What other pumps were recalled for, or were found to do, does not happen here.

Each test is named after what happened; truth is read from the plant. Sources: published recalls of
infusion pumps from 2020 to 2025, FDA's examples of reported problems, and code of other projects.
Weak batteries, whose alarms were recalled twice, come with the battery's alarms.
"""

import pytest
from app.rig import US_PER_S, Rig, bench_order, once_more

from evenflow.emulator.controller.step_pin import RunawayPin
from evenflow.emulator.overlay import _layout as words

_ML = 1_000_000
_NS_PER_US = 1_000
_RATE_UL_PER_H = 26_250


def _refuses_to_move(rig: Rig, span_s: float) -> None:
    """Nothing comes out of the pump in that time."""
    steps = rig.plant.step_count
    rig.run_for(span_s)
    assert rig.plant.step_count == steps


@pytest.mark.requirement("OCC-06", "LIB-16")
def test_complete_although_an_occlusion_was_miscounted() -> None:
    """2023: volume was miscounted after occlusions, and infusions ended with drug left over."""
    with Rig(bench_order(120_000, 3 * _ML), "cpython") as rig:
        rig.start()
        for _ in range(2):
            rig.run_for(10)
            rig.plant.occlude()
            rig.run_until(lambda: "occlusion_downstream" in rig.alarms, 60)
            rig.run_for(5)
            rig.plant.release_occlusion()
            rig.run_for(10)
            rig.plant.press("acknowledge")
            rig.run_for(1)
            rig.resume()
            rig.run_for(1)
            assert rig.state == "infusing"
            assert rig.telemetry is not None
            counted_ml = rig.telemetry.delivered_microsteps * 174_969_530 / 1e12
            assert rig.plant.patient_volume_ml == pytest.approx(counted_ml, abs=0.1)
        rig.run_until(lambda: rig.state == "complete", 120)
        rig.run_for(10)

        assert rig.plant.patient_volume_ml == pytest.approx(3, abs=0.03)


@pytest.mark.requirement("SYR-11")
def test_interrupted_then_primed_then_resumed() -> None:
    """2020: a dose that was interrupted by a prime was resumed with a wrong volume."""
    with Rig(bench_order(120_000, 1 * _ML), "cpython") as rig:
        rig.start()
        rig.run_for(10)
        rig.plant.press("stop")
        rig.run_for(1)
        waste_ml = rig.plant.waste_volume_ml
        rig.plant.disconnect_patient()
        rig.plant.press("prime")
        rig.run_for(1)
        rig.plant.press("prime", 3_000)
        _refuses_to_move(rig, 5)
        rig.plant.connect_patient()
        rig.resume()
        rig.run_until(lambda: rig.state == "complete", 60)
        rig.run_for(10)

        assert rig.plant.waste_volume_ml == pytest.approx(waste_ml, abs=0.02)
        assert rig.plant.patient_volume_ml == pytest.approx(1, abs=0.03)


@pytest.mark.requirement("FLO-16")
def test_another_rate_after_standby() -> None:
    """2025: more than 10 % off for hours after standby."""
    with Rig(bench_order(_RATE_UL_PER_H, 20 * _ML), "cpython") as rig:
        rig.start()
        rig.run_for(60)
        rig.plant.press("stop")
        rig.run_for(600)
        rig.resume()
        rig.run_for(10)
        before_ml = rig.plant.patient_volume_ml
        rig.run_for(600)

        given_ml = rig.plant.patient_volume_ml - before_ml
        assert given_ml == pytest.approx(_RATE_UL_PER_H / 6_000, rel=0.01)


@pytest.mark.requirement("FLO-06", "FLO-16")
@pytest.mark.parametrize(("first", "second"), [(20_000, 200_000), (200_000, 20_000)])
def test_too_little_after_the_rate_more_than_doubled(first: int, second: int) -> None:
    """2023: under-infusion after a step to more than twice the rate; and the other way round."""
    with Rig(bench_order(first, _ML // 10, fill_nl=20 * _ML), "cpython") as rig:
        rig.start()
        rig.run_until(lambda: rig.state == "complete", 60)
        once_more(rig, programme_number=2, rate_ul_per_h=second, volume_nl=5 * _ML)
        rig.start()
        rig.run_for(5)
        before_ml = rig.plant.patient_volume_ml
        rig.run_for(60)

        given_ml = rig.plant.patient_volume_ml - before_ml
        assert given_ml == pytest.approx(second / 60_000, rel=0.02)


@pytest.mark.requirement("TST-13", "ALM-10")
@pytest.mark.parametrize("task", ["sense", "decide", "act", "report"])
def test_a_system_error_that_does_not_stop(task: str) -> None:
    """2020: a pump went on infusing after a system error, in silence."""
    with Rig(bench_order(_RATE_UL_PER_H, 20 * _ML), "cpython") as rig:
        rig.start()
        rig.run_for(2)
        rig.plant.records_steps = True
        failed_at_us = rig.now_us
        if task == "decide":
            rig.board.controller.tell_fault(words.FAULT_RAISE, "MemoryError")
        else:
            rig.board.controller.tell_fault(words.FAULT_HANG, task)
        rig.run_for(5)

        assert rig.last_step_at_us() <= failed_at_us + 100_000
        assert not rig.plant.motor_enabled
        assert rig.alarms & {"software_fault", "watchdog_reset"}
        assert [at for at in rig.plant.buzzer.edges_at_ns if at > failed_at_us * _NS_PER_US]


@pytest.mark.requirement("SYR-07", "SYR-08")
def test_drug_after_the_end_and_an_end_of_low_priority() -> None:
    """2020: keep-open flow and end of infusion were signalled at too low a priority."""
    with Rig(bench_order(120_000, _ML // 2), "cpython") as rig:
        rig.start()
        rig.run_until(lambda: rig.state == "complete", 30)
        ended_at_ns = rig.plant.now_ns
        _refuses_to_move(rig, 300)

        assert "end_of_infusion" in rig.alarms
        bursts = [one for one in rig.plant.sounder_bursts if one.began_at_ns > ended_at_ns]
        assert len(bursts) > 20
        assert {(one.name, one.pulse_count) for one in bursts} == {("high", 10)}


@pytest.mark.requirement("LIB-08", "OVR-11")
def test_a_key_that_bounces() -> None:
    """Reported: bounce made 100 of 10. Here START needs two presses, and bounce is none."""
    with Rig(bench_order(_RATE_UL_PER_H, _ML), "cpython") as rig:
        rig.start()
        rig.run_for(2)
        rig.plant.press("stop")
        rig.run_for(2)
        for _ in range(4):
            rig.plant.press("start", 3)
            rig.board.run_for(7_000)
        rig.plant.press("start", 300)
        _refuses_to_move(rig, 5)

        assert rig.state == "paused"


@pytest.mark.requirement("FLO-11", "LIB-16")
def test_a_counter_that_overflows() -> None:
    """Found: 32 bits of a small unit wrapped after 83 s, 16 bits of steps after 5 mL."""
    with Rig(bench_order(1_200_000, 46 * _ML, fill_nl=50 * _ML), "cpython") as rig:
        rig.start()
        rig.run_until(lambda: rig.state == "complete", 200)
        rig.run_for(20)

        assert rig.plant.patient_volume_ml == pytest.approx(46, rel=0.01)


@pytest.mark.requirement("LIB-18")
def test_totals_that_are_cleared_while_the_therapy_is_on() -> None:
    """2022: volume given was cleared, or shown wrong, in the middle of an infusion."""
    with Rig(bench_order(_RATE_UL_PER_H, 5 * _ML), "cpython") as rig:
        rig.start()
        totals = []
        for disturb in (
            lambda: rig.send("cancel", 1),
            lambda: rig.send("inspect"),
            lambda: rig.send("audio_pause"),
            lambda: rig.plant.press("check"),
            lambda: rig.plant.press("prime"),
            lambda: rig.plant.press("stop"),
            lambda: rig.send("acknowledge"),
        ):
            disturb()
            for _ in range(50):
                rig.tick()
                assert rig.telemetry is not None
                totals.append(rig.telemetry.delivered_microsteps)
        counted_ml = totals[-1] * 174_969_530 / 1e12

        assert rig.state == "paused"
        assert totals == sorted(totals)
        assert rig.plant.patient_volume_ml == pytest.approx(counted_ml, abs=0.02)


@pytest.mark.requirement("OVR-01", "TST-11")
@pytest.mark.parametrize("percent", [3, 20, 100])
def test_too_much_because_the_clock_was_fast(percent: int) -> None:
    with Rig(bench_order(_RATE_UL_PER_H, 5 * _ML), "cpython") as rig:
        rig.start()
        rig.run_for(10)
        before_ml = rig.plant.patient_volume_ml
        skewed_at_us = rig.now_us
        rig.board.controller.skew(percent)
        rig.run_until(lambda: rig.state == "held", 60)
        due_ml = _RATE_UL_PER_H / 3.6e6 * (rig.now_us - skewed_at_us) / US_PER_S
        rig.run_for(10)

        assert rig.plant.patient_volume_ml - before_ml - due_ml <= 0.1
        assert "clock_mismatch" in rig.alarms


@pytest.mark.requirement("OVR-01", "OVR-03", "DES-10")
@pytest.mark.parametrize("rate_ul_per_h", [1_000, 26_250, 1_200_000])
@pytest.mark.parametrize("times", [1.1, 3.0, 50.0])
def test_a_motor_that_runs_away(rate_ul_per_h: int, times: float) -> None:
    with Rig(bench_order(rate_ul_per_h, 20 * _ML), "cpython") as rig:
        rig.start()
        rig.run_for(10)
        before_ml = rig.plant.patient_volume_ml
        stored_ml = rig.plant.stored_volume_ml
        began_us = rig.now_us
        rig.board.controller.break_step_pin(RunawayPin(times))
        rig.run_until(lambda: "over_delivery" in rig.alarms, 60)
        due_ml = rate_ul_per_h / 3.6e6 * (rig.now_us - began_us) / US_PER_S
        rig.run_for(10)

        given_ml = rig.plant.patient_volume_ml - before_ml
        assert given_ml - due_ml - stored_ml <= 0.1
        assert not rig.plant.motor_enabled


@pytest.mark.requirement("OVR-07", "SYR-02")
@pytest.mark.parametrize("state", ["infusing", "paused"])
def test_free_flow_from_a_plunger_that_nothing_holds(state: str) -> None:
    """A metre above the patient, with an anti-siphon valve in the line."""
    with Rig(bench_order(_RATE_UL_PER_H, 5 * _ML), "cpython") as rig:
        rig.start()
        rig.run_for(5)
        if state == "paused":
            rig.plant.press("stop")
            rig.run_for(2)
        assert rig.state == state
        rig.plant.line.valve_pa = 80 * 133.322
        rig.plant.free_flow()
        before_ml = rig.plant.patient_volume_ml
        rig.plant.unseat_plunger()
        opened_at_us = rig.now_us
        rig.run_until(lambda: "plunger_unseated" in rig.alarms, 1)
        rig.run_for(60)

        heard = [at for at in rig.plant.buzzer.edges_at_ns if at > opened_at_us * _NS_PER_US]
        assert heard[0] <= (opened_at_us + US_PER_S) * _NS_PER_US
        assert rig.plant.patient_volume_ml - before_ml <= 0.1


@pytest.mark.requirement("OCC-05", "OCC-11")
@pytest.mark.parametrize("fault", ["force_freeze", "force_open", "force_short"])
@pytest.mark.parametrize("rate_ul_per_h", [_RATE_UL_PER_H, 120_000, 1_200_000])
def test_a_blocked_line_behind_a_dead_force_sensor(rate_ul_per_h: int, fault: str) -> None:
    with Rig(bench_order(rate_ul_per_h, 20 * _ML), "cpython") as rig:
        rig.start()
        rig.run_for(5)
        rig.plant.occlude()
        getattr(rig.plant, fault)()
        failed_at_us = rig.now_us
        peak_mmhg = 0.0
        while rig.state == "infusing":
            assert rig.now_us < failed_at_us + 10 * US_PER_S
            rig.tick()
            peak_mmhg = max(peak_mmhg, rig.plant.line_pressure_mmhg)
        rig.run_for(1)

        assert rig.alarms & {"sensor_force", "occlusion_downstream"}
        assert max(peak_mmhg, rig.plant.line_pressure_mmhg) <= 1.5 * 1_034


@pytest.mark.requirement("OVR-08", "TST-09")
@pytest.mark.parametrize("off_s", [0.2, 3])
def test_off_and_on_again_goes_on_by_itself(off_s: float) -> None:
    with Rig(bench_order(_RATE_UL_PER_H, 5 * _ML), "cpython") as rig:
        rig.start()
        rig.run_for(5)
        rig.board.power_off()
        rig.board.coast(int(off_s * US_PER_S))
        rig.board.power_on()
        _refuses_to_move(rig, 60)

        assert rig.state == "idle"


@pytest.mark.requirement("SEC-08", "SEC-11")
def test_a_host_that_floods_or_dies_keeps_nobody_from_stopping() -> None:
    with Rig(bench_order(_RATE_UL_PER_H, 5 * _ML), "cpython") as rig:
        rig.start()
        rig.plant.records_steps = True
        for _ in range(100):
            rig.board.write(bytes(range(1, 255)) * 3)
            rig.tick()
        pressed_at_us = rig.now_us
        rig.plant.press("stop")
        for _ in range(20):
            rig.board.write(bytes(range(1, 255)) * 3)
            rig.tick()

        assert rig.last_step_at_us() - pressed_at_us <= 100_000
        assert not rig.plant.motor_enabled
