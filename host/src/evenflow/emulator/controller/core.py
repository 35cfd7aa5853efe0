"""The controller around its processor: pins, state machines, DMA, PWM, watchdog, UART, I2C.

It carries out the operations of a request (`operations.py`), runs by itself until the next one,
and fills the reply. A reset makes every pin float and forgets everything but time.
"""

from hashlib import sha256
from typing import TYPE_CHECKING

from evenflow.emulator.controller import stm32
from evenflow.emulator.controller.crystal import Crystal
from evenflow.emulator.controller.one_wire import OneWire
from evenflow.emulator.controller.programs import Machine
from evenflow.emulator.controller.serial_buses import Wired
from evenflow.emulator.controller.serial_line import SerialLine
from evenflow.emulator.controller.step_pin import QueueSource, RunawayPin, SilentPin, StepSource
from evenflow.emulator.controller.stepper import Channel, Stepper
from evenflow.emulator.controller.wiring import Wiring
from evenflow.emulator.overlay import _layout as words
from evenflow.emulator.overlay import _layout_esp32 as esp32_words
from evenflow.emulator.overlay._cost import TICK_US
from evenflow.emulator.overlay._layout import (
    IN_LEVELS,
    IN_MACHINE,
    IN_TICKS_HIGH,
    IN_TICKS_LOW,
    IN_UART_COUNT,
    IN_UART_UNSENT,
)
from evenflow.emulator.pads import FIRST_ANALOGUE
from evenflow.emulator.plant import Plant
from evenflow.emulator.plant.enable import NEVER_NS

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable

    from evenflow.emulator.controller.programs import Heartbeat, Limiter, Receiver
    from evenflow.emulator.controller.pulse_counter import PulseCounter
    from evenflow.emulator.controller.pulse_train import PulseTrain
    from evenflow.emulator.controller.wear import Wear

_NS_PER_US = 1_000
# What an esp32 tells of each: EN, its reset line, takes its power.
_ESP32_CAUSES = {
    words.PWRON_RESET: words.PWRON_RESET,
    words.LINE_RESET: words.PWRON_RESET,
    words.WDT_RESET: words.WDT_RESET,
    words.SELF_RESET: esp32_words.HARD_RESET,
    words.SOFT_RESET: esp32_words.SOFT_RESET,
}
_REASONS = {words.WDT_RESET: words.REASON_TIMER, words.SELF_RESET: words.REASON_FORCE}


