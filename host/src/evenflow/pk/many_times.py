"""Concentrations at many times at once: the exponentials of `response`, in rows of numpy's.

Even times are walked in blocks: the state at the beginning of each block, worked out from that at
the beginning of the stretch, times one table of what a block multiplies by. Other times are worked
out each by itself. Errors do not grow along the way, and no term is negative.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import ceil, isfinite
from struct import pack
from sys import float_info

import numpy as np
from numpy.typing import NDArray

from evenflow.pk.error import InvalidTime
from evenflow.pk.even_times import EvenTimes
from evenflow.pk.response import SERIES_BELOW, SERIES_TERMS, Response, Stretch

Array = NDArray[np.float64]

_BLOCK = 96  # about the root of 7201, so that table and states are of one size
_MIN_BLOCKS = 4  # a stretch: with fewer, the table is not worth its making
# Of the largest time: what the times of a list are off by when each was rounded by itself.
_ROUNDING = 4 * float_info.epsilon


def concentrations(
    response: Response, stretches: Sequence[Stretch], times_min: Sequence[float]
) -> list[float]:
    """ng/mL, one for each time; InvalidTime if one is not finite."""
    found: list[float] = _found(response, stretches, times_min).tolist()
    return found


def _found(response: Response, stretches: Sequence[Stretch], times_min: Sequence[float]) -> Array:
    if not isinstance(times_min, EvenTimes):
        times = packed(times_min)
        if not np.isfinite(times).all():
            raise InvalidTime.not_finite(float(times[~np.isfinite(times)][0]))
        even = evened(times)
        if even is None:
            return _scattered(response, stretches, times)
        times_min = even
    if len(stretches) * _BLOCK * _MIN_BLOCKS > len(times_min):
        times = times_min.start_min + _row(times_min.step_min, len(times_min))
        return _scattered(response, stretches, times)
    return _along(response, stretches, times_min)


def packed(times_min: Sequence[float]) -> Array:
    """Times as an array; by struct, which is several times as fast as numpy is with a list."""
    return np.frombuffer(pack(f"{len(times_min)}d", *times_min))


def evened(times: Array) -> EvenTimes | None:
    """The even times that these are but for rounding; None if they are uneven."""
    count = len(times)
    first, last = float(times[0]), float(times[-1])
    step = (last - first) / (count - 1)
    if not isfinite(step) or step <= 0:
        return None
    off = np.abs(first + _row(step, count) - times).max()
    bound = _ROUNDING * max(abs(first), abs(last))
    return EvenTimes(first, step, count) if off <= bound else None


def _along(response: Response, stretches: Sequence[Stretch], times: EvenTimes) -> Array:
    count = times.time_count
    size = min(_BLOCK, count)
    table = _table(response, times.step_min, size)
    found = np.zeros(count)
    begin = min(_first_from(times, stretches[0].start_min), count)
    for stretch in stretches:
        end = count
        if isfinite(stretch.stop_min):
            end = min(_first_from(times, stretch.stop_min), count)
        if begin >= end:
            continue
        since = times[begin] - stretch.start_min
        blocks = ceil((end - begin) / size)
        states = _states(response, stretch, since + _row(size * times.step_min, blocks))
        found[begin:end] = (states @ table).ravel()[: end - begin]
        begin = end
    return found


def _scattered(response: Response, stretches: Sequence[Stretch], times: Array) -> Array:
    """Each time from the beginning of its own stretch."""
    starts = np.array([stretch.start_min for stretch in stretches])
    states = np.array([(*stretch.state, stretch.rate_mg_per_min) for stretch in stretches])
    places = np.searchsorted(starts, times) - 1
    # Before the first there is nothing: its state, after no time.
    places = np.maximum(places, 0)
    spans = np.maximum(times - starts[places], 0.0)
    found: Array = np.einsum("ij,ij->i", states[places], _rows(response, spans))
    return found


@lru_cache(maxsize=32)
def _table(response: Response, step_min: float, size: int) -> Array:
    """What a block multiplies by: (state and rate, time of the block)."""
    return np.ascontiguousarray(_rows(response, _row(step_min, size)).T)


def _rows(response: Response, spans: Array) -> Array:
    """`Response.row` of each span: (span, state and rate)."""
    rates, amplitudes = _parts(response)
    ke0 = response.ke0_per_min
    size = len(rates)
    found = np.empty((len(spans), len(response.empty) + 1))
    if ke0 is None:
        decay = np.multiply.outer(spans, -rates)
        np.exp(decay, out=found[:, :size])
        found[:, size] = -np.expm1(decay) @ (amplitudes / rates)
        return found
    low, high = np.minimum(rates, ke0), np.maximum(rates, ke0)
    each = spans[:, None]
    found[:, :size] = ke0 * _between(low, high, each)
    found[:, size] = np.exp(-ke0 * spans)
    found[:, size + 1] = _risen(low, high, each) @ (ke0 * amplitudes)
    return found


def _states(response: Response, stretch: Stretch, spans: Array) -> Array:
    """State after each span of a stretch, and the rate behind it: (span, state and rate)."""
    rates, amplitudes = _parts(response)
    decay = np.multiply.outer(spans, -rates)
    rate = stretch.rate_mg_per_min
    given = np.array((*stretch.state, rate))
    size = len(rates)
    found = np.empty((len(spans), len(given)))
    np.multiply(np.exp(decay), given[:size], out=found[:, :size])
    if rate:
        found[:, :size] -= np.expm1(decay) * (rate * amplitudes / rates)
    if response.ke0_per_min is not None:
        found[:, size] = _rows(response, spans) @ given
    found[:, -1] = rate
    return found


@lru_cache(maxsize=32)
def _parts(response: Response) -> tuple[Array, Array]:
    """Rates in 1/min and amplitudes in ng/mL for 1 mg."""
    rates = np.array([one.rate_per_min for one in response.exponentials])
    amplitudes = np.array([one.amplitude_ng_per_ml for one in response.exponentials])
    return rates, amplitudes


def _between(low: Array | float, high: Array, spans: Array) -> Array:
    """`response.between` of spans as a column and rates as a row."""
    gap = high - low
    is_gap = gap > 0
    # The limit where there is no gap is the span itself.
    rise = np.where(is_gap, -np.expm1(-gap * spans) / np.where(is_gap, gap, 1.0), spans)
    return np.exp(-low * spans) * rise


def _risen(low: Array, high: Array, spans: Array) -> Array:
    """`response.risen` alike: by series where the arguments are small, else by gaps."""
    found: Array = (_between(0.0, low, spans) - _between(low, high, spans)) / high
    is_small = high * spans < SERIES_BELOW
    if is_small.any():
        low_span, high_span = (low * spans)[is_small], (high * spans)[is_small]
        total, homogeneous, power = (np.full(len(low_span), one) for one in (0.0, 1.0, 1.0))
        factorial = 2.0
        for index in range(SERIES_TERMS):
            total += homogeneous / factorial
            power *= -high_span
            homogeneous = power - low_span * homogeneous
            factorial *= index + 3
        found[is_small] = np.broadcast_to(spans, is_small.shape)[is_small] ** 2 * total
    return found


def _row(step: float, count: int) -> Array:
    """Multiples of a step, from 0 on."""
    return step * np.arange(count, dtype=np.float64)


def _first_from(times: EvenTimes, moment_min: float) -> int:
    """Index of the first time that is not before a moment; may lie behind the last."""
    index = max(0, ceil((moment_min - times.start_min) / times.step_min))
    # The quotient may be off by its rounding: a time before the moment would be a negative span.
    while times.start_min + index * times.step_min < moment_min:
        index += 1
    return index
