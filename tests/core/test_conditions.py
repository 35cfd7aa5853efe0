"""Each condition at its bound, and only where it is judged."""

import pytest
from core import pico
from core.conditions_scene import AREA, LIMIT_MN, SEATED, Scene
from core.pump_bench import bench_order

from pumpcore import alarms, limits, panel, syringe
from pumpcore.interlock import INFUSE, KEPT_OPEN, NO_JOB, PURGE, STATES, TAKE_UP
from pumpcore.library import Library
from pumpcore.programme import derive
from pumpcore.tick_io import MAX_WORDS

# The jobs of the states that give something; in the others nothing moves but a purge.
JOBS = {"infusing": INFUSE, "kvo": KEPT_OPEN}
STILL_STATES = [state for state in STATES if state not in ("paused", "held", *JOBS)]


@pytest.mark.requirement("OCC-10")
@pytest.mark.parametrize("state", STATES)
def test_nothing_wrong_is_no_alarm(state: str) -> None:
    assert Scene(state, JOBS.get(state, NO_JOB)).bits() == 0


@pytest.mark.requirement("SYR-02", "OVR-07")
@pytest.mark.parametrize(
    ("lost", "bit"),
    [
        (panel.PLUNGER_SEATED, alarms.PLUNGER_UNSEATED),
        (panel.BARREL_CLOSED, alarms.BARREL_OPEN),
    ],
)
def test_an_open_syringe_is_judged_in_motion_and_in_a_pause(lost: int, bit: int) -> None:
    """Between two halves of a dose the line is at the patient."""
    for job in (PURGE, TAKE_UP, INFUSE):
        scene = Scene("confirmed", job)
        scene.switches &= ~lost
        assert scene.bits() == bit
    for state in STATES:
        scene = Scene(state, NO_JOB)
        scene.switches &= ~lost
        assert scene.bits() == (bit if state in ("paused", "held") else 0)
        # From the purge on there is fluid in the line.
        scene.motion.purged_steps = 1
        is_guarded = state in ("staged", "confirmed", "paused", "held")
        assert scene.bits() == (bit if is_guarded else 0)


@pytest.mark.requirement("OCC-01")
def test_an_occlusion_is_the_limit_above_the_running_friction() -> None:
    scene = Scene()
    scene.force.baseline_mn = 3_000
    scene.force.filtered_mn = 3_000 + LIMIT_MN + limits.BREAK_AWAY_MN - 1
    assert scene.bits() == 0
    scene.force.filtered_mn += 1
    assert scene.bits() == alarms.OCCLUSION_DOWNSTREAM
    # 20 um of travel at 1000 um and 3200 microsteps a turn
    scene.motion.pacer.issued_steps = 64
    scene.motion.observe(63, 7, 20_000)
    scene.force.filtered_mn = 3_000 + LIMIT_MN
    assert scene.bits() == 0
    scene.motion.observe(64, 8, 20_000)
    assert scene.bits() == alarms.OCCLUSION_DOWNSTREAM
    scene.force.filtered_mn -= 1
    assert scene.bits() == 0


@pytest.mark.requirement("OCC-08")
def test_an_occlusion_lasts_until_half_the_limit() -> None:
    for state in ("infusing", "paused", "held", "kvo"):
        scene = Scene(state, JOBS.get(state, NO_JOB))
        scene.active = alarms.OCCLUSION_DOWNSTREAM
        scene.force.filtered_mn = LIMIT_MN // 2
        assert scene.bits() == alarms.OCCLUSION_DOWNSTREAM
        scene.force.filtered_mn -= 1
        assert scene.bits() == 0


@pytest.mark.parametrize("state", STILL_STATES)
def test_force_at_rest_without_a_dose_under_way_is_no_occlusion(state: str) -> None:
    scene = Scene(state, NO_JOB)
    scene.force.filtered_mn = 10 * LIMIT_MN

    assert scene.bits() == 0


