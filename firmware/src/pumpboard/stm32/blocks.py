"""I2C and UART of an STM32, which are at the pins that MicroPython's board file gives them.

pumpcore.board has looked whether the profile names those.
"""

from machine import I2C, UART

from pumpboard.generic.i2c import FREQUENCY_HZ, TIMEOUT_US
from pumpcore.profile import Profile


def open_bus(profile: Profile) -> I2C:
    """The time-out of this port counts milliseconds, rounded up."""
    return I2C(profile["clock.i2c"], freq=FREQUENCY_HZ, timeout=TIMEOUT_US)


def open_uart(profile: Profile, section: str, baud: int, ring_bytes: int) -> UART:
    """It keeps what comes, and sends at once: a write takes as long as the line does."""
    return UART(profile[section + ".uart"], baudrate=baud, rxbuf=ring_bytes, timeout=0)
