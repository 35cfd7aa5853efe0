"""Concentrations of ketamine at any times, exactly: exponentials, step by step of the infusion.

Between two changes of rate the answer is a sum of exponentials, and the state at each change
carries what came before. A few times are worked out one by one, in plain Python; more of them at
once in `many_times`, which loads numpy.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import fsum, isfinite

from evenflow.pk.compartments import exponentials
from evenflow.pk.covariate import Person, compartments
from evenflow.pk.error import (
    InvalidInfusion,
    InvalidTime,
    UnknownAnalyte,
    UnknownModel,
    UnknownSite,
)
from evenflow.pk.metabolite import KETAMINE, metabolites
from evenflow.pk.model import Model, models
from evenflow.pk.response import Response, Stretch, product

PLASMA = "plasma"
EFFECT = "effect"

# start and stop in min, rate in mg/min
Infusion = tuple[float, float, float]

_NOTHING = ((0.0, 1.0, 0.0),)

_MANY = 64  # fewer are sooner worked out one by one than numpy is loaded


def predict(
    model: str,
    *,
    weight_kg: float,
    infusions: Sequence[Infusion],
    times_min: Sequence[float],
    site: str = PLASMA,
    analyte: str = KETAMINE,
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

    `analyte` may be one of the set's metabolites (`analytes(model)`), in plasma only: ng/mL of
    esketamine equivalents, not converted by molar mass.

    UnknownModel, UnknownSite, UnknownAnalyte, CovariateError, InvalidInfusion or
    InvalidTime: each a ValueError.
    """
    chosen = known(model)
    _check_site(chosen, site, ke0_per_min)
    person = Person(weight_kg, age_years, is_asian)
    for infusion in infusions:
        check_infusion(infusion)
    if analyte != KETAMINE:
        return _metabolite(chosen, person, infusions, times_min, site, analyte)
    answer = response(chosen.name, person, ke0_per_min)
    stretches = list(_stretches(answer, infusions))
    if len(times_min) >= _MANY:
        from evenflow.pk.many_times import concentrations

        return concentrations(answer, stretches, times_min)
    return _one_by_one(answer, stretches, times_min)


def _metabolite(
    model: Model,
    person: Person,
    infusions: Sequence[Infusion],
    times_min: Sequence[float],
    site: str,
    analyte: str,
) -> list[float]:
    if site != PLASMA:
        reason = f"no effect site of {analyte} is known"
        raise UnknownAnalyte("unknown_analyte", reason, "ask for plasma")
    from evenflow.pk.chain import concentrations

    parent = compartments(model, person)
    formed = metabolites(model, person, parent, analyte)
    return concentrations(parent, formed, changes(infusions), times_min)


@lru_cache(maxsize=256)
def response(name: str, person: Person, ke0_per_min: float | None = None) -> Response:
    """How a set answers for a person; UnknownModel and CovariateError as by `predict`."""
    return Response(exponentials(compartments(known(name), person)), ke0_per_min)


def changes(infusions: Sequence[Infusion]) -> list[tuple[float, float, float]]:
    """Times of one rate, (start, stop, mg/min), to the end of all time; without any, of none.

    Rates that overlap are summed without drift.
    """
    infusions = infusions or _NOTHING
    moments = sorted(
        moment
        for index, (start, stop, _) in enumerate(infusions)
        for moment in ((start, index, True), (stop, index, False))
    )
    found = []
    running: dict[int, float] = {}
    since = moments[0][0]
    for moment, index, is_start in moments:
        if moment > since:
            found.append((since, moment, fsum(running.values())))
            since = moment
        if is_start:
            running[index] = infusions[index][2]
        else:
            del running[index]
    found.append((since, float("inf"), 0.0))
    return found


def _stretches(answer: Response, infusions: Sequence[Infusion]) -> Iterator[Stretch]:
    state = answer.empty
    for start, stop, rate in changes(infusions):
        yield Stretch(start, stop, rate, state)
        if isfinite(stop):
            state = answer.after(state, rate, stop - start)


def _one_by_one(
    answer: Response, stretches: Sequence[Stretch], times_min: Sequence[float]
) -> list[float]:
    found = [0.0] * len(times_min)
    remaining = iter(stretches)
    stretch = next(remaining)
    for index in sorted(range(len(times_min)), key=times_min.__getitem__):
        time_min = times_min[index]
        if not isfinite(time_min):
            raise InvalidTime.not_finite(time_min)
        while time_min > stretch.stop_min:
            stretch = next(remaining)
        if time_min > stretch.start_min:
            row = answer.row(time_min - stretch.start_min)
            found[index] = product(row, (*stretch.state, stretch.rate_mg_per_min))
    return found


def known(name: str) -> Model:
    """The set of that name; UnknownModel says which there are."""
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


def check_infusion(infusion: Infusion) -> None:
    """InvalidInfusion unless it is one."""
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
