"""What the ESP32-S3's converter measures, on the scales that all boards share."""

import esp32
from machine import ADC, Pin

from pumpboard.esp32.counter import SLOW_FILTER, EdgeCounter, QuadratureCounter
from pumpboard.generic.pads import Pads
from pumpboard.generic.sensors import Sources
from pumpcore._compat import Any, const
from pumpcore.profile import Profile

_ENCODER, _SQUARE_WAVE = 1, 2

# 65,535 counts stand for 3.3 V: 19.859 of them for a millivolt.
_COUNTS_NUM = const(19_859)
_COUNTS_DEN = const(1_000)
_UV_PER_MV = const(1_000)

# The RP2040's sensor gives 0.706 V at 27 degrees and 1.721 mV less for each degree more (its
# datasheet, 4.9.5): in thousandths of a count.
_AT_27_C = const(14_020_520)
_PER_C = const(34_177)


class Converter:
    """An analogue input, corrected by the chip's own calibration.

    It sees at most 3.1 V (ESP-IDF programming guide, "ADC": an attenuation of 12 dB, which
    MicroPython chooses): what is above reads as that.
    """

    def __init__(self, pin: int) -> None:
        """Of a pin of the converter ADC1."""
        self._adc = ADC(Pin(pin))

    def read_u16(self) -> int:
        """0 to 65,535 for 0 to 3.3 V."""
        return self._adc.read_uv() // _UV_PER_MV * _COUNTS_NUM // _COUNTS_DEN


class Temperature:
    """The chip's own sensor, in whole degrees, as the RP2040's would show it."""

    def read_u16(self) -> int:
        """On the scale of an RP2040's sensor."""
        return (_AT_27_C - _PER_C * (esp32.mcu_temperature() - 27)) // 1_000


def sources(profile: Profile, steps: EdgeCounter, force: Any) -> Sources:
    """Counters and sensors, set up as the profile says, beside those that are there already."""
    return Sources(
        steps=steps,
        encoder=QuadratureCounter(
            _ENCODER,
            Pin(profile["encoder.a_pin"], Pin.IN, Pin.PULL_UP),
            Pin(profile["encoder.b_pin"], Pin.IN, Pin.PULL_UP),
        ),
        square_wave=EdgeCounter(
            _SQUARE_WAVE,
            Pin(profile["clock.square_wave_pin"], Pin.IN, Pin.PULL_UP),
            SLOW_FILTER,
        ),
        force=force,
        pads=Pads(),
        analogue=Converter,
        temperature=Temperature(),
    )
