"""A drug and the metabolites formed of it, one after the other: exact by matrix exponentials.

Flow along the chain is one way, so there is no symmetric form, and equal rates of delay leave too
few eigenvectors. But nothing in the rate matrix is negative beside the diagonal. Shifted by its
fastest rate, all of it is positive: Taylor's series and squaring then add only positive terms, and
each element is exact to a few units of rounding times the number of halvings squared away.
"""

from collections.abc import Sequence
from math import ceil, isfinite, log2

import numpy as np

from evenflow.pk.compartments import NG_PER_ML_IN_MG_PER_L, Compartments
from evenflow.pk.error import InvalidTime
from evenflow.pk.many_times import Array, packed
from evenflow.pk.metabolite import Metabolite

_TERMS = 20  # of the series where the norm is at most 1: 1/20! is 4e-19
_AT_ONCE = 4096  # matrices in memory

# start, stop in min, mg/min
Stretch = tuple[float, float, float]


def concentrations(
    parent: Compartments,
    formed: Sequence[Metabolite],
    stretches: Sequence[Stretch],
    times_min: Sequence[float],
) -> list[float]:
    """ng/mL of the last that is formed, in its central compartment, in mass of the parent."""
    times = packed(times_min)
    if not np.isfinite(times).all():
        raise InvalidTime.not_finite(float(times[~np.isfinite(times)][0]))
    rates, centre = rate_matrix(parent, formed)
    per_mg = NG_PER_ML_IN_MG_PER_L / formed[-1].compartments.volume_l
    found = np.zeros(len(times))
    state = np.zeros(len(rates))
    for start, stop, rate in stretches:
        state[-1] = rate
        places = np.flatnonzero((times > start) & (times <= stop))
        for first in range(0, len(places), _AT_ONCE):
            some = places[first : first + _AT_ONCE]
            found[some] = per_mg * (exponentials(rates, times[some] - start)[:, centre] @ state)
        if isfinite(stop):
            state = exponentials(rates, np.array([stop - start]))[0] @ state
    concentrations: list[float] = found.tolist()
    return concentrations


def rate_matrix(parent: Compartments, formed: Sequence[Metabolite]) -> tuple[Array, int]:
    """What the amounts in mg, and the rate in mg/min behind them, change by in a minute.

    The second is where the last metabolite's central compartment is.
    """
    size = _size(parent) + 1
    size += sum(len(one.transit_rates_per_min) + _size(one.compartments) for one in formed)
    matrix = np.zeros((size, size))
    matrix[0, -1] = 1.0
    leaving = _place(matrix, 0, parent)
    centre, after = 0, _size(parent)
    for one in formed:
        for source, rate in leaving:
            matrix[after, source] = one.fraction * rate
        for rate in one.transit_rates_per_min:
            matrix[after, after] = -rate
            matrix[after + 1, after] = rate
            after += 1
        centre = after
        leaving = _place(matrix, centre, one.compartments)
        after += _size(one.compartments)
    return matrix, centre


def exponentials(matrix: Array, spans: Array) -> Array:
    """exp(matrix span) for each span of 0 or more; no element beside the diagonal is negative."""
    shift = float(-np.diagonal(matrix).min())
    positive = matrix + shift * np.eye(len(matrix))
    norm = float(positive.sum(axis=0).max() * spans.max(initial=0.0))
    halvings = max(0, ceil(log2(norm))) if norm else 0
    parts = spans[:, None, None] / 2**halvings
    small = positive * parts
    total = np.broadcast_to(np.eye(len(matrix)), small.shape)
    # Horner's form of the series.
    for index in range(_TERMS, 0, -1):
        total = np.eye(len(matrix)) + small @ total / index
    total = total * np.exp(-shift * parts)
    for _ in range(halvings):
        total = total @ total
    found: Array = total
    return found


def _size(of: Compartments) -> int:
    return 1 + len(of.peripherals)


def _place(matrix: Array, centre: int, of: Compartments) -> list[tuple[int, float]]:
    """Puts compartments from a place on; what eliminates, and how fast in 1/min."""
    matrix[centre, centre] -= of.clearance_l_per_min / of.volume_l
    leaving = [(centre, of.clearance_l_per_min / of.volume_l)]
    for index, one in enumerate(of.peripherals, centre + 1):
        there = one.exchange_l_per_min / of.volume_l
        back = one.exchange_l_per_min / one.volume_l
        own = one.clearance_l_per_min / one.volume_l
        matrix[centre, centre] -= there
        matrix[index, centre] = there
        matrix[centre, index] = back
        matrix[index, index] = -(back + own)
        leaving.append((index, own))
    return leaving
