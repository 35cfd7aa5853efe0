"""Mains and battery: how much is left, for how long, and whether the cell is what it should be.

The battery is one lithium-ion cell, read as a third of its voltage against 3.3 V. Charge comes
from its curve under load, the time left from what it lost since mains did; until that is known, a
new cell at full load is assumed (8 h). Requirements PWR-01 to PWR-06.
"""

from pumpcore._compat import const

_FULL_SCALE_MV = const(9_900)
_ADC_FULL_SCALE = const(65_535)
# Under load at 25 degrees: voltage in mV, charge in permille.
_CURVE = (
    (3_000, 0),
    (3_330, 50),
    (3_455, 100),
    (3_545, 200),
    (3_625, 400),
    (3_755, 600),
    (3_935, 800),
    (4_155, 1_000),
)
_SAMPLE_MS = const(1_000)
_SAMPLES = const(10)
_LOW_PERMILLE = const(150)
_LOW_MIN = const(40)
_RECHARGED_PERMILLE = const(200)
# Of a new cell 14 minutes at least; three minutes of alarm without the motor need a tenth of it.
_DEPLETED_PERMILLE = const(30)
_NEW_LIFE_MIN = const(480)
# Half the life, or a sag that shows three times the resistance, is no battery to rely on.
_LEAST_LIFE_MIN = const(240)
_SAG_MV = const(80)
_LEAST_DROP_PERMILLE = const(30)
_NO_CELL_MV = const(2_500)


class Power:
    """Means of ten readings a second apart, without the highest and the lowest."""

    def __init__(self) -> None:
        """Nothing read: full, on mains."""
        self.has_mains = True
        self.permille = -1
        self.minutes_left = _NEW_LIFE_MIN
        self.is_low = False
        self.is_depleted = False
        self.is_bad = False
        self._mv = 0
        self._sample_ms = 0
        self._count = 0
        self._sum_mv = 0
        self._lowest_mv = 0
        self._highest_mv = 0
        self._mains_mv = 0
        # Windows since mains was lost, and the charge at the end of the first.
        self._windows = 0
        self._first_permille = 0

    def tick(self, raw: int, *, has_mains: bool, elapsed_ms: int) -> None:
        """Take the last conversion, 0 if there was none yet."""
        if has_mains != self.has_mains:
            self.has_mains = has_mains
            self._mains_mv = self._mv
            self._windows = 0
            self._begin_window()
        self._sample_ms += elapsed_ms
        if raw == 0 or self._sample_ms < _SAMPLE_MS:
            return
        self._sample_ms = 0
        mv = raw * _FULL_SCALE_MV // _ADC_FULL_SCALE
        if self._count == 0 or mv < self._lowest_mv:
            self._lowest_mv = mv
        if self._count == 0 or mv > self._highest_mv:
            self._highest_mv = mv
        self._sum_mv += mv
        self._count += 1
        if self._count == _SAMPLES:
            self._mv = (self._sum_mv - self._lowest_mv - self._highest_mv) // (_SAMPLES - 2)
            self._begin_window()
            self._judge()

    def _begin_window(self) -> None:
        self._count = 0
        self._sum_mv = 0

    def _judge(self) -> None:
        self.permille = charge_permille(self._mv)
        if self._mv < _NO_CELL_MV:
            self.is_bad = True
        if self.has_mains:
            self.is_depleted = False
            self.minutes_left = _NEW_LIFE_MIN * self.permille // 1_000
            if self.is_low:
                self.is_low = self.permille < _RECHARGED_PERMILLE
            else:
                self.is_low = self.permille < _LOW_PERMILLE
            return
        self._on_battery()

    def _on_battery(self) -> None:
        self._windows += 1
        if self._windows == 1:
            self._first_permille = self.permille
            if self._mains_mv and self._mains_mv - self._mv > _SAG_MV:
                self.is_bad = True
        life_min = _NEW_LIFE_MIN
        drop = self._first_permille - self.permille
        if drop >= _LEAST_DROP_PERMILLE:
            # a window is ten seconds
            life_min = (self._windows - 1) * 1_000 // (6 * drop)
            if life_min < _LEAST_LIFE_MIN:
                self.is_bad = True
        # Until it has to stop, which is before the cell is empty.
        left = max(self.permille - _DEPLETED_PERMILLE, 0)
        self.minutes_left = life_min * left // 1_000
        # Once low it stays so until mains is back: noise is no further occurrence.
        if self.permille < _LOW_PERMILLE or self.minutes_left < _LOW_MIN:
            self.is_low = True
        if self.permille < _DEPLETED_PERMILLE:
            self.is_depleted = True


def charge_permille(mv: int) -> int:
    """Charge of the cell at that voltage, linear between the points of its curve."""
    low_mv, low = _CURVE[0]
    if mv <= low_mv:
        return 0
    for high_mv, high in _CURVE:
        if mv < high_mv:
            return low + (mv - low_mv) * (high - low) // (high_mv - low_mv)
        low_mv = high_mv
        low = high
    return low
