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


@pytest.mark.requirement("OVR-07")
def test_seated_anew_nothing_is_known_of_before() -> None:
    scene = Scene()
    scene.free(3_000, 50)
    scene.pressure.seated_anew()

    assert not scene.free(0, 50)
