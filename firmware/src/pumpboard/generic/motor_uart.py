"""A TMC2209 at one of the controller's UARTs, as the board file says."""

from pumpboard.generic.tmc2209 import BAUD, Tmc2209
from pumpcore._compat import TYPE_CHECKING, Any, const
from pumpcore.board.motor_current import current_scale
from pumpcore.profile import Profile

if TYPE_CHECKING:
    from pumpboard.generic.board import OpenUart

_RING_BYTES = const(256)


def make(profile: Profile, open_uart: "OpenUart") -> Tmc2209:
    """The driver of a checked profile, set up if it can be."""
    # The stubs lack the count of `readinto`.
    uart: Any = open_uart(profile, "tmc2209", BAUD, _RING_BYTES)
    scale = current_scale(profile["motor.peak_ma"], profile["motor.sense_mohm"])
    return Tmc2209(uart, profile["tmc2209.address"], profile["plunger.microsteps"], scale)
