"""Drawn patients and their concentrations, all at once, by numpy."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from evenflow.pk.compartments import NG_PER_ML_IN_MG_PER_L, Compartments
from evenflow.pk.covariate import Person, compartments
from evenflow.pk.error import InvalidTime
from evenflow.pk.many_times import Array, packed
from evenflow.pk.model import Model
from evenflow.pk.prediction import Infusion, changes

# What each eta of `omega2` multiplies.
Varied = Mapping[str, tuple[str, ...]]

_AT_ONCE = 1 << 18  # concentrations: few enough to stay in the processor's cache


def percentiles(
    model: Model,
    person: Person,
    varied: Varied,
    infusions: Sequence[Infusion],
    times_min: Sequence[float],
    patient_count: int,
    seed: int,
    percents: tuple[float, ...],
) -> tuple[list[float], ...]:
    """ng/mL in plasma, a list for each percent."""
    times = packed(times_min)
    if not np.isfinite(times).all():
        raise InvalidTime.not_finite(float(times[~np.isfinite(times)][0]))
    drawn = compartments(model, person, _drawn(model, varied, patient_count, seed))
    rates, amplitudes = _exponentials(drawn, patient_count)
    found = _percentiles(rates, amplitudes, changes(infusions), times, percents)
    return tuple(found.tolist())


def _drawn(model: Model, varied: Varied, patient_count: int, seed: int) -> Mapping[str, Any]:
    """The set's parameters, of which those that vary are one for each patient."""
    omega2 = model.parameters["omega2"]
    names = list(varied)
    covariance = np.array([[_covariance(omega2, one, other) for other in names] for one in names])
    normal = np.random.default_rng(seed).standard_normal((patient_count, len(names)))
    factors = np.exp(normal @ np.linalg.cholesky(covariance).T)
    parameters = dict(model.parameters)
    covariates = dict(parameters.get("covariates", {}))
    for index, name in enumerate(names):
        for parameter in varied[name]:
            of = parameters if parameter in parameters else covariates
            of[parameter] = of[parameter] * factors[:, index]
    return MappingProxyType({**parameters, "covariates": covariates})


def _covariance(omega2: Mapping[str, float], one: str, other: str) -> float:
    """Of two etas, 0 if none is published; of one with itself its variance."""
    if one == other:
        return omega2[one]
    return omega2.get(f"cov_{one}_{other}", omega2.get(f"cov_{other}_{one}", 0.0))


def _exponentials(drawn: Compartments, patient_count: int) -> tuple[Array, Array]:
    """Rates in 1/min and amplitudes in ng/mL of 1 mg, (patient, exponential) each."""
    size = 1 + len(drawn.peripherals)
    matrix = np.zeros((patient_count, size, size))
    out = drawn.clearance_l_per_min + sum(one.exchange_l_per_min for one in drawn.peripherals)
    matrix[:, 0, 0] = out / drawn.volume_l
    for index, one in enumerate(drawn.peripherals, 1):
        matrix[:, index, index] = (one.exchange_l_per_min + one.clearance_l_per_min) / one.volume_l
        between = -one.exchange_l_per_min / np.sqrt(drawn.volume_l * one.volume_l)
        matrix[:, 0, index] = matrix[:, index, 0] = between
    rates, vectors = np.linalg.eigh(matrix)
    per_mg = np.broadcast_to(NG_PER_ML_IN_MG_PER_L / drawn.volume_l, patient_count)
    return rates, per_mg[:, None] * vectors[:, 0, :] ** 2


def _percentiles(
    rates: Array,
    amplitudes: Array,
    stretches: Sequence[tuple[float, float, float]],
    times: Array,
    percents: tuple[float, ...],
) -> Array:
    """(percent, time); patients' concentrations are there for some times at once only."""
    found = np.zeros((len(percents), len(times)))
    steady = amplitudes / rates
    state = np.zeros_like(rates)
    at_once = max(1, _AT_ONCE // len(rates))
    for start, stop, rate in stretches:
        places = np.flatnonzero((times > start) & (times <= stop))
        for first in range(0, len(places), at_once):
            some = places[first : first + at_once]
            reached = _reached(rates, state, rate * steady, times[some] - start)
            found[:, some] = np.percentile(reached, percents, axis=0)
        decay = np.expm1(-rates * (stop - start))
        state = state * (1 + decay) - rate * steady * decay if np.isfinite(stop) else state
    return found


def _reached(rates: Array, state: Array, steady: Array, spans: Array) -> Array:
    """(patient, span); without an infusion by exp alone, so that nothing is taken from 1."""
    total = np.zeros((len(rates), len(spans)))
    is_infused = steady.any()
    for index in range(rates.shape[1]):
        decay = np.multiply.outer(-rates[:, index], spans)
        if not is_infused:
            total += state[:, index, None] * np.exp(decay, out=decay)
            continue
        np.expm1(decay, out=decay)
        total += state[:, index, None] + (state - steady)[:, index, None] * decay
    return total
