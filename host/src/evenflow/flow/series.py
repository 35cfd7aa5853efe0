"""A cumulative volume over time, checked, and read at even moments.

What is measured comes as two rows of numbers of equal length, in seconds and millilitres: lists,
tuples or arrays. A volume that goes backwards is noise of a balance and as good as any other.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np
import numpy.typing as npt

from evenflow.flow.error import FlowError

Floats = npt.NDArray[np.float64]
Numbers = Sequence[float] | Sequence[int] | npt.NDArray[np.floating] | npt.NDArray[np.integer]

S_PER_MIN = 60.0
S_PER_H = 3600.0
# Times this close to an even moment count as that moment: a hundred samples a second stay apart.
TIME_TOLERANCE_S = 1e-6
# A ratio this close to a whole number is one: 0.1 s is no whole binary fraction.
RATIO_TOLERANCE = 1e-6
_FEWEST = 2
# Doubles of a list that are converted at once: more leave the processor's nearest memory.
_AT_ONCE = 1024
_PACK = struct.Struct(f"{_AT_ONCE}d")
_DOUBLE = struct.Struct("d")
# A hundred days by the second.
MOST_SAMPLES = 10_000_000


@dataclass(frozen=True, slots=True)
class Series:
    """Moments and volumes; `step_s` is their even distance, None where it is uneven."""

    time_s: Floats
    volume_ml: Floats
    step_s: float | None


def series(time_s: Numbers, volume_ml: Numbers) -> Series:
    """Check both rows; FlowError by name for what cannot be analysed."""
    times, volumes = _row("time_s", time_s), _row("volume_ml", volume_ml)
    if times.size != volumes.size:
        reason = f"{times.size} times, but {volumes.size} volumes"
        raise FlowError("length_differs", reason, "give a volume for each time")
    if times.size < _FEWEST:
        raise FlowError("series_short", f"{times.size} readings", "two at least make a flow")
    if not np.isfinite(volumes).all():
        raise _not_finite("volume_ml", volumes)
    step_s = _even_step_s(times)
    if step_s is None:
        if not np.isfinite(times).all():
            raise _not_finite("time_s", times)
        late = np.flatnonzero(times[1:] <= times[:-1])
        if late.size:
            at = int(late[0]) + 1
            reason = f"time_s[{at}]: {times[at]:g} s does not follow {times[at - 1]:g} s"
            raise FlowError("time_order", reason, "give each moment once, in order")
    return Series(times, volumes, step_s)


def sampled(one: Series, from_s: float | None, to_s: float | None, sample_s: float) -> Floats:
    """Volumes at each `sample_s` from `from_s` to `to_s`, both included; None: as far as it goes.

    Readings at these moments are used as they are; between readings the volume is interpolated.
    """
    _require_moment("a span from", from_s)
    _require_moment("a span to", to_s)
    begin_s = float(one.time_s[0])
    end_s = float(one.time_s[-1])
    first_s = begin_s if from_s is None else from_s
    if to_s is None:
        count = int((end_s - first_s) / sample_s + RATIO_TOLERANCE)
    else:
        count = _whole(to_s - first_s, sample_s, from_s, to_s)
    if count > MOST_SAMPLES:
        reason = f"{count} samples of {sample_s:g} s"
        raise FlowError("sample_range", reason, f"choose no more than {MOST_SAMPLES}")
    last_s = first_s + count * sample_s
    if count < 1 or first_s < begin_s - TIME_TOLERANCE_S or last_s > end_s + TIME_TOLERANCE_S:
        wanted = f"{first_s:g} s to {last_s if to_s is None else to_s:g} s"
        raise FlowError(
            "series_short",
            f"the series goes from {begin_s:g} s to {end_s:g} s, not from {wanted}",
            "record for longer, or choose a span that it covers",
        )
    every = readings_a_sample(one, first_s, sample_s)
    if every and one.step_s:
        first = round((first_s - begin_s) / one.step_s)
        return one.volume_ml[first : first + count * every + 1 : every]
    grid_s = first_s + sample_s * np.arange(count + 1)
    read: Floats = np.interp(grid_s, one.time_s, one.volume_ml)
    return read


def readings_a_sample(one: Series, first_s: float, sample_s: float) -> int:
    """From one sample to the next, if each is a reading of an even series; else 0."""
    if one.step_s is None:
        return 0
    start, stride = (first_s - float(one.time_s[0])) / one.step_s, sample_s / one.step_s
    return round(stride) if _is_whole(start) and _is_whole(stride) else 0


def largest_gap_s(one: Series, first_s: float, last_s: float) -> float:
    """The longest time between two neighbours, of those that reach into the span."""
    if one.step_s is not None:
        return one.step_s
    first, last = np.searchsorted(
        one.time_s, (first_s + TIME_TOLERANCE_S, last_s - TIME_TOLERANCE_S), "left"
    )
    within = one.time_s[max(int(first) - 1, 0) : int(last) + 1]
    return float(np.diff(within).max()) if within.size > 1 else 0.0


def require_positive(name: str, value: float, code: str) -> float:
    """The number, if it is one above zero."""
    _require_number(name, value)
    if not 0 < value < float("inf"):
        raise FlowError(code, f"{name} {value} is not above 0", "give a finite number above 0")
    return float(value)


def whole_windows(window_min: float, sample_s: float, code: str = "window_multiple") -> int:
    """Sample intervals in a window; FlowError if they do not fill it."""
    require_positive("a window of", window_min, "window_range")
    ratio = window_min * S_PER_MIN / sample_s
    if not _is_whole(ratio) or ratio < 1 - RATIO_TOLERANCE:
        reason = f"a window of {window_min:g} min is no multiple of {sample_s:g} s"
        raise FlowError(code, reason, "choose another window, or another sample interval")
    return round(ratio)


def _require_number(name: str, value: object) -> None:
    if not isinstance(value, Real):
        reason = f"{name} {value!r}: not a number"
        raise FlowError("not_numbers", reason, "give a number, not a text or a list")


def _require_moment(name: str, value: float | None) -> None:
    if value is None:
        return
    _require_number(name, value)
    if not -np.inf < value < np.inf:
        raise FlowError("span_range", f"{name} {value}", "give a finite number of seconds")


def _row(name: str, values: Numbers) -> Floats:
    try:
        row = _packed(values) if type(values) in (list, tuple) else None
        if row is None:
            row = np.asarray(values, np.float64)
    except (TypeError, ValueError, OverflowError) as wrong:
        reason = f"{name}: not a row of numbers: {wrong}"
        raise FlowError("not_numbers", reason, "give a list or an array of numbers") from wrong
    if row.ndim != 1:
        reason = f"{name}: {row.ndim} dimensions"
        raise FlowError("not_numbers", reason, "give one row of numbers")
    return row


def _packed(values: Numbers) -> Floats | None:
    """Plain numbers, in half the time that numpy takes or less; None if there are others."""
    memory = bytearray(len(values) * _DOUBLE.size)
    try:
        for begin in range(0, len(values), _AT_ONCE):
            part = values[begin : begin + _AT_ONCE]
            pack = _PACK if len(part) == _AT_ONCE else struct.Struct(f"{len(part)}d")
            pack.pack_into(memory, begin * _DOUBLE.size, *part)
    except struct.error:
        return None
    return np.ndarray(len(values), np.float64, memory)


def _even_step_s(times: Floats) -> float | None:
    """The distance of moments that are even to the tolerance, which are then in order too."""
    step_s = (times[-1] - times[0]) / (times.size - 1)
    # False for NaN, too.
    if not 3 * TIME_TOLERANCE_S < step_s < np.inf:
        return None
    away = np.arange(times.size, dtype=np.float64)
    away *= -step_s
    away += times
    away -= times[0]
    is_even = max(away.max(), -away.min()) <= TIME_TOLERANCE_S
    return float(step_s) if is_even else None


def _not_finite(name: str, row: Floats) -> FlowError:
    at = int(np.flatnonzero(~np.isfinite(row))[0])
    return FlowError("not_finite", f"{name}[{at}] is {row[at]}", "leave out what was not measured")


def _whole(span_s: float, sample_s: float, from_s: float | None, to_s: float) -> int:
    ratio = span_s / sample_s
    if not ratio > RATIO_TOLERANCE:
        begin = "the beginning" if from_s is None else f"{from_s:g} s"
        reason = f"a span from {begin} to {to_s:g} s"
        raise FlowError("span_range", reason, "let it end after it begins")
    if not _is_whole(ratio):
        reason = f"a span of {span_s:g} s is no multiple of {sample_s:g} s"
        raise FlowError("span_range", reason, "choose another span, or another sample interval")
    return round(ratio)


def _is_whole(ratio: float) -> bool:
    return abs(ratio - round(ratio)) <= RATIO_TOLERANCE
