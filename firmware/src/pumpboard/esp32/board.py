"""A board with an ESP32-S3."""

from machine import SPI, Pin

from pumpboard.esp32 import reset
from pumpboard.esp32.counter import STEP_FILTER, EdgeCounter
from pumpboard.esp32.pad import Ear
from pumpboard.esp32.sensors import sources
from pumpboard.generic.bit_stream import Plunger
from pumpboard.generic.board import PumpBoard, shut_the_prompt
from pumpboard.generic.hx711 import BAUD_HZ, ForceSensor
from pumpboard.generic.pinned import open_bus, open_uart
from pumpcore._compat import const
from pumpcore.profile import Profile

# The units are steps, encoder and square wave.
_STEPS = const(0)
# 256 frames of two samples (DMA_BUF_LEN_IN_I2S_FRAMES of ports/esp32/machine_i2s.c).
_PART_BYTES = const(1_024)


def make(profile: Profile) -> PumpBoard:
    """Plunger first: its pins are safe before anything else happens.

    But for the counter of its steps: that makes STEP an input, so that the plunger has to come
    after it. Nothing feeds ENABLE's charge pump meanwhile.
    """
    shut_the_prompt(profile)
    step_pin = profile["plunger.step_pin"]
    steps = EdgeCounter(_STEPS, Pin(step_pin), STEP_FILTER)
    plunger = Plunger(profile, _PART_BYTES, Ear(step_pin).open)
    spi = SPI(
        profile["force_bus.spi"],
        baudrate=BAUD_HZ,
        polarity=0,
        phase=0,
        sck=None,
        mosi=Pin(profile["force.clock_pin"]),
        miso=Pin(profile["force.data_pin"]),
    )
    force = ForceSensor(spi, profile["force.data_pin"])
    return PumpBoard(
        profile, plunger, sources(profile, steps, force), open_bus, open_uart, reset.read()
    )
