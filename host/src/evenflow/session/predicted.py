"""The band of plasma concentrations by what the pump has really given; shown, and never used.

It follows the microsteps that the pump counted, so that a pause, a stop or a power cut is in it.
"""

from collections.abc import Callable

from evenflow.dose.plan import Plan
from evenflow.pk import NEVER_CONTROLS
from evenflow.pk.error import PredictionError
from evenflow.pk.live import LiveBand
from pumpcore import units

KETAMINE = "ketamine"
# The models know nothing of shorter times, and a tick would be a thousand of them a minute.
STEP_S = 10.0


class Predicted:
    """`ng_per_ml` is the lowest and highest of the models at the last whole step, `at_s`.

    `peak_ng_per_ml` is the same of the step whose highest was the highest of all, `peak_at_s`.
    """

    def __init__(self, band: LiveBand, mass_ng: Callable[[int], float]) -> None:
        """`mass_ng` is the drug in so many microsteps."""
        self.ng_per_ml: tuple[float, float] | None = None
        self.at_s = 0.0
        self.peak_ng_per_ml: tuple[float, float] | None = None
        self.peak_at_s = 0.0
        self._band = band
        self._mass_ng = mass_ng

    def take(self, since_start_s: float, microsteps: int) -> None:
        """Go on to that time; microsteps that were drawn back count as given and gone."""
        if since_start_s - self._band.at_s < STEP_S:
            return
        mass_ng = max(self._mass_ng(microsteps), self._band.mass_ng)
        now = self._band.advance(since_start_s, mass_ng).ng_per_ml
        self.ng_per_ml, self.at_s = now, since_start_s
        if self.peak_ng_per_ml is None or now[1] > self.peak_ng_per_ml[1]:
            self.peak_ng_per_ml, self.peak_at_s = now, since_start_s

    def as_json(self) -> dict[str, object] | None:
        """For the summary; None before the first step."""
        if self.ng_per_ml is None or self.peak_ng_per_ml is None:
            return None
        return {
            "peak_at_s": round(self.peak_at_s, 3),
            "peak_lowest_ng_per_ml": self.peak_ng_per_ml[0],
            "peak_highest_ng_per_ml": self.peak_ng_per_ml[1],
            "at_s": round(self.at_s, 3),
            "lowest_ng_per_ml": self.ng_per_ml[0],
            "highest_ng_per_ml": self.ng_per_ml[1],
            "note": NEVER_CONTROLS,
        }


def predicted(plan: Plan, femtolitres_per_microstep: int) -> Predicted | None:
    """For an order of ketamine by weight; None for any other, or a person no model is made for."""
    order = plan.order
    mass_ng = plan.figures.mass_ng
    if order.drug != KETAMINE or order.weight is None or order.concentration is None:
        return None
    ng_per_ml = float(order.concentration.value)
    rate_ng_per_min = plan.figures.pumped_rate_ul_per_h * ng_per_ml / units.UL_PER_ML / 60
    if not mass_ng or not rate_ng_per_min:
        return None
    try:
        band = LiveBand(
            weight_kg=float(order.weight.value / units.NG_PER_KG),
            planned_mass_ng=float(mass_ng),
            rate_ng_per_min=rate_ng_per_min,
        )
    except PredictionError:
        return None
    per_microstep = femtolitres_per_microstep / units.FL_PER_NL / units.NL_PER_ML * ng_per_ml
    return Predicted(band, lambda microsteps: microsteps * per_microstep)
