"""From what a session's telemetry counted to infusions that `predict` takes: the same mass."""

from collections.abc import Iterable

from evenflow.pk.error import InvalidInfusion, InvalidTime
from evenflow.pk.prediction import Infusion

_S_PER_MIN = 60.0
_NL_PER_ML = 1e6
_NG_PER_MG = 1e6


def delivered(
    samples: Iterable[tuple[float, float]], concentration_ng_per_ml: float
) -> list[Infusion]:
    """One infusion of a constant rate between two samples of (time in s, nL given until then).

    What the first sample has is taken as given before: begin with the one at START, of 0 nL. Where
    the volume falls, the plunger was drawn back, and nothing is given until it is where it was.
    InvalidTime if time does not go forward; InvalidInfusion for numbers that are none.
    """
    found: list[Infusion] = []
    last_s: float | None = None
    highest_nl = 0.0
    for at_s, volume_nl in samples:
        if last_s is None:
            last_s, highest_nl = at_s, volume_nl
            continue
        if not at_s > last_s:
            reason = f"a sample at {at_s} s after one at {last_s} s"
            raise InvalidTime("time_invalid", reason, "give samples in the order of their times")
        if volume_nl > highest_nl:
            mass_mg = (volume_nl - highest_nl) * concentration_ng_per_ml / _NL_PER_ML / _NG_PER_MG
            span_min = (at_s - last_s) / _S_PER_MIN
            found.append((last_s / _S_PER_MIN, at_s / _S_PER_MIN, mass_mg / span_min))
            highest_nl = volume_nl
        elif not volume_nl <= highest_nl:
            reason = f"a volume of {volume_nl} nL at {at_s} s"
            raise InvalidInfusion("infusion_invalid", reason, "give finite numbers")
        last_s = at_s
    return found
