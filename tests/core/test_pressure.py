"""Filling up, and slipping out of the grip; the occlusion itself is in test_conditions."""

import pytest
from core import pico
from core.pump_bench import bench_order

from pumpcore import alarms, syringe
from pumpcore.force import Force, threshold_mn
from pumpcore.interlock import BACK_OFF, HELD, INFUSE, INFUSING, PAUSED
from pumpcore.library import Library
from pumpcore.motion import Motion
from pumpcore.pressure import Pressure
from pumpcore.programme import derive

LIMIT_MN = threshold_mn(300, syringe.area_um2(26_700))
RISING = LIMIT_MN * 40 // 100
MINUTE = 3_000


class Scene:
    """An infusion of which only the force is looked at."""

    def __init__(self) -> None:
        """Infusing for long enough to have broken away."""
        profile = pico.profile()
        self.pressure = Pressure()
        self.pressure.adopt(derive(bench_order(), profile, Library()))
        self.motion = Motion(profile)
        self.motion.observe(0, 0, 20_000)
        self.motion.begin(INFUSE, 26_250, 174_969_530, 100_000)
        self.motion.observe(100, 12, 20_000)
        self.force = Force(0, 10_000)
        self.raw = 0

    def rising(self, above_mn: int, ticks: int = 1, state: int = INFUSING) -> bool:
        self.force.filtered_mn = above_mn
        for _ in range(ticks):
            is_rising = self.pressure.rising(state, self.force, self.motion, 20)
        return is_rising

    def free(self, force_mn: int, ticks: int = 5) -> bool:
        """Whether it is told in any of so many ticks, with a last digit that is never still."""
        was_free = False
        for tick in range(ticks):
            self.raw ^= 1
            self.force.watch(self.raw, 20)
            self.force.filtered_mn = force_mn
            if tick % 5 == 0:
                was_free |= self.pressure.free(self.force, self.motion) == alarms.FREE_FLOW
        return was_free


@pytest.mark.requirement("OCC-01")
def test_a_pressure_that_rises_is_told_from_two_fifths_of_the_limit_on() -> None:
    scene = Scene()
    scene.rising(0, 2 * MINUTE)
    assert not scene.rising(RISING - 1)
    assert scene.rising(RISING)


