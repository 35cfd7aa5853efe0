"""What an STM32 has instead of state machines: timers that count edges, by number."""

from typing import TYPE_CHECKING

from evenflow.emulator.controller.errors import EmulationError
from evenflow.emulator.controller.esp32 import tell
from evenflow.emulator.controller.pulse_counter import ChannelSettings, PulseCounter, Signals
from evenflow.emulator.overlay import _layout_stm32 as words
from evenflow.emulator.overlay._layout import (
    LINE_RESET,
    NO_PIN,
    PWRON_RESET,
    SELF_RESET,
    SOFT_RESET,
    WDT_RESET,
)

if TYPE_CHECKING:
    from evenflow.emulator.controller.core import Controller

KIND = words.KIND_STM32
# What its machine.reset_cause() says: 0 soft, 1 power-on, 2 the reset line, 3 the watchdog.
# `machine.reset()` pulls that line (RM0410, 5.1.2).
TOLD_CAUSES = {PWRON_RESET: 1, LINE_RESET: 2, WDT_RESET: 3, SELF_RESET: 2, SOFT_RESET: 0}

# Far enough to be never reached: the firmware takes the low 16 bits.
_LOWEST, _HIGHEST = -(1 << 31), (1 << 31) - 1
_UP, _DOWN, _AS_IT_IS, _REVERSED = 1, 2, 0, 1


def count_edges(controller: "Controller", argument: int) -> None:
    """Rising edges of a pad; EmulationError for one without edges."""
    pad = argument >> 8
    settings = ChannelSettings(pad, NO_PIN, _UP, 0, _AS_IT_IS, _AS_IT_IS)
    _start(controller, argument & 0xFF, (settings,))


def count_quadrature(controller: "Controller", argument: int) -> None:
    """All four edges of two pads, up while A leads; EmulationError for one without edges."""
    pad_a, pad_b = argument >> 8 & 0xFF, argument >> 16
    first = ChannelSettings(pad_a, pad_b, _DOWN, _UP, _REVERSED, _AS_IT_IS)
    second = ChannelSettings(pad_b, pad_a, _UP, _DOWN, _REVERSED, _AS_IT_IS)
    _start(controller, argument & 0xFF, (first, second))


def _start(controller: "Controller", number: int, channels: tuple[ChannelSettings, ...]) -> None:
    signals = _signals(controller)
    wiring = controller.wiring
    for settings in channels:
        if settings.pin not in (*signals.pulse_counts, wiring.encoder_a, wiring.encoder_b):
            raise EmulationError(
                f"Timer: nothing that it could count is wired to pin {wiring.pin(settings.pin)}",
                "see stm32f767.step_count_pin, clock.square_wave_pin and encoder in its file",
            )
    counter = controller.counters[number] = PulseCounter(signals)
    counter.limit(_LOWEST, _HIGHEST)
    for place, settings in enumerate(channels):
        counter.set_channel(place, settings)
    counter.run(is_running=True)
    tell(controller)


def _signals(controller: "Controller") -> Signals:
    plant, wiring = controller.plant, controller.wiring
    return Signals(
        encoder_count=lambda: plant.drive.encoder_count,
        encoder_a_pin=wiring.encoder_a,
        encoder_b_pin=wiring.encoder_b,
        pulse_counts={
            wiring.step_count: lambda: controller.step_edge_count,
            wiring.square_wave: lambda: plant.clock_chip.edge_count(plant.now_ns),
        },
        level=lambda pad: controller.levels() >> pad & 1,
    )
