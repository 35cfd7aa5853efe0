"""Presence as a lease, vital signs that hold the pump, and what they bar."""

import pytest
from core import ketamine, pico
from core.pico import named, press
from core.pump_bench import PumpBench

from pumpcore import alarms, panel
from pumpcore.library import Library
from pumpcore.programme import Refused
from pumpcore.vital_signs import VitalSigns

pytestmark = pytest.mark.requirement("KET-10")

HEALTHY = VitalSigns(120, 75, 70, 98, 1)
TICKS_PER_S = 50
PRESENCE_S = 900
LIMITS = {
    "presence_ms": PRESENCE_S * 1_000,
    "vitals_interval_ms": 600_000,
    "vital_stops": (180, 110, 45, 130, 90),
    "baseline_mmhg": (140, 90, 160, 100),
}


def library() -> Library:
    return ketamine.library(**LIMITS)


def confirmed(*, vitals_hold: int = 0) -> PumpBench:
    """Everything but START, with a dose of the ketamine entry."""
    bench = pico.booted()
    order = ketamine.order()
    order.vitals_hold = vitals_hold
    bench.fit(order.fill_nl)
    bench.force_mn = 3_000
    assert named(bench.stage(order, library())) == "none"
    bench.purge()
    bench.check_all()
    assert named(bench.confirm()) == "none"
    bench.tick()
    return bench


def infusing(*, vitals_hold: int = 0) -> PumpBench:
    bench = confirmed(vitals_hold=vitals_hold)
    if vitals_hold:
        bench.kernel.attendance.take(HEALTHY, is_overridden=False)
    assert press(bench, panel.KEY_START) == "none"
    assert bench.state() == "infusing"
    return bench


def seconds(bench: PumpBench, count: int) -> None:
    bench.tick(TICKS_PER_S * count)


def is_asked(bench: PumpBench) -> bool:
    return bool(bench.outputs.checklist & panel.PRESENCE_ASKED)


def is_active(bench: PumpBench, bit: int) -> bool:
    return bool(bench.outputs.alarms_high & bit)


def test_a_lease_that_nobody_renews_is_asked_for_told_and_stops_the_plunger() -> None:
    bench = infusing()
    seconds(bench, PRESENCE_S - 122)
    assert not is_asked(bench)
    seconds(bench, 4)
    assert is_asked(bench)
    assert not is_active(bench, alarms.PRESENCE_DUE_UPPER)
    seconds(bench, 60)
    assert is_active(bench, alarms.PRESENCE_DUE_UPPER)
    assert bench.state() == "infusing"
    seconds(bench, 60)

    assert bench.state() == "held"
    assert is_active(bench, alarms.PRESENCE_LAPSED_UPPER)
    pico.assert_stands(bench)
    assert press(bench, panel.KEY_START) == "alarm_active"
    press(bench, panel.KEY_ACKNOWLEDGE)
    assert press(bench, panel.KEY_START) == "press_again"
    assert press(bench, panel.KEY_START) == "none"
    seconds(bench, PRESENCE_S - 130)
    assert bench.state() == "infusing"
    assert not is_asked(bench)


@pytest.mark.parametrize("by_key", [True, False])
def test_who_says_that_they_are_there_gets_a_whole_lease(*, by_key: bool) -> None:
    bench = infusing()
    for _ in range(2):
        seconds(bench, PRESENCE_S - 30)
        assert is_active(bench, alarms.PRESENCE_DUE_UPPER)
        if by_key:
            assert press(bench, panel.KEY_CHECK) == "none"
        else:
            bench.kernel.attendance.renew()
        bench.tick(2)
        assert not is_asked(bench)
        assert not is_active(bench, alarms.PRESENCE_DUE_UPPER)

    assert bench.state() == "infusing"


def test_nobody_is_asked_while_nothing_is_given() -> None:
    bench = infusing()
    press(bench, panel.KEY_STOP)
    seconds(bench, PRESENCE_S + 10)

    assert bench.state() == "paused"
    assert not is_asked(bench)
    assert not is_active(bench, alarms.PRESENCE_LAPSED_UPPER)


@pytest.mark.parametrize(
    "signs",
    [
        HEALTHY._replace(systolic=181),
        HEALTHY._replace(oxygen=89),
        HEALTHY._replace(heart_rate=44),
        HEALTHY._replace(sedation=4),
    ],
)
def test_signs_beyond_their_limits_hold_at_once_and_until_others_are_entered(
    signs: VitalSigns,
) -> None:
    bench = infusing()
    seconds(bench, 60)
    bench.kernel.attendance.take(signs, is_overridden=True)
    bench.tick()

    assert bench.state() == "held"
    pico.assert_stands(bench)
    pico.assert_sounds_high(bench)
    press(bench, panel.KEY_ACKNOWLEDGE)
    bench.tick(10)
    assert press(bench, panel.KEY_START) == "alarm_active"
    bench.kernel.attendance.take(HEALTHY, is_overridden=False)
    bench.tick()
    press(bench, panel.KEY_ACKNOWLEDGE)
    assert press(bench, panel.KEY_START) == "press_again"
    assert press(bench, panel.KEY_START) == "none"
    assert bench.state() == "infusing"


