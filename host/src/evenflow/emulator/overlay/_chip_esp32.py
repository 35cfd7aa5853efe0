"""What an esp32 has in place of `_chip`: its clock, and its own parts of `machine`."""

import sys

from _emu import reply
from _i2s import I2S
from _layout import IN_UNIQUE_ID
from _pin import ADC

# As MicroPython starts an ESP32-S3.
FREQ_HZ = 160_000_000

_FULL_UV = 3_300_000
_SEEN_UV = 3_100_000
_UV_PER_MV = 1_000
_FULL_U16 = 65_535
_ATTN_11DB = 3


class Converter(ADC):
    """An input with an attenuation of 12 dB: it sees up to 3.1 V."""

    ATTN_11DB = _ATTN_11DB

    def __init__(self, pin: object, *, atten: int = _ATTN_11DB) -> None:
        """As documented; another attenuation is refused."""
        if atten != _ATTN_11DB:
            raise NotImplementedError("ADC: atten %r is not emulated" % atten)
        super().__init__(pin)

    def read_uv(self) -> int:
        """What the chip's calibration makes of it: microvolts, in whole millivolts."""
        uv = super().read_u16() * _FULL_UV // _FULL_U16
        return min(uv, _SEEN_UV) // _UV_PER_MV * _UV_PER_MV

    def read_u16(self) -> int:
        """Of 3.1 V."""
        return self.read_uv() * _FULL_U16 // _SEEN_UV


def _unique_id() -> bytes:
    """Six bytes: the address of its radio."""
    low = reply[IN_UNIQUE_ID]
    high = reply[IN_UNIQUE_ID + 1]
    return bytes([low >> shift & 255 for shift in (0, 8, 16, 24)] + [high & 255, high >> 8 & 255])


OWN = {
    "ADC": Converter,
    "I2S": I2S,
    "HARD_RESET": 2,
    "DEEPSLEEP_RESET": 4,
    "SOFT_RESET": 5,
    "unique_id": _unique_id,
}


class _FlashBlockDevice:
    """Stands for the module `flashbdev`."""


def take_flash(flash: object) -> str:
    """Where the port keeps its flash: `flashbdev.bdev`; where it mounts it."""
    module = _FlashBlockDevice()
    module.bdev = flash
    sys.modules["flashbdev"] = module
    # The port's own module must be there before the host's files are gone.
    __import__("esp32")
    return "/"
