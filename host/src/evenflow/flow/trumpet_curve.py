"""The trumpet curve: how far the mean flow of any window strays from the rate, by its length.

Over a span of whole sample intervals, a window of P minutes is placed at every sample at which it
fits. Its error is that of its mean flow; the trumpet has the greatest and the least of each P. The
standard's case is the second hour in samples of 0.5 min (IEC 60601-2-24:1998, 50.102; its second
edition of 2012 was not at hand). The volume is cumulative already: a window is one difference.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from evenflow.flow.error import FlowError
from evenflow.flow.series import S_PER_H, Numbers, require_positive, sampled, series, whole_windows

WINDOWS_MIN = (2, 5, 11, 19, 31)
SECOND_HOUR_S = (3600.0, 7200.0)
SAMPLE_S = 30.0


class Window(NamedTuple):
    """Errors of the mean flow in windows of one length, in percent of the rate.

    `worst_positive_percent` is the greatest and `worst_negative_percent` the least, whatever their
    signs: of a pump that always gives too little, both are negative. `place_count` is in how many
    places the window fits.
    """

    window_min: float
    worst_positive_percent: float
    worst_negative_percent: float
    place_count: int

    @property
    def worst_percent(self) -> float:
        """The greater of the two, without its sign."""
        return max(abs(self.worst_positive_percent), abs(self.worst_negative_percent))


@dataclass(frozen=True, slots=True)
class Trumpet:
    """Rows by window, in the order asked for; `trumpet[2]` is that of two minutes.

    `long_run_percent` is the error of the mean flow over the whole span, the standard's A.
    """

    windows: tuple[Window, ...]
    long_run_percent: float
    rate_ml_per_h: float
    from_s: float
    to_s: float
    sample_s: float

    def __iter__(self) -> Iterator[Window]:
        return iter(self.windows)

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, window_min: float) -> Window:
        for row in self.windows:
            if row.window_min == window_min:
                return row
        raise KeyError(window_min)


def trumpet(
    time_s: Numbers,
    volume_ml: Numbers,
    rate_ml_per_h: float,
    *,
    windows_min: Sequence[float] = WINDOWS_MIN,
    from_s: float | None = SECOND_HOUR_S[0],
    to_s: float | None = SECOND_HOUR_S[1],
    sample_s: float = SAMPLE_S,
) -> Trumpet:
    """Worst errors by window; times count from the beginning of the infusion.

    `from_s` or `to_s` of None is the series' own beginning or end, whole sample intervals of it.
    Raises FlowError, a ValueError, by name.
    """
    rate = require_positive("a rate of", rate_ml_per_h, "rate_range")
    sample_s = require_positive("a sample interval of", sample_s, "sample_range")
    counts = [whole_windows(window, sample_s) for window in windows_min]
    if not counts or len(set(counts)) < len(counts):
        raise FlowError("window_range", "no window, or one twice", "name each window once")
    one = series(time_s, volume_ml)
    volumes = sampled(one, from_s, to_s, sample_s)
    intervals = volumes.size - 1
    sample_ml = rate * sample_s / S_PER_H
    rows = []
    for window_min, count in zip(windows_min, counts, strict=True):
        if count > intervals:
            raise FlowError(
                "series_short",
                f"a window of {window_min:g} min in a span of {intervals * sample_s:g} s",
                "choose a shorter window, or a longer span",
            )
        given_ml = volumes[count:] - volumes[:-count]
        due_ml = count * sample_ml
        most, least = float(given_ml.max()), float(given_ml.min())
        rows.append(
            Window(window_min, _percent(most, due_ml), _percent(least, due_ml), given_ml.size)
        )
    given = float(volumes[-1] - volumes[0])
    begin_s = float(one.time_s[0]) if from_s is None else from_s
    return Trumpet(
        tuple(rows),
        _percent(given, intervals * sample_ml),
        rate,
        begin_s,
        begin_s + intervals * sample_s,
        sample_s,
    )


def _percent(given_ml: float, due_ml: float) -> float:
    return 100.0 * (given_ml - due_ml) / due_ml
