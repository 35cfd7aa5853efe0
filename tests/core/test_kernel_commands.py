"""Commands of the host: idempotent, and refused by name where they are not possible."""

import pytest
from core import ketamine
from core.pico import booted, derived, in_state, named, press
from core.pump_bench import bench_order

from pumpcore import panel, report, stop_reason
from pumpcore.interlock import STATES

pytestmark = pytest.mark.requirement("DES-07")


def test_staging_is_idempotent_in_every_state_that_holds_the_programme() -> None:
    """A repeated command changes nothing."""
    for state in ("staged", "confirmed", "infusing", "paused", "held", "kvo", "complete"):
        bench = in_state(state)
        before = (bench.kernel.state, bench.kernel.preparation.checklist)

        assert named(bench.kernel.stage(bench.programme)) == "none"
        assert (bench.kernel.state, bench.kernel.preparation.checklist) == before


def test_staging_again_while_it_purges_is_done_too() -> None:
    bench = in_state("staged")
    bench.press(panel.KEY_PRIME)
    bench.keys = panel.KEY_PRIME
    bench.tick(50)

    assert named(bench.kernel.stage(bench.programme)) == "none"
    other = derived(bench, programme_number=2)
    assert named(bench.kernel.stage(other)) == "busy"
    bench.tick(10)
    assert bench.outputs.motion & report.MOTION_PURGE


@pytest.mark.requirement("LIB-11")
@pytest.mark.parametrize("state", STATES)
def test_another_programme_is_taken_only_where_none_is_under_way(state: str) -> None:
    """What runs, or is paused, cannot be changed."""
    bench = in_state(state)
    other = derived(bench, programme_number=2, rate_ul_per_h=20_000)
    answer = named(bench.kernel.stage(other))
    taken = state in ("idle", "staged", "confirmed", "complete")

    assert answer == ("none" if taken else "wrong_state")
    assert bench.state() == ("staged" if taken else state)


@pytest.mark.parametrize("state", ["confirmed", "infusing", "paused", "held", "kvo", "complete"])
def test_the_same_number_with_another_content_is_refused_once_confirmed(state: str) -> None:
    bench = in_state(state)
    other = derived(bench, rate_ul_per_h=20_000)

    assert named(bench.kernel.stage(other)) == "wrong_state"
    assert bench.state() == state


def test_the_same_number_with_another_content_replaces_what_is_only_staged() -> None:
    bench = in_state("staged")
    other = derived(bench, rate_ul_per_h=20_000)

    assert named(bench.kernel.stage(other)) == "none"
    assert bench.kernel.programme is other


def test_a_fault_takes_no_programme_not_even_the_one_it_holds() -> None:
    bench = in_state("infusing")
    bench.kernel.fail()

    assert named(bench.kernel.stage(bench.programme)) == "wrong_state"


def test_confirm_needs_number_and_digest() -> None:
    bench = in_state("staged")
    digest = bench.programme.digest

    assert named(bench.kernel.confirm(2, digest)) == "wrong_number"
    assert named(bench.kernel.confirm(1, bytes(8))) == "wrong_digest"
    assert bench.state() == "staged"
    assert named(bench.kernel.confirm(1, digest)) == "none"
    assert bench.state() == "confirmed"


@pytest.mark.parametrize("state", STATES)
def test_confirm_again_is_harmless_where_it_was_confirmed(state: str) -> None:
    bench = in_state(state)
    programme = bench.kernel.programme
    answer = named(bench.kernel.confirm(programme.number, programme.digest))
    done = state in ("staged", "confirmed", "infusing", "paused", "held", "kvo")

    assert answer == ("none" if done else "wrong_state")
    assert bench.state() == ("confirmed" if state == "staged" else state)


@pytest.mark.parametrize("state", STATES)
def test_cancel_drops_what_does_not_run(state: str) -> None:
    bench = in_state(state)
    answer = named(bench.kernel.cancel(bench.kernel.programme.number))
    done = state in ("idle", "staged", "confirmed", "paused", "held", "complete")
    bench.tick()

    assert answer == ("none" if done else "wrong_state")
    assert bench.state() == ("idle" if done else state)
    if done:
        assert bench.outputs.programme_number == 0
        assert bench.kernel.preparation.checklist & ~panel.HEARD == 0


def test_cancel_names_the_programme() -> None:
    bench = in_state("staged")

    assert named(bench.kernel.cancel(2)) == "wrong_number"
    assert bench.state() == "staged"
    assert named(bench.kernel.cancel(1)) == "none"
    assert stop_reason.stop_reason_name(bench.kernel.stop_reason) == "cancelled"


def test_cancel_keeps_the_reason_of_the_stop_before_it() -> None:
    bench = in_state("paused")
    bench.kernel.cancel(1)

    assert stop_reason.stop_reason_name(bench.kernel.stop_reason) == "stop_key"


def test_cancel_ends_a_purge() -> None:
    bench = in_state("staged")
    bench.press(panel.KEY_PRIME)
    bench.keys = panel.KEY_PRIME
    bench.tick(50)
    bench.kernel.cancel(1)
    bench.tick()

    assert bench.outputs.abort
    bench.keys = 0
    before = bench.stepper.edge_count
    bench.tick(300)
    assert bench.stepper.edge_count == before


@pytest.mark.requirement("LIB-12")
def test_a_cancelled_dose_does_not_count_for_the_next() -> None:
    bench = in_state("paused")
    assert bench.outputs.delivered_microsteps > 0
    bench.kernel.cancel(1)
    bench.tick(5)
    bench.prepare()

    assert bench.kernel.motion.delivered_steps == 0
    assert bench.press(panel.KEY_START) == 0


@pytest.mark.requirement("ALM-14", "LIB-12")
def test_a_second_infusion_needs_the_whole_preparation_but_the_alarm_test() -> None:
    """Once in a power cycle."""
    bench = in_state("complete")
    bench.press(panel.KEY_ACKNOWLEDGE)
    order = bench_order(1_200_000, 1_000_000, 3_000_000)
    order.programme_number = 2
    assert bench.stage(order) == 0
    assert bench.confirm() == 0
    bench.tick()
    assert bench.outputs.checklist == panel.HEARD
    assert press(bench, panel.KEY_START) == "checklist"
    bench.purge()
    assert press(bench, panel.KEY_CHECK) == "none"
    assert press(bench, panel.KEY_CHECK) == "none"
    assert press(bench, panel.KEY_START) == "none"
    bench.tick(200)

    assert bench.state() == "complete"
    assert bench.outputs.delivered_microsteps == bench.programme.microsteps


@pytest.mark.requirement("LIB-01")
def test_a_drug_order_runs_with_the_limits_of_its_entry() -> None:
    bench = booted()
    library = ketamine.library(occlusion_mmhg=100)
    order = ketamine.order()
    assert bench.stage(order, library) == 0

    assert bench.kernel.conditions.pressure.occlusion_mn == 7_464
    assert bench.kernel.programme.mass_ng == 35_000_000
