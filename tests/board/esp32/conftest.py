"""The chip that the drivers of a test run on: the emulator's counters, and what a test says."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace

import pytest

from evenflow.emulator.controller.pulse_counter import ChannelSettings, PulseCounter, Signals

NO_PIN = 255
STEP, WAVE, A, B = 11, 10, 16, 17


@dataclass
class Chip:
    """What its pins carry and its sensors show; `filters` are those of the units."""

    encoder_count: int = 0
    pulses: dict[int, int] = field(default_factory=lambda: {STEP: 0, WAVE: 0})
    filters: dict[int, int] = field(default_factory=dict)
    celsius: int = 25
    uv: dict[int, int] = field(default_factory=dict)
    levels: dict[int, int] = field(default_factory=dict)
    registers: dict[int, int] = field(default_factory=dict)
    reset_cause: int = 1

    def signals(self) -> Signals:
        """For a counter."""
        return Signals(
            encoder_count=lambda: self.encoder_count,
            encoder_a_pin=A,
            encoder_b_pin=B,
            pulse_counts={
                STEP: lambda: self.pulses[STEP],
                WAVE: lambda: self.pulses[WAVE],
            },
            level=lambda pin: self.levels.get(pin, 0),
        )


class Part:
    """Of the chip of this test."""

    chip: Chip


class Pin(Part):
    """By its number."""

    IN, OUT, PULL_UP = 0, 1, 1

    def __init__(self, number: int, *_settings: int) -> None:
        """Whatever it is set to."""
        self.number = number

    def value(self) -> int:
        """What the test says."""
        return self.chip.levels.get(self.number, 0)


class Pcnt(Part):
    """A unit: the emulator's."""

    IGNORE, INCREMENT, DECREMENT = 0, 1, 2
    NORMAL, REVERSE, HOLD = 0, 1, 2

    def __init__(self, unit: int, **settings: int) -> None:
        """Stopped at zero."""
        self._counter = PulseCounter(self.chip.signals())
        self._counter.limit(settings["min"], settings["max"])
        self.chip.filters[unit] = settings["filter"]

    def init(self, *, channel: int, pin: Pin, mode_pin: Pin | None = None, **given: int) -> None:
        """One channel."""
        settings = ChannelSettings(
            pin=pin.number,
            mode_pin=NO_PIN if mode_pin is None else mode_pin.number,
            rising=given.get("rising", 0),
            falling=given.get("falling", 0),
            mode_low=given.get("mode_low", 0),
            mode_high=given.get("mode_high", 0),
        )
        self._counter.set_channel(channel, settings)

    def start(self) -> None:
        """Count."""
        self._counter.run(is_running=True)

    def value(self) -> int:
        """The count, signed."""
        value = self._counter.reading(0)
        return value - (value >> 31 << 32)


class Adc(Part):
    """An input."""

    def __init__(self, pin: Pin) -> None:
        """Of a pin."""
        self._number = pin.number

    def read_uv(self) -> int:
        """What the test says."""
        return self.chip.uv[self._number]


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chip]:
    """A chip whose modules `machine` and `esp32` the drivers import."""
    made = Part.chip = Chip()
    esp32, machine = ModuleType("esp32"), ModuleType("machine")
    vars(esp32).update(PCNT=Pcnt, mcu_temperature=lambda: made.celsius)
    causes = SimpleNamespace(PWRON_RESET=1, HARD_RESET=2, WDT_RESET=3, SOFT_RESET=5)
    vars(machine).update(
        vars(causes), Pin=Pin, ADC=Adc, mem32=made.registers, reset_cause=lambda: made.reset_cause
    )
    _forget_drivers()
    monkeypatch.setitem(sys.modules, "esp32", esp32)
    monkeypatch.setitem(sys.modules, "machine", machine)
    yield made
    _forget_drivers()


def _forget_drivers() -> None:
    for name in list(sys.modules):
        if name.startswith(("pumpboard.esp32", "pumpboard.generic")):
            del sys.modules[name]
