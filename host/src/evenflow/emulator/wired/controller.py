"""A fixture's controller around its processor: pins, PWM, UART, watchdog and four programs.

It has far less than a pump's controller, and refuses by name what it has not. Its inputs are what
`see` tells of the pump; its outputs are read by whoever wires them to the pump.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from evenflow.boards.mechanism import whole
from evenflow.emulator.controller.errors import EmulationError
from evenflow.emulator.controller.serial_line import SerialLine
from evenflow.emulator.overlay import _layout as words
from evenflow.emulator.wired.machines import (
    BuzzerCounter,
    ConversionPlayer,
    FixtureMachine,
    QuadraturePlayer,
    StampMachine,
)

if TYPE_CHECKING:
    from array import array

_NS_PER_US = 1_000
_NS_PER_MS = 1_000_000
_PROGRAM_MASK = 0xFF
# Words of a reply for stamps: the window of the I2C bus.
_WINDOW_WORDS = 14
_MOST_TAKEN = 15


class FixtureController:
    """Hardware of one fixture."""

    def __init__(self, profile: Mapping[str, object], identity: bytes) -> None:
        """Unpowered; `identity` is 8 bytes of unique id, then 8 of chance."""
        self.profile = profile
        self.now_ns = 0
        self.line = SerialLine()
        # Levels of step, dir and enable, and rising edges at the buzzer: the pump's outputs.
        self.levels = 0
        self.buzzer_count = 0
        self.interpreter_version = ""
        self._identity = identity
        self._started_at_ns = 0
        self._cause = words.PWRON_RESET
        self._clear()

    def _clear(self) -> None:
        self.output_mask = 0
        self.output_levels = 0
        self.shares: dict[int, int] = {}
        self.machines: dict[int, FixtureMachine] = {}
        self.stamps: StampMachine | None = None
        self.converter: ConversionPlayer | None = None
        self.encoder: QuadraturePlayer | None = None
        self.watchdog_ns = 0
        self.watchdog_due_at_ns: int | None = None
        self.wants_reset = False

    def reset(self, cause: int) -> None:
        """Every pin floats; its clock begins anew."""
        self._clear()
        self.line.reset()
        self._cause = cause
        self._started_at_ns = self.now_ns

    # ---- what is wired to the pump ------------------------------------------------------------

    def see(self, changes: list[tuple[int, int]], until_ns: int) -> None:
        """The pump's signals up to a moment: each change with the levels after it."""
        if self.stamps is not None:
            self.stamps.see(changes, self.levels, until_ns)
        if changes:
            self.levels = changes[-1][1]

    def is_low(self, key: str) -> bool:
        """Whether that pin is driven low: a contact that is closed."""
        bit = 1 << self._pin(key)
        return bool(self.output_mask & bit) and not self.output_levels & bit

    def is_high(self, key: str) -> bool:
        """Whether that pin is driven high."""
        bit = 1 << self._pin(key)
        return bool(self.output_mask & self.output_levels & bit)

    def share_u16(self, key: str) -> int:
        """What the filter makes of the PWM at that pin."""
        return self.shares.get(self._pin(key), 0)

    def _pin(self, key: str) -> int:
        return whole(self.profile[key])

    # ---- time ---------------------------------------------------------------------------------

    def run(self, until_ns: int) -> None:
        """Let the hardware run until a moment."""
        self.line.run(until_ns - self.now_ns)
        self.now_ns = until_ns
        if self.encoder is not None:
            self.encoder.run(until_ns)

    # ---- requests and replies -----------------------------------------------------------------

    def apply(self, request: "array[int]", end: int) -> None:
        """Carry out the operations of a request at the present moment."""
        taken = request[words.OUT_UART_TAKEN]
        del self.line.received[:taken]
        taken = request[words.OUT_RX_TAKEN]
        for number, machine in self.machines.items():
            machine.take(taken >> (4 * number) & 15)
        index = words.OUT_HEADER
        while index < end:
            word = request[index]
            operation = _OPERATIONS.get(word >> 24)
            if operation is None:
                raise EmulationError(f"operation {word >> 24} is not emulated on a fixture")
            index = operation(self, word & 0xFFFFFF, request, index + 1)

    def fill(self, reply: "array[int]") -> None:
        """Write the readings of this moment into a reply."""
        ticks_us = (self.now_ns - self._started_at_ns) // _NS_PER_US
        reply[words.IN_TICKS_LOW] = ticks_us & 0xFFFFFFFF
        reply[words.IN_TICKS_HIGH] = ticks_us >> 32
        reply[words.IN_RESET_CAUSE] = self._cause
        for number, machine in self.machines.items():
            reply[words.IN_MACHINE + number] = machine.reading(self.now_ns)
            waiting = machine.received()
            most = _WINDOW_WORDS if machine is self.stamps else _MOST_TAKEN
            reply[words.IN_RX_COUNT + number] = min(waiting, most)
        if self.stamps is not None:
            for place in range(min(len(self.stamps.words), _WINDOW_WORDS)):
                reply[words.IN_I2C + place] = self.stamps.words[place]
        received = self.line.received[: words.UART_WINDOW_BYTES]
        reply[words.IN_UART_UNSENT] = len(self.line.unsent)
        reply[words.IN_UART_COUNT] = len(self.line.received)
        window = memoryview(reply).cast("B")
        window[4 * words.IN_UART : 4 * words.IN_UART + len(received)] = received
        start = 4 * words.IN_UNIQUE_ID
        window[start : start + 8] = self._identity[:8]
        start = 4 * words.IN_SEED
        window[start : start + 8] = self._identity[8:16]

    def install(self, number: int, program: str, freq_hz: int, pins: int) -> None:
        """Load a program into a machine; EmulationError for one on other pins than its own."""
        in_pin, out_pin = pins & 0xFF, pins >> 8 & 0xFF
        wanted = {
            "step_stamp": ("capture.step_pin", in_pin),
            "hx711_play": ("force.data_pin", out_pin),
            "quadrature_play": ("encoder.a_pin", out_pin),
            "edge_count": ("capture.buzzer_pin", in_pin),
        }
        if program not in wanted:
            raise EmulationError(f"{program}: is no program of a fixture")
        key, pin = wanted[program]
        if pin != self._pin(key):
            raise EmulationError(f"{program}: on pin {pin}, but {key} is {self._pin(key)}")
        if program == "step_stamp":
            self.stamps = self.machines[number] = StampMachine(freq_hz)
        elif program == "hx711_play":
            self.converter = self.machines[number] = ConversionPlayer()
        elif program == "quadrature_play":
            self.encoder = self.machines[number] = QuadraturePlayer(freq_hz)
        else:
            self.machines[number] = BuzzerCounter(lambda: self.buzzer_count)


