"""One emulated RP2040 with its flash: run to a moment, pins read and driven, nothing else shown.

The processor and the peripherals are rp2040py's. This module runs them to exact moments and mends
what would spoil the pump's timing: see `pio_leap` and `uart`. Time is that of the plant: it goes
on while the chip is without power or held in reset.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING

from rp2040py.device.bootrom import BOOTROM_B1
from rp2040py.execute_batch import execute_batch
from rp2040py.peripherals.uart import IUARTDMAChannels
from rp2040py.peripherals.vreg_and_chip_reset import HAD_POR, HAD_RUN
from rp2040py.rp2040 import RP2040
from rp2040py.simulator import Simulator
from rp2040py.usb.cdc import USBCDC
from rp2040py.utils.logging import ConsoleLogger, LogLevel

from evenflow.emulator.rp2040.pio_leap import NEVER_DUE_FP, cycles_to_next, leap
from evenflow.emulator.rp2040.uart import LineUart
from evenflow.emulator.rp2040.uf2 import FLASH_BYTES

if TYPE_CHECKING:
    from rp2040py.gpio_pin import GPIOPin
    from rp2040py.peripherals.i2c import RPI2C

NS_PER_CYCLE = 8
_LOW = 0
_HIGH = 1
_UART_BASES = (0x40034, 0x40038)
_FIRST_ADC_PIN = 26
_ADC_BITS = 12
_TEMPERATURE = 4
_WATCHDOG_REASON = 0x08
_FORCED = 1 << 1


class _Quiet:
    """What the emulator's loop runs while no state machine moves: it sleeps by itself.

    A third faster than the other, which asks the processor at every instruction.
    """

    def __init__(self, rp2040: RP2040) -> None:
        self.rp2040 = rp2040
        self.clock = rp2040.clock
        self.stopped = False


class _Busy:
    """What it runs while one moves: the loop ends whenever the processor waits for something.

    A machine that starts in the middle of a run of the other kind may lose what is left of it.
    """

    stopped = property(attrgetter("core.waiting"))

    def __init__(self, rp2040: RP2040) -> None:
        self.rp2040 = rp2040
        self.clock = rp2040.clock
        self.core = rp2040.core


class Chip:
    """An RP2040, powered off at first. Moments are ns since it was made, on a grid of 8 ns."""

    def __init__(self, flash: bytes, uart: int, baud: int) -> None:
        """`flash` is what its flash holds from the first byte on; `uart` is the link's."""
        self._simulator = Simulator()
        self._mcu = self._simulator.rp2040
        self._mcu.logger = ConsoleLogger(LogLevel.ERROR)
        self._mcu.load_bootrom(BOOTROM_B1)
        image = flash.ljust(FLASH_BYTES, b"\xff")
        self._mcu.flash[: len(image)] = image
        own = self._mcu.uart[uart]
        self.line = LineUart(
            self._mcu, own.name, own.irq, IUARTDMAChannels(own.dreq.rx, own.dreq.tx), baud
        )
        self._mcu.uart[uart] = self.line
        self._mcu.peripherals[_UART_BASES[uart]] = self.line
        self._console = bytearray()
        self._listen_to_usb()
        self._mcu.watchdog.on_watchdog_trigger = self._barked
        # Told whether the firmware forced it (`machine.reset`), or forgot to feed.
        self.on_watchdog: Callable[[int], None] = lambda _forced: None
        self._quiet = _Quiet(self._mcu)
        self._busy = _Busy(self._mcu)
        self._clock = self._mcu.clock
        self._core = self._mcu.core
        self._stop = self._clock.create_alarm(self._park)
        self._is_parked = False
        self._is_quiet = True
        self._is_powered = False
        self._odd_ns = 0.0
        # Pins that the chip drives, as far as edges have told.
        self._driven_mask = 0
        self._watchers: dict[int, list[Callable[[int], None]]] = {}
        for pin in self._mcu.gpio:
            self._connect(pin)

    # ---- power ------------------------------------------------------------------------------

    @property
    def is_powered(self) -> bool:
        """Whether it has power, and so runs."""
        return self._is_powered

    def power_on(self) -> None:
        """Start from the flash's first byte, as the boot ROM would."""
        self._restart(HAD_POR)
        self._is_powered = True

    def power_off(self) -> None:
        """Pins float, memory is lost, the flash stays."""
        self._mcu.enter_reset()
        self._float()
        memory = self._mcu.sram
        memory[:] = bytes(len(memory))
        self._is_powered = False

    def reset(self) -> None:
        """Pull the pin RUN and let it go."""
        self._restart(HAD_RUN)

    def _restart(self, cause: int) -> None:
        self._mcu.enter_reset()
        self._float()
        self._mcu.watchdog.reset()
        self._mcu.vreg_and_chip_reset.record_reset_cause(cause)
        self._mcu.leave_reset()
        self._is_parked = False

    def _barked(self) -> None:
        self._mcu.enter_reset(from_watchdog=True)
        self._float()
        self._mcu.leave_reset()
        self.on_watchdog(self._mcu.watchdog.read_uint32(_WATCHDOG_REASON) & _FORCED)

    # ---- time -------------------------------------------------------------------------------

    @property
    def now_ns(self) -> int:
        """Virtual time since the chip was made."""
        return int(self._clock.nanos)

    def run(self, until_ns: int) -> None:
        """Execute up to a moment; a few instructions more if interrupts meet in it."""
        clock = self._clock
        if clock.nanos >= until_ns:
            return
        if not self._is_powered:
            clock.tick(until_ns - clock.nanos)
            return
        self._stop.schedule(until_ns - clock.nanos)
        self._is_quiet = all(block.next_due_fp >= NEVER_DUE_FP for block in self._mcu.pio)
        if not self._is_quiet:
            self._run_busily(until_ns)
        else:
            self._quiet.stopped = False
            while clock.nanos < until_ns:
                execute_batch(self._quiet, 1)  # type: ignore[arg-type]
        self._stop.cancel()
        for pin in self._mcu.gpio:
            # A pin that was set through a halted state machine shows its edge only when asked.
            pin.check_for_updates()

    def _run_busily(self, until_ns: int) -> None:
        clock, core = self._clock, self._core
        for block in self._mcu.pio:
            leap(block, int(until_ns - clock.nanos) // NS_PER_CYCLE)
        while clock.nanos < until_ns:
            if core.waiting:
                self._sleep(until_ns)
            else:
                execute_batch(self._busy, 1)  # type: ignore[arg-type]
        if self._is_parked:
            self._is_parked = False
            core.waiting = False

    def _park(self) -> None:
        """The end of a run: make either loop end."""
        if self._is_quiet:
            self._quiet.stopped = True
            return
        if not self._core.waiting:
            self._is_parked = True
            self._core.waiting = True
        # An interrupt in the same moment wakes it: then it is parked again, one cycle later.
        self._stop.schedule(NS_PER_CYCLE)

    def _sleep(self, until_ns: int) -> None:
        """The processor waits: go from one alarm or due PIO instruction to the next."""
        clock, core = self._clock, self._core
        blocks = self._mcu.pio
        while core.waiting and clock.nanos < until_ns:
            limit = int((clock.nanos_to_next_alarm + self._odd_ns) // NS_PER_CYCLE)
            cycles = min(cycles_to_next(blocks[0], limit), cycles_to_next(blocks[1], limit))
            span_ns = clock.nanos_to_next_alarm
            if cycles < limit:
                span_ns = cycles * NS_PER_CYCLE - self._odd_ns
            # Alarms may lie between two cycles: what is over is counted with the next span.
            self._odd_ns += span_ns - cycles * NS_PER_CYCLE
            clock.tick(span_ns)
            for block in blocks:
                if not block.stopped:
                    block.advance(cycles)

    # ---- pins -------------------------------------------------------------------------------

    def level(self, pin: int) -> bool:
        """Whether the chip drives the pin high; False while it does not drive it."""
        return int(self._mcu.gpio[pin].value) == _HIGH

    def has_pull_up(self, pin: int) -> bool:
        """Whether the firmware has switched the pin's pull-up on."""
        return bool(self._mcu.gpio[pin].pullup_enabled)

    def watch(self, pin: int, changed: Callable[[int], None]) -> None:
        """Call `changed` at every edge, with the level after it; what floats is low."""
        self._watchers.setdefault(pin, []).append(changed)

    def _connect(self, pin: "GPIOPin") -> None:
        """What the chip drives, it reads: rp2040py shows an input nothing of its own pin."""
        watchers = self._watchers.setdefault(pin.index, [])
        bit = 1 << pin.index

        def changed(state: int, before: int) -> None:
            if state in (_LOW, _HIGH):
                self._driven_mask |= bit
                pin.set_input_value(state == _HIGH)
            elif self._driven_mask & bit:
                self._driven_mask &= ~bit
                pin.release_input()
            if (state == _HIGH) != (before == _HIGH):
                for watcher in watchers:
                    watcher(int(state == _HIGH))

        pin.add_listener(changed)

    def _float(self) -> None:
        """A reset takes the chip's hands off its pins without an edge."""
        for pin in self._mcu.gpio:
            if self._driven_mask >> pin.index & 1:
                pin.release_input()
        self._driven_mask = 0

    def drive(self, pin: int, *, high: bool) -> None:
        """Drive an input from outside."""
        self._mcu.gpio[pin].set_input_value(high)

    def release(self, pin: int) -> None:
        """Leave an input to its pull-up or pull-down; low without one."""
        self._mcu.gpio[pin].release_input()

    def set_voltage(self, pin: int, raw_u16: int) -> None:
        """What the converter finds at a pin, as a share of 65535 of its reference."""
        self._mcu.adc.channel_values[pin - _FIRST_ADC_PIN] = raw_u16 >> (16 - _ADC_BITS)

    def set_temperature(self, raw_u16: int) -> None:
        """What the converter finds at the chip's own sensor."""
        self._mcu.adc.channel_values[_TEMPERATURE] = raw_u16 >> (16 - _ADC_BITS)

    def bus(self, number: int) -> "RPI2C":
        """An I2C block, whose other end is still free."""
        return self._mcu.i2c[number]

    # ---- console ------------------------------------------------------------------------------

    @property
    def console_text(self) -> str:
        """What the firmware has printed over USB."""
        return self._console.decode("utf-8", "replace")

    def _listen_to_usb(self) -> None:
        """A host that opens the console, and never types.

        Its reads stay open: rp2040py answers them at once with nothing, again and again, and the
        firmware would be in its USB interrupt for ever.
        """
        usb = self._mcu.usb_ctrl
        cdc = USBCDC(usb)
        cdc.on_serial_data = self._console.extend
        answer = usb.on_endpoint_read

        def answer_control_only(endpoint: int, size: int) -> None:
            if endpoint == 0 and answer is not None:
                answer(endpoint, size)

        usb.on_endpoint_read = answer_control_only
