"""A board with an STM32F767."""

import machine

from pumpboard.generic.bit_stream import Plunger
from pumpboard.generic.board import PumpBoard, shut_the_prompt
from pumpboard.stm32 import blocks, reset
from pumpboard.stm32.sensors import sources
from pumpcore._compat import Any, const
from pumpcore.profile import Profile

# Half of the DMA's buffer, which is what ports/stm32/machine_i2s.c moves at once.
_PART_BYTES = const(128)
# As MicroPython starts a Pyboard D. Another one changes what the clock of I2S is divided from.
_SYSTEM_HZ = const(144_000_000)


def make(profile: Profile) -> PumpBoard:
    """Plunger first: its pins are safe before anything else happens.

    ValueError if the clock is not the one that the bits of STEP are known at.
    """
    # To the stubs it is one number.
    frequencies: Any = machine.freq()
    _require_known_clock(frequencies[0])
    shut_the_prompt(profile)
    # Nothing clears its DMA's buffer when I2S is opened (ports/stm32/machine_i2s.c).
    plunger = Plunger(profile, _PART_BYTES, drains=True)
    cause = reset.read()
    return PumpBoard(profile, plunger, sources(profile), blocks.open_bus, blocks.open_uart, cause)


def _require_known_clock(system_hz: int) -> None:
    if system_hz != _SYSTEM_HZ:
        raise ValueError(
            "machine.freq: at %d Hz nobody knows how long a bit of STEP is; leave it at %d"
            % (system_hz, _SYSTEM_HZ)
        )
