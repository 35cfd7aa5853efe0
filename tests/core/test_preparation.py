"""Purge, take-up and checklist, as a person does them at the panel."""

import pytest
from core import pico
from core.pico import booted, press
from core.pump_bench import PumpBench, bench_order

from pumpcore import limits, panel, syringe
from pumpcore.interlock import NO_JOB, PURGE, TAKE_UP

SETTLED_TICKS = 5


def staged(**changes: object) -> PumpBench:
    bench = booted(**changes)
    assert bench.stage() == 0
    return bench


def hold_prime(bench: PumpBench, ticks: int) -> None:
    """Arm, then hold."""
    assert press(bench, panel.KEY_PRIME) == "press_again"
    bench.keys |= panel.KEY_PRIME
    bench.tick(ticks)


@pytest.mark.requirement("SYR-12")
def test_prime_takes_two_presses_and_moves_only_while_held() -> None:
    bench = staged()
    assert press(bench, panel.KEY_PRIME) == "press_again"
    assert bench.kernel.motion.job == NO_JOB
    bench.keys |= panel.KEY_PRIME
    bench.tick(50)
    assert bench.kernel.motion.job == PURGE
    bench.keys = 0
    bench.tick(2)

    assert bench.kernel.motion.job == NO_JOB
    assert bench.outputs.abort


@pytest.mark.requirement("SYR-12")
def test_prime_stays_armed_for_ten_seconds() -> None:
    bench = staged()
    assert press(bench, panel.KEY_PRIME) == "press_again"
    bench.tick(490)
    assert press(bench, panel.KEY_PRIME) == "none"
    bench.tick(400)

    assert press(bench, panel.KEY_PRIME) == "press_again"
    bench.tick(500)
    assert press(bench, panel.KEY_PRIME) == "press_again"


@pytest.mark.requirement("SYR-11")
def test_the_purge_runs_at_120_ml_per_h_and_is_accounted_as_waste() -> None:
    bench = staged()
    hold_prime(bench, 500)

    purged_nl = bench.kernel.motion.purged_steps * 174_971 // 1000
    assert bench.outputs.commanded_ul_per_h == limits.PURGE_RATE_UL_PER_H
    assert purged_nl == pytest.approx(120e6 / 3600 * 9.9, rel=0.02)
    assert bench.kernel.motion.delivered_steps == 0


def test_a_purge_is_no_faster_than_the_mechanism_can_follow() -> None:
    """A 3 mL syringe on a fine lead screw: 120 mL/h would be 3,600 steps a second."""
    bench = pico.bench(plunger__lead_um=500)
    bench.boot()
    order = bench_order(10_000, 1_000_000, 3_000_000)
    order.syringe = 2
    assert bench.stage(order) == 0
    hold_prime(bench, 200)

    period_cycles = bench.kernel.motion.pacer.period_cycles
    assert 5_000 <= period_cycles <= 5_001
    assert bench.state() == "staged"
    assert bench.outputs.alarms_low == 0


def test_the_take_up_is_no_faster_than_the_mechanism_can_follow() -> None:
    bench = pico.bench(plunger__max_step_rate_hz=10)
    bench.boot()
    order = bench_order(500, 1_000_000, 3_000_000)
    order.syringe = 2
    assert bench.stage(order) == 0
    hold_prime(bench, 100)
    bench.keys = 0
    bench.tick(20)

    assert bench.kernel.motion.job == TAKE_UP
    assert bench.kernel.motion.pacer.period_cycles >= 12_500_000 // 10


@pytest.mark.requirement("FLO-07")
@pytest.mark.parametrize(
    ("rate", "take_up_rate"), [(1_000, 5_000), (26_250, 26_250), (1_200_000, 60_000)]
)
def test_after_release_it_goes_on_for_five_seconds_near_the_dose_rate(
    rate: int, take_up_rate: int
) -> None:
    """Slack is taken up at the rate that follows."""
    bench = pico.bench()
    bench.boot()
    assert bench.stage(bench_order(rate)) == 0
    hold_prime(bench, 100)
    bench.keys = 0
    bench.tick(SETTLED_TICKS)
    purged = bench.kernel.motion.purged_steps
    ticks = 0
    assert bench.kernel.motion.job == TAKE_UP
    while bench.kernel.motion.job == TAKE_UP:
        assert bench.outputs.commanded_ul_per_h == take_up_rate
        bench.tick()
        ticks += 1
    bench.tick(SETTLED_TICKS)

    assert 249 <= ticks <= 251
    taken_up_nl = (bench.kernel.motion.purged_steps - purged) * 174_971 // 1000
    assert taken_up_nl == pytest.approx(take_up_rate * 5 / 3.6, rel=0.03)


