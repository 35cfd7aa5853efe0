"""What a balance loses or gains by itself: evaporation, its own drift, a draught.

With the pump stopped before and after the run, a line through each rest gives mass per time. The
mean of both is taken off the run; half their difference, over the run, is what may still be wrong.
A run is refused if they differ by more than MOST_PERCENT of its flow: then something else changed.
"""

from dataclasses import dataclass

from evenflow.flow.error import FlowError
from evenflow.flow.series import S_PER_H, Floats

# Of the run's mean flow. The error that is left is half of it, a quarter of the accuracy aimed at.
MOST_PERCENT = 0.5
# Too short a rest has a line of its noise.
LEAST_REST_S = 60.0
LEAST_READINGS = 5
# After a stop the line relaxes and the last drop falls.
SETTLES_S = 15.0


@dataclass(frozen=True, slots=True)
class Drift:
    """In grams an hour, a loss negative; None where there was no rest long enough."""

    before_g_per_h: float | None
    after_g_per_h: float | None

    @property
    def g_per_h(self) -> float:
        """What is taken off the run; 0 if nothing is known."""
        known = [one for one in (self.before_g_per_h, self.after_g_per_h) if one is not None]
        return sum(known) / len(known) if known else 0.0

    @property
    def residual_g_per_h(self) -> float | None:
        """What may be wrong with that; None if only one rest, or none, says."""
        if self.before_g_per_h is None or self.after_g_per_h is None:
            return None
        return abs(self.after_g_per_h - self.before_g_per_h) / 2.0

    def require_steady(self, flow_g_per_h: float) -> None:
        """FlowError instrument_drift if the rests differ by too much of the run's flow."""
        if self.residual_g_per_h is None or self.before_g_per_h is None:
            return
        percent = 100.0 * 2.0 * self.residual_g_per_h / max(abs(flow_g_per_h), 1e-9)
        if percent > MOST_PERCENT:
            raise FlowError(
                "instrument_drift",
                f"the balance drifted by {self.before_g_per_h * 1000:.1f} mg/h before the run and "
                f"by {(self.after_g_per_h or 0.0) * 1000:.1f} mg/h after it: they differ by "
                f"{percent:.2g} % of the flow, more than {MOST_PERCENT} %",
                "cover the vessel, keep draughts and hands away, let all come to the room's "
                "temperature, make the rests longer, and record again",
            )


def slope_g_per_h(time_s: Floats, mass_g: Floats) -> float | None:
    """Of the line through a rest; None if it is too short for one."""
    if time_s.size < LEAST_READINGS or time_s[-1] - time_s[0] < LEAST_REST_S:
        return None
    away_s = time_s - time_s.mean()
    return float((away_s @ (mass_g - mass_g.mean())) / (away_s @ away_s)) * S_PER_H
