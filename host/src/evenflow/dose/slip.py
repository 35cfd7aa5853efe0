"""Likely slips of an order that passes a limit: ten times, another unit, two fields exchanged.

Each reading that is a slip away from the order is held to the same limits; those that keep them
are what a person may have meant. They are told beside the refusal and decide nothing:
an order within its limits is never looked at here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from evenflow.dose._order_table import KEYS
from evenflow.dose.body import MIN_DEVINE_UM
from evenflow.dose.dimension import Dimension
from evenflow.dose.entry import Entry
from evenflow.dose.figures import figures
from evenflow.dose.limit import Kind
from evenflow.dose.limit_set import limits
from evenflow.dose.order import Order
from evenflow.dose.quantity import Quantity, shown

MOST_READINGS = 3
_TEN = Fraction(10)
_PLACES = 15
# Keys whose numbers are easily written in each other's place.
_EXCHANGED = (
    ("patient.weight", "patient.height"),
    ("patient.weight", "patient.dosing_weight"),
    ("syringe.fill", "therapy.volume"),
    ("therapy.duration", "session.observe"),
    ("therapy.dose", "therapy.concentration"),
    ("therapy.rate", "therapy.volume"),
)
_DIMENSIONS = {key.path: key.dimensions for key in KEYS}
_Get = Callable[[Order], Quantity | None]
_Set = Callable[[Order, Quantity], Order]
_KEYS: tuple[tuple[str, _Get, _Set], ...] = (
    ("patient.weight", lambda of: of.weight, lambda of, to: replace(of, weight=to)),
    (
        "patient.dosing_weight",
        lambda of: of.dosing_weight,
        lambda of, to: replace(of, dosing_weight=to),
    ),
    ("patient.height", lambda of: of.height, lambda of, to: replace(of, height=to)),
    (
        "therapy.concentration",
        lambda of: of.concentration,
        lambda of, to: replace(of, concentration=to),
    ),
    ("therapy.dose", lambda of: of.dose, lambda of, to: replace(of, dose=to)),
    ("therapy.dose_rate", lambda of: of.dose_rate, lambda of, to: replace(of, dose_rate=to)),
    ("therapy.duration", lambda of: of.duration, lambda of, to: replace(of, duration=to)),
    ("therapy.rate", lambda of: of.rate, lambda of, to: replace(of, rate=to)),
    ("therapy.volume", lambda of: of.volume, lambda of, to: replace(of, volume=to)),
    ("therapy.kvo", lambda of: of.kvo, lambda of, to: replace(of, kvo=to)),
    ("syringe.fill", lambda of: of.fill, lambda of, to: replace(of, fill=to)),
    ("session.observe", lambda of: of.observe, lambda of, to: replace(of, observe=to)),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a person may have meant: keys with other texts, and in words how it comes about."""

    changes: tuple[tuple[str, str], ...]
    how: str

    def __str__(self) -> str:
        """For a hint: patient.weight = "35 kg" (a tenth)."""
        pairs = " and ".join(f'{key} = "{text}"' for key, text in self.changes)
        return f"{pairs} ({self.how})"


def number_of(quantity: Quantity) -> Fraction:
    """The number as it was written, without its unit."""
    return quantity.value / (quantity.dimension.factor(quantity.unit) or 1)


def neighbours(
    quantity: Quantity, dimensions: tuple[Dimension, ...]
) -> Iterator[tuple[Quantity, str]]:
    """The quantity a tenth, ten times, and with each other unit of those dimensions."""
    number = number_of(quantity)
    for scaled, how in ((number / _TEN, "a tenth"), (number * _TEN, "ten times")):
        yield from _of(scaled, quantity.unit, quantity.dimension, how)
    for dimension in dimensions:
        for unit, _ in dimension.units:
            if unit != quantity.unit:
                yield from _of(number, unit, dimension, "another unit")


def quantity_at(order: Order, path: str) -> Quantity | None:
    """What the order says there; None if that is nothing, or no quantity."""
    return next((get(order) for key, get, _ in _KEYS if key == path), None)


def neighbours_at(path: str, quantity: Quantity) -> Iterator[Quantity]:
    """Its `neighbours` in all units of that key."""
    for other, _ in neighbours(quantity, _DIMENSIONS[path]):
        yield other


def readings(order: Order, entry: Entry | None) -> tuple[Reading, ...]:
    """What an order that passes limits may have been meant to say; three at most.

    Each changes a key that a passed limit is about, and is within all limits; if there is none and
    hard ones are passed, within all hard ones.
    """
    passed = [one for one in limits(order, figures(order), entry) if not one.ok]
    blamed = {limit.where for limit in passed}
    sound, soft = [], []
    for reading, meant in _candidates(order):
        if blamed.isdisjoint(key for key, _ in reading.changes):
            continue
        kinds = _passed_kinds(meant, entry)
        if not kinds:
            sound.append(reading)
        elif kinds == {"soft"} and any(one.kind == "hard" for one in passed):
            soft.append(reading)
    return tuple((sound or soft)[:MOST_READINGS])


def hint(order: Order, entry: Entry | None) -> str:
    """Words to end a refusal's hint with; empty if nothing comes to mind."""
    found = readings(order, entry)
    if found:
        return f"; did you mean {' or '.join(str(one) for one in found)}?"
    if order.volume is not None and order.volume.value == order.fill.value:
        return "; volume is what is given, fill what the syringe holds before the purge"
    return ""


def _passed_kinds(meant: Order, entry: Entry | None) -> set[Kind]:
    """Of limits that it passes; a reading with no ideal weight to hold it against is none."""
    height = meant.height
    if meant.dosing_weight is not None and height is not None and height.value < MIN_DEVINE_UM:
        return {"hard"}
    return {one.kind for one in limits(meant, figures(meant), entry) if not one.ok}


def _candidates(order: Order) -> Iterator[tuple[Reading, Order]]:
    for path, get, put in _KEYS:
        written = get(order)
        if written is not None:
            for other, how in neighbours(written, _DIMENSIONS[path]):
                yield Reading(((path, other.text),), how), put(order, other)
    by_path = {path: (get, put) for path, get, put in _KEYS}
    for one, other_path in _EXCHANGED:
        (get, put), (get_other, put_other) = by_path[one], by_path[other_path]
        first, second = get(order), get_other(order)
        if first is None or second is None or number_of(first) == number_of(second):
            continue
        for here, _ in _of(number_of(second), first.unit, first.dimension, ""):
            for there, _ in _of(number_of(first), second.unit, second.dimension, ""):
                texts = ((one, here.text), (other_path, there.text))
                yield Reading(texts, "exchanged"), put_other(put(order, here), there)


def _of(
    number: Fraction, unit: str, dimension: Dimension, how: str
) -> Iterator[tuple[Quantity, str]]:
    """The quantity, unless it has more digits than the pump takes."""
    value = number * (dimension.factor(unit) or 1)
    if value.denominator == 1 or not dimension.is_on_wire:
        yield Quantity(value, dimension, unit, f"{shown(number, _PLACES)} {unit}"), how
