"""Motion and the delivery watch where a programme of steps changes its rate."""

import pytest
from core import pico
from core.test_schedule import FL, ML, programme_of

from pumpcore.delivery import Delivery
from pumpcore.motion import Motion

ROWS = ((1_200_000, 1_200_000, ML), (60_000, 60_000, ML))
TICK_US = 20_000


@pytest.mark.requirement("TST-05")
def test_a_change_of_rate_makes_nothing_sound_that_was_not() -> None:
    """A bit has flipped before; the change writes the complement anew, but not of that."""
    for purged_steps, is_sound in ((0, True), (4, False)):
        motion = Motion(pico.profile())
        programme = programme_of(ROWS)
        motion.begin_dose(programme, programme.microsteps)
        motion.purged_steps ^= purged_steps
        words = [0] * 512
        while motion.pacer.rate_ul_per_h != 60_000:
            motion.drive(TICK_US, words)
        for _ in range(10):
            motion.drive(TICK_US, words)

        assert motion.is_steady() is is_sound


def _watched(at_steps: int) -> Delivery:
    delivery = Delivery(400, 3_200)
    delivery.begin(1_200_000, FL)
    delivery.follow(programme_of(ROWS), at_steps)
    return delivery


@pytest.mark.requirement("OVR-03", "OVR-04")
def test_what_turns_back_and_forth_is_neither_ahead_nor_behind() -> None:
    still, shaken = _watched(0), _watched(0)
    still.tick(TICK_US, 0)
    still.tick(TICK_US, 0)
    shaken.tick(TICK_US, -1)
    shaken.tick(TICK_US, 1)

    assert shaken.behind_us == still.behind_us


@pytest.mark.requirement("OVR-03", "OVR-04")
def test_a_new_beginning_forgets_what_was_presumed_of_a_lower_rate() -> None:
    """So many microsteps before the lower rate that no count tells of them."""
    boundary = ML * 1_000_000 // FL
    delivery = _watched(boundary - 20)
    delivery.tick(TICK_US, 2)
    assert delivery._presumed_steps > 0
    fresh = Delivery(400, 3_200)
    for one in (delivery, fresh):
        one.begin(26_250, FL)
        one.tick(TICK_US, 10)

    assert delivery.behind_us == fresh.behind_us
