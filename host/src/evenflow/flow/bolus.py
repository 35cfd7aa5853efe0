"""A series of small volumes: how far their mean and the worst of them are off what was set.

The standard's test has 25 of them at the least and the greatest setting (IEC 60601-2-24:1998,
50.106). This pump gives no bolus; what is measured is a short infusion, or a purge.
"""

from dataclasses import dataclass

import numpy as np

from evenflow.flow.error import FlowError
from evenflow.flow.series import Floats, Numbers, require_positive, series

STANDARD_COUNT = 25
# Of the set volume, in a rest.
_STILL_SHARE = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Boluses:
    """In percent of the volume that was set; greatest and least, whatever their signs."""

    set_ml: float
    volumes_ml: Floats
    mean_percent: float
    worst_positive_percent: float
    worst_negative_percent: float

    @property
    def count(self) -> int:
        """How many there were."""
        return int(self.volumes_ml.size)


def boluses(volumes_ml: Numbers, set_ml: float) -> Boluses:
    """The figures of single volumes; FlowError by name."""
    set_ml = require_positive("a volume of", set_ml, "volume_range")
    volumes = np.asarray(volumes_ml, np.float64)
    if volumes.ndim != 1 or not volumes.size:
        raise FlowError("no_bolus", "no volumes", "give one for each delivery")
    if not np.isfinite(volumes).all():
        raise FlowError("not_finite", "a volume is no finite number", "leave it out")
    errors = 100.0 * (volumes - set_ml) / set_ml
    mean, most, least = float(errors.mean()), float(errors.max()), float(errors.min())
    return Boluses(set_ml, volumes, mean, most, least)


def delivered(time_s: Numbers, volume_ml: Numbers, set_ml: float, *, rest_s: float) -> Floats:
    """Volumes of deliveries with rests of at least `rest_s` between them, from a cumulative row.

    It rests where the volume stays within 2 % of the set one for so long; the rests' medians are
    what is subtracted, so that noise of a balance does not count.
    """
    set_ml = require_positive("a volume of", set_ml, "volume_range")
    rest_s = require_positive("a rest of", rest_s, "span_range")
    one = series(time_s, volume_ml)
    levels = _rests(one.time_s, one.volume_ml, set_ml * _STILL_SHARE, rest_s)
    if len(levels) <= 1:
        reason = f"no delivery between two rests of {rest_s:g} s"
        raise FlowError("no_bolus", reason, "let the pump rest before, between and after them")
    return np.diff(np.array(levels))


def _rests(times: Floats, volumes: Floats, apart_ml: float, rest_s: float) -> list[float]:
    levels: list[float] = []
    begin = 0
    while begin < times.size:
        away = np.flatnonzero(np.abs(volumes[begin:] - volumes[begin]) > apart_ml)
        end = begin + int(away[0]) if away.size else times.size
        if times[end - 1] - times[begin] < rest_s:
            begin += 1
            continue
        level = float(np.median(volumes[begin:end]))
        if not levels or abs(level - levels[-1]) > apart_ml:
            levels.append(level)
        begin = end
    return levels