_Operation = Callable[[FixtureController, int, "array[int]", int], int]


def _pin_out(fixture: FixtureController, argument: int, _: "array[int]", index: int) -> int:
    bit = 1 << (argument & 0xFF)
    fixture.output_mask |= bit
    fixture.output_levels = fixture.output_levels & ~bit | (bit if argument >> 8 else 0)
    return index


def _pin_in(fixture: FixtureController, argument: int, _: "array[int]", index: int) -> int:
    fixture.output_mask &= ~(1 << (argument & 0xFF))
    return index


def _pwm(fixture: FixtureController, pin: int, request: "array[int]", index: int) -> int:
    fixture.shares[pin] = request[index + 1]
    return index + 2


def _init(fixture: FixtureController, argument: int, request: "array[int]", index: int) -> int:
    program = words.PROGRAMS[argument >> 8 & _PROGRAM_MASK]
    fixture.install(argument & 0xFF, program, request[index], request[index + 1])
    return index + 2


def _begin(fixture: FixtureController, number: int, _: "array[int]", index: int) -> int:
    fixture.machines[number].begin(fixture.now_ns)
    return index


def _put(fixture: FixtureController, number: int, request: "array[int]", index: int) -> int:
    fixture.machines[number].put(request[index], fixture.now_ns)
    return index + 2


def _uart_open(fixture: FixtureController, size: int, request: "array[int]", index: int) -> int:
    fixture.line.open(request[index], size)
    return index + 2


def _uart_send(fixture: FixtureController, count: int, request: "array[int]", index: int) -> int:
    end = index + ((count + 3) >> 2)
    fixture.line.unsent += request[index:end].tobytes()[:count]
    return end


def _wdt_start(fixture: FixtureController, ms: int, _: "array[int]", index: int) -> int:
    fixture.watchdog_ns = ms * _NS_PER_MS
    fixture.watchdog_due_at_ns = fixture.now_ns + fixture.watchdog_ns
    return index


def _wdt_feed(fixture: FixtureController, _ms: int, _: "array[int]", index: int) -> int:
    fixture.watchdog_due_at_ns = fixture.now_ns + fixture.watchdog_ns
    return index


def _reset(fixture: FixtureController, _argument: int, _: "array[int]", index: int) -> int:
    fixture.wants_reset = True
    return index


def _version(fixture: FixtureController, argument: int, _: "array[int]", index: int) -> int:
    parts = (argument >> 16, argument >> 8 & 0xFF, argument & 0xFF)
    fixture.interpreter_version = ".".join(str(part) for part in parts)
    return index


_OPERATIONS: dict[int, _Operation] = {
    words.OP_PIN_OUT: _pin_out,
    words.OP_PIN_IN: _pin_in,
    words.OP_PWM: _pwm,
    words.OP_SM_INIT: _init,
    words.OP_SM_BEGIN: _begin,
    words.OP_SM_PUT: _put,
    words.OP_UART_OPEN: _uart_open,
    words.OP_UART_SEND: _uart_send,
    words.OP_WDT_START: _wdt_start,
    words.OP_WDT_FEED: _wdt_feed,
    words.OP_RESET: _reset,
    words.OP_VERSION: _version,
}
