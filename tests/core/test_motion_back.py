"""The audit of a motion backwards, of a screw that turns by itself, and of flipped bits."""

import pytest
from core.test_motion import Rig

from pumpcore.interlock import BACK_OFF
from pumpcore.motion import SETTLE_TICKS

pytestmark = pytest.mark.requirement("OCC-06", "OVR-06", "TST-05")


def test_what_is_drawn_back_is_taken_off_what_was_given() -> None:
    """OCC-06: once, and counted again once it is given again."""
    rig = Rig()
    rig.begin()
    rig.observe(1_000)
    rig.motion.end()
    for _ in range(SETTLE_TICKS):
        rig.observe()
    rig.begin(BACK_OFF)
    rig.observe(400, counts=-50)
    assert rig.motion.delivered_steps == 600
    assert not rig.motion.is_slipping()
    rig.motion.end()
    rig.observe(8, counts=-1)
    assert rig.motion.delivered_steps == 592
    for _ in range(SETTLE_TICKS):
        rig.observe()
    rig.begin(steps=408)
    rig.observe(408)

    assert rig.motion.delivered_steps == 1_000
    assert rig.motion.purged_steps == 0


def test_a_screw_that_does_not_follow_back_slips_and_one_that_goes_further_runs_away() -> None:
    rig = Rig()
    rig.begin(BACK_OFF)
    rig.motion.pacer.issued_steps = 1_000
    rig.observe(161, counts=0)
    assert rig.motion.is_slipping()
    assert not rig.motion.is_overrunning()
    rig.observe(0, counts=-41)
    assert not rig.motion.is_slipping()
    assert rig.motion.is_overrunning()


def test_a_screw_that_turns_back_is_told_after_a_quarter_of_a_slip() -> None:
    """OVR-06: five counts, 7 uL in a 50 mL syringe."""
    rig = Rig()
    rig.begin()
    rig.observe(800)
    rig.observe(0, counts=-5)
    assert not rig.motion.is_reversing()
    rig.observe(0, counts=-1)
    assert rig.motion.is_reversing()
    rig.begin(BACK_OFF)
    rig.observe(0, counts=-6)
    assert not rig.motion.is_reversing()


def test_a_screw_that_somebody_turns_at_rest_is_told() -> None:
    """OVR-01: ten full steps forward, counted from when the motion had ended."""
    rig = Rig()
    rig.begin()
    rig.observe(400)
    rig.motion.end()
    for _ in range(SETTLE_TICKS):
        rig.observe()
    rig.observe(0, counts=20)
    assert not rig.motion.is_turned_at_rest()
    rig.motion.rest_here()
    rig.observe(0, counts=20)
    assert not rig.motion.is_turned_at_rest()
    rig.observe(0, counts=1)
    assert rig.motion.is_turned_at_rest()
    rig.begin()
    assert not rig.motion.is_turned_at_rest()


@pytest.mark.parametrize(
    "name",
    [
        "job",
        "moved_steps",
        "delivered_steps",
        "purged_steps",
        "minimum_interval_us",
        "_slip_limit",
    ],
)
@pytest.mark.parametrize("bit", [0, 7, 14, 28])
def test_a_flipped_bit_is_found(name: str, bit: int) -> None:
    """TST-05."""
    rig = Rig()
    rig.begin()
    rig.observe(50)
    assert rig.motion.is_sound()
    setattr(rig.motion, name, getattr(rig.motion, name) ^ 1 << bit)

    assert not (rig.motion.is_sound() and rig.motion.is_steady())


def test_a_flipped_bit_of_the_period_is_found() -> None:
    """TST-05: the rate itself."""
    rig = Rig()
    rig.begin()
    rig.motion.pacer.period_cycles ^= 1 << 18

    assert not rig.motion.is_steady()
