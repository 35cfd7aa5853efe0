"""`evenflow.pk.predict`: exact, additive, and nothing that it does not know."""

import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from math import exp, inf, isclose, nan

import pytest
from host.pk import reference

from evenflow.errors import Refused
from evenflow.pk import (
    CovariateError,
    EvenTimes,
    InvalidInfusion,
    InvalidTime,
    UnknownModel,
    UnknownSite,
    models,
    predict,
)
from evenflow.pk.compartments import Compartments, Peripheral, exponentials
from evenflow.pk.covariate import SCOPES, Person, compartments
from evenflow.pk.many_times import _first_from, evened, packed
from evenflow.pk.response import Response, between, product, risen

SESSION = [(0.0, 40.0, 0.875)]
# A pause, an overlap, and a syringe in a minute.
UNEVEN = [(3.0, 20.0, 0.875), (25.0, 48.0, 0.875), (30.0, 31.0, 20.0), (30.5, 60.0, 0.1)]
TIMES = [0.5, 3.001, 10.0, 30.7, 40.0, 60.0, 61.0, 120.0, 480.0]
KAMP = "kamp-2020-linear"
TWO_HOURS_AT_1_S = EvenTimes(0, 1 / 60, 7201)


def person(name: str) -> Person:
    return Person(25.0, 8.0) if SCOPES[name].is_for_children else Person(70.0)


def of(
    name: str,
    infusions: Sequence[tuple[float, float, float]] = SESSION,
    times_min: Sequence[float] = TIMES,
    ke0_per_min: float | None = None,
) -> list[float]:
    whom = person(name)
    return predict(
        name,
        weight_kg=whom.weight_kg,
        age_years=whom.age_years,
        infusions=infusions,
        times_min=times_min,
        site="plasma" if ke0_per_min is None else "effect",
        ke0_per_min=ke0_per_min,
    )


def worst(found: Sequence[float], expected: Sequence[float]) -> float:
    """The largest relative error; a zero has to be a zero."""
    pairs = list(zip(found, expected, strict=True))
    assert all((one == 0) == (other == 0) for one, other in pairs)
    return max(abs(one - other) / other for one, other in pairs if other)


@pytest.mark.parametrize("name", list(models()))
@pytest.mark.parametrize("ke0_per_min", [None, 0.238])
def test_every_set_agrees_with_a_matrix_exponential(name: str, ke0_per_min: float | None) -> None:
    known = compartments(models()[name], person(name))
    expected = [reference.concentration(known, UNEVEN, time, ke0_per_min) for time in TIMES[1:]]

    assert worst(of(name, UNEVEN, TIMES[1:], ke0_per_min), expected) <= 1e-12


@pytest.mark.parametrize("ratio", [1.0, 1 + 1e-15, 1 + 1e-9, 1.001])
@pytest.mark.parametrize("ke0_per_min", [None, 0.1, 0.1 * (1 + 1e-12)])
def test_equal_and_nearly_equal_rates_are_exact(ratio: float, ke0_per_min: float | None) -> None:
    twins = Compartments(10.0, 1.0, (Peripheral(20.0, 2.0), Peripheral(30.0, 3.0 * ratio)))
    response = Response(exponentials(twins), ke0_per_min)
    for span in (1e-4, 0.1, 7.0, 300.0):
        found = product(response.row(span), (*response.empty, 0.875))

        expected = reference.concentration(twins, [(0.0, span, 0.875)], span, ke0_per_min)
        assert isclose(found, expected, rel_tol=1e-12)


def test_a_single_compartment_is_the_formula_of_the_book() -> None:
    response = Response(exponentials(Compartments(50.0, 2.0, ())))
    # 1000 rate / CL (1 - exp(-CL t / V)), with CL / V = 0.04
    expected = 1000 * 0.8 / 2 * (1 - exp(-0.04 * 25))

    assert product(response.row(25.0), (0.0, 0.8)) == pytest.approx(expected, rel=1e-14)


def test_two_compartments_by_hand() -> None:
    # k10 = k12 = k21 = 1: roots of s^2 - 3 s + 1, amplitudes (k21 - s) / (s' - s) of 1 / V
    fast, slow = (3 + 5**0.5) / 2, (3 - 5**0.5) / 2
    found = exponentials(Compartments(1.0, 1.0, (Peripheral(1.0, 1.0),)))

    by_rate = sorted((one.rate_per_min, one.amplitude_ng_per_ml) for one in found)
    assert by_rate[0] == pytest.approx((slow, 1000 * (1 - slow) / (fast - slow)), rel=1e-14)
    assert by_rate[1] == pytest.approx((fast, 1000 * (fast - 1) / (fast - slow)), rel=1e-14)


