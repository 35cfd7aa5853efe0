"""The pump's bus and its line, on a controller that leads them to the pins it is told."""

from machine import I2C, UART, Pin

from pumpboard.generic.i2c import FREQUENCY_HZ, TIMEOUT_US
from pumpcore.profile import Profile


def open_bus(profile: Profile) -> I2C:
    """Of clock chip, expander and journal."""
    return I2C(
        profile["clock.i2c"],
        sda=Pin(profile["clock.sda_pin"]),
        scl=Pin(profile["clock.scl_pin"]),
        freq=FREQUENCY_HZ,
        timeout=TIMEOUT_US,
    )


def open_uart(profile: Profile) -> UART:
    """Of the link; rings for about 20 ms each way."""
    return UART(
        profile["link.uart"],
        baudrate=profile["link.baud"],
        tx=Pin(profile["link.tx_pin"]),
        rx=Pin(profile["link.rx_pin"]),
        rxbuf=1024,
        txbuf=1024,
        timeout=0,
    )
