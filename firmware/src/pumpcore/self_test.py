"""The power-on self-test: half a second in which sensors must live and nothing may move."""

from pumpcore import panel
from pumpcore._compat import const
from pumpcore.tick_io import Inputs

# Bits of what failed; the first come from the board at boot, the rest from running inputs.
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
)
_FORCE_SENSOR = const(1 << 3)
_SQUARE_WAVE = const(1 << 4)
_CARRIAGE_POSITION = const(1 << 5)
_NO_MOTION = const(1 << 6)
_STUCK_KEY = const(1 << 7)

_TICKS = const(25)
# 80 conversions and 1024 edges a second: so many must have come by then.
_LEAST_SAMPLES = const(12)
_LEAST_EDGES = const(25)
_ADC_FULL_SCALE = const(65_535)


class SelfTest:
    """Watches the inputs of the first ticks."""

    def __init__(self) -> None:
        """Not begun."""
        self.failures = 0
        self.is_done = False
        self._ticks = 0
        self._first_sample = 0
        self._first_edge = 0

    def tick(self, inputs: Inputs, switches: int, moved_steps: int) -> None:
        """Take one tick; when `is_done`, `failures` holds the bits of what failed."""
        if self._ticks == 0:
            self._first_sample = inputs.force_sample_count
            self._first_edge = inputs.reference_count
        self._ticks += 1
        if self._ticks < _TICKS:
            return
        self.is_done = True
        if (inputs.force_sample_count - self._first_sample) & 0xFF < _LEAST_SAMPLES:
            self.failures |= _FORCE_SENSOR
        if (inputs.reference_count - self._first_edge) & 0xFFFF < _LEAST_EDGES:
            self.failures |= _SQUARE_WAVE
        if not 0 < inputs.raw_position < _ADC_FULL_SCALE:
            self.failures |= _CARRIAGE_POSITION
        if moved_steps != 0:
            self.failures |= _NO_MOTION
        if switches & panel.KEYS:
            self.failures |= _STUCK_KEY
