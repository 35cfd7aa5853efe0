"""The predicted plasma of an order, shown beside its plan: one band, and what was measured."""

from dataclasses import dataclass
from typing import Any

from rich.text import Text

from evenflow.cli import _output, _pk_input, _pk_words
from evenflow.dose.order import Order
from evenflow.dose.plan import Plan
from evenflow.errors import Refused
from evenflow.pk import NEVER_CONTROLS
from evenflow.pk.many import predictions


@dataclass(frozen=True, slots=True)
class _Band:
    """Lowest and highest in ng/mL when the infusion ends, where every model has its peak."""

    given: _pk_input.Given
    models: tuple[str, ...]
    peak_min: float
    peak: tuple[float, float]
    until_min: float
    until: tuple[float, float]


def beside(plan: Plan, content: dict[str, Any] | None) -> dict[str, Any] | None:
    """Print the prediction for people; or, of an object, give it back with `prediction` in it.

    An order of anything but ketamine has none: nothing is printed, and `prediction` is null. One
    that the models are not made for has the refusal in its place, and is not refused for it.
    """
    if plan.order.drug != _pk_input.KETAMINE:
        return None if content is None else {**content, "prediction": None}
    try:
        band = _band(plan.order)
    except Refused as refusal:
        if content is None:
            _print(f"not predicted: {refusal.reason}")
            return None
        return {**content, "prediction": {"error": _output.error_object(refusal)}}
    if content is None:
        _show(band)
        return None
    return {**content, "prediction": _object(band)}


def _band(order: Order) -> _Band:
    given = _pk_input.of_order(order)
    ((_, stop_min, _),) = given.infusions
    until_min = max(stop_min, _pk_input.observed_min(order) or stop_min)
    table = predictions(
        (),
        weight_kg=given.weight_kg,
        infusions=given.infusions,
        times_min=[stop_min, until_min],
    )
    peak, until = table.band()
    names = tuple(column.model.name for column in table.columns)
    return _Band(given, names, stop_min, peak, until_min, until)


def _show(band: _Band) -> None:
    _print(
        f"band across {len(band.models)} published models, not a spread of people",
        f"peak {_range(band.peak)} ng/mL at {band.peak_min:g} min, "
        f"{_range(band.until)} ng/mL at {band.until_min:g} min from START",
        *(
            f"measured {line}"
            for line in _pk_words.measured_lines(band.given.regimen, is_racemic=True)
        ),
    )


def _print(first: str, *others: str) -> None:
    console = _output.console()
    for line in (f"Predicted plasma: {first}", *others, NEVER_CONTROLS):
        console.print(Text(line), soft_wrap=True)


def _range(bounds: tuple[float, float]) -> str:
    lowest, highest = bounds
    return f"{lowest:.0f} to {highest:.0f}"


def _object(band: _Band) -> dict[str, Any]:
    return {
        "models": list(band.models),
        "peak_min": band.peak_min,
        "peak_lowest_ng_per_ml": band.peak[0],
        "peak_highest_ng_per_ml": band.peak[1],
        "until_min": band.until_min,
        "until_lowest_ng_per_ml": band.until[0],
        "until_highest_ng_per_ml": band.until[1],
        "measured": _pk_words.measured_objects(band.given.regimen, is_racemic=True),
        "note": NEVER_CONTROLS,
    }
