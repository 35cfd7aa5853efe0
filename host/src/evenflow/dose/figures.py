"""What an order comes to, in exact fractions: the host's own arithmetic, not the pump's.

The pump derives the same with integers (pumpcore.programme); `plan` holds the two against each
other. Rounding happens once and downwards: volumes to 1 nL, rates to 1 uL/h.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import floor

from evenflow.dose.dimension import MASS_PER_KG, MASS_RATE_PER_KG
from evenflow.dose.order import Order
from evenflow.dose.quantity import Quantity
from evenflow.dose.step import Row
from evenflow.dose.step import duration_ms as duration_ms_of
from pumpcore import units


@dataclass(frozen=True, slots=True)
class Figures:
    """Exact figures of an order; mass and what follows from it are None without a drug.

    Of steps, whose volumes are floored each: the volume of all, and the highest rate.
    """

    mass_ng: Fraction | None
    weight_ng: Fraction | None
    volume_nl: Fraction
    rate_ul_per_h: Fraction
    duration_ms: Fraction
    rows: tuple[Row, ...] = ()

    @property
    def pumped_volume_nl(self) -> int:
        """The volume that is programmed."""
        return floor(self.volume_nl)

    @property
    def pumped_rate_ul_per_h(self) -> int:
        """The rate that is programmed."""
        return floor(self.rate_ul_per_h)

    @property
    def pumped_duration_ms(self) -> Fraction | None:
        """How long the programmed volume takes at the programmed rate; None if that is zero."""
        if self.rows:
            return self.duration_ms
        if self.pumped_rate_ul_per_h == 0:
            return None
        hours = Fraction(self.pumped_volume_nl, self.pumped_rate_ul_per_h * units.NL_PER_UL)
        return hours * units.MS_PER_H

    @property
    def dose_ng_per_kg(self) -> Fraction | None:
        """Mass by body weight."""
        if self.mass_ng is None or self.weight_ng is None:
            return None
        return self.mass_ng * units.NG_PER_KG / self.weight_ng

    @property
    def dose_rate_ng_per_kg_h(self) -> Fraction | None:
        """Mass by body weight and time, over the ordered duration; of steps the highest."""
        if self.dose_ng_per_kg is None:
            return None
        if self.rows:
            hours = self.volume_nl / units.NL_PER_UL / self.rate_ul_per_h
            return self.dose_ng_per_kg / hours
        return self.dose_ng_per_kg * units.MS_PER_H / self.duration_ms


def figures(order: Order) -> Figures:
    """The figures of an order that `load` let through, in whichever form it says the dose."""
    weight_ng = None if order.weight_of_dose is None else order.weight_of_dose.value
    if order.steps:
        return _of_steps(order, weight_ng)
    if order.rate is not None and order.volume is not None:
        volume_nl = order.volume.value
        rate_ul_per_h = order.rate.value
        mass_ng = None
        if order.concentration is not None:
            mass_ng = volume_nl * order.concentration.value / units.NL_PER_ML
        duration_ms = volume_nl / units.NL_PER_UL / rate_ul_per_h * units.MS_PER_H
        return Figures(mass_ng, weight_ng, volume_nl, rate_ul_per_h, duration_ms)

    duration_ms = _given(order.duration).value
    mass_ng = _mass_ng(order)
    volume_nl = mass_ng / _given(order.concentration).value * units.NL_PER_ML
    rate_ul_per_h = volume_nl / units.NL_PER_UL / (duration_ms / units.MS_PER_H)
    return Figures(mass_ng, weight_ng, volume_nl, rate_ul_per_h, duration_ms)


def _of_steps(order: Order, weight_ng: Fraction | None) -> Figures:
    rows = tuple(step.row for step in order.steps)
    volume_nl = Fraction(sum(row[2] for row in rows))
    mass_ng = None
    if order.concentration is not None:
        mass_ng = volume_nl * order.concentration.value / units.NL_PER_ML
    highest = Fraction(max(max(row[:2]) for row in rows))
    duration_ms = sum((duration_ms_of(row) for row in rows), Fraction(0))
    return Figures(mass_ng, weight_ng, volume_nl, highest, duration_ms, rows)


def _mass_ng(order: Order) -> Fraction:
    weight_kg = _given(order.weight_of_dose).value / units.NG_PER_KG
    if order.dose is not None:
        is_by_weight = order.dose.dimension is MASS_PER_KG
        return order.dose.value * weight_kg if is_by_weight else order.dose.value
    dose_rate = _given(order.dose_rate)
    hours = _given(order.duration).value / units.MS_PER_H
    is_by_weight = dose_rate.dimension is MASS_RATE_PER_KG
    return dose_rate.value * hours * (weight_kg if is_by_weight else 1)


def _given(quantity: Quantity | None) -> Quantity:
    if quantity is None:
        raise ValueError("an order without this quantity is refused when it is read")
    return quantity
