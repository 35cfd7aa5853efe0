"""A pad that a block drives and a counter hears."""

from machine import mem32

from pumpcore._compat import const

# ESP32-S3 technical reference manual, "IO MUX": a register a pad, and the bit of its input buffer.
_IO_MUX_GPIO0 = const(0x60009004)
_FUN_IE = const(1 << 9)


class Ear:
    """Keeps the input of an output's pad switched on.

    ESP-IDF makes a pad an output alone when it gives it to I2S (`i2s_gpio_check_and_set`), and an
    input alone when it gives it to a counter (`pcnt_set_pin`).
    """

    def __init__(self, pin: int) -> None:
        """Of that pin; nothing is changed yet."""
        self._register = _IO_MUX_GPIO0 + 4 * pin

    def open(self) -> None:
        """The pad's level reaches the counters from now on."""
        mem32[self._register] |= _FUN_IE
