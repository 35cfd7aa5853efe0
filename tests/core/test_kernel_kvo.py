"""The flow after the end: bounded, counted, stopped by what stops a dose; none for ketamine."""

import pytest
from core import ketamine, pico
from core.pump_bench import PumpBench, bench_order

from pumpcore import limits, panel, programme, units
from pumpcore.alarms import ALARMS
from pumpcore.library import Library
from pumpcore.programme import Order, Refused, derive
from pumpcore.stop_reason import stop_reason_name

pytestmark = pytest.mark.requirement("SYR-07", "DES-06", "FLO-14")

FL = 174_969_530
ML = units.NL_PER_ML
DOSE_NL = ML // 2


def order_of(kvo_ul_per_h: int, fill_nl: int = 20 * ML) -> Order:
    """Half a millilitre at 60 mL/h, and this flow after it."""
    order = bench_order(60_000, DOSE_NL, fill_nl)
    order.kvo_ul_per_h = kvo_ul_per_h
    return order


def keeping_open(kvo_ul_per_h: int = 1_000, fill_nl: int = 20 * ML) -> PumpBench:
    """A bench whose dose is given."""
    bench = pico.bench()
    bench.infuse(order_of(kvo_ul_per_h, fill_nl))
    bench.tick(50 * 31)
    return bench


def given_steps(bench: PumpBench) -> int:
    """As the kernel counts them."""
    return bench.kernel.motion.delivered_steps


def names(bench: PumpBench) -> set[str]:
    """Active alarms of the lower word."""
    return {
        alarm.name
        for alarm in ALARMS
        if bench.outputs.alarms_low >> alarm.ident & 1 and alarm.ident < 30
    }


def test_after_the_dose_it_flows_for_an_hour_at_its_rate_and_then_stops() -> None:
    bench = keeping_open()
    assert bench.state() == "kvo"
    assert bench.outputs.commanded_ul_per_h == 1_000
    assert "end_of_infusion" in names(bench)
    before = bench.driven_step_count
    bench.tick(50 * 600)
    ten_minutes = bench.driven_step_count - before
    bench.tick(50 * 3_001)

    assert ten_minutes * FL / 1e6 == pytest.approx(ML / 6, rel=0.005)
    assert bench.state() == "complete"
    assert given_steps(bench) == DOSE_NL * 10**6 // FL + ML * 10**6 // FL
    pico.assert_stands(bench)


def test_the_alarm_of_the_end_is_acknowledged_and_it_flows_on() -> None:
    bench = keeping_open()
    bench.press(panel.KEY_ACKNOWLEDGE)
    bench.tick(50)

    assert bench.state() == "kvo"
    assert "end_of_infusion" not in names(bench)


@pytest.mark.parametrize("how", ["key", "link"])
def test_stop_ends_it(how: str) -> None:
    bench = keeping_open()
    if how == "key":
        bench.press(panel.KEY_STOP)
    else:
        bench.kernel.stop()
        bench.tick()
    before = bench.driven_step_count
    bench.press(panel.KEY_START)
    bench.press(panel.KEY_START)
    bench.tick(50 * 60)

    assert bench.state() == "complete"
    assert stop_reason_name(bench.outputs.stop_reason) == f"stop_{how}"
    assert bench.driven_step_count == before
    pico.assert_stands(bench)


@pytest.mark.requirement("SYR-08")
def test_its_own_end_sounds_anew_and_a_stop_in_it_does_not() -> None:
    for stops, is_told in ((False, True), (True, False)):
        bench = keeping_open()
        bench.press(panel.KEY_ACKNOWLEDGE)
        assert not names(bench)
        if stops:
            bench.press(panel.KEY_STOP)
        bench.tick(50 * 3_601)
        assert bench.state() == "complete"
        assert ("end_of_infusion" in names(bench)) == is_told
        if is_told:
            pico.assert_sounds_high(bench)
            assert stop_reason_name(bench.outputs.stop_reason) == "volume_reached"


