"""A TMC2209 at one of the controller's UARTs, as the board file says."""

from machine import UART, Pin

from pumpboard.generic.tmc2209 import BAUD, Tmc2209
from pumpcore._compat import Any
from pumpcore.board.motor_current import current_scale
from pumpcore.profile import Profile


def make(profile: Profile) -> Tmc2209:
    """The driver of a checked profile, set up if it can be."""
    # The stubs lack the count of `readinto`.
    uart: Any = UART(
        profile["tmc2209.uart"],
        baudrate=BAUD,
        tx=Pin(profile["tmc2209.tx_pin"]),
        rx=Pin(profile["tmc2209.rx_pin"]),
        timeout=0,
    )
    scale = current_scale(profile["motor.peak_ma"], profile["motor.sense_mohm"])
    return Tmc2209(uart, profile["tmc2209.address"], profile["plunger.microsteps"], scale)
