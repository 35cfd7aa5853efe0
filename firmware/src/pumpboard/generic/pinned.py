"""I2C and UART of a controller that leads each to the pins it is told."""

from machine import I2C, UART, Pin

from pumpboard.generic.i2c import FREQUENCY_HZ, TIMEOUT_US
from pumpcore.profile import Profile


def open_bus(profile: Profile) -> I2C:
    """The bus of the slow signals."""
    return I2C(
        profile["clock.i2c"],
        sda=Pin(profile["clock.sda_pin"]),
        scl=Pin(profile["clock.scl_pin"]),
        freq=FREQUENCY_HZ,
        timeout=TIMEOUT_US,
    )


def open_uart(profile: Profile, section: str, baud: int, ring_bytes: int) -> UART:
    """That of a section of the board file, with a ring each way."""
    return UART(
        profile[section + ".uart"],
        baudrate=baud,
        tx=Pin(profile[section + ".tx_pin"]),
        rx=Pin(profile[section + ".rx_pin"]),
        rxbuf=ring_bytes,
        txbuf=ring_bytes,
        timeout=0,
    )
