"""One step of a programme: a rate, or a ramp linear in time, for a volume or a time."""

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from evenflow.dose.quantity import Quantity
from pumpcore import units

# rate in uL/h, rate at the end in uL/h, volume in nL
Row = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Step:
    """A step as ordered; `to_rate` is None for a constant rate, one of the last two is None."""

    rate: Quantity
    to_rate: Quantity | None
    volume: Quantity | None
    duration: Quantity | None

    @property
    def row(self) -> Row:
        """What the pump is told; a volume that follows from a time is floored to 1 nL, once."""
        rate = self.rate.whole
        to_rate = rate if self.to_rate is None else self.to_rate.whole
        if self.volume is not None:
            return rate, to_rate, self.volume.whole
        if self.duration is None:
            raise ValueError("a step without volume or duration is refused when it is read")
        hours = self.duration.value / units.MS_PER_H
        mean_ul_per_h = Fraction(rate + to_rate, 2)
        return rate, to_rate, floor(mean_ul_per_h * units.NL_PER_UL * hours)


def duration_ms(row: Row) -> Fraction:
    """How long the row's volume takes, exactly."""
    rate, to_rate, volume_nl = row
    return Fraction(2 * volume_nl, (rate + to_rate) * units.NL_PER_UL) * units.MS_PER_H


def given_nl(rows: tuple[Row, ...], span_ms: float) -> float:
    """Volume that the rows give in a time from their beginning."""
    given = 0.0
    for row in rows:
        rate, to_rate, volume_nl = row
        whole_ms = float(duration_ms(row))
        if span_ms < whole_ms:
            mean_ul_per_h = rate + (to_rate - rate) * span_ms / whole_ms / 2
            return given + mean_ul_per_h * units.NL_PER_UL * span_ms / units.MS_PER_H
        given += volume_nl
        span_ms -= whole_ms
    return given