@pytest.mark.requirement("OCC-10")
def test_a_pressure_that_stands_is_told_only_near_the_limit() -> None:
    """OCC-10: a high back pressure is no occlusion."""
    scene = Scene()
    scene.rising(0, MINUTE)
    scene.rising(RISING - 1, MINUTE)
    assert not scene.rising(RISING + 10, MINUTE)
    assert scene.rising(LIMIT_MN * 75 // 100)


@pytest.mark.requirement("OCC-10")
def test_noise_is_no_further_occurrence() -> None:
    scene = Scene()
    scene.rising(0, 2 * MINUTE)
    assert scene.rising(RISING)
    assert scene.rising(RISING - LIMIT_MN * 5 // 100)
    assert not scene.rising(RISING - LIMIT_MN * 5 // 100 - 1)


@pytest.mark.requirement("OCC-10")
def test_only_an_infusion_fills_the_line() -> None:
    scene = Scene()
    scene.rising(0, 2 * MINUTE)
    assert not scene.rising(LIMIT_MN, state=PAUSED)
    assert not scene.rising(LIMIT_MN, state=HELD)


@pytest.mark.requirement("OVR-03", "OVR-07")
@pytest.mark.parametrize("force_mn", [1_000, 3_000, 20_000])
def test_a_force_that_is_gone_at_once_is_a_plunger_that_nothing_holds(force_mn: int) -> None:
    """OVR-07: within six tenths of a second."""
    scene = Scene()
    assert not scene.free(force_mn, 50)

    assert scene.free(100, 30)


@pytest.mark.requirement("OCC-10")
def test_a_force_that_falls_slowly_or_was_never_there_is_no_free_flow() -> None:
    """OCC-10: a back pressure below none takes the friction off too."""
    scene = Scene()
    assert not scene.free(200, 100)
    for force_mn in range(3_000, -500, -20):
        assert not scene.free(force_mn)


@pytest.mark.requirement("OCC-10")
@pytest.mark.parametrize("phase", range(5))
@pytest.mark.parametrize("end_mn", [-4_500, -2_000])
def test_a_line_that_is_lowered_passes_through_no_force(end_mn: int, phase: int) -> None:
    """From 100 mmHg to -100 in a 50 mL syringe, through 0.75 s of line and compliance."""
    scene = Scene()
    scene.free(10_500, 50 + phase)
    force_mn = 10_500
    for _ in range(250):
        force_mn += (end_mn - force_mn) * 20 // 750
        assert not scene.free(force_mn)


@pytest.mark.requirement("OCC-11")
def test_a_shorted_bridge_is_no_free_flow() -> None:
    """It reads nothing as well, but always the same."""
    scene = Scene()
    scene.free(3_000, 50)
    scene.force.filtered_mn = 0
    for tick in range(50):
        scene.force.watch(scene.raw, 20)
        if tick % 5 == 4:
            assert scene.pressure.free(scene.force, scene.motion) == 0


@pytest.mark.requirement("OCC-03")
def test_drawing_back_passes_through_no_force_at_all() -> None:
    scene = Scene()
    scene.free(20_000, 50)
    scene.motion.begin(BACK_OFF, 100_000, 174_969_530, 100)
    assert not scene.free(0, 50)
    scene.motion.end()
    scene.free(20_000, 50)

    assert not scene.free(0, 50)


@pytest.mark.requirement("OVR-07")
def test_seated_anew_nothing_is_known_of_before() -> None:
    scene = Scene()
    scene.free(3_000, 50)
    scene.pressure.seated_anew()

    assert not scene.free(0, 50)


@pytest.mark.requirement("OCC-10")
def test_near_the_limit_is_three_quarters_of_it() -> None:
    scene = Scene()
    near_mn = LIMIT_MN * 75 // 100
    scene.rising(near_mn - 1, 2 * MINUTE)
    assert not scene.rising(near_mn - 1, 2 * MINUTE, PAUSED)
    scene.rising(RISING - 1, 2 * MINUTE)
    scene.pressure._earlier_mn = near_mn
    assert not scene.rising(near_mn - 1)
    assert scene.rising(near_mn)


@pytest.mark.requirement("OCC-10")
def test_a_rise_is_a_twentieth_of_the_limit_within_half_a_minute_to_a_minute() -> None:
    rise_mn = LIMIT_MN * 5 // 100
    for above_mn, is_told in ((RISING, True), (RISING - 1, False)):
        scene = Scene()
        scene.rising(RISING - rise_mn, MINUTE)
        assert scene.rising(above_mn) is is_told
    # Two windows of 30 s at the same force, to the tick: it is no rise any more.
    for ticks, is_told in ((MINUTE - 2, True), (MINUTE - 1, False)):
        scene = Scene()
        scene.rising(0, MINUTE)
        scene.rising(RISING - 1, ticks)
        assert scene.rising(RISING + rise_mn - 2) is is_told


@pytest.mark.requirement("OCC-10")
@pytest.mark.parametrize("state", [PAUSED, HELD])
def test_after_a_pause_the_line_is_looked_at_anew(state: int) -> None:
    """What filled up before it is no rise after it."""
    scene = Scene()
    scene.rising(0, 2 * MINUTE)
    assert scene.rising(RISING)
    assert not scene.rising(RISING, state=state)
    scene.rising(RISING, 1)

    assert not scene.rising(RISING, MINUTE)


@pytest.mark.requirement("OCC-01", "OCC-03")
def test_backwards_friction_acts_the_other_way() -> None:
    scene = Scene()
    scene.force.baseline_mn = 3_000
    scene.motion.begin(BACK_OFF, 100_000, 174_969_530, 100)
    for force_mn, bit in ((LIMIT_MN - 3_001, 0), (LIMIT_MN - 3_000, alarms.OCCLUSION_DOWNSTREAM)):
        scene.force.filtered_mn = force_mn
        assert scene.pressure.occlusion(scene.force, scene.motion, 0) == bit


@pytest.mark.requirement("OVR-07")
@pytest.mark.parametrize(("force_mn", "is_nothing"), [(450, True), (451, False), (-450, True)])
def test_nothing_is_up_to_450_millinewtons_either_way(force_mn: int, *, is_nothing: bool) -> None:
    scene = Scene()
    scene.free(1_000, 50)

    assert scene.free(force_mn, 50) is is_nothing


@pytest.mark.requirement("OVR-07")
def test_999_millinewtons_are_no_grip() -> None:
    scene = Scene()
    scene.free(999, 50)

    assert not scene.free(0, 50)
