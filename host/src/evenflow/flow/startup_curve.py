"""The start-up curve: the flow from START on, and how long the rate is in coming.

The flow of a sample interval is its volume over its length. The time to 90 % is the beginning of
the first interval whose flow is at least that, so it is known to one sample interval; the lag
volume is what the rate owed by the end of the curve and what had not come (an error of the rate
counts in it). The standard's curve has the first two hours in samples of 0.5 min (IEC
60601-2-24:1998, 50.102).
"""

from dataclasses import dataclass

import numpy as np

from evenflow.flow.series import S_PER_H, Floats, Numbers, require_positive, sampled, series

UNTIL_S = 7200.0
SAMPLE_S = 30.0
_NINE_TENTHS = 0.9
# A volume has come if less than a trillionth of it lacks: differences of floats are no finer.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Startup:
    """`flow_ml_per_h[i]` is the mean from `time_s[i]` on for one sample interval.

    `time_to_90_percent_s` is None if no interval reaches it.
    """

    time_s: Floats
    flow_ml_per_h: Floats
    time_to_90_percent_s: float | None
    lag_volume_ml: float
    rate_ml_per_h: float
    sample_s: float

    @property
    def until_s(self) -> float:
        """Where the curve ends."""
        return float(self.time_s[-1]) + self.sample_s


def startup(
    time_s: Numbers,
    volume_ml: Numbers,
    rate_ml_per_h: float,
    *,
    until_s: float = UNTIL_S,
    sample_s: float = SAMPLE_S,
) -> Startup:
    """From 0 s, the beginning of the infusion, to `until_s` or to where the series ends.

    Raises FlowError, a ValueError, by name; so for a series that begins after 0 s.
    """
    rate = require_positive("a rate of", rate_ml_per_h, "rate_range")
    sample_s = require_positive("a sample interval of", sample_s, "sample_range")
    until_s = require_positive("an end at", until_s, "span_range")
    one = series(time_s, volume_ml)
    reaches = float(one.time_s[-1]) >= until_s
    volumes = sampled(one, 0.0, until_s if reaches else None, sample_s)
    flows: Floats = np.diff(volumes) * (S_PER_H / sample_s)
    begins: Floats = sample_s * np.arange(flows.size, dtype=np.float64)
    (there,) = np.nonzero(flows >= _NINE_TENTHS * rate * (1 - _ROUNDING))
    span_s = flows.size * sample_s
    return Startup(
        begins,
        flows,
        float(begins[there[0]]) if there.size else None,
        rate * span_s / S_PER_H - float(volumes[-1] - volumes[0]),
        rate,
        sample_s,
    )
