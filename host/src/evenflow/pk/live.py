"""The band during a session, from what was really given: each model's state is carried forward."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite

from evenflow.pk.covariate import Person
from evenflow.pk.error import InvalidInfusion, InvalidTime
from evenflow.pk.many import band_names
from evenflow.pk.prediction import response

_S_PER_MIN = 60.0
_NG_PER_MG = 1e6

# lowest and highest of the models, in ng/mL
Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Level:
    """The band at `at_s`, and at `end_s`, when the rest of the plan will be given at its rate."""

    at_s: float
    mass_ng: float
    ng_per_ml: Range
    end_s: float
    end_ng_per_ml: Range


class LiveBand:
    """Plasma by several models since START, stepped exactly; never to control the pump.

    `planned_mass_ng` and `rate_ng_per_min` are the order's: time lost in a pause is not caught up,
    so what is left takes as long as it takes at that rate. Of no names, the band's own models.
    """

    def __init__(
        self,
        *,
        weight_kg: float,
        planned_mass_ng: float,
        rate_ng_per_min: float,
        names: Iterable[str] = (),
        age_years: float | None = None,
    ) -> None:
        """Nothing given, at 0 s. CovariateError, UnknownModel, InvalidInfusion as by `predict`."""
        if not (isfinite(planned_mass_ng) and planned_mass_ng >= 0):
            reason = f"a planned mass of {planned_mass_ng} ng"
            raise InvalidInfusion("infusion_invalid", reason, "give a finite mass of 0 or more")
        if not (isfinite(rate_ng_per_min) and rate_ng_per_min > 0):
            reason = f"a planned rate of {rate_ng_per_min} ng/min"
            raise InvalidInfusion("infusion_invalid", reason, "give a finite rate above 0")
        person = Person(weight_kg, age_years)
        self._responses = [response(name, person) for name in (tuple(names) or band_names())]
        self._states = [one.empty for one in self._responses]
        self._planned_mass_ng = planned_mass_ng
        self._rate_ng_per_min = rate_ng_per_min
        self.at_s = 0.0
        self.mass_ng = 0.0

    def advance(self, to_s: float, mass_ng: float) -> Level:
        """Go on to a later time, by when `mass_ng` was given in all; evenly since the last time.

        InvalidTime unless it is later; InvalidInfusion for less mass than before.
        """
        if not (isfinite(to_s) and to_s > self.at_s):
            reason = f"from {self.at_s} s to {to_s} s"
            raise InvalidTime("time_invalid", reason, "go forward")
        if not (isfinite(mass_ng) and mass_ng >= self.mass_ng):
            reason = f"{mass_ng} ng given at {to_s} s, after {self.mass_ng} ng"
            raise InvalidInfusion("infusion_invalid", reason, "give the mass in all since START")
        span_min = (to_s - self.at_s) / _S_PER_MIN
        rate = (mass_ng - self.mass_ng) / _NG_PER_MG / span_min
        self._step(rate, span_min)
        self.at_s, self.mass_ng = to_s, mass_ng
        return self._level()

    def _step(self, rate_mg_per_min: float, span_min: float) -> None:
        both = zip(self._responses, self._states, strict=True)
        self._states = [one.after(state, rate_mg_per_min, span_min) for one, state in both]

    def _level(self) -> Level:
        now = _range(self._states)
        left_ng = self._planned_mass_ng - self.mass_ng
        if left_ng <= 0:
            return Level(self.at_s, self.mass_ng, now, self.at_s, now)
        span_min = left_ng / self._rate_ng_per_min
        rate = self._rate_ng_per_min / _NG_PER_MG
        both = zip(self._responses, self._states, strict=True)
        end = _range([one.after(state, rate, span_min) for one, state in both])
        return Level(self.at_s, self.mass_ng, now, self.at_s + span_min * _S_PER_MIN, end)


def _range(states: Iterable[tuple[float, ...]]) -> Range:
    """In plasma, which is the sum of a state."""
    sums = [sum(state) for state in states]
    return min(sums), max(sums)
