"""What counts and converts on an STM32."""

from machine import ADC, SPI, Pin

from pumpboard.generic.hx711 import BAUD_HZ, ForceSensor
from pumpboard.generic.pads import Pads
from pumpboard.generic.sensors import Sources
from pumpboard.stm32.counter import EdgeCounter, QuadratureCounter
from pumpboard.stm32.temperature import CoreTemperature
from pumpcore.profile import Profile


def sources(profile: Profile) -> Sources:
    """Counters and sensors, set up as the profile says.

    The SPI is at the pins that MicroPython's board file gives it, and divides its clock by a power
    of two: a bit of the HX711's clock takes up to two microseconds.
    """
    return Sources(
        steps=EdgeCounter(profile["stm32f767.step_count_pin"]),
        encoder=QuadratureCounter(profile["encoder.a_pin"], profile["encoder.b_pin"]),
        square_wave=EdgeCounter(profile["clock.square_wave_pin"]),
        force=ForceSensor(
            SPI(profile["force_bus.spi"], baudrate=BAUD_HZ), profile["force.data_pin"]
        ),
        pads=Pads(),
        analogue=_converter,
        temperature=CoreTemperature(),
    )


def _converter(pin: str) -> ADC:
    return ADC(Pin(pin))