def test_an_alarm_that_stops_latches_and_two_presses_go_on_to_the_same_bound() -> None:
    bench = keeping_open()
    bench.tick(50 * 120)
    bench.is_closed = False
    bench.tick(5)
    assert bench.state() == "held"
    assert "barrel_open" in names(bench)
    bench.is_closed = True
    bench.tick(50 * 60)
    assert bench.state() == "held"
    bench.press(panel.KEY_ACKNOWLEDGE)
    bench.press(panel.KEY_START)
    assert bench.press(panel.KEY_START) == 0
    assert bench.state() == "kvo"
    bench.tick(50 * 3_600)

    assert bench.state() == "complete"
    # Each beginning takes two ticks of the hour to enable the motor.
    most = DOSE_NL * 10**6 // FL + ML * 10**6 // FL
    assert most - 2 <= given_steps(bench) <= most


def test_what_an_occlusion_drew_back_of_the_dose_is_given_at_its_own_rate() -> None:
    """Were it given at the dose's, it would be a bolus after the end."""
    bench = keeping_open()
    bench.force_mn = 60_000
    bench.tick(100)
    bench.force_mn = 0
    bench.tick(300)
    assert bench.state() == "held"
    assert given_steps(bench) < bench.programme.microsteps
    bench.press(panel.KEY_ACKNOWLEDGE)
    bench.press(panel.KEY_START)
    assert bench.press(panel.KEY_START) == 0
    before = bench.driven_step_count
    states = set()
    for _ in range(50 * 60):
        bench.tick()
        states.add((bench.state(), bench.outputs.commanded_ul_per_h))

    assert states == {("kvo", 1_000)}
    assert (bench.driven_step_count - before) * FL <= 1_000 * 60 * 10**9 / 3_600 + FL
    bench.tick(50 * 3_550)
    assert bench.state() == "complete"
    # An hour of it, though not all of its volume.
    assert given_steps(bench) < DOSE_NL * 10**6 // FL + ML * 10**6 // FL


@pytest.mark.requirement("OVR-01")
def test_a_dose_that_it_has_no_time_to_complete_is_told_as_too_little() -> None:
    """A back-off drew more out of the dose than an hour of the flow gives."""
    bench = keeping_open(100)
    bench.force_mn = 60_000
    bench.tick(100)
    for _ in range(40):
        bench.force_mn = 60_000 if bench.kernel.motion.job else 0
        bench.tick(50)
    bench.force_mn = 0
    bench.tick(300)
    missing = bench.programme.microsteps - given_steps(bench)
    assert missing * FL > 100_000 * 10**6
    bench.press(panel.KEY_ACKNOWLEDGE)
    bench.press(panel.KEY_START)
    assert bench.press(panel.KEY_START) == 0
    bench.tick(50 * 3_605)

    assert given_steps(bench) < bench.programme.microsteps
    assert bench.state() == "complete"
    assert "under_delivery" in names(bench)
    assert stop_reason_name(bench.outputs.stop_reason) == "under_delivery"
    assert bench.outputs.abort


def test_a_hold_after_its_last_step_is_resumed_to_its_end() -> None:
    bench = keeping_open()
    bench.tick(50 * 60)
    bench.is_closed = False
    bench.tick(5)
    bench.is_closed = True
    bench.tick(5)
    bench.kernel.motion.delivered_steps = bench.kernel.keep_open.target_steps
    bench.kernel.motion._seal()
    bench.position_offset = -900
    bench.press(panel.KEY_ACKNOWLEDGE)
    bench.press(panel.KEY_START)
    before = bench.driven_step_count
    assert bench.press(panel.KEY_START) == 0

    assert bench.state() == "complete"
    assert bench.driven_step_count == before


@pytest.mark.requirement("LIB-11")
def test_the_programme_after_it_is_a_dose_again() -> None:
    bench = keeping_open()
    bench.press(panel.KEY_STOP)
    bench.press(panel.KEY_ACKNOWLEDGE)
    bench.tick(10)
    order = order_of(0, 10 * ML)
    order.programme_number = 2
    bench.prepare(order)
    assert bench.press(panel.KEY_START) == 0
    assert bench.state() == "infusing"
    assert bench.outputs.commanded_ul_per_h == 60_000
    bench.tick(50 * 31)

    assert bench.state() == "complete"
    assert given_steps(bench) == bench.programme.microsteps


