"""The power-on self-test: half a second in which sensors must live and nothing may move.

What needs no running inputs is found before, by the board and by pumpapp.power_on; a bit of any
of them bars every infusion.
"""

from pumpcore import panel
from pumpcore._compat import const
from pumpcore.power import NO_CELL_MV, cell_mv, energy_permille
from pumpcore.tick_io import Inputs

# Bits of what failed, on the wire: append only. tools/generate_docs.py has their words.
SELF_TESTS = (
    "profile",
    "library",
    "clock_chip",
    "force_sensor",
    "square_wave",
    "carriage_position",
    "no_motion",
    "stuck_key",
    "expander",
    "memory",
    "cpu",
    "ram",
    "flash_image",
    "clock",
    "battery",
    "driver",
    "gate",
)
LIBRARY = const(1 << 1)
CPU = const(1 << 10)
RAM = const(1 << 11)
FLASH_IMAGE = const(1 << 12)
_FORCE_SENSOR = const(1 << 3)
_SQUARE_WAVE = const(1 << 4)
_CARRIAGE_POSITION = const(1 << 5)
_NO_MOTION = const(1 << 6)
_STUCK_KEY = const(1 << 7)
_EXPANDER = const(1 << 8)
_CLOCK = const(1 << 13)
_BATTERY = const(1 << 14)
_DRIVER = const(1 << 15)
_GATE = const(1 << 16)

# Bits of what is worth telling and fails nothing, on the wire: append only.
SELF_TEST_NOTES = (
    "flash_unlisted",
    "clock_stopped",
    "library_previous",
    "no_air_detector",
    "no_display",
)
FLASH_UNLISTED = const(1 << 0)
CLOCK_STOPPED = const(1 << 1)
LIBRARY_PREVIOUS = const(1 << 2)
NO_AIR_DETECTOR = const(1 << 3)
# One that is fitted, and does not answer now.
NO_DISPLAY = const(1 << 4)

_TICKS = const(25)
# 80 conversions and 1024 edges a second: so many must have come by then.
_LEAST_SAMPLES = const(12)
_LEAST_EDGES = const(25)
_EDGES_PER_S = const(1_024)
# 1 / 50 is 2 %, ten edges of this half second (requirement TST-11).
_CLOCK_SHARE = const(50)
_ADC_FULL_SCALE = const(65_535)
# Of the energy: 5 % of the charge (pumpcore.power).
_LEAST_PERMILLE = const(42)


class SelfTest:
    """Watches the inputs of the first ticks."""

    def __init__(self) -> None:
        """Not begun."""
        self.failures = 0
        self.is_done = False
        self._ticks = 0
        self._elapsed_us = 0
        self._first_sample = 0
        self._first_edge = 0

    def tick(self, inputs: Inputs, switches: int, moved_steps: int) -> None:
        """Take one tick; when `is_done`, `failures` holds the bits of what failed."""
        if self._ticks == 0:
            self._first_sample = inputs.force_sample_count
            self._first_edge = inputs.reference_count
        else:
            self._elapsed_us += inputs.elapsed_us
        self._ticks += 1
        if self._ticks < _TICKS:
            return
        self.is_done = True
        if (inputs.force_sample_count - self._first_sample) & 0xFF < _LEAST_SAMPLES:
            self.failures |= _FORCE_SENSOR
        self.failures |= self._clock((inputs.reference_count - self._first_edge) & 0xFFFF)
        if not 0 < inputs.raw_position < _ADC_FULL_SCALE:
            self.failures |= _CARRIAGE_POSITION
        if moved_steps != 0:
            self.failures |= _NO_MOTION
        if switches & panel.KEYS:
            self.failures |= _STUCK_KEY
        self.failures |= _supply(inputs.raw_battery, switches) | _drive(switches)

    def _clock(self, edges: int) -> int:
        if edges < _LEAST_EDGES:
            return _SQUARE_WAVE
        due = self._elapsed_us // 1_000 * _EDGES_PER_S // 1_000
        return _CLOCK if abs(edges - due) * _CLOCK_SHARE > due else 0


def _supply(raw_battery: int, switches: int) -> int:
    mv = cell_mv(raw_battery)
    if mv < NO_CELL_MV:
        return _BATTERY
    has_mains = switches & panel.MAINS_PRESENT != 0
    return 0 if has_mains or energy_permille(mv) >= _LEAST_PERMILLE else _BATTERY


def _drive(switches: int) -> int:
    bits = _GATE if switches & panel.GATE_INTACT else 0
    if not switches & panel.EXPANDER_ALIVE:
        bits |= _EXPANDER
    return bits | (_DRIVER if switches & panel.DRIVER_FAULT else 0)
