"""The trumpet curve: how far the mean flow of any window strays from the rate, by its length.

Over a span of whole sample intervals, a window of P minutes is placed at every sample at which it
fits. Its error is that of its mean flow; the trumpet has the greatest and the least of each P. The
standard's case is the second hour in samples of 0.5 min (IEC 60601-2-24:1998, 50.102; its second
edition of 2012 was not at hand). The volume is cumulative already: a window is one difference.

A volume that is interpolated between two readings flows evenly, so a gap would look like a perfect
pump. Each window has to hold two readings at least, wherever it is placed: where samples are
readings its two ends are that; else it is as long as twice the largest gap in the span.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from evenflow.flow.error import FlowError
from evenflow.flow.series import (
    RATIO_TOLERANCE,
    S_PER_H,
    S_PER_MIN,
    Floats,
    Numbers,
    Series,
    largest_gap_s,
    readings_a_sample,
    require_positive,
    sampled,
    series,
    whole_windows,
)

WINDOWS_MIN = (2, 5, 11, 19, 31)
SECOND_HOUR_S = (3600.0, 7200.0)
SAMPLE_S = 30.0
# Gaps that a window has to span, to hold two readings wherever it lies between them.
LEAST_GAPS = 2


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

    `long_run_percent` is the error of the mean flow over the whole span, the standard's A;
    `largest_gap_s` is the longest time without a reading in it.
    """

    windows: tuple[Window, ...]
    long_run_percent: float
    rate_ml_per_h: float
    from_s: float
    to_s: float
    sample_s: float
    largest_gap_s: float

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
    given: object = windows_min
    if isinstance(given, str) or not isinstance(given, Iterable):
        reason = f"windows of {windows_min!r}: not a row of numbers"
        raise FlowError("not_numbers", reason, "give a list, such as [2, 5]")
    counts = [whole_windows(window, sample_s) for window in windows_min]
    if not counts or len(set(counts)) < len(counts):
        raise FlowError("window_range", "no window, or one twice", "name each window once")
    span = _span(series(time_s, volume_ml), from_s, to_s, sample_s)
    sample_ml = rate * sample_s / S_PER_H
    rows = []
    for window_min, count in zip(windows_min, counts, strict=True):
        unfit = span.unfit(window_min, count)
        if unfit is not None:
            raise unfit
        given_ml = span.volumes_ml[count:] - span.volumes_ml[:-count]
        due_ml = count * sample_ml
        most, least = float(given_ml.max()), float(given_ml.min())
        rows.append(
            Window(window_min, _percent(most, due_ml), _percent(least, due_ml), given_ml.size)
        )
    given = float(span.volumes_ml[-1] - span.volumes_ml[0])
    return Trumpet(
        tuple(rows),
        _percent(given, span.intervals * sample_ml),
        rate,
        span.from_s,
        span.from_s + span.intervals * sample_s,
        sample_s,
        span.gap_s,
    )


def unfit_windows(
    time_s: Numbers,
    volume_ml: Numbers,
    *,
    windows_min: Sequence[float] = WINDOWS_MIN,
    from_s: float | None = SECOND_HOUR_S[0],
    to_s: float | None = SECOND_HOUR_S[1],
    sample_s: float = SAMPLE_S,
) -> dict[float, FlowError]:
    """Of these windows, those too long for the span or too short for its gaps, and why."""
    span = _span(series(time_s, volume_ml), from_s, to_s, sample_s)
    found = ((one, span.unfit(one, whole_windows(one, sample_s))) for one in windows_min)
    return {window_min: error for window_min, error in found if error is not None}


@dataclass(frozen=True, slots=True, eq=False)
class _Span:
    """Volumes at each sample of a span; `is_read` where each of them is a reading."""

    volumes_ml: Floats
    from_s: float
    sample_s: float
    gap_s: float
    is_read: bool

    @property
    def intervals(self) -> int:
        return self.volumes_ml.size - 1

    def unfit(self, window_min: float, count: int) -> FlowError | None:
        """Why a window of so many intervals has no place, or no meaning, here."""
        if count > self.intervals:
            span_s = self.intervals * self.sample_s
            return FlowError(
                "series_short",
                f"a window of {window_min:g} min in a span of {span_s:g} s",
                "choose a shorter window, or a longer span",
            )
        gaps = window_min * S_PER_MIN / self.gap_s if self.gap_s else LEAST_GAPS
        if not self.is_read and gaps < LEAST_GAPS - RATIO_TOLERANCE:
            return FlowError(
                "series_sparse",
                f"a window of {window_min:g} min, and {self.gap_s:g} s without a reading: "
                "two readings may not lie in it",
                f"choose windows of {LEAST_GAPS * self.gap_s / S_PER_MIN:g} min or more, or "
                "record more often",
            )
        return None


def _span(one: Series, from_s: float | None, to_s: float | None, sample_s: float) -> _Span:
    volumes = sampled(one, from_s, to_s, sample_s)
    first_s = float(one.time_s[0]) if from_s is None else from_s
    gap_s = largest_gap_s(one, first_s, first_s + (volumes.size - 1) * sample_s)
    is_read = readings_a_sample(one, first_s, sample_s) > 0
    return _Span(volumes, first_s, sample_s, gap_s, is_read)


def _percent(given_ml: float, due_ml: float) -> float:
    return 100.0 * (given_ml - due_ml) / due_ml
