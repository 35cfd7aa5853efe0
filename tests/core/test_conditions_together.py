"""Several conditions at once are all told, at their very bounds, and looked at when due."""

from collections.abc import Callable
from itertools import combinations

import pytest
from core.conditions_scene import LIMIT_MN, Scene

from pumpcore import alarms, limits, panel
from pumpcore.interlock import INFUSE, KEPT_OPEN, NO_JOB, PURGE, STATES

WITH_PROGRAMME = ("staged", "confirmed", "infusing", "paused", "held", "kvo")
CAUSES: tuple[tuple[str, Callable[[Scene], object]], ...] = (
    ("PLUNGER_UNSEATED", lambda scene: clear(scene, "switches", panel.PLUNGER_SEATED)),
    ("BARREL_OPEN", lambda scene: clear(scene, "switches", panel.BARREL_CLOSED)),
    ("OCCLUSION_DOWNSTREAM", lambda scene: put(scene, "force.filtered_mn", 10 * LIMIT_MN)),
    ("MOTOR_FAULT", lambda scene: put(scene, "motion.is_lagging", lambda: True)),
    ("OVER_DELIVERY", lambda scene: clear(scene.inputs, "switches", panel.GATE_INTACT)),
    ("TICK_OVERRUN", lambda scene: put(scene, "inputs.elapsed_us", limits.MAX_TICK_US + 1)),
    ("MOTOR_STALL", lambda scene: put(scene, "motion.is_slipping", lambda: True)),
    ("REVERSE_MOTION", lambda scene: put(scene, "motion.is_reversing", lambda: True)),
    ("UNDER_DELIVERY", lambda scene: put(scene, "motion.delivery.is_behind", lambda: True)),
    ("END_OF_TRAVEL", lambda scene: put(scene, "inputs.raw_position", 163)),
    ("SYRINGE_EMPTY", lambda scene: put(scene, "conditions._empty_ticks", 3) or low(scene)),
    ("NEAR_END", lambda scene: put(scene, "motion.delivered_steps", scene.programme.microsteps)),
    ("SENSOR_FORCE", lambda scene: put(scene, "force.is_faulty", lambda: True)),
    ("CLOCK_MISMATCH", lambda scene: put(scene, "conditions._clock_check.is_mismatched", True)),
    ("LINK_LOST", lambda scene: put(scene, "conditions._is_host_known", True) or silence(scene)),
)


def clear(root: object, name: str, bit: int) -> None:
    setattr(root, name, getattr(root, name) & ~bit)


def put(root: object, path: str, value: object) -> None:
    *parts, name = path.split(".")
    for part in parts:
        root = getattr(root, part)
    setattr(root, name, value)


def low(scene: Scene) -> None:
    scene.inputs.raw_position = min(scene.inputs.raw_position, 300)


def silence(scene: Scene) -> None:
    scene.conditions._silent_ms = limits.LINK_SILENCE_MS + 1


@pytest.mark.requirement("ALM-11", "ALM-10")
@pytest.mark.parametrize("first", range(len(CAUSES)))
def test_two_conditions_are_both_told(first: int) -> None:
    """Neither hides the other."""
    for one, other in combinations((CAUSES[first], *CAUSES), 2):
        scene = Scene()
        one[1](scene)
        other[1](scene)

        assert scene.bits() == getattr(alarms, one[0]) | getattr(alarms, other[0]), other[0]


@pytest.mark.requirement("OVR-03")
def test_too_much_in_several_ways_is_told_with_what_else_is_true() -> None:
    seat = alarms.PLUNGER_UNSEATED
    for name in ("motion.is_overrunning", "motion.delivery.is_ahead"):
        scene = Scene()
        put(scene, name, lambda: True)
        put(scene, "motion.is_reversing", lambda: True)
        clear(scene, "switches", panel.PLUNGER_SEATED)
        assert scene.bits() == seat | alarms.REVERSE_MOTION | alarms.OVER_DELIVERY


@pytest.mark.requirement("OVR-03", "OVR-05")
@pytest.mark.parametrize("state", STATES)
def test_a_screw_that_turns_at_rest_is_told_while_a_patient_may_be_connected(state: str) -> None:
    scene = Scene(state, NO_JOB)
    put(scene, "motion.is_turned_at_rest", lambda: True)
    is_told = state in ("paused", "held", "kvo", "complete")
    assert scene.bits() == (alarms.OVER_DELIVERY if is_told else 0)
    clear(scene, "switches", panel.PLUNGER_SEATED)
    is_open = state in ("paused", "held")
    seat = alarms.PLUNGER_UNSEATED if is_open else 0

    assert scene.bits() & ~alarms.OVER_DELIVERY == seat
    assert bool(scene.bits() & alarms.OVER_DELIVERY) == is_told


