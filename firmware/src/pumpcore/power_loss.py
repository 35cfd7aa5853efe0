"""When the power-loss alarm is armed: whenever the pump holds something that a person relies on.

The alarm is hardware of its own: once armed it watches that the controller toggles a pin, and
sounds from a capacitor when that ends, be it for want of power or of a program that runs.
"""

from pumpcore.interlock import BOOT, IDLE, SELF_TEST

_DISARMED = (BOOT, SELF_TEST, IDLE)


def is_armed(state: int) -> bool:
    """Whether a programme is at hand, or a fault that somebody must hear of."""
    return state not in _DISARMED
