"""What undoes a preparation, and that nothing of it moves afterwards."""

import pytest
from core import pico
from core.pico import booted, press
from core.pump_bench import PumpBench, bench_order

from pumpcore import alarms, panel
from pumpcore.interlock import NO_JOB
from pumpcore.library import Library
from pumpcore.programme import derive


def staged(**changes: object) -> PumpBench:
    bench = booted(**changes)
    assert bench.stage() == 0
    return bench


def hold_prime(bench: PumpBench, ticks: int) -> None:
    """Arm, then hold."""
    assert press(bench, panel.KEY_PRIME) == "press_again"
    bench.keys |= panel.KEY_PRIME
    bench.tick(ticks)


@pytest.mark.requirement("SYR-10", "LIB-12")
@pytest.mark.parametrize("part", ["is_seated", "is_closed"])
def test_taking_the_syringe_out_undoes_the_checklist_but_not_the_alarm_test(part: str) -> None:
    bench = staged()
    bench.purge()
    bench.check_all()
    assert bench.outputs.checklist == panel.CHECKLIST_COMPLETE
    setattr(bench, part, False)
    bench.tick(2)
    assert bench.outputs.checklist == panel.HEARD
    setattr(bench, part, True)
    bench.tick(2)

    assert press(bench, panel.KEY_CHECK) == "purge_first"


@pytest.mark.requirement("OVR-07")
@pytest.mark.parametrize("part", ["is_seated", "is_closed"])
def test_from_the_purge_on_a_clamp_that_opens_is_an_alarm(part: str) -> None:
    """OVR-07: within a second, before START too."""
    bench = staged()
    setattr(bench, part, False)
    bench.tick(50)
    assert not bench.outputs.alarms_low
    setattr(bench, part, True)
    bench.tick(2)
    bench.purge()
    bench.check_all()
    setattr(bench, part, False)
    bench.tick(3)

    name = "plunger_unseated" if part == "is_seated" else "barrel_open"
    assert bench.outputs.alarms_low == 1 << alarms.by_name(name).ident
    assert panel.SOUNDER_PATTERNS[bench.outputs.sounder] == "high"
    assert press(bench, panel.KEY_PRIME) != "none"


@pytest.mark.requirement("FLO-07")
def test_slack_is_taken_up_anew_after_the_syringe_was_out() -> None:
    """What the first syringe was purged by does not count for the second."""
    bench = pico.bench()
    bench.boot()
    assert bench.stage(bench_order(5_000)) == 0
    bench.purge()
    assert press(bench, panel.KEY_CHECK) == "none"
    bench.is_seated = False
    bench.tick(10)
    bench.is_seated = True
    bench.tick(10)
    # Requirement OVR-07: there was fluid in the line.
    bench.press(panel.KEY_ACKNOWLEDGE)
    bench.purge(ticks=8)
    assert press(bench, panel.KEY_CHECK) == "purge_first"
    bench.purge(ticks=60)

    assert press(bench, panel.KEY_CHECK) == "none"


@pytest.mark.requirement("OVR-11")
@pytest.mark.parametrize("how", ["key", "link"])
@pytest.mark.parametrize("ticks_after_release", range(8))
def test_no_take_up_begins_by_itself_after_a_stop(how: str, ticks_after_release: int) -> None:
    """A stop between the purge and its take-up must not be followed by motion."""
    bench = staged()
    hold_prime(bench, 100)
    bench.keys = 0
    bench.tick(ticks_after_release)
    if how == "key":
        bench.press(panel.KEY_STOP)
    else:
        bench.kernel.stop()
    bench.tick(2)
    before = bench.stepper.edge_count
    bench.tick(300)

    assert bench.stepper.edge_count == before
    assert bench.kernel.motion.job == NO_JOB
    assert press(bench, panel.KEY_CHECK) == "purge_first"


@pytest.mark.requirement("SYR-12")
@pytest.mark.parametrize("how", ["key", "link"])
def test_prime_takes_two_presses_again_after_a_stop(how: str) -> None:
    bench = staged()
    assert press(bench, panel.KEY_PRIME) == "press_again"
    if how == "key":
        bench.press(panel.KEY_STOP)
    else:
        bench.kernel.stop()

    assert press(bench, panel.KEY_PRIME) == "press_again"


@pytest.mark.requirement("SYR-12")
def test_prime_takes_two_presses_again_after_an_alarm() -> None:
    bench = staged()
    hold_prime(bench, 20)
    bench.force_mn = 30_000
    bench.tick(4)
    assert bench.kernel.occurrences.lower.stopping
    bench.keys = 0
    bench.force_mn = 0
    bench.tick(10)
    assert press(bench, panel.KEY_PRIME) == "alarm_active"
    bench.press(panel.KEY_ACKNOWLEDGE)

    assert press(bench, panel.KEY_PRIME) == "press_again"


def test_an_alarm_in_the_take_up_ends_the_preparation() -> None:
    bench = staged()
    hold_prime(bench, 100)
    bench.keys = 0
    bench.tick(100)
    bench.force_mn = 30_000
    bench.tick(3)
    assert bench.kernel.occurrences.lower.stopping
    assert bench.outputs.abort
    bench.force_mn = 0
    bench.tick(5)
    bench.press(panel.KEY_ACKNOWLEDGE)
    bench.tick(300)

    assert bench.kernel.motion.job == NO_JOB
    assert press(bench, panel.KEY_CHECK) == "purge_first"


@pytest.mark.requirement("SEC-11")
def test_stop_held_bars_prime() -> None:
    bench = staged()
    bench.press(panel.KEY_PRIME)
    bench.keys |= panel.KEY_STOP
    bench.tick(3)

    assert press(bench, panel.KEY_PRIME) == "stop_held"


@pytest.mark.requirement("LIB-12")
def test_staging_another_syringe_or_fill_undoes_the_preparation() -> None:
    """What was purged was another syringe, or was measured again."""
    for change in ({"fill_nl": 21_000_000}, {"syringe": 6}, {"bore_um": 26_500}):
        bench = staged()
        bench.purge()
        bench.check_all()
        assert bench.outputs.checklist == panel.CHECKLIST_COMPLETE
        order = bench_order()
        order.programme_number = 2
        for name, value in change.items():
            setattr(order, name, value)
        assert bench.stage(order) == 0
        bench.tick()

        assert bench.outputs.checklist == panel.HEARD
        assert bench.kernel.motion.purged_steps == 0
        assert press(bench, panel.KEY_CHECK) == "purge_first"


def test_staging_another_rate_keeps_the_preparation() -> None:
    bench = staged()
    bench.purge()
    bench.check_all()
    order = bench_order(20_000)
    order.programme_number = 2
    assert bench.kernel.stage(derive(order, bench.profile, Library())) == 0
    bench.tick()

    assert bench.outputs.checklist == panel.CHECKLIST_COMPLETE
    assert bench.kernel.motion.purged_steps > 0


@pytest.mark.requirement("SYR-01", "SYR-02")
def test_resuming_with_the_clamp_just_opened_is_refused_before_its_alarm() -> None:
    """Both are accepted in one tick: keys come first."""
    bench = pico.in_state("paused")
    bench.is_closed = False

    assert press(bench, panel.KEY_START) == "not_seated"