@pytest.mark.requirement("OCC-01")
def test_an_occlusion_is_judged_in_purge_and_take_up() -> None:
    for job in (PURGE, TAKE_UP):
        scene = Scene("staged", job)
        scene.force.filtered_mn = LIMIT_MN + limits.UNLEARNT_FRICTION_MN
        assert scene.bits() == alarms.OCCLUSION_DOWNSTREAM
        scene.force.filtered_mn -= 1
        assert scene.bits() == 0


def test_without_a_programme_there_is_no_pressure_limit() -> None:
    scene = Scene()
    scene.conditions = scene.fresh_conditions()
    scene.force.filtered_mn = 10 * LIMIT_MN

    assert scene.conditions.pressure.occlusion(scene.force, scene.motion, 0) == 0


@pytest.mark.requirement("SYR-05")
def test_empty_is_half_a_millilitre_three_ticks_in_a_row() -> None:
    """The potentiometer's noise does not end a dose."""
    empty_raw = 500_000 * 1_000_000 // AREA * 65_535 // 120_000
    scene = Scene()
    readings = [empty_raw, empty_raw, empty_raw + 1, empty_raw, empty_raw, empty_raw, 200]
    found = []
    for raw in readings:
        scene.inputs.raw_position = raw
        found.append(scene.bits() == alarms.SYRINGE_EMPTY)

    assert found == [False] * 5 + [True] * 2
    scene.conditions.adopt(scene.programme)
    assert scene.bits() == 0


@pytest.mark.requirement("SYR-04")
def test_near_end_is_three_minutes_before_the_end() -> None:
    scene = Scene()
    near_steps = 26_250_000 * 180 // 3_600 * 1_000_000 // 174_969_530
    for left, bit in ((near_steps + 1, 0), (near_steps, alarms.NEAR_END)):
        scene.motion.delivered_steps = scene.programme.microsteps - left
        assert scene.bits() == bit


@pytest.mark.parametrize("state", [state for state in STATES if state != "infusing"])
def test_the_end_is_judged_only_while_infusing(state: str) -> None:
    """Of the flow after it, there is no warning; but no syringe runs empty in it."""
    scene = Scene(state, NO_JOB)
    scene.inputs.raw_position = 0
    scene.motion.delivered_steps = scene.programme.microsteps

    empty = alarms.SYRINGE_EMPTY if state == "kvo" else 0
    assert [scene.bits() for _ in range(5)] == [0, 0, empty, empty, empty]


@pytest.mark.requirement("OVR-04")
def test_a_slipping_screw_is_a_stall() -> None:
    scene = Scene()
    scene.motion._slip = scene.motion._slip_limit + 1

    assert scene.bits() == alarms.MOTOR_STALL


@pytest.mark.requirement("OVR-04", "OVR-10")
def test_steps_that_never_come_are_a_motor_fault() -> None:
    scene = Scene()
    scene.motion.pacer.issued_steps = 1_000

    assert scene.bits() == alarms.MOTOR_FAULT


@pytest.mark.requirement("OVR-03", "OVR-05")
@pytest.mark.parametrize("job", [NO_JOB, PURGE, INFUSE])
def test_steps_nobody_issued_are_an_over_delivery(job: int) -> None:
    """Also at rest."""
    scene = Scene("infusing" if job == INFUSE else "confirmed", job)
    scene.motion.moved_steps += scene.motion.pacer.issued_steps + 4

    assert scene.bits() == alarms.OVER_DELIVERY


@pytest.mark.requirement("OVR-01", "OVR-03")
def test_a_tripped_limiter_is_an_over_delivery_once_it_is_armed() -> None:
    scene = Scene()
    scene.inputs.switches = SEATED
    assert scene.bits() == alarms.OVER_DELIVERY
    scene.motion.end()
    assert scene.bits() == 0
    scene.motion.begin(INFUSE, 26_250, scene.programme.femtolitres_per_microstep, 1)
    assert scene.bits() == 0
    scene.motion.drive(20_000, [0] * MAX_WORDS)
    assert scene.bits() == 0


