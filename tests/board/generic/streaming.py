"""A `machine` whose I2S is the emulator's, and whose time a test sets."""

import sys
import types
from collections.abc import Iterator
from itertools import pairwise

import pytest

from evenflow.emulator.controller.bit_stream import PART_BYTES, BitStream
from evenflow.emulator.controller.converter import Converter

US_PER_TICK = 20_000
_MASK = (1 << 30) - 1
STEP, DIR, ENABLE, GATE, CLOCK, SELECT = 11, 12, 13, 14, 33, 34
PROFILE = {
    "plunger.step_pin": STEP,
    "plunger.dir_pin": DIR,
    "plunger.enable_pin": ENABLE,
    "plunger.gate_pin": GATE,
    "stream.i2s": 0,
    "stream.clock_pin": CLOCK,
    "stream.select_pin": SELECT,
}


class Chip:
    """What the drivers did, and when."""

    def __init__(self, part_bytes: int) -> None:
        """`part_bytes` is what its DMA moves."""
        self.part_bytes = part_bytes
        # The clock wraps within a test.
        self.now_us = (1 << 30) - 3 * US_PER_TICK
        self.levels: dict[int, list[tuple[int, int]]] = {}
        self.stream: BitStream | None = None
        self.streams = 0
        self.kept_ns: list[int] = []
        self.edges_ns: list[int] = []
        self.is_attached = False
        self.converter = Converter()
        self.is_converting = False

    def set(self, pin: int, level: int) -> None:
        if pin == STEP:
            # A plain output: the transmitter has lost the pad.
            self.is_attached = False
        self.levels.setdefault(pin, []).append((self.now_us, level))

    def open_stream(self, room_bytes: int) -> None:
        assert self.stream is None
        self.stream = BitStream(STEP, room_bytes, self.part_bytes, self.now_us * 1_000)
        self.stream.repeat(self.kept_ns)
        self.is_attached = True
        self.streams += 1

    def close_stream(self) -> None:
        assert self.stream is not None
        if self.part_bytes == PART_BYTES["stm32"]:
            self.kept_ns = self.stream.keep(self.now_us * 1_000)
        self.stream = None

    def level(self, pin: int) -> int:
        return self.levels[pin][-1][1]

    def toggles(self, pin: int) -> list[int]:
        """Moments at which a pin changed."""
        return [later[0] for before, later in pairwise(self.levels[pin]) if before[1] != later[1]]

    def pass_us(self, span_us: int) -> None:
        self.now_us += span_us
        if self.stream is not None:
            sent: list[int] = []
            self.stream.run(self.now_us * 1_000, sent)
            if self.is_attached:
                self.edges_ns += sent


def modules(chip: Chip) -> dict[str, types.ModuleType]:
    """`machine` and `time` of that chip."""

    class Pin:
        OUT, IN = 1, 0

        def __init__(self, number: int, mode: int | None = None, *, value: int = 0) -> None:
            self.number = number
            if mode == self.OUT:
                chip.set(number, value)

        def value(self, level: int | None = None) -> int | None:
            if level is None:
                return chip.converter.level
            chip.set(self.number, level)
            return None

    class I2S:
        TX, STEREO = 1, 0

        def __init__(self, number: int, **settings: object) -> None:
            assert number == 0
            assert [settings[name].number for name in ("sck", "ws", "sd")] == [CLOCK, SELECT, STEP]
            assert (settings["bits"], settings["rate"]) == (16, 31_250)
            self._room = int(str(settings["ibuf"]))
            chip.open_stream(self._room)

        def write(self, part: memoryview) -> int:
            stream = chip.stream
            assert stream is not None
            assert stream.reading(chip.now_us * 1_000) + len(part) * 8 <= self._room * 8
            frames = enumerate(memoryview(part).cast("I"))
            pairs = [(at, (one & 0xFFFF) << 16 | one >> 16) for at, one in frames if one]
            stream.write(len(part), pairs, chip.now_us * 1_000)
            return len(part)

        def deinit(self) -> None:
            chip.close_stream()

    class SPI:
        def write_readinto(self, sent: bytes, read: bytearray) -> None:
            read[:] = chip.converter.transfer(sent)
            if chip.is_converting:
                chip.converter.push(0x123456)

    machine = types.ModuleType("machine")
    vars(machine).update(Pin=Pin, I2S=I2S, SPI=SPI, WDT=None)
    time = types.ModuleType("time")
    vars(time).update(
        ticks_us=lambda: chip.now_us & _MASK,
        ticks_diff=lambda end, start: ((end - start + (1 << 29)) & _MASK) - (1 << 29),
    )
    return {"machine": machine, "time": time}


def installed(monkeypatch: pytest.MonkeyPatch, part_bytes: int) -> Iterator[Chip]:
    """A chip whose modules the drivers import."""
    chip = Chip(part_bytes)
    forget()
    for name, module in modules(chip).items():
        monkeypatch.setitem(sys.modules, name, module)
    yield chip
    forget()


def forget() -> None:
    for name in [name for name in sys.modules if name.startswith("pumpboard.generic")]:
        del sys.modules[name]
