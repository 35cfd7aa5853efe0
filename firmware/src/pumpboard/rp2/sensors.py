"""What watches on PIO 1, and all pads in one look."""

import rp2
from machine import ADC, Pin, mem32

from pumpboard.generic.sensors import Sources
from pumpboard.rp2 import programs
from pumpboard.rp2.counter import EdgeCounter, QuadratureCounter
from pumpboard.rp2.plunger import Plunger
from pumpcore._compat import const
from pumpcore.profile import Profile

_QUADRATURE, _SQUARE_WAVE, _FORCE = 4, 6, 7
_SIGN_BIT = 1 << 23

# The SIO's GPIO_IN (RP2040 datasheet, 2.3.1.7, and the same on an RP2350): the levels of all pads
# at one moment, a bit each. Of 30 pins that is a small integer.
_GPIO_IN = const(0xD0000004)


class ForceSensor:
    """HX711 at 80 conversions a second; keeps the last one."""

    def __init__(self, data_pin: int, clock_pin: int) -> None:
        """Start converting."""
        data = Pin(data_pin, Pin.IN)
        clock = Pin(clock_pin, Pin.OUT, value=0)
        self.raw_count = 0
        self.sample_count = 0
        self._machine = rp2.StateMachine(
            _FORCE, programs.hx711, freq=programs.HX711_HZ, in_base=data, sideset_base=clock
        )
        self._machine.active(1)

    def update(self) -> None:
        """Take the conversions that came since the last call."""
        while self._machine.rx_fifo():
            raw = self._machine.get()
            self.raw_count = raw - (1 << 24) if raw & _SIGN_BIT else raw
            self.sample_count = (self.sample_count + 1) & 0xFF


class Pads:
    """Levels of the pads that were asked for."""

    def __init__(self) -> None:
        """None yet."""
        self._mask = 0

    def add(self, pin: int) -> int:
        """Look at this pin, too; its bit."""
        self._mask |= 1 << pin
        return 1 << pin

    def levels(self) -> int:
        """Of all of them, at one moment."""
        return mem32[_GPIO_IN] & self._mask


def sources(profile: Profile, plunger: Plunger) -> Sources:
    """Counters and sensors, set up as the profile says."""
    return Sources(
        steps=plunger.audit,
        encoder=QuadratureCounter(
            _QUADRATURE,
            Pin(profile["encoder.a_pin"], Pin.IN, Pin.PULL_UP),
            Pin(profile["encoder.b_pin"], Pin.IN, Pin.PULL_UP),
        ),
        square_wave=EdgeCounter(
            _SQUARE_WAVE, Pin(profile["clock.square_wave_pin"], Pin.IN, Pin.PULL_UP)
        ),
        force=ForceSensor(profile["force.data_pin"], profile["force.clock_pin"]),
        pads=Pads(),
        analogue=_converter,
        temperature=ADC(ADC.CORE_TEMP),
    )


def _converter(pin: int) -> ADC:
    return ADC(Pin(pin))