@pytest.mark.requirement("OVR-09")
@pytest.mark.parametrize(("elapsed_us", "bit"), [(35_000, 0), (35_001, alarms.TICK_OVERRUN)])
def test_a_tick_that_could_starve_the_queue_is_an_overrun(elapsed_us: int, bit: int) -> None:
    scene = Scene()
    scene.inputs.elapsed_us = elapsed_us
    assert scene.bits() == bit
    at_rest = Scene("paused", NO_JOB)
    at_rest.inputs.elapsed_us = elapsed_us
    assert at_rest.bits() == 0


@pytest.mark.requirement("OVR-09")
def test_a_queue_that_did_starve_is_an_overrun() -> None:
    scene = Scene()
    scene.motion.pacer.has_starved = True

    assert scene.bits() == alarms.TICK_OVERRUN


@pytest.mark.requirement("SEC-08")
@pytest.mark.parametrize("state", STATES)
def test_a_host_that_was_there_is_missed_after_five_seconds(state: str) -> None:
    scene = Scene(state, JOBS.get(state, NO_JOB))
    scene.inputs.link_frame_count = 1
    assert scene.bits() == 0
    scene.inputs.link_frame_count = 0
    silent_ms = 0
    while silent_ms < limits.LINK_SILENCE_MS:
        assert scene.bits() == 0
        silent_ms += 20
    holding = state in ("staged", "confirmed", "infusing", "paused", "held", "kvo")
    for _ in range(10):
        assert scene.bits() == (alarms.LINK_LOST if holding else 0)
    scene.inputs.link_frame_count = 2
    assert scene.bits() == 0


def test_a_host_that_never_was_is_not_missed() -> None:
    scene = Scene()

    assert [scene.bits(1_000) for _ in range(20)] == [0] * 20


@pytest.mark.requirement("SYR-05")
def test_the_carriage_must_stand_where_the_syringe_would_hold_so_much() -> None:
    """To a millilitre, and not nearer to empty than empty."""
    scene = Scene()
    scale = 65_535 / 120_000
    for residual_nl, at_nl, expected in (
        (20_000_000, 20_900_000, True),
        (20_000_000, 19_100_000, True),
        (20_000_000, 21_100_000, False),
        (20_000_000, 18_900_000, False),
        (600_000, 0, True),
    ):
        raw = int(at_nl * 1_000_000 / AREA * scale)
        assert scene.conditions.is_plausible(raw, residual_nl) == expected


@pytest.mark.requirement("SYR-05")
def test_the_fill_of_a_small_syringe_is_known_to_a_tenth() -> None:
    order = bench_order(5_000, 1_000_000, 3_000_000)
    order.syringe = 2
    profile = pico.profile()
    conditions = Scene().fresh_conditions()
    conditions.adopt(derive(order, profile, Library()))
    scale = 65_535 / 120_000 * 1_000_000 / syringe.area_um2(8_660)

    assert conditions.is_plausible(int(2_705_000 * scale), 3_000_000)
    assert not conditions.is_plausible(int(2_695_000 * scale), 3_000_000)


@pytest.mark.requirement("SYR-05")
def test_less_than_a_millilitre_is_told_and_noise_does_not_tell_it_again() -> None:
    scene = Scene()
    um_per_ml = 1e12 / AREA
    told = []
    for ml in (1.005, 0.995, 1.05, 0.6, 1.095, 1.105, 1.05):
        scene.inputs.raw_position = round(ml * um_per_ml * 65_535 / 120_000)
        assert scene.bits() == 0
        told.append(scene.conditions.upper == alarms.SYRINGE_LOW_UPPER)

    assert told == [False, True, True, True, True, False, False]


@pytest.mark.requirement("SYR-05")
@pytest.mark.parametrize("state", STATES)
def test_it_is_told_while_something_is_given(state: str) -> None:
    scene = Scene(state, JOBS.get(state, NO_JOB))
    scene.inputs.raw_position = 700
    scene.bits()

    assert (scene.conditions.upper != 0) == (state in JOBS)
