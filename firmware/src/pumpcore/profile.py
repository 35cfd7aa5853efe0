"""A board profile: validated facts of a board, flat, `{"plunger.lead_um": 1000, ...}`.

The host compiles `board_configs/*.toml` to it; what it must say, and whether that can work, is in
pumpcore.board, which the board asks again at boot.
"""

# By key, once pumpcore.board.check found no problem in it; what each holds is in its keys.
Profile = dict

# 2 uL in a 50 mL syringe: the most that one motion may deliver (requirement FLO-09).
MAX_MICROSTEP_UM = 3


def microsteps_per_turn(profile: Profile) -> int:
    """Microsteps of one turn of motor and lead screw."""
    return profile["plunger.steps_per_turn"] * profile["plunger.microsteps"]
