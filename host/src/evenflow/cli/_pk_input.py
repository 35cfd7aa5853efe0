"""What `evenflow pk predict` is told: an order of ketamine, or words for weight and infusions."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from evenflow.dose import order as orders
from evenflow.dose.dimension import BODY_MASS, MASS_RATE
from evenflow.dose.figures import figures
from evenflow.dose.order import Order
from evenflow.dose.quantity import parse
from evenflow.errors import Refused, WrongUsage
from pumpcore import units

KETAMINE = "ketamine"
_MIN_PER_H = 60
_WORDS = 3


@dataclass(frozen=True, slots=True)
class Given:
    """For whom, what, and who says so; infusions are (start min, stop min, mg/min)."""

    source: str
    weight_kg: float
    infusions: tuple[tuple[float, float, float], ...]

    @property
    def regimen(self) -> tuple[float, float] | None:
        """(mg/kg, min) of a single infusion; None of several."""
        if len(self.infusions) != 1:
            return None
        ((start, stop, rate),) = self.infusions
        return (stop - start) * rate / self.weight_kg, stop - start


def from_order(path: Path) -> Given:
    """The infusion of an order's file; as `of_order`."""
    return of_order(orders.load(path))


def of_order(order: Order) -> Given:
    """The infusion of an order, as it is pumped; Refused unless it is a flow of ketamine."""
    path = order.name
    if order.drug != KETAMINE or order.weight is None or order.concentration is None:
        what = order.drug or "the bench"
        raise Refused("not_ketamine", f"{path}: an order of {what}", "predictions are of ketamine")
    if order.steps or order.kvo is not None:
        reason = f"{path}: an order with steps or a flow after its end"
        raise Refused("not_predicted", reason, "give --weight and an --infusion for each step")
    found = figures(order)
    if found.pumped_duration_ms is None:
        raise Refused("no_rate", f"{path}: the rate is zero", "see evenflow order show")
    ng_per_h = found.pumped_rate_ul_per_h * order.concentration.value / units.UL_PER_ML
    stop_min = float(found.pumped_duration_ms / units.MS_PER_MIN)
    weight_kg = float(order.weight.value / units.NG_PER_KG)
    return Given(path, weight_kg, ((0.0, stop_min, _mg_per_min(ng_per_h)),))


def from_words(weight: str, infusions: tuple[str, ...]) -> Given:
    """Weight and infusions as on the command line; a quantity without its unit is refused."""
    kg = parse(weight, "--weight", BODY_MASS).value / units.NG_PER_KG
    return Given("--infusion", float(kg), tuple(_infusion(text) for text in infusions))


def _infusion(text: str) -> tuple[float, float, float]:
    words = text.split(maxsplit=_WORDS - 1)
    try:
        start, stop, rate = words
        span = float(start), float(stop)
    except ValueError as invalid:
        reason = f'--infusion "{text}" is not a start, a stop and a rate'
        hint = 'minutes, minutes and a rate, like "0 40 0.875mg/min"'
        raise WrongUsage("infusion_invalid", reason, hint) from invalid
    return (*span, _mg_per_min(parse(rate, "--infusion", MASS_RATE).value))


def _mg_per_min(ng_per_h: Fraction) -> float:
    return float(ng_per_h / (units.NG_PER_MG * _MIN_PER_H))


def loaded_mg(order: Order) -> float | None:
    """What the whole syringe holds; None without a drug."""
    if order.concentration is None:
        return None
    return float(order.fill.value * order.concentration.value / units.NL_PER_ML / units.NG_PER_MG)


def observed_min(order: Order) -> float | None:
    """Until when the patient is observed, from START; None if the order does not say."""
    return None if order.observe is None else float(order.observe.value / units.MS_PER_MIN)
