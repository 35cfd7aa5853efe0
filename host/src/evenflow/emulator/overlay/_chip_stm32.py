"""What an STM32F767 has in place of `_chip`: its clock, and its own parts of `machine`."""

from _emu import reply
from _i2s import I2S
from _layout import IN_UNIQUE_ID
from _stm32_bus import I2C, SPI, UART
from _stm32_pin import ADC, Pin

# As MicroPython starts a PYBD-SF6W.
FREQ_HZ = 144_000_000
# The last letters of its lot.
_LOT = b"PYBD"


def _unique_id() -> bytes:
    """Twelve bytes."""
    words = (reply[IN_UNIQUE_ID], reply[IN_UNIQUE_ID + 1])
    return bytes([word >> shift & 255 for word in words for shift in (0, 8, 16, 24)]) + _LOT


def _freq() -> tuple:
    """System, AHB, APB1 and APB2."""
    return FREQ_HZ, FREQ_HZ, FREQ_HZ // 4, FREQ_HZ // 2


OWN = {
    "ADC": ADC,
    "I2C": I2C,
    "I2S": I2S,
    "Pin": Pin,
    "SPI": SPI,
    "UART": UART,
    "HARD_RESET": 2,
    "DEEPSLEEP_RESET": 4,
    "SOFT_RESET": 0,
    "freq": _freq,
    "unique_id": _unique_id,
}


def take_flash(flash: object) -> str:
    """Where the port keeps its flash: `pyb.Flash`; where it mounts it."""
    import pyb

    # The firmware may import it when the host's files are gone.
    __import__("stm")
    pyb.Flash = lambda **_: flash
    return "/flash"
