"""A board with an RP2040 or RP2350: one driver for each port."""

import machine
from machine import I2C, Pin

from pumpboard import ports
from pumpboard.generic.expander import Expander
from pumpboard.generic.fram import Fram
from pumpboard.generic.i2c import FREQUENCY_HZ, TIMEOUT_US
from pumpboard.rp2 import programs, reset
from pumpboard.rp2.clock import Clock, ClockChip, Watchdog
from pumpboard.rp2.line import Line
from pumpboard.rp2.panel import Panel
from pumpboard.rp2.plunger import Plunger
from pumpboard.rp2.sensors import Sensors
from pumpcore._compat import listen_for_ctrl_c
from pumpcore.profile import Profile
from pumpcore.reset_cause import WATCHDOG

# Bits of pumpcore.self_test.SELF_TESTS that the board itself can find at boot.
_FAILED_CLOCK_CHIP = 1 << 2
_FAILED_EXPANDER = 1 << 8
_FAILED_MEMORY = 1 << 9


class Rp2Board:
    """Built once at boot, plunger first: its pins are safe before anything else happens."""

    def __init__(self, profile: Profile) -> None:
        """Take pins from a checked profile; ValueError if the system clock does not fit."""
        _require_exact_clock(machine.freq())
        if not profile["link.bench"] and not profile["link.emulated"]:
            # Nobody at the console ends what may be an infusion; a bench has its prompt.
            listen_for_ctrl_c(-1)
        plunger = Plunger(
            profile["plunger.step_pin"],
            profile["plunger.dir_pin"],
            profile["plunger.enable_pin"],
            profile["plunger.gate_pin"],
        )
        self.plunger: ports.Plunger = plunger
        bus = I2C(
            profile["clock.i2c"],
            sda=Pin(profile["clock.sda_pin"]),
            scl=Pin(profile["clock.scl_pin"]),
            freq=FREQUENCY_HZ,
            timeout=TIMEOUT_US,
        )
        expander = Expander(bus, profile["expander.address"])
        self.slow_signals: ports.SlowSignals = expander
        self.panel: ports.Panel = Panel(
            profile["panel.buzzer_pin"], profile["panel.alive_pin"], expander
        )
        self.clock: ports.Clock = Clock()
        self.clock_chip: ports.ClockChip = ClockChip(bus)
        memory = Fram(bus, profile["journal.address"], profile["journal.size_bytes"])
        self.memory: ports.Memory | None = memory
        self.sensors: ports.Sensors = Sensors(profile, plunger, expander)
        self.line: ports.Line = Line(
            profile["link.uart"],
            profile["link.tx_pin"],
            profile["link.rx_pin"],
            profile["link.baud"],
        )
        self.watchdog: ports.Watchdog = Watchdog(profile["watchdog.timeout_ms"])
        self.unique_id = machine.unique_id()
        self.reset_cause = reset.read(profile["board.controller"])
        self.was_watchdog_reset = self.reset_cause == WATCHDOG
        self.failures = 0 if self.clock_chip.is_present else _FAILED_CLOCK_CHIP
        self.failures |= 0 if expander.is_alive else _FAILED_EXPANDER
        self.failures |= 0 if memory.is_alive else _FAILED_MEMORY


def _require_exact_clock(system_hz: int) -> None:
    # A divider with a fraction is rounded down, and with it every rate.
    if system_hz % programs.STEPPER_HZ:
        raise ValueError(
            "machine.freq: %d Hz is not a multiple of %d Hz; set 125000000 or 200000000"
            % (system_hz, programs.STEPPER_HZ)
        )
