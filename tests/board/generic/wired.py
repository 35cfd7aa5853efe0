"""The motor driver's driver at an emulated chip, and virtual time that sleeps make pass."""

import time

import pytest

from evenflow.emulator.controller.one_wire import OneWire
from evenflow.emulator.plant.tmc2209 import Tmc2209 as Chip
from pumpboard.generic.tmc2209 import BAUD, Tmc2209
from pumpcore.board.motor_current import current_scale

TICK_NS = 20_000_000
_NS_PER_MS = 1_000_000


class Wired:
    """A chip, its wire and the UART to it, as `machine.UART` is used."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, address: int = 0) -> None:
        """Powered, and nothing sent yet."""
        self.monkeypatch = monkeypatch
        self.now_ns = 0
        self.microsteps = -1
        self.chip = Chip(address, self._take_microsteps)
        self.wire = OneWire(self.chip, 1)
        self.wire.open(BAUD, 256)
        self.sent: list[bytes] = []
        self.driver: Tmc2209 | None = None
        monkeypatch.setattr(time, "sleep_ms", self._sleep, raising=False)

    def boot(self, *, microsteps: int = 16, peak_ma: int = 600, address: int = 0) -> Tmc2209:
        """What the firmware has of it."""
        self.driver = Tmc2209(self, address, microsteps, current_scale(peak_ma, 110))
        return self.driver

    def ticks(self, count: int, *, turns: bool = False) -> None:
        """So many ticks of the loop, in which the motor turns or not."""
        assert self.driver is not None
        for _ in range(count):
            self._pass(TICK_NS)
            if turns:
                self.chip.stepped_at_ns = self.now_ns
            self.driver.carry()

    def ticks_until(self, *, has_fault: bool, within: int, turns: bool = False) -> int:
        """Ticks until the driver says so."""
        assert self.driver is not None
        for count in range(within):
            if self.driver.has_fault == has_fault:
                return count
            self.ticks(1, turns=turns)
        raise AssertionError(f"still {self.driver.has_fault} after {within} ticks")

    def any(self) -> int:
        """Bytes that can be read."""
        return len(self.wire.received)

    def readinto(self, buffer: bytearray, count: int) -> int | None:
        """Take so many of them."""
        assert count <= len(buffer)
        taken = bytes(self.wire.received[:count])
        buffer[: len(taken)] = taken
        self.wire.take(count)
        return len(taken) or None

    def write(self, buffer: bytearray) -> int:
        """Send."""
        self.sent.append(bytes(buffer))
        self.wire.send(bytes(buffer), self.now_ns)
        return len(buffer)

    def _sleep(self, ms: int) -> None:
        self._pass(ms * _NS_PER_MS)

    def _pass(self, span_ns: int) -> None:
        self.now_ns += span_ns
        self.wire.run(self.now_ns)

    def _take_microsteps(self, microsteps: int) -> None:
        self.microsteps = microsteps
