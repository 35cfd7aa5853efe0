"""The controller around its processor: pins, state machines, DMA, PWM, watchdog, UART, I2C.

It carries out the operations of a request (`operations.py`), runs by itself until the next one,
and fills the reply. A reset makes every pin float and forgets everything but time.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from evenflow.emulator.controller.programs import Machine
from evenflow.emulator.controller.serial_line import SerialLine
from evenflow.emulator.controller.stepper import Channel, Stepper
from evenflow.emulator.overlay import _layout as words
from evenflow.emulator.overlay._layout import (
    IN_ADC,
    IN_DMA,
    IN_LEVELS,
    IN_MACHINE,
    IN_RX,
    IN_RX_COUNT,
    IN_TICKS_HIGH,
    IN_TICKS_LOW,
    IN_UART,
    IN_UART_COUNT,
    IN_UART_UNSENT,
)
from evenflow.emulator.plant import Plant
from evenflow.emulator.plant.enable import NEVER_NS
from evenflow.errors import WrongUsage

if TYPE_CHECKING:
    from array import array

    from evenflow.emulator.controller.programs import Heartbeat, Limiter, Receiver
    from evenflow.emulator.controller.wear import Wear

_NS_PER_US = 1_000
_FIRST_ADC_PIN = 26


class Wiring:
    """Which pin of the controller leads where, from a flat board profile."""

    def __init__(self, profile: Mapping[str, object]) -> None:
        """WrongUsage if a pin is missing or no number."""
        self.step = _pin(profile, "plunger.step_pin")
        self.direction = _pin(profile, "plunger.dir_pin")
        self.enable = _pin(profile, "plunger.enable_pin")
        self.gate = _pin(profile, "plunger.gate_pin")
        self.encoder_a = _pin(profile, "encoder.a_pin")
        self.encoder_b = _pin(profile, "encoder.b_pin")
        self.square_wave = _pin(profile, "clock.square_wave_pin")
        self.force = _pin(profile, "force.data_pin")
        self.position = _pin(profile, "position.adc_pin")
        self.buzzer = _pin(profile, "panel.buzzer_pin")
        self.light = tuple(_pin(profile, f"panel.{name}_pin") for name in ("red", "green", "blue"))


class Controller:
    """Hardware of one RP2040, wired to a plant by the pins of its board profile."""

    def __init__(self, plant: Plant, ticks_us: int, unique_id: bytes) -> None:
        """Unpowered; `ticks_us` is what its clock shows at power-on."""
        self.plant = plant
        self.wiring = Wiring(plant.profile)
        self.now_ns = 0
        self.reset_cause = words.PWRON_RESET
        self.interpreter_version = ""
        self.line = SerialLine()
        self.wear: Wear | None = None
        # Edges on the STEP pin, whether or not the motor was enabled.
        self.step_edge_count = 0
        self._unique_id = unique_id
        self._ticks_base_us = ticks_us
        self._ticks_from_ns = 0
        self._direction_bit = 1 << self.wiring.direction
        self._clear()

    def _clear(self) -> None:
        self.output_mask = 0
        self.output_levels = 0
        self.pull_up_mask = 0
        # Pins that a state machine drives or watches.
        self.pio_mask = 0
        self.pwm: dict[int, tuple[int, int]] = {}
        self.adc_pins: list[int] = []
        self.machines: list[Stepper | Machine | None] = [None] * words.MACHINE_COUNT
        # Where in the reply each machine's reading goes, and what gives it.
        self.readings: list[tuple[int, Callable[[int], int]]] = []
        self.stepper: Stepper | None = None
        self.heartbeat: Heartbeat | None = None
        self.limiter: Limiter | None = None
        self.receiver: Receiver | None = None
        self.receiver_number = 0
        self.channels = [Channel(number) for number in range(words.DMA_COUNT)]
        self.used_channels: list[Channel] = []
        self.i2c_status = 0
        self.i2c_bytes = b""
        # What `fill_rarely` writes has changed.
        self.has_rare_news = True
        self.watchdog_ns = 0
        self.watchdog_due_at_ns: int | None = None
        # The operation of the last request that the whole board must carry out.
        self.wish = 0
        self._edges_at_ns: list[int] = []

    def reset(self, cause: int) -> None:
        """Every pin floats, every block forgets; the microsecond clock starts at zero."""
        self._clear()
        self.line.reset()
        self.reset_cause = cause
        self._ticks_base_us = 0
        self._ticks_from_ns = self.now_ns
        plant = self.plant
        plant.force.listener = None
        plant.enable.is_gate_high = False
        plant.enable.last_edge_at_ns = min(plant.enable.last_edge_at_ns, self.now_ns)
        plant.light.set((False, False, False), self.now_ns)
        plant.buzzer.set(on=False, now_ns=self.now_ns)

    def reset_softly(self) -> None:
        """The interpreter starts anew: only plain pins keep their levels; the watchdog goes on."""
        kept = (self.output_mask & ~self.pio_mask, self.output_levels, self.pull_up_mask)
        watchdog = (self.watchdog_ns, self.watchdog_due_at_ns)
        base_us, from_ns = self._ticks_base_us, self._ticks_from_ns
        self.reset(words.SOFT_RESET)
        self.output_mask, self.output_levels, self.pull_up_mask = kept
        self.watchdog_ns, self.watchdog_due_at_ns = watchdog
        self._ticks_base_us, self._ticks_from_ns = base_us, from_ns
        lit = self.output_mask & self.output_levels
        red, green, blue = (bool(lit >> pin & 1) for pin in self.wiring.light)
        self.plant.light.set((red, green, blue), self.now_ns)

    def install(self, number: int, machine: Stepper | Machine) -> None:
        """Put a machine in its place; its reading is told from now on."""
        self.machines[number] = machine
        self.readings = [
            (IN_MACHINE + place, installed.reading)
            for place, installed in enumerate(self.machines)
            if installed is not None
        ]

    # ---- time -------------------------------------------------------------------------------

    def run(self, until_ns: int) -> None:
        """Let the hardware and the plant run until a moment; no event lies in between."""
        microsteps = 0
        stepper = self.stepper
        if stepper is not None and not stepper.is_idle:
            edges = self._edges_at_ns
            stepper.run(until_ns, edges)
            if edges:
                microsteps = self._drive(edges)
                edges.clear()
        line = self.line
        if not line.is_quiet:
            line.run(until_ns - self.now_ns)
        self.now_ns = until_ns
        self.plant.advance(until_ns, microsteps)

    def _drive(self, edges_at_ns: list[int]) -> int:
        if not self.pio_mask >> self.wiring.step & 1:
            return 0
        plant = self.plant
        limiter = self.limiter
        direction = 1 if self.output_levels & self.output_mask & self._direction_bit else -1
        enabled_until_ns = plant.enable.enabled_until_ns()
        self.step_edge_count += len(edges_at_ns)
        microsteps = 0
        for at_ns in edges_at_ns:
            if at_ns < enabled_until_ns:
                microsteps += direction
            if plant.records_steps:
                plant.step_times.append((at_ns, direction, at_ns < enabled_until_ns))
            if limiter is not None and not limiter.allows(at_ns):
                plant.enable.is_gate_high = False
                enabled_until_ns = NEVER_NS
        if microsteps > 0:
            plant.last_forward_step_at_ns = edges_at_ns[microsteps - 1]
        return microsteps

    # ---- replies ------------------------------------------------------------------------------

    def fill(self, reply: "array[int]") -> None:
        """Write the readings of this moment into a reply."""
        now_ns = self.now_ns
        ticks_us = self._ticks_base_us + (now_ns - self._ticks_from_ns) // _NS_PER_US
        reply[IN_TICKS_LOW] = ticks_us & 0xFFFFFFFF
        reply[IN_TICKS_HIGH] = ticks_us >> 32
        reply[IN_LEVELS] = self._levels()
        for slot, reading in self.readings:
            reply[slot] = reading(now_ns)
        for channel in self.used_channels:
            reply[IN_DMA + channel.number] = channel.remaining
        receiver = self.receiver
        if receiver is not None:
            conversions = receiver.words
            reply[IN_RX_COUNT + self.receiver_number] = len(conversions)
            slot = IN_RX
            for word in conversions:
                reply[slot] = word
                slot += 1
        for pin in self.adc_pins:
            raw = self.plant.raw_position if pin == self.wiring.position else 0
            reply[IN_ADC + pin - _FIRST_ADC_PIN] = raw
        line = self.line
        reply[IN_UART_UNSENT] = len(line.unsent)
        received = line.received
        reply[IN_UART_COUNT] = len(received)
        if received:
            window = memoryview(reply).cast("B")
            part = received[: words.UART_WINDOW_BYTES]
            window[4 * IN_UART : 4 * IN_UART + len(part)] = part

    def fill_rarely(self, reply: "array[int]") -> None:
        """Write what changes with a reset or an I2C transfer only."""
        self.has_rare_news = False
        reply[words.IN_RESET_CAUSE] = self.reset_cause
        reply[words.IN_I2C_STATUS] = self.i2c_status
        window = memoryview(reply).cast("B")
        start = 4 * words.IN_UNIQUE_ID
        window[start : start + len(self._unique_id)] = self._unique_id
        start = 4 * words.IN_I2C
        window[start : start + len(self.i2c_bytes)] = self.i2c_bytes

    def _levels(self) -> int:
        switches = self.plant.switches
        levels = switches.contact_mask & self.pull_up_mask & ~switches.closed_mask
        levels |= self.output_levels & self.output_mask
        limiter = self.limiter
        if limiter is not None and self.pio_mask >> limiter.gate_pin & 1:
            levels |= limiter.gate_level << limiter.gate_pin
        return levels


def _pin(profile: Mapping[str, object], name: str) -> int:
    value = profile[name]
    if not isinstance(value, int):
        raise WrongUsage("board_file", f"{name}: {value!r} is not a pin number", "correct it")
    return value
