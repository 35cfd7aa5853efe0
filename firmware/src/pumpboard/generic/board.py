"""A pump's board: one driver for each port, around what its controller brings."""

import os
import time

import machine

from pumpboard import ports
from pumpboard.generic.clock import Clock, ClockChip, Watchdog
from pumpboard.generic.expander import Expander
from pumpboard.generic.fram import Fram
from pumpboard.generic.line import Line
from pumpboard.generic.panel import Panel
from pumpboard.generic.sensors import Sensors, Sources
from pumpcore._compat import TYPE_CHECKING, Any, const, listen_for_ctrl_c
from pumpcore.profile import Profile
from pumpcore.reset_cause import WATCHDOG
from pumpcore.unique_id import eight_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from pumpboard.display import Display
    from pumpboard.generic.i2c import I2cBus
    from pumpboard.motor_driver import MotorDriver

    # Of a section of the profile, at that baud, with rings of so many bytes.
    OpenUart = Callable[[Profile, str, int, int], Any]

# Bits of pumpcore.self_test.SELF_TESTS that the board itself can find at boot.
_FAILED_CLOCK_CHIP = 1 << 2
_FAILED_EXPANDER = 1 << 8
_FAILED_MEMORY = 1 << 9
_FAILED_DRIVER = 1 << 15
_SERVICE_MS = const(2_000)
# Of the link: more than comes in a tick at line rate, twice over.
_RING_BYTES = const(2_048)


def shut_the_prompt(profile: Profile) -> None:
    """Before the first pin: nobody at the console ends what may be an infusion.

    A bench has its prompt. Elsewhere this is the way back to it, for as long as a USB host takes
    to find a board that was switched on.
    """
    if not profile["link.bench"] and not profile["link.emulated"]:
        time.sleep_ms(_SERVICE_MS)
        listen_for_ctrl_c(-1)


class PumpBoard:
    """Built once at boot; whoever builds it has made the plunger's pins safe before."""

    def __init__(
        self,
        profile: Profile,
        plunger: ports.Plunger,
        sources: Sources,
        open_bus: "Callable[[Profile], I2cBus]",
        open_uart: "OpenUart",
        reset_cause: int,
    ) -> None:
        """Take the other pins from a checked profile."""
        self.plunger: ports.Plunger = plunger
        bus = open_bus(profile)
        expander = Expander(bus, profile["expander.address"])
        self.slow_signals: ports.SlowSignals = expander
        self.panel: ports.Panel = Panel(
            profile["panel.buzzer_pin"], profile["panel.alive_pin"], expander
        )
        self.clock: ports.Clock = Clock()
        self.clock_chip: ports.ClockChip = ClockChip(bus)
        memory = Fram(bus, profile["journal.address"], profile["journal.size_bytes"])
        self.memory: ports.Memory | None = memory
        self.motor_driver: MotorDriver | None = None
        if profile["motor.driver"] == "tmc2209":
            # Drivers take heap, which boards without these parts have better use for.
            from pumpboard.generic.motor_uart import make

            self.motor_driver = make(profile, open_uart)
        self.display: Display | None = None
        if profile["display.is_fitted"]:
            from pumpboard.generic.ssd1306 import Ssd1306

            self.display = Ssd1306(bus, profile["display.address"])
        self.sensors: ports.Sensors = Sensors(profile, sources, expander, self.motor_driver)
        self.line: ports.Line = Line(open_uart(profile, "link", profile["link.baud"], _RING_BYTES))
        self.watchdog: ports.Watchdog = Watchdog(profile["watchdog.timeout_ms"])
        self.unique_id = eight_bytes(machine.unique_id())
        self.reset_cause = reset_cause
        self.was_watchdog_reset = reset_cause == WATCHDOG
        self.failures = 0 if self.clock_chip.is_present else _FAILED_CLOCK_CHIP
        self.failures |= 0 if expander.is_alive else _FAILED_EXPANDER
        self.failures |= 0 if memory.is_alive else _FAILED_MEMORY
        if self.motor_driver is not None and self.motor_driver.problem:
            self.failures |= _FAILED_DRIVER

    def chance(self, count: int) -> bytes:
        """So many bytes of the controller's own source of chance."""
        return os.urandom(count)
