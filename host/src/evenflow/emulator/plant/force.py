"""Force sensor between carriage and plunger, read by an HX711 at 80 samples a second.

    raw = zero_count + counts_per_n * (F + noise),   24 bits two's complement, saturated
    F = force * (1 + gain error) + offset + drift * t + per_c * (T - 25 degrees)

Noise is Gaussian, drawn once per seed into a table and walked through: the same seed gives the
same readings. Rate and word: HX711 data sheet (80 SPS with RATE high); saturation at 0x7FFFFF and
0x800000; no conversion in the first 50 ms after power-up (settling time at 80 SPS). A conversion
shows the force at the end of the span that it falls in (one tick at most).
"""

from dataclasses import dataclass
from math import hypot
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLE_NS = 12_500_000
SETTLING_NS = 50_000_000
# A prime, so that no pattern of sampling walks the same few entries.
_NOISE_LENGTH = 4_093
_MAX_COUNT = 0x7FFFFF
_MIN_COUNT = -0x800000
# The converter's own, in counts: 90 nV rms at 80 SPS, and 2 nV a count at 4.3 V and a gain of 128.
_CONVERTER_NOISE = 45.0
_CALIBRATED_C = 25.0
_NS_PER_H = 3_600_000_000_000


@dataclass(frozen=True, slots=True)
class Deviation:
    """How a sensor differs from its calibration; drift counts from power-on of the plant."""

    gain: float = 0.0
    offset_n: float = 0.0
    drift_n_per_h: float = 0.0
    n_per_c: float = 0.0


class ForceSensor:
    """Conversions of the force in N; faults replace the reading."""

    def __init__(self, zero_count: int, counts_per_n: int, noise_n: float, seed: int) -> None:
        """Gain and zero are those the profile declares."""
        noise = NormalDist(0.0, 1.0).samples(_NOISE_LENGTH, seed=seed)
        deviation = hypot(noise_n * counts_per_n, _CONVERTER_NOISE)
        self._noise_counts = [round(draw * deviation) for draw in noise]
        # The converter works while it settles, and nobody sees what comes of it.
        self._index = SETTLING_NS // SAMPLE_NS - 1
        self._zero_count = zero_count
        self._counts_per_n = counts_per_n
        self._last_count = zero_count
        self.due_at_ns = SETTLING_NS
        self.deviation: Deviation | None = None
        self.celsius = _CALIBRATED_C
        # Where the conversions go; None while nobody clocks them out.
        self.listener: Callable[[int], None] | None = None
        # None, or the count that a broken sensor gives.
        self.fault_count: int | None = None

    def sample(self, force_n: float, until_ns: int) -> None:
        """Make the conversions that are due by a moment, of this force."""
        if self.deviation is not None:
            force_n = self._shown_n(force_n, self.deviation, until_ns)
        while self.due_at_ns <= until_ns:
            self.due_at_ns += SAMPLE_NS
            word = self.convert(force_n)
            if self.listener is not None:
                self.listener(word)

    def power_up(self, now_ns: int) -> None:
        """Settle anew."""
        self.due_at_ns = now_ns + SETTLING_NS

    def _shown_n(self, force_n: float, deviation: Deviation, now_ns: int) -> float:
        drift_n = deviation.drift_n_per_h * now_ns / _NS_PER_H
        warmth_n = deviation.n_per_c * (self.celsius - _CALIBRATED_C)
        return force_n * (1.0 + deviation.gain) + deviation.offset_n + drift_n + warmth_n

    def convert(self, force_n: float) -> int:
        """The next conversion, as the 24-bit word that the HX711 shifts out."""
        index = self._index + 1
        if index == _NOISE_LENGTH:
            index = 0
        self._index = index
        if self.fault_count is not None:
            return self.fault_count & 0xFFFFFF
        count = self._zero_count + self._noise_counts[index] + int(self._counts_per_n * force_n)
        if not _MIN_COUNT <= count <= _MAX_COUNT:
            count = _MAX_COUNT if count > 0 else _MIN_COUNT
        self._last_count = count
        return count & 0xFFFFFF

    def freeze(self) -> None:
        """The reading stays what it was."""
        self.fault_count = self._last_count

    def open_bridge(self) -> None:
        """A wire of the bridge is off: the amplifier saturates."""
        self.fault_count = _MAX_COUNT

    def short_bridge(self) -> None:
        """The signal wires touch: no difference, whatever the force."""
        self.fault_count = 0

    def repair(self) -> None:
        """The sensor measures again."""
        self.fault_count = None