class Controller:
    """Hardware of one controller, wired to a plant by the pins of its board profile."""

    def __init__(self, plant: Plant, ticks_us: int, identity: bytes) -> None:
        """Unpowered; `ticks_us` is what its clock shows at power-on.

        `identity` is 8 bytes of unique id, then the seed of all chance in it.
        """
        self.plant = plant
        self.wiring = Wiring(plant.profile)
        self.name = str(plant.profile["board.controller"])
        self.is_esp32 = self.name.startswith("esp32")
        self.is_stm32 = self.name.startswith("stm32")
        is_rp2350 = self.name == "rp2350"
        self._had_power_on = words.HAD_POR_RP2350 if is_rp2350 else words.HAD_POR
        self._had_run_low = words.HAD_RUN_RP2350 if is_rp2350 else words.HAD_RUN
        self.now_ns = 0
        # The same by its own crystal, which the state machines and the watchdog follow.
        self.own_ns = 0
        # When the processor's request is due to be answered.
        self.wakes_at_ns = 0
        self.reset_cause = words.PWRON_RESET
        # What rp2's register says of it.
        self._told_cause = words.PWRON_RESET
        self._chip_reset = self._had_power_on
        self._watchdog_reason = 0
        self._start_count = 0
        self.interpreter_version = ""
        self.tick_cost_us = TICK_US
        self.line = SerialLine()
        self.wire = OneWire(plant.motor_driver, plant.profile.get("tmc2209.uart"))
        self.wear: Wear | None = None
        # Edges on the STEP pin, whether or not the motor was enabled.
        self.step_edge_count = 0
        # Of these, what no counter of an esp32 heard: see `deaf_mask`.
        self.unheard_edge_count = 0
        self._unique_id = identity[:8]
        self._seed = identity[8:]
        self._ticks_base_us = ticks_us
        self._ticks_from_ns = 0
        self._direction_bit = 1 << self.wiring.direction
        self._crystal: Crystal | None = None
        self._step_fault: SilentPin | RunawayPin | None = None
        # Outputs whose pad has the other level.
        self._flipped_mask = 0
        self._clear()

    def _clear(self) -> None:
        self.output_mask = 0
        self.output_levels = 0
        self.pull_up_mask = 0
        # Pads of an esp32 of which the input is switched off.
        self.deaf_mask = 0
        # Pins that a state machine drives or watches.
        self.pio_mask = 0
        self.pwm: dict[int, tuple[int, int]] = {}
        # Where in the reply each analogue reading goes, and what gives it.
        self.analogue: dict[int, Callable[[], int]] = {}
        self.machines: list[Stepper | Machine | None] = [None] * words.MACHINE_COUNT
        # Where in the reply each machine's reading goes, and what gives it.
        self.readings: list[tuple[int, Callable[[int], int]]] = []
        self.connect(None)
        # Of an esp32, by unit and by channel.
        self.counters: dict[int, PulseCounter] = {}
        self.trains: dict[int, PulseTrain] = {}
        self.heartbeat: Heartbeat | PulseTrain | None = None
        self.limiter: Limiter | None = None
        self.receiver: Receiver | None = None
        self.wired = Wired()
        self.receiver_number = 0
        self.channels = [Channel(number) for number in range(words.DMA_COUNT)]
        self.used_channels: list[Channel] = []
        self.i2c_status = 0
        self.i2c_bytes = b""
        self.has_transferred = True
        # Faults that the overlay has not been told of: kind, and what it names.
        self._untold: list[tuple[int, bytes]] = []
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
        self.wire.reset()
        self.reset_cause = cause
        self._start_count += 1
        if cause != words.SOFT_RESET:
            by_watchdog = cause in (words.WDT_RESET, words.SELF_RESET)
            self._told_cause = words.WDT_RESET if by_watchdog else words.PWRON_RESET
            self._watchdog_reason = _REASONS.get(cause, 0)
            if not by_watchdog:
                was_pulled = cause == words.LINE_RESET
                self._chip_reset = self._had_run_low if was_pulled else self._had_power_on
        if self.is_esp32:
            self._told_cause = _ESP32_CAUSES[cause]
        elif self.is_stm32:
            self._told_cause = stm32.TOLD_CAUSES[cause]
        self._ticks_base_us = 0
        self._ticks_from_ns = self.own_ns
        plant = self.plant
        plant.force.listener = None
        plant.enable.is_gate_high = False
        plant.enable.last_edge_at_ns = min(plant.enable.last_edge_at_ns, self.now_ns)
        plant.buzzer.set(on=False, now_ns=self.now_ns)
        plant.power_loss_alarm.take_level(0, self.now_ns)

    def reset_softly(self) -> None:
        """The interpreter starts anew: only plain pins keep their levels; the watchdog goes on."""
        kept = (self.output_mask & ~self.pio_mask, self.output_levels, self.pull_up_mask)
        watchdog = (self.watchdog_ns, self.watchdog_due_at_ns)
        base_us, from_ns = self._ticks_base_us, self._ticks_from_ns
        self.reset(words.SOFT_RESET)
        self.output_mask, self.output_levels, self.pull_up_mask = kept
        self.watchdog_ns, self.watchdog_due_at_ns = watchdog
        self._ticks_base_us, self._ticks_from_ns = base_us, from_ns
        alive = self.output_mask & self.output_levels & 1 << self.wiring.alive
        self.plant.power_loss_alarm.take_level(1 if alive else 0, self.now_ns)

    def install(self, number: int, machine: Stepper | Machine) -> None:
        """Put a machine in its place; its reading is told from now on."""
        self.machines[number] = machine
        self.readings = [
            (IN_MACHINE + place, installed.reading)
            for place, installed in enumerate(self.machines)
            if installed is not None
        ]

    def connect(self, queue: QueueSource | None) -> None:
        """Let a stepper or a train drive STEP, through whatever is wrong with the pin."""
        fault = self._step_fault
        self._step_queue = queue
        self.step_source: StepSource | None = queue if fault is None else fault.connect(queue)

    # ---- faults of the hardware, which outlive a reset --------------------------------------

    def skew(self, percent: float) -> None:
        """From now on its crystal is fast by so many percent, slow below zero."""
        wakes_at_ns = self._own_moment_ns(self.wakes_at_ns)
        due_at_ns = self.watchdog_due_at_ns
        due_own_ns = None if due_at_ns is None else self._own_moment_ns(due_at_ns)
        self._crystal = Crystal(percent, self.now_ns, self.own_ns)
        self.wakes_at_ns = self.true_moment_ns(wakes_at_ns)
        if due_own_ns is not None:
            self.watchdog_due_at_ns = self.true_moment_ns(due_own_ns)
        self.pass_on_heartbeat()

    def break_step_pin(self, fault: SilentPin | RunawayPin) -> None:
        """From now on STEP has that fault."""
        self._step_fault = fault
        self.connect(self._step_queue)

    def flip_direction(self) -> None:
        """From now on DIR has the other level, while it is driven."""
        self._flipped_mask = self._direction_bit

    def tell_fault(self, kind: int, name: str) -> None:
        """Have the overlay make a fault of the firmware (FAULT_…) after the next exchange.

        A reset ends it, told or not.
        """
        self._untold.append((kind, name.encode()))
        self.has_rare_news = True

    def charge_tick(self, cost_us: int) -> None:
        """From now on a tick of the firmware costs so much of its own time."""
        self.tick_cost_us = cost_us
        self.has_rare_news = True

    # ---- time -------------------------------------------------------------------------------

    def wake_after(self, span_us: int) -> None:
        """The processor waits for so much of its own time from now."""
        self.wakes_at_ns = self.true_moment_ns(self.own_ns + span_us * _NS_PER_US)

    def true_moment_ns(self, own_ns: int) -> int:
        """The moment at which its own clock shows so much."""
        return own_ns if self._crystal is None else self._crystal.true_ns(own_ns)

    def _own_moment_ns(self, true_ns: int) -> int:
        return true_ns if self._crystal is None else self._crystal.own_ns(true_ns)

    def pass_on_heartbeat(self) -> None:
        """Tell the ENABLE chain of the last edge that is queued."""
        heartbeat = self.heartbeat
        if heartbeat is not None and heartbeat.pin == self.wiring.enable:
            last_ns = heartbeat.last_edge_at_ns()
            self.plant.enable.last_edge_at_ns = self.true_moment_ns(last_ns)

    def run(self, until_ns: int) -> None:
        """Let the hardware and the plant run until a moment; no event lies in between."""
        microsteps = 0
        crystal = self._crystal
        own_until_ns = until_ns if crystal is None else crystal.own_ns(until_ns)
        source = self.step_source
        if source is not None and not source.is_idle:
            edges = self._edges_at_ns
            source.run(own_until_ns, edges)
            if edges:
                microsteps = self._drive(edges)
                edges.clear()
        line = self.line
        if not line.is_quiet:
            line.run(until_ns - self.now_ns)
        if not self.wire.is_quiet:
            self.wire.run(until_ns)
        self.now_ns = until_ns
        self.own_ns = own_until_ns
        self.plant.advance(until_ns, microsteps)

    def _drive(self, edges_at_ns: list[int]) -> int:
        if not self.pio_mask >> self.wiring.step & 1:
            return 0
        plant = self.plant
        limiter = self.limiter
        levels = self.output_levels & self.output_mask ^ self._flipped_mask
        direction = 1 if levels & self._direction_bit else -1
        enabled_until_ns = plant.enable.enabled_until_ns()
        self.step_edge_count += len(edges_at_ns)
        if self.deaf_mask >> self.wiring.step & 1:
            self.unheard_edge_count += len(edges_at_ns)
        crystal = self._crystal
        microsteps = 0
        for own_ns in edges_at_ns:
            at_ns = own_ns if crystal is None else crystal.true_ns(own_ns)
            if at_ns < enabled_until_ns:
                microsteps += direction
            if plant.records_steps:
                plant.step_times.append((at_ns, direction, at_ns < enabled_until_ns))
            if limiter is not None and not limiter.allows(own_ns):
                plant.enable.is_gate_high = False
                enabled_until_ns = NEVER_NS
        if microsteps > 0:
            last_ns = self.true_moment_ns(edges_at_ns[microsteps - 1])
            plant.last_forward_step_at_ns = last_ns
        return microsteps

    # ---- replies ------------------------------------------------------------------------------

    def fill(self, reply: "array[int]") -> None:
        """Write the readings of this moment into a reply."""
        own_ns = self.own_ns
        ticks_us = self._ticks_base_us + (own_ns - self._ticks_from_ns) // _NS_PER_US
        reply[IN_TICKS_LOW] = ticks_us & 0xFFFFFFFF
        reply[IN_TICKS_HIGH] = ticks_us >> 32
        reply[IN_LEVELS] = self.levels()
        for slot, reading in self.readings:
            reply[slot] = reading(own_ns)
        for channel in self.used_channels:
            reply[words.IN_DMA + channel.number] = channel.remaining
        receiver = self.receiver
        if receiver is not None:
            conversions = receiver.words
            reply[words.IN_RX_COUNT + self.receiver_number] = len(conversions)
            slot = words.IN_RX
            for word in conversions:
                reply[slot] = word
                slot += 1
        for slot, sample in self.analogue.items():
            reply[slot] = sample()
        if self.has_transferred:
            self._fill_transfer(reply)
        if self.wire.has_news:
            self.wire.fill(reply)
        line = self.line
        reply[IN_UART_UNSENT] = len(line.unsent)
        received = line.received
        reply[IN_UART_COUNT] = len(received)
        if received:
            window = memoryview(reply).cast("B")
            part = received[: words.UART_WINDOW_BYTES]
            start = 4 * words.IN_UART
            window[start : start + len(part)] = part

    def _fill_transfer(self, reply: "array[int]") -> None:
        self.has_transferred = False
        reply[words.IN_I2C_STATUS] = self.i2c_status
        start = 4 * words.IN_I2C
        memoryview(reply).cast("B")[start : start + len(self.i2c_bytes)] = self.i2c_bytes

    def sample(self, channel: int) -> None:
        """Tell that pin's voltage, or the controller's temperature, with every reply."""
        plant, wiring = self.plant, self.wiring
        if channel == words.ADC_TEMPERATURE:
            self.analogue[words.IN_ADC_TEMPERATURE] = (
                (lambda: round(plant.inside_c) & 0xFFFFFFFF)
                if self.is_esp32
                else (lambda: plant.raw_temperature)
            )
            return
        sources: dict[int, Callable[[], int]] = {
            wiring.position: lambda: plant.raw_position,
            wiring.barrel: lambda: plant.raw_barrel,
            wiring.contact: lambda: plant.raw_contact,
            wiring.battery: lambda: plant.raw_battery,
        }
        self.analogue[words.IN_ADC + channel - FIRST_ANALOGUE] = sources.get(channel, _no_voltage)

    def fill_rarely(self, reply: "array[int]") -> int:
        """Write what changes with a reset or a fault; the mark of a fault."""
        if self.is_esp32 or self.is_stm32:
            kind = esp32_words.KIND_ESP32 if self.is_esp32 else stm32.KIND
            reply[esp32_words.IN_KIND] = kind
        reply[words.IN_RESET_CAUSE] = self._told_cause
        reply[words.IN_CHIP_RESET] = self._chip_reset
        reply[words.IN_WATCHDOG_REASON] = self._watchdog_reason
        reply[words.IN_TICK_COST_US] = self.tick_cost_us
        window = memoryview(reply).cast("B")
        start = 4 * words.IN_UNIQUE_ID
        window[start : start + len(self._unique_id)] = self._unique_id
        start = 4 * words.IN_SEED
        chance = sha256(self._seed + self._start_count.to_bytes(4, "little")).digest()
        window[start : start + 8] = chance[:8]
        mark = 0
        if self._untold:
            reply[words.IN_FAULT_KIND], name = self._untold.pop(0)
            start = 4 * words.IN_FAULT_NAME
            window[start : start + words.FAULT_NAME_BYTES] = name.ljust(words.FAULT_NAME_BYTES)
            mark = words.IN_FAULT
        self.has_rare_news = bool(self._untold)
        return mark

    def levels(self) -> int:
        """Of all pins that are driven or pulled, a bit each."""
        switches = self.plant.switches
        levels = switches.contact_mask & self.pull_up_mask & ~switches.closed_mask
        if self.plant.supply.has_mains:
            levels |= 1 << self.wiring.mains
        levels |= self.wired.data_level << self.wiring.force
        levels |= self.output_levels & self.output_mask
        levels ^= self._flipped_mask & self.output_mask
        limiter = self.limiter
        if limiter is not None and self.pio_mask >> limiter.gate_pin & 1:
            levels |= limiter.gate_level << limiter.gate_pin
        return levels


def _no_voltage() -> int:
    return 0