@pytest.mark.requirement("KET-11")
@pytest.mark.parametrize(
    ("signs", "is_overridden", "expected"),
    [
        (HEALTHY, False, "none"),
        (HEALTHY._replace(systolic=141), False, "baseline_soft"),
        (HEALTHY._replace(systolic=141), True, "none"),
        (HEALTHY._replace(diastolic=101), True, "baseline_hard"),
        (HEALTHY._replace(systolic=200), True, "alarm_active"),
    ],
)
def test_a_start_is_judged_by_the_pressure_before_it(
    signs: VitalSigns, *, is_overridden: bool, expected: str
) -> None:
    bench = confirmed()
    bench.kernel.attendance.take(signs, is_overridden=is_overridden)
    bench.tick()

    assert press(bench, panel.KEY_START) == expected
    assert (bench.state() == "infusing") == (expected == "none")


@pytest.mark.requirement("KET-11")
def test_staging_anew_leads_past_no_pressure() -> None:
    bench = confirmed()
    bench.kernel.attendance.take(HEALTHY._replace(systolic=170), is_overridden=False)
    order = ketamine.order()
    order.programme_number = 2
    assert named(bench.stage(order, library())) == "none"
    assert named(bench.confirm()) == "none"
    bench.tick()

    assert press(bench, panel.KEY_START) == "baseline_hard"


@pytest.mark.requirement("KET-09")
def test_an_order_may_stop_the_pump_where_signs_are_not_entered_in_time() -> None:
    bench = infusing(vitals_hold=1)
    # Presence is not what this is about.
    for _ in range(17):
        seconds(bench, 50)
        bench.kernel.attendance.renew()
    assert bench.state() == "infusing"
    seconds(bench, 51)

    assert bench.state() == "held"
    assert is_active(bench, alarms.VITALS_OVERDUE_UPPER)


@pytest.mark.requirement("KET-09")
def test_such_an_order_starts_with_vital_signs_and_not_without() -> None:
    bench = confirmed(vitals_hold=1)
    assert press(bench, panel.KEY_START) == "baseline_missing"
    bench.kernel.attendance.take(HEALTHY, is_overridden=False)

    assert press(bench, panel.KEY_START) == "none"


@pytest.mark.requirement("KET-09")
def test_an_entry_without_an_interval_has_nothing_to_hold_to() -> None:
    bench = pico.booted()
    order = ketamine.order()
    order.vitals_hold = 1
    with pytest.raises(Refused) as caught:
        bench.stage(order, ketamine.library(**{**LIMITS, "vitals_interval_ms": 0}))

    assert caught.value.name == "vitals_hold"


def test_a_sign_beyond_its_limit_holds_until_that_sign_is_entered_within_it() -> None:
    bench = infusing()
    attendance = bench.kernel.attendance
    attendance.take(VitalSigns(120, 75, 70, 85, 1), is_overridden=False)
    bench.tick(2)
    assert bench.state() == "held"

    attendance.take(VitalSigns(0, 0, 70, 0, 1), is_overridden=False)
    bench.tick(2)
    press(bench, panel.KEY_ACKNOWLEDGE)
    assert press(bench, panel.KEY_START) == "alarm_active"

    attendance.take(VitalSigns(0, 0, 0, 97, 0), is_overridden=False)
    bench.tick(2)
    press(bench, panel.KEY_ACKNOWLEDGE)
    press(bench, panel.KEY_START)
    assert press(bench, panel.KEY_START) == "none"


@pytest.mark.requirement("KET-11")
def test_a_high_baseline_bars_start_until_a_pressure_is_entered() -> None:
    bench = confirmed()
    attendance = bench.kernel.attendance
    attendance.take(VitalSigns(170, 105, 70, 98, 1), is_overridden=False)
    attendance.take(VitalSigns(0, 0, 64, 0, 1), is_overridden=True)
    assert press(bench, panel.KEY_START) == "baseline_hard"

    attendance.take(VitalSigns(150, 95, 0, 0, 0), is_overridden=False)
    attendance.take(VitalSigns(0, 0, 0, 0, 1), is_overridden=True)
    assert press(bench, panel.KEY_START) == "baseline_soft"

    attendance.take(VitalSigns(150, 95, 0, 0, 0), is_overridden=True)
    assert press(bench, panel.KEY_START) == "none"


@pytest.mark.requirement("KET-09", "KET-11")
def test_a_look_is_neither_a_baseline_nor_a_measurement() -> None:
    bench = confirmed(vitals_hold=1)
    attendance = bench.kernel.attendance
    attendance.take(VitalSigns(0, 0, 0, 0, 1), is_overridden=False)
    assert press(bench, panel.KEY_START) == "baseline_missing"
    attendance.take(HEALTHY, is_overridden=False)
    assert press(bench, panel.KEY_START) == "none"
    seconds(bench, 850)
    attendance.renew()
    attendance.take(VitalSigns(0, 0, 0, 0, 1), is_overridden=False)
    seconds(bench, 55)

    assert bench.state() == "held"


@pytest.mark.requirement("KET-09")
def test_what_is_overdue_bars_the_resume_until_it_is_entered() -> None:
    bench = infusing(vitals_hold=1)
    seconds(bench, 850)
    bench.kernel.attendance.renew()
    seconds(bench, 55)
    assert bench.state() == "held"
    press(bench, panel.KEY_ACKNOWLEDGE)
    before = bench.kernel.motion.moved_steps

    assert press(bench, panel.KEY_START) == "vitals_missing"
    seconds(bench, 2)
    assert bench.kernel.motion.moved_steps == before

    bench.kernel.attendance.take(HEALTHY, is_overridden=False)
    press(bench, panel.KEY_START)
    assert press(bench, panel.KEY_START) == "none"