@pytest.mark.requirement("OCC-01")
def test_the_running_friction_of_the_take_up_becomes_the_baseline() -> None:
    bench = staged()
    bench.force_mn = 3_300
    bench.purge()

    assert bench.kernel.force.baseline_mn == 3_300


@pytest.mark.parametrize("elapsed_us", [20_000, 20_400, 23_900])
def test_slow_ticks_still_learn_the_friction(elapsed_us: int) -> None:
    bench = staged()
    bench.force_mn = 3_000
    hold_prime(bench, 100)
    bench.keys = 0
    bench.tick(300, elapsed_us)

    assert bench.kernel.force.baseline_mn == 3_000
    assert press(bench, panel.KEY_CHECK) == "none"


@pytest.mark.requirement("OCC-11")
def test_a_take_up_too_slow_to_learn_the_friction_does_not_count() -> None:
    """A baseline that was not measured must not be what pressure is measured from."""
    bench = staged()
    bench.force_mn = 3_000
    hold_prime(bench, 100)
    bench.keys = 0
    bench.tick(300, 30_000)

    assert bench.kernel.motion.job == NO_JOB
    assert bench.kernel.force.baseline_mn == 0
    assert press(bench, panel.KEY_CHECK) == "purge_first"


@pytest.mark.requirement("OCC-11")
@pytest.mark.parametrize(
    ("force_mn", "answer"),
    [(-1_001, "friction"), (-1_000, "none"), (12_000, "none"), (12_001, "friction")],
)
def test_an_implausible_friction_is_no_baseline(force_mn: int, answer: str) -> None:
    bench = staged()
    bench.force_mn = force_mn
    bench.purge()

    assert press(bench, panel.KEY_CHECK) == answer


@pytest.mark.requirement("SYR-10", "ALM-14")
def test_the_checklist_goes_in_its_order_one_press_each() -> None:
    bench = staged()
    assert press(bench, panel.KEY_CHECK) == "purge_first"
    bench.purge()
    assert press(bench, panel.KEY_CHECK) == "none"
    assert bench.outputs.checklist == panel.PURGED
    assert press(bench, panel.KEY_CHECK) == "checklist"
    bench.tick(50)
    assert press(bench, panel.KEY_CHECK) == "none"
    assert bench.outputs.checklist == panel.PURGED | panel.HEARD
    assert press(bench, panel.KEY_CHECK) == "none"
    assert bench.outputs.checklist == panel.CHECKLIST_COMPLETE
    assert press(bench, panel.KEY_CHECK) == "wrong_state"


@pytest.mark.requirement("ALM-14")
def test_the_alarm_test_sounds_from_the_purge_until_it_was_heard() -> None:
    bench = staged()
    bench.purge()
    assert bench.outputs.sounder == 0
    bench.press(panel.KEY_CHECK)
    tones = []
    for _ in range(60):
        bench.tick()
        assert panel.SOUNDER_PATTERNS[bench.outputs.sounder] == "test"
        tones.append(bench.outputs.tone_on)
    assert any(tones)
    assert not all(tones)
    bench.press(panel.KEY_CHECK)

    assert bench.outputs.sounder == 0
    assert not bench.outputs.tone_on


@pytest.mark.requirement("FLO-07")
def test_a_purge_shorter_than_the_slack_does_not_count() -> None:
    """50 um of backlash are 28 uL in a 50 mL syringe; 5 s at 5 mL/h are 7 uL."""
    bench = pico.bench()
    bench.boot()
    assert bench.stage(bench_order(5_000)) == 0
    bench.purge(ticks=8)

    assert 0 < bench.kernel.motion.purged_steps * 174_971 < 28_000_000
    assert press(bench, panel.KEY_CHECK) == "purge_first"
    bench.purge(ticks=60)
    assert press(bench, panel.KEY_CHECK) == "none"


