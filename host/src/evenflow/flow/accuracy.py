"""One figure for a span: the long-run error, and for a therapy the error at each five minutes.

A therapy of 40 min has no second hour, so its record is held against what was due at each mark
instead: within 2 % or 0.03 mL from five minutes on, within 1 % or 0.02 mL at the end, whichever is
more (requirement FLO-06, a bound of this project).
"""

from typing import NamedTuple

from evenflow.flow.series import S_PER_H, Numbers, require_positive, sampled, series

THERAPY_S = 2400.0
MARK_S = 300.0
# (percent, mL) at a mark on the way, and at the end.
ON_THE_WAY = (2.0, 0.03)
AT_THE_END = (1.0, 0.02)


class Mark(NamedTuple):
    """What had come by a moment, and by how much it was off what was due; `bound_ml` is FLO-06."""

    time_s: float
    volume_ml: float
    error_ml: float
    error_percent: float
    bound_ml: float

    @property
    def is_within(self) -> bool:
        """Whether the mark keeps its bound."""
        return abs(self.error_ml) <= self.bound_ml


def long_run(
    time_s: Numbers,
    volume_ml: Numbers,
    rate_ml_per_h: float,
    *,
    from_s: float | None = 3600.0,
    to_s: float | None = 7200.0,
) -> float:
    """Error of the mean flow over a span, in percent of the rate; None: as far as it goes."""
    rate = require_positive("a rate of", rate_ml_per_h, "rate_range")
    one = series(time_s, volume_ml)
    begin_s = float(one.time_s[0]) if from_s is None else from_s
    end_s = float(one.time_s[-1]) if to_s is None else to_s
    span_s = require_positive("a span of", end_s - begin_s, "span_range")
    volumes = sampled(one, begin_s, end_s, span_s)
    due_ml = rate * span_s / S_PER_H
    return 100.0 * (float(volumes[-1] - volumes[0]) - due_ml) / due_ml


def therapy(
    time_s: Numbers,
    volume_ml: Numbers,
    rate_ml_per_h: float,
    *,
    duration_s: float = THERAPY_S,
    mark_s: float = MARK_S,
) -> tuple[Mark, ...]:
    """Cumulative error from 0 s on, at each mark and at the end of the therapy."""
    rate = require_positive("a rate of", rate_ml_per_h, "rate_range")
    mark_s = require_positive("marks at each", mark_s, "sample_range")
    duration_s = require_positive("a duration of", duration_s, "span_range")
    one = series(time_s, volume_ml)
    # A series that is too short is told before its marks are counted.
    sampled(one, 0.0, duration_s, duration_s)
    moments = [mark_s * number for number in range(1, int(duration_s // mark_s) + 1)]
    if not moments or moments[-1] < duration_s:
        moments.append(duration_s)
    marks = []
    for moment_s in moments:
        volumes = sampled(one, 0.0, moment_s, moment_s)
        given_ml = float(volumes[-1] - volumes[0])
        due_ml = rate * moment_s / S_PER_H
        percent, least_ml = AT_THE_END if moment_s == duration_s else ON_THE_WAY
        off_ml = given_ml - due_ml
        bound_ml = max(due_ml * percent / 100.0, least_ml)
        marks.append(Mark(moment_s, given_ml, off_ml, 100.0 * off_ml / due_ml, bound_ml))
    return tuple(marks)