def test_after_steps_it_is_bounded_by_the_last_rate() -> None:
    order = order_of(0)
    order.rate_ul_per_h = order.volume_nl = 0
    order.rows = ((60_000, 60_000, DOSE_NL), (600, 600, 20_000))
    order.step_count = 2
    order.kvo_ul_per_h = 600
    assert derive(order, pico.profile(), Library()).kvo_ul_per_h == 600
    order.kvo_ul_per_h = 601
    with pytest.raises(Refused) as caught:
        derive(order, pico.profile(), Library())

    assert (caught.value.name, caught.value.bound) == ("kvo_rate", 600)


def test_a_stall_is_found_by_its_volume() -> None:
    bench = keeping_open()
    bench.is_stalled = True
    bench.tick(50 * 360)

    assert bench.state() == "held"


def test_an_occlusion_stops_it() -> None:
    bench = keeping_open()
    bench.force_mn = 40_000
    bench.tick(50)

    assert bench.state() == "held"
    assert "occlusion_downstream" in names(bench)


def test_what_the_syringe_has_beyond_the_reserve_bounds_it() -> None:
    """What was purged is taken off it too."""
    bench = keeping_open(fill_nl=DOSE_NL + limits.RESERVE_NL + 600_000)
    spare = 600_000 * 10**6 // FL - bench.kernel.motion.purged_steps
    assert 0 < spare < ML * 10**6 // FL
    bench.tick(50 * 3_601)

    assert bench.state() == "complete"
    assert given_steps(bench) == DOSE_NL * 10**6 // FL + spare


def test_nothing_flows_from_a_syringe_that_has_only_the_reserve() -> None:
    bench = pico.bench()
    bench.infuse(order_of(1_000, DOSE_NL + 2 * ML + 500_000))
    bench.kernel.motion.purged_steps = 10**6
    bench.kernel.motion._seal()
    bench.tick(50 * 31)

    assert bench.state() == "complete"


def test_ketamine_has_none() -> None:
    order = ketamine.order()
    order.kvo_ul_per_h = 100
    with pytest.raises(Refused) as caught:
        derive(order, pico.profile(), ketamine.library())

    assert caught.value.name == "kvo_not_permitted"


@pytest.mark.parametrize(
    ("rate", "kvo", "bound"), [(60_000, 1_001, 1_000), (500, 501, 500), (60_000, 99, 100)]
)
def test_it_is_no_more_than_a_millilitre_an_hour_and_the_last_rate(
    rate: int, kvo: int, bound: int
) -> None:
    order = bench_order(rate, DOSE_NL, 20 * ML)
    order.kvo_ul_per_h = kvo
    with pytest.raises(Refused) as caught:
        derive(order, pico.profile(), Library())

    assert (caught.value.name, caught.value.bound) == ("kvo_rate", bound)


@pytest.mark.requirement("LIB-01")
def test_an_entry_bounds_its_rate_and_the_mass_with_it() -> None:
    order = ketamine.order()
    order.kvo_ul_per_h = 500
    order.fill_nl = 30 * ML
    generous = {"loaded_mass_high_ng": 10**12, "loaded_mass_high_ng_per_kg": 10**12}
    permitted = ketamine.library(kvo_rate_ul_per_h=500, **generous)
    assert derive(order, pico.profile(), permitted).kvo_ul_per_h == 500
    for changes, name in (
        ({"kvo_rate_ul_per_h": 499}, "kvo_rate"),
        ({"kvo_rate_ul_per_h": 500, "mass_high_ng": 35_999_999}, "mass_hard"),
        ({"kvo_rate_ul_per_h": 500, "dose_high_ng_per_kg": 514_285}, "dose_hard"),
    ):
        with pytest.raises(Refused) as caught:
            derive(order, pico.profile(), ketamine.library(**generous, **changes))
        assert caught.value.name == name


def test_the_digest_tells_it() -> None:
    assert programme.digest(order_of(0)) != programme.digest(order_of(500))
