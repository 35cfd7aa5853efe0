"""Mains and battery: how much is left, for how long, and whether the cell is what it should be.

The battery is one lithium-ion cell, read as a third of its voltage against 3.3 V. Charge comes
from its curve at rest, with what the load takes off it: how far the voltage fell when mains was
lost, or when the motor was switched. The time left comes from what was given since; until that is
known, a new cell at full load is assumed (8 h). Requirements PWR-01 to PWR-06.
"""

from pumpcore._compat import const

_FULL_SCALE_MV = const(9_900)
_ADC_FULL_SCALE = const(65_535)
# At rest and 25 degrees: voltage in mV, and what is left of the energy in permille. Of its charge
# it is 0, 5, 10, 20, 40, 60, 80 and 100 %; the pump takes a constant power.
_CURVE = (
    (3_000, 0),
    (3_350, 42),
    (3_480, 88),
    (3_570, 183),
    (3_650, 376),
    (3_780, 575),
    (3_960, 782),
    (4_180, 1_000),
)
# What full load takes off a new cell: for a pump that found itself on battery.
_NEW_SAG_MV = const(25)
_SAMPLE_MS = const(1_000)
_SAMPLES = const(10)
_LOW_PERMILLE = const(150)
_LOW_MIN = const(40)
_RECHARGED_PERMILLE = const(200)
# Under load; the pump's regulator ends at 3 V. Of a new cell it is ten minutes; three minutes of
# alarm without the motor need a tenth of that.
_DEPLETED_MV = const(3_200)
_NEW_LIFE_MIN = const(480)
# Half the life, or a sag that shows three times the resistance, is no battery to rely on.
_LEAST_LIFE_MIN = const(240)
_SAG_MV = const(80)
_MOST_SAG_MV = const(400)
_LEAST_DROP_PERMILLE = const(30)
NO_CELL_MV = const(2_500)


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
        self._sag_mv = _NEW_SAG_MV
        self._is_driving = False
        self._was_driving = False
        self._life_min = _NEW_LIFE_MIN
        # Windows at this load since mains was lost, and what was left at the end of the first.
        self._windows = 0
        self._first_permille = 0

    def tick(self, raw: int, *, has_mains: bool, is_driving: bool, elapsed_ms: int) -> None:
        """Take the last conversion, 0 if there was none yet; `is_driving`: the motor is on."""
        if has_mains != self.has_mains:
            self.has_mains = has_mains
            self._mains_mv = self._mv
            self._sag_mv = _NEW_SAG_MV
            self._life_min = _NEW_LIFE_MIN
            self._windows = 0
            self._begin_window()
        if is_driving != self._is_driving:
            self._is_driving = is_driving
            self._begin_window()
        self._sample_ms += elapsed_ms
        if raw == 0 or self._sample_ms < _SAMPLE_MS:
            return
        self._sample_ms = 0
        mv = cell_mv(raw)
        if self._count == 0 or mv < self._lowest_mv:
            self._lowest_mv = mv
        if self._count == 0 or mv > self._highest_mv:
            self._highest_mv = mv
        self._sum_mv += mv
        self._count += 1
        if self._count == _SAMPLES:
            before_mv = self._mv
            self._mv = (self._sum_mv - self._lowest_mv - self._highest_mv) // (_SAMPLES - 2)
            self._begin_window()
            self._judge(before_mv)

    def _begin_window(self) -> None:
        self._count = 0
        self._sum_mv = 0

    def _judge(self, before_mv: int) -> None:
        if self._mv < NO_CELL_MV:
            self.is_bad = True
        if self.has_mains:
            self.permille = energy_permille(self._mv)
            self.is_depleted = False
            self._tell(_NEW_LIFE_MIN, _NEW_SAG_MV)
            if self.is_low:
                self.is_low = self.permille < _RECHARGED_PERMILLE
            else:
                self.is_low = self.permille < _LOW_PERMILLE
        else:
            self._on_battery(before_mv)
        self._was_driving = self._is_driving

    def _on_battery(self, before_mv: int) -> None:
        self._windows += 1
        if self._windows == 1 and self._mains_mv:
            self._sag_mv = self._mains_mv - self._mv
        elif self._is_driving != self._was_driving:
            self._sag_mv += before_mv - self._mv
            # Another load, another life; at least not more than is assumed at first.
            self._windows = 1
            self._life_min = min(self._life_min, _NEW_LIFE_MIN)
        if self._sag_mv > _MOST_SAG_MV:
            # No cell sags so far: another charge, and the voltage is what is left of it.
            self._sag_mv = _NEW_SAG_MV
        if self._sag_mv > _SAG_MV:
            self.is_bad = True
        self.permille = energy_permille(self._mv + self._sag_mv)
        if self._windows == 1:
            self._first_permille = self.permille
        drop = self._first_permille - self.permille
        if drop >= _LEAST_DROP_PERMILLE:
            # a window is ten seconds
            self._life_min = (self._windows - 1) * 1_000 // (6 * drop)
            if self._life_min < _LEAST_LIFE_MIN:
                self.is_bad = True
        self._tell(self._life_min, self._sag_mv)
        # Once low it stays so until mains is back: noise is no further occurrence.
        if self.permille < _LOW_PERMILLE or self.minutes_left < _LOW_MIN:
            self.is_low = True
        if self._mv < _DEPLETED_MV:
            self.is_depleted = True

    def _tell(self, life_min: int, sag_mv: int) -> None:
        # Until it has to stop, which is before the cell is empty.
        spare = self.permille - energy_permille(_DEPLETED_MV + sag_mv)
        self.minutes_left = life_min * max(spare, 0) // 1_000


def cell_mv(raw: int) -> int:
    """Voltage of the cell, from a conversion."""
    return raw * _FULL_SCALE_MV // _ADC_FULL_SCALE


def energy_permille(mv: int) -> int:
    """Energy left at that voltage without a load, linear between the points of the curve."""
    low_mv, low = _CURVE[0]
    if mv <= low_mv:
        return 0
    for high_mv, high in _CURVE:
        if mv < high_mv:
            return low + (mv - low_mv) * (high - low) // (high_mv - low_mv)
        low_mv = high_mv
        low = high
    return low