@pytest.mark.requirement("OCC-11", "FLO-10")
@pytest.mark.parametrize("state", STATES)
def test_an_instrument_is_judged_while_a_programme_is_at_hand(state: str) -> None:
    scene = Scene(state, {"infusing": INFUSE, "kvo": KEPT_OPEN}.get(state, NO_JOB))
    put(scene, "force.is_faulty", lambda: True)

    assert scene.bits() == (alarms.SENSOR_FORCE if state in WITH_PROGRAMME else 0)


@pytest.mark.requirement("OVR-04")
def test_only_an_infusion_is_compared_with_its_rate() -> None:
    scene = Scene("confirmed", PURGE)
    put(scene, "motion.delivery.is_behind", lambda: True)
    put(scene, "motion.delivery.is_ahead", lambda: True)

    assert scene.bits() == 0


@pytest.mark.requirement("OVR-04")
@pytest.mark.parametrize(("fallen", "name"), [(13, "SENSOR_ENCODER"), (12, "MOTOR_STALL")])
def test_a_carriage_that_went_there_without_the_screw_means_the_encoder(
    fallen: int, name: str
) -> None:
    """25 um of 120 mm, half of what the screw fell behind."""
    scene = Scene()
    put(scene, "motion.is_following", lambda: True)
    scene.bits()
    put(scene, "motion.is_slipping", lambda: True)
    scene.inputs.raw_position -= fallen

    assert scene.bits() == getattr(alarms, name)


@pytest.mark.requirement("SYR-05")
def test_the_end_of_travel_is_its_bound_and_not_one_more() -> None:
    """0.3 mm of 120 mm."""
    scene = Scene()
    scene.inputs.raw_position = 164
    assert scene.bits() == 0
    scene.inputs.raw_position = 163
    assert scene.bits() == alarms.END_OF_TRAVEL
    scene.motion.is_forward = False
    assert scene.bits() & alarms.END_OF_TRAVEL == 0


@pytest.mark.requirement("SYR-05")
def test_a_residual_is_plausible_up_to_its_bounds_and_not_beyond() -> None:
    conditions = Scene().conditions
    low, high = (
        conditions._raw_position(20_000_000 + sign * limits.FILL_TOLERANCE_NL) for sign in (-1, 1)
    )
    told = [conditions.is_plausible(raw, 20_000_000) for raw in (low - 1, low, high, high + 1)]

    assert told == [False, True, True, False]


@pytest.mark.requirement("SYR-05")
def test_low_is_below_its_bound() -> None:
    scene = Scene()
    scene.inputs.raw_position = scene.conditions._low_raw
    scene.bits()
    assert scene.conditions.upper == 0
    scene.inputs.raw_position -= 1
    scene.bits()
    assert scene.conditions.upper == alarms.SYRINGE_LOW_UPPER


@pytest.mark.requirement("OCC-01", "OVR-07")
def test_what_changes_slowly_is_looked_at_every_fifth_tick_of_twenty_milliseconds() -> None:
    scene = Scene("infusing")
    seen = []
    put(scene, "conditions.pressure.free", lambda *_: seen.append("free") or 0)

    def rising(state: int, *rest: object) -> bool:
        seen.append((STATES[state], rest[-1]))
        return True

    put(scene, "conditions.pressure.rising", rising)
    told = []
    for tick in range(11):
        seen.append(tick)
        scene.bits()
        told.append(scene.conditions.upper == alarms.PRESSURE_RISING_UPPER)

    look = ("infusing", 100)
    assert seen == [0, "free", 1, 2, 3, 4, look, 5, "free", 6, 7, 8, 9, look, 10, "free"]
    assert told == [False] * 4 + [True] * 7


@pytest.mark.requirement("TST-05")
@pytest.mark.parametrize("bit", range(15))
@pytest.mark.parametrize(
    "path",
    [
        *("_empty_raw", "_near_end_steps", "_target_steps"),
        *("pressure.occlusion_mn", "pressure.release_mn"),
    ],
)
def test_a_threshold_that_changes_by_itself_is_found(path: str, bit: int) -> None:
    for conditions in (Scene().fresh_conditions(), Scene().conditions):
        assert conditions.is_sound()
        part = conditions.pressure if "." in path else conditions
        name = path.rpartition(".")[2]
        setattr(part, name, getattr(part, name) ^ 1 << bit)
        assert not conditions.is_sound()