@pytest.mark.parametrize("name", list(models()))
@pytest.mark.parametrize("ke0_per_min", [None, 0.238])
def test_even_times_are_what_each_time_is_by_itself(name: str, ke0_per_min: float | None) -> None:
    walked = of(name, UNEVEN, TWO_HOURS_AT_1_S, ke0_per_min)
    some = range(0, 7201, 37)
    alone = [of(name, UNEVEN, [TWO_HOURS_AT_1_S[index]], ke0_per_min)[0] for index in some]

    assert len(walked) == 7201
    assert worst([walked[index] for index in some], alone) <= 1e-13


def test_a_list_of_even_times_is_walked_too() -> None:
    rounded = [index / 60 for index in range(7201)]
    uneven = [*rounded[:-1], 119.99]

    assert evened(packed(rounded)) is not None
    assert evened(packed(uneven)) is None
    assert worst(of(KAMP, UNEVEN, rounded), of(KAMP, UNEVEN, TWO_HOURS_AT_1_S)) <= 1e-11
    assert of(KAMP, UNEVEN, uneven)[-1] == of(KAMP, UNEVEN, [119.99])[0]


@pytest.mark.parametrize("name", [KAMP, "perez-ruixo-2020-esketamine"])
@pytest.mark.parametrize("ke0_per_min", [None, 0.238])
@pytest.mark.parametrize("count", [65, 700])
def test_many_uneven_times_are_what_each_time_is_by_itself(
    name: str, ke0_per_min: float | None, count: int
) -> None:
    uneven = [130 * (index * 0.618034 % 1) ** 2 - 5 for index in range(count)]
    alone = [of(name, UNEVEN, [time], ke0_per_min)[0] for time in uneven]

    assert worst(of(name, UNEVEN, uneven, ke0_per_min), alone) <= 1e-13


def test_even_times_through_many_changes_of_rate_are_exact() -> None:
    steps = [(index / 6, (index + 1) / 6, 0.5 + index % 7 / 10) for index in range(240)]
    found = of(KAMP, steps, TWO_HOURS_AT_1_S)
    alone = [of(KAMP, steps, [TWO_HOURS_AT_1_S[index]])[0] for index in range(0, 7201, 97)]

    assert worst(found[::97], alone) <= 1e-13


def test_a_few_times_do_not_load_numpy() -> None:
    asked = f"predict({KAMP!r}, weight_kg=70, infusions=[(0, 40, 0.875)], times_min=range(50))"
    script = f"import sys\nfrom evenflow.pk import predict\n{asked}\nprint('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)

    assert done.stdout.strip() == b"False"


@pytest.mark.parametrize("times", [EvenTimes(-10, 0.5, 100), EvenTimes(200, 3, 90)])
def test_even_times_may_begin_before_the_infusion_or_after_it(times: EvenTimes) -> None:
    alone = [of(KAMP, UNEVEN, [time])[0] for time in times]

    assert worst(of(KAMP, UNEVEN, times), alone) <= 1e-13


def test_even_times_that_all_lie_before_the_infusion_are_zero() -> None:
    assert of(KAMP, [(100.0, 140.0, 1.0)], EvenTimes(0, 1, 80)) == [0.0] * 80


def test_no_even_time_is_taken_to_lie_after_a_change_that_it_is_before() -> None:
    # Sixtieths are no binary fractions: some quotients round up, some down.
    for second in range(7200):
        moment = second / 60
        assert TWO_HOURS_AT_1_S[_first_from(TWO_HOURS_AT_1_S, moment)] >= moment


def test_infusions_add_up() -> None:
    alone = [of(KAMP, [infusion]) for infusion in UNEVEN]

    assert worst(of(KAMP, UNEVEN), [sum(row) for row in zip(*alone, strict=True)]) <= 1e-13


def test_the_order_of_infusions_and_times_is_of_no_importance() -> None:
    assert of(KAMP, UNEVEN[::-1], TIMES[::-1]) == of(KAMP, UNEVEN)[::-1]


def test_an_infusion_in_pieces_is_the_whole() -> None:
    pieces = [(float(minute), float(minute + 1), 0.875) for minute in range(40)]

    assert worst(of(KAMP, pieces), of(KAMP)) <= 1e-13


@pytest.mark.parametrize("name", list(models()))
@pytest.mark.parametrize("ke0_per_min", [None, 0.238])
def test_the_area_under_the_curve_is_dose_by_clearance(
    name: str, ke0_per_min: float | None
) -> None:
    known = compartments(models()[name], person(name))
    clearance = known.clearance_l_per_min
    for one in known.peripherals:
        # In a row, exchange and then elimination: a well-stirred liver.
        if one.clearance_l_per_min:
            exchange, own = one.exchange_l_per_min, one.clearance_l_per_min
            clearance += exchange * own / (exchange + own)
    # In the steady state at 1 mg/min, concentration is the area of 1 mg.
    (steady,) = of(name, [(0.0, 1e6, 1.0)], [1e6], ke0_per_min)

    assert steady == pytest.approx(1000 / clearance, rel=1e-11)


