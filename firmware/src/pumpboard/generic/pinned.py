"""I2C and UART of a controller that leads each to the pins it is told."""

from machine import I2C, UART, Pin

from pumpboard.generic.board import Blocks
from pumpboard.generic.i2c import FREQUENCY_HZ, TIMEOUT_US
from pumpcore.profile import Profile


def _bus(profile: Profile) -> I2C:
    return I2C(
        profile["clock.i2c"],
        sda=Pin(profile["clock.sda_pin"]),
        scl=Pin(profile["clock.scl_pin"]),
        freq=FREQUENCY_HZ,
        timeout=TIMEOUT_US,
    )


def _uart(profile: Profile) -> UART:
    """With rings for about 20 ms of traffic each way."""
    return UART(
        profile["link.uart"],
        baudrate=profile["link.baud"],
        tx=Pin(profile["link.tx_pin"]),
        rx=Pin(profile["link.rx_pin"]),
        rxbuf=1024,
        txbuf=1024,
        timeout=0,
    )


BLOCKS = Blocks(bus=_bus, uart=_uart)