def test_a_further_purge_undoes_what_was_checked() -> None:
    bench = staged()
    bench.purge()
    bench.press(panel.KEY_CHECK)
    bench.tick(60)
    bench.press(panel.KEY_CHECK)
    assert bench.outputs.checklist == panel.PURGED | panel.HEARD
    hold_prime(bench, 20)

    assert bench.outputs.checklist == panel.HEARD


@pytest.mark.requirement("SYR-12")
def test_no_purge_while_the_patient_is_connected() -> None:
    bench = staged()
    bench.purge()
    bench.check_all()

    assert press(bench, panel.KEY_PRIME) == "patient_connected"
    assert press(bench, panel.KEY_PRIME) == "patient_connected"


@pytest.mark.requirement("SYR-12")
def test_no_purge_beyond_three_ml() -> None:
    bench = pico.bench()
    bench.boot()
    assert bench.stage(bench_order(fill_nl=50_000_000)) == 0
    hold_prime(bench, 50 * 100)
    purged_nl = bench.kernel.motion.purged_steps * bench.programme.femtolitres_per_microstep / 1e6
    assert limits.MAX_PURGE_NL - 200 < purged_nl <= limits.MAX_PURGE_NL
    assert bench.outputs.alarms_low == 0
    bench.keys = 0
    bench.tick(300)

    assert press(bench, panel.KEY_PRIME) == "purge_limit"


@pytest.mark.requirement("SYR-11")
@pytest.mark.parametrize("state", ["idle", "infusing", "paused", "complete"])
def test_prime_and_check_are_for_staged_and_confirmed_programmes(state: str) -> None:
    """No purge in the middle of a dose."""
    bench = pico.bench()
    if state == "idle":
        bench.boot()
    else:
        bench.infuse(bench_order(1_200_000, 1_000_000, 3_000_000))
        if state == "paused":
            bench.press(panel.KEY_STOP)
        if state == "complete":
            bench.tick(200)
    assert bench.state() == state

    assert press(bench, panel.KEY_PRIME) == "wrong_state"
    # While it infuses, CHECK says that somebody is there.
    assert press(bench, panel.KEY_CHECK) == ("none" if state == "infusing" else "wrong_state")
    assert bench.state() == state


@pytest.mark.requirement("SYR-01")
def test_prime_is_refused_without_a_syringe() -> None:
    bench = staged()
    bench.is_closed = False
    bench.tick(3)
    assert press(bench, panel.KEY_PRIME) == "not_seated"
    bench.is_closed = True
    bench.is_seated = False
    bench.tick(3)

    assert press(bench, panel.KEY_PRIME) == "not_seated"


def test_keys_are_refused_while_the_take_up_runs() -> None:
    bench = staged()
    hold_prime(bench, 100)
    bench.keys = 0
    bench.tick(50)
    assert bench.kernel.motion.job == TAKE_UP

    assert press(bench, panel.KEY_CHECK) == "busy"
    assert press(bench, panel.KEY_PRIME) == "busy"


def test_the_slack_is_backlash_times_area() -> None:
    bench = staged()
    area_um2 = syringe.area_um2(26_700)

    expected = pico.profile()["plunger.backlash_um"] * area_um2 // 174_971_000
    assert abs(bench.kernel.preparation._slack_steps - expected) <= 1


def test_each_purge_learns_the_friction_anew() -> None:
    bench = staged()
    for force_mn in (3_000, 6_000, 2_000):
        bench.force_mn = force_mn
        bench.purge()

        assert bench.kernel.force.baseline_mn == force_mn


@pytest.mark.parametrize("rate", [5_000, 26_250, 60_000])
def test_the_take_up_ends_by_its_steps_even_if_time_stood_still(rate: int) -> None:
    bench = pico.bench()
    bench.boot()
    assert bench.stage(bench_order(rate)) == 0
    five_seconds = rate * 1e9 * 5 / 3_600 / bench.programme.femtolitres_per_microstep

    assert five_seconds < bench.kernel.preparation._take_up_steps <= five_seconds + 2
