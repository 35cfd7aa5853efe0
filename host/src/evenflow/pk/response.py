"""How plasma and effect site answer: exact steps over a span at a constant rate of infusion.

The state is one concentration in ng/mL for each exponential of the plasma, and that of the effect
site behind them where there is one: dCe/dt = ke0 (Cp - Ce). Every term of a sum is positive, and
differences of exponentials are taken by expm1, so that nothing cancels, also for equal rates.
"""

from dataclasses import dataclass
from math import exp, expm1

from evenflow.pk.compartments import Exponential

State = tuple[float, ...]

SERIES_BELOW = 1.0
SERIES_TERMS = 22  # 1/24! is 1.6e-24


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time of one rate, from `start_min` on, and the state that it begins with."""

    start_min: float
    stop_min: float
    rate_mg_per_min: float
    state: State


@dataclass(frozen=True, slots=True)
class Response:
    """Exponentials of the plasma, and ke0 if the effect site is asked for."""

    exponentials: tuple[Exponential, ...]
    ke0_per_min: float | None = None

    @property
    def empty(self) -> State:
        """Before anything is given."""
        return (0.0,) * (len(self.exponentials) + (self.ke0_per_min is not None))

    def row(self, span_min: float) -> State:
        """What state and rate in mg/min are multiplied by, for the concentration after a span."""
        rates = [one.rate_per_min for one in self.exponentials]
        ke0 = self.ke0_per_min
        if ke0 is None:
            return (*(exp(-rate * span_min) for rate in rates), sum(self._filled(span_min)))
        linked = (ke0 * between(rate, ke0, span_min) for rate in rates)
        filled = sum(
            one.amplitude_ng_per_ml * ke0 * risen(one.rate_per_min, ke0, span_min)
            for one in self.exponentials
        )
        return (*linked, exp(-ke0 * span_min), filled)

    def after(self, state: State, rate_mg_per_min: float, span_min: float) -> State:
        """The state after a span at one rate."""
        moved = tuple(
            was * exp(-one.rate_per_min * span_min) + rate_mg_per_min * filled
            for was, one, filled in zip(
                state, self.exponentials, self._filled(span_min), strict=False
            )
        )
        if self.ke0_per_min is None:
            return moved
        return (*moved, product(self.row(span_min), (*state, rate_mg_per_min)))

    def _filled(self, span_min: float) -> list[float]:
        """What 1 mg/min brings in a span, for each exponential."""
        return [
            one.amplitude_ng_per_ml * -expm1(-one.rate_per_min * span_min) / one.rate_per_min
            for one in self.exponentials
        ]


def product(row: State, state_and_rate: State) -> float:
    """The concentration in ng/mL of a state with its rate behind it."""
    return sum(one * other for one, other in zip(row, state_and_rate, strict=True))


def between(one: float, other: float, span: float) -> float:
    """(exp(-one span) - exp(-other span)) / (other - one), and its limit where they are equal."""
    low, high = min(one, other), max(one, other)
    if low == high:
        return span * exp(-low * span)
    return exp(-low * span) * -expm1(-(high - low) * span) / (high - low)


def risen(one: float, other: float, span: float) -> float:
    """The integral of `between` from 0 to the span: span^2 exp[0, -one span, -other span].

    A divided difference: by its series where the arguments are small, else by the widest gap.
    """
    low, high = sorted((one * span, other * span))
    if high >= SERIES_BELOW:
        return span * span * (between(0.0, low, 1.0) - between(low, high, 1.0)) / high
    # h_k, the sum of all products of k factors of -low and -high, over (k + 2)!
    total, homogeneous, power, factorial = 0.0, 1.0, 1.0, 2.0
    for index in range(SERIES_TERMS):
        total += homogeneous / factorial
        power *= -high
        homogeneous = -low * homogeneous + power
        factorial *= index + 3
    return span * span * total
