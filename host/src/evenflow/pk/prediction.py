"""Concentrations of ketamine at any times, exactly: exponentials, step by step of the infusion.

Between two changes of rate the answer is a sum of exponentials, and the state at each change
carries what came before. Even times are walked in blocks: one table of what a block multiplies by,
worked out from the exponentials themselves, so that errors do not grow along a block.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, fsum, isfinite

from evenflow.pk.compartments import exponentials
from evenflow.pk.covariate import Person, compartments
from evenflow.pk.error import InvalidInfusion, InvalidTime, UnknownModel, UnknownSite
from evenflow.pk.even_times import EvenTimes
from evenflow.pk.model import Model, models
from evenflow.pk.response import Response, State, product

PLASMA = "plasma"
EFFECT = "effect"

# start and stop in min, rate in mg/min
Infusion = tuple[float, float, float]

_BLOCK = 96
_WIDTHS = (3, 4, 6)  # at most four exponentials, the effect site, the rate


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A time of one rate, from `start_min` on, and the state that it begins with."""

    start_min: float
    stop_min: float
    rate_mg_per_min: float
    state: State


def predict(
    model: str,
    *,
    weight_kg: float,
    infusions: Sequence[Infusion],
    times_min: Sequence[float],
    site: str = PLASMA,
    ke0_per_min: float | None = None,
    age_years: float | None = None,
    is_asian: bool | None = None,
) -> list[float]:
    """Concentrations in ng/mL, one for each time, of a parameter set of `models()`.

    `infusions` are (start in min, stop in min, mg/min) in any order and may overlap; their rates
    add up. Before the first the concentration is 0. `site="effect"` is that of dCe/dt = ke0 (Cp -
    Ce), which needs `ke0_per_min`: no value holds for all sets, see `Model.ke0_options`. Age and
    is_asian change only perez-ruixo-2020-esketamine (60 years or fewer, not Asian, if not given);
    sets for children need the age. Relative error below 1e-9, in fact about 1e-13.

    UnknownModel, UnknownSite, CovariateError, InvalidInfusion or InvalidTime: each a ValueError.
    """
    known = _known(model)
    _check_site(known, site, ke0_per_min)
    response = _response(known.name, Person(weight_kg, age_years, is_asian), ke0_per_min)
    _check_times(times_min)
    for infusion in infusions:
        _check_infusion(infusion)
    if not infusions:
        return [0.0] * len(times_min)
    stretches = list(_stretches(response, infusions))
    even = EvenTimes.of(times_min)
    if even is not None:
        return _along(response, stretches, even)
    return _one_by_one(response, stretches, times_min)


@lru_cache(maxsize=256)
def _response(name: str, person: Person, ke0_per_min: float | None) -> Response:
    return Response(exponentials(compartments(models()[name], person)), ke0_per_min)


def _stretches(response: Response, infusions: Sequence[Infusion]) -> Iterator[_Stretch]:
    """Times of one rate, to the end of all time; rates that overlap are summed without drift."""
    changes = sorted(
        change
        for index, (start, stop, _) in enumerate(infusions)
        for change in ((start, index, True), (stop, index, False))
    )
    running: dict[int, float] = {}
    state = response.empty
    since = changes[0][0]
    for moment, index, is_start in changes:
        if moment > since:
            rate = fsum(running.values())
            yield _Stretch(since, moment, rate, state)
            state = response.after(state, rate, moment - since)
            since = moment
        if is_start:
            running[index] = infusions[index][2]
        else:
            del running[index]
    yield _Stretch(since, float("inf"), 0.0, state)


def _one_by_one(
    response: Response, stretches: Sequence[_Stretch], times_min: Sequence[float]
) -> list[float]:
    found = [0.0] * len(times_min)
    remaining = iter(stretches)
    stretch = next(remaining)
    for index in sorted(range(len(times_min)), key=times_min.__getitem__):
        time_min = times_min[index]
        while time_min > stretch.stop_min:
            stretch = next(remaining)
        if time_min > stretch.start_min:
            row = response.row(time_min - stretch.start_min)
            found[index] = product(row, (*stretch.state, stretch.rate_mg_per_min))
    return found


