"""What a board's plunger drive makes of a syringe: volume per microstep, and the highest rate."""

from evenflow.boards.board_file import Profile
from pumpcore import syringe, units

_FL_PER_UL = units.FL_PER_NL * units.NL_PER_UL


def microsteps_per_turn(profile: Profile) -> int:
    """Microsteps of one turn of the lead screw."""
    return whole(profile["plunger.steps_per_turn"]) * whole(profile["plunger.microsteps"])


def femtolitres_per_microstep(profile: Profile, bore_um: int) -> int:
    """As the pump computes it."""
    lead_um = whole(profile["plunger.lead_um"])
    return syringe.femtolitres_per_microstep(bore_um, lead_um, microsteps_per_turn(profile))


def highest_rate_ul_per_h(profile: Profile, bore_um: int) -> int:
    """The rate at which the drive makes the most steps a second that it can follow, floored."""
    fl_per_h = whole(profile["plunger.max_step_rate_hz"]) * units.S_PER_H
    return fl_per_h * femtolitres_per_microstep(profile, bore_um) // _FL_PER_UL


def whole(value: object) -> int:
    """A value that is known to be a whole number."""
    if not isinstance(value, int):
        raise TypeError(value)
    return value