def test_before_and_without_an_infusion_there_is_nothing() -> None:
    assert of(KAMP, [(5.0, 45.0, 0.875)], [-1.0, 0.0, 5.0]) == [0.0, 0.0, 0.0]
    assert of(KAMP, [], [0.0, 60.0]) == [0.0, 0.0]
    assert of(KAMP, SESSION, []) == []
    assert of(KAMP, [(0.0, 40.0, 0.0)], [60.0]) == [0.0]


def test_the_effect_site_lags_and_comes_to_the_plasma() -> None:
    times = [float(minute) for minute in range(1, 121)]
    plasma = of(KAMP, times_min=times)
    slow = of(KAMP, times_min=times, ke0_per_min=0.1)

    assert all(late < soon for late, soon in zip(slow[:40], plasma[:40], strict=True))
    assert plasma.index(max(plasma)) < slow.index(max(slow))
    assert all(soon > late for soon, late in pairwise(plasma[39:]))
    assert worst(of(KAMP, times_min=times, ke0_per_min=1e6), plasma) <= 1e-4


def test_divided_differences_meet_where_their_form_changes() -> None:
    assert between(0.2, 0.2, 3.0) == pytest.approx(3 * exp(-0.6), rel=1e-15)
    assert between(0.2, 0.7, 3.0) == pytest.approx((exp(-0.6) - exp(-2.1)) / 0.5, rel=1e-14)
    assert between(0.7, 0.2, 3.0) == between(0.2, 0.7, 3.0)
    # One rate is 0: (1 - (1 - exp(-x)) / x) / x with x = span
    for span in (1 - 1e-12, 1.0, 1 + 1e-12):
        expected = (span - 1 + exp(-span)) / 1.0
        assert risen(0.0, 1.0, span) == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize(
    ("infusion", "reason"),
    [
        ((10.0, 10.0, 1.0), "has no length"),
        ((10.0, 9.0, 1.0), "runs backwards"),
        ((0.0, 9.0, -1.0), "takes drug away"),
        ((0.0, inf, 1.0), "infusion from 0.0 to inf min"),
        ((0.0, 9.0, nan), "at nan mg/min"),
    ],
)
def test_an_impossible_infusion_is_refused(
    infusion: tuple[float, float, float], reason: str
) -> None:
    with pytest.raises(InvalidInfusion, match=reason):
        of(KAMP, [*SESSION, infusion])


@pytest.mark.parametrize("times", [[1.0, nan], [inf], [*range(100), nan, *range(101, 200)]])
def test_a_time_that_is_no_number_is_refused(times: list[float]) -> None:
    with pytest.raises(InvalidTime):
        of(KAMP, times_min=times)


@pytest.mark.parametrize(("step", "count"), [(0.0, 5), (-1.0, 5), (1.0, 0), (nan, 5)])
def test_even_times_go_forward(step: float, count: int) -> None:
    with pytest.raises(InvalidTime):
        EvenTimes(0.0, step, count)


def test_even_times_are_a_sequence() -> None:
    times = EvenTimes(5, 0.5, 4)

    assert list(times) == [5, 5.5, 6, 6.5]
    assert (times[-1], times[1:3]) == (6.5, [5.5, 6])
    with pytest.raises(IndexError):
        times[4]


def test_an_unknown_set_is_refused_with_those_there_are() -> None:
    with pytest.raises(UnknownModel, match=r"klamp.*kamp-2020-linear"):
        predict("klamp", weight_kg=70.0, infusions=SESSION, times_min=TIMES)


@pytest.mark.parametrize(
    ("site", "ke0", "code"),
    [
        ("brain", None, "unknown_site"),
        ("plasma", 0.2, "ke0_unused"),
        ("effect", None, "ke0_missing"),
        ("effect", 0.0, "ke0_invalid"),
        ("effect", nan, "ke0_invalid"),
    ],
)
def test_a_site_is_plasma_or_effect_with_its_ke0(site: str, ke0: float | None, code: str) -> None:
    with pytest.raises(UnknownSite) as refused:
        predict(KAMP, weight_kg=70, infusions=SESSION, times_min=TIMES, site=site, ke0_per_min=ke0)

    assert refused.value.code == code


def test_refusals_are_value_errors_and_have_words_for_people() -> None:
    assert issubclass(CovariateError, ValueError)
    assert issubclass(CovariateError, Refused)