def _along(response: Response, stretches: Sequence[_Stretch], times: EvenTimes) -> list[float]:
    """Block by block; the state at the beginning of each is what the table is multiplied by."""
    size = min(_BLOCK, times.time_count)
    rows = [response.row(index * times.step_min) for index in range(size)]
    infused = [_padded(row) for row in rows]
    # Most of a session is after the infusion: without its rate a row is shorter.
    bare = [_padded(row[:-1]) for row in rows]
    found = [0.0] * min(_first_from(times, stretches[0].start_min), times.time_count)
    for stretch in stretches:
        end = times.time_count
        if isfinite(stretch.stop_min):
            end = min(_first_from(times, stretch.stop_min), end)
        if len(found) >= end:
            continue
        rate = stretch.rate_mg_per_min
        state = response.after(stretch.state, rate, times[len(found)] - stretch.start_min)
        while len(found) < end:
            wanted = (infused if rate else bare)[: end - len(found)]
            found += _block(wanted, _padded((*state, rate) if rate else state))
            state = response.after(state, rate, size * times.step_min)
    return found


def _block(table: Sequence[State], state_and_rate: State) -> list[float]:
    """`product` of many rows at once, which is where the time goes."""
    few, more, _ = _WIDTHS
    if len(state_and_rate) == few:
        p, q, r = state_and_rate
        return [p * a + q * b + r * c for a, b, c in table]
    if len(state_and_rate) == more:
        p, q, r, s = state_and_rate
        return [p * a + q * b + r * c + s * d for a, b, c, d in table]
    p, q, r, s, t, u = state_and_rate
    return [p * a + q * b + r * c + s * d + t * e + u * f for a, b, c, d, e, f in table]


def _padded(row: State) -> State:
    """With zeros behind it, to one of the widths that `_block` knows."""
    width = next(width for width in _WIDTHS if width >= len(row))
    return row + (0.0,) * (width - len(row))


def _first_from(times: EvenTimes, moment_min: float) -> int:
    """Index of the first time that is not before a moment; may lie behind the last."""
    index = max(0, ceil((moment_min - times.start_min) / times.step_min))
    # The quotient may be off by its rounding: a time before the moment would be a negative span.
    while times.start_min + index * times.step_min < moment_min:
        index += 1
    return index


def _known(name: str) -> Model:
    found = models().get(name)
    if found is None:
        raise UnknownModel(
            "unknown_model", f"no parameter set is named {name}", f"one of {', '.join(models())}"
        )
    return found


def _check_site(model: Model, site: str, ke0_per_min: float | None) -> None:
    if site not in {PLASMA, EFFECT}:
        raise UnknownSite("unknown_site", f"no site is named {site}", "plasma or effect")
    if site == PLASMA:
        if ke0_per_min is not None:
            reason = "a ke0 was given, but plasma asked for"
            raise UnknownSite("ke0_unused", reason, 'add site="effect", or leave ke0 out')
        return
    if ke0_per_min is None:
        published = "; ".join(f"{one.value}: {one.source}" for one in model.ke0_options)
        reason = f"{model.name}: the effect site needs a ke0 in 1/min"
        hint = f"known for it: {published}" if published else "none is published for this set"
        raise UnknownSite("ke0_missing", reason, hint)
    if not isfinite(ke0_per_min) or ke0_per_min <= 0:
        reason = f"a ke0 of {ke0_per_min:g} 1/min"
        raise UnknownSite("ke0_invalid", reason, "give a finite number above 0")


def _check_times(times_min: Sequence[float]) -> None:
    if isinstance(times_min, EvenTimes) or isfinite(sum(times_min)):
        return
    for time_min in times_min:
        if not isfinite(time_min):
            raise InvalidTime("time_invalid", f"a time of {time_min} min", "give finite times")


def _check_infusion(infusion: Infusion) -> None:
    start, stop, rate = infusion
    shown = f"infusion from {start} to {stop} min at {rate} mg/min"
    if not all(map(isfinite, infusion)):
        raise InvalidInfusion("infusion_invalid", shown, "give finite numbers")
    if stop <= start:
        reason = f"{shown} has no length" if stop == start else f"{shown} runs backwards"
        raise InvalidInfusion("infusion_invalid", reason, "let it stop after its start")
    if rate < 0:
        reason = f"{shown} takes drug away"
        raise InvalidInfusion("infusion_invalid", reason, "give a rate of 0 or more")
