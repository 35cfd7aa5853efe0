"""`evenflow.pk.population`: patients drawn as the sources say, and alike for the same seed."""

from math import exp

import numpy as np
import pytest
from host.pk import reference

from evenflow.pk import (
    CovariateError,
    InvalidTime,
    NoVariances,
    OutOfBounds,
    models,
    models_with_variances,
    population,
)
from evenflow.pk.covariate import Person, compartments
from evenflow.pk.drawn import _drawn
from evenflow.pk.people import VARIED

UNEVEN = [(0.0, 20.0, 0.4), (25.0, 40.0, 0.4), (30.0, 31.0, 5.0)]
TIMES = [30.5, -1.0, 0.0, 10.0, 240.0, 40.0, 60.0]
FANTA = "fanta-2015-esketamine"
PEREZ = "perez-ruixo-2020-esketamine"


@pytest.mark.parametrize("name", models_with_variances())
def test_a_single_patient_is_what_a_matrix_exponential_makes_of_them(name: str) -> None:
    found = population(
        name, weight_kg=70, infusions=UNEVEN, times_min=TIMES, patient_count=1, seed=7
    )
    drawn = compartments(models()[name], Person(70.0), _drawn(models()[name], VARIED[name], 1, 7))
    patient = type(drawn)(
        float(np.squeeze(drawn.volume_l)),
        float(np.squeeze(drawn.clearance_l_per_min)),
        tuple(
            type(one)(*(float(np.squeeze(getattr(one, field))) for field in one.__slots__))
            for one in drawn.peripherals
        ),
    )
    expected = [reference.concentration(patient, UNEVEN, one) if one > 0 else 0 for one in TIMES]

    assert found.percents == (5, 50, 95)
    for line in found.ng_per_ml:
        assert line == pytest.approx(expected, rel=1e-11, abs=0)


def test_parameters_are_log_normal_with_the_published_covariance() -> None:
    model = models()[FANTA]
    drawn = _drawn(model, VARIED[FANTA], 100_000, 3)
    etas = np.log([drawn[name] / model.parameters[name] for name in ("V1_L_70", "CL_Lph_70")])

    assert np.mean(etas, axis=1) == pytest.approx([0, 0], abs=0.005)
    # omega2 of the file: V1 0.084177, CL 0.026048, both together 0.02261
    expected = np.array([[0.084177, 0.02261], [0.02261, 0.026048]])
    assert np.cov(etas) == pytest.approx(expected, rel=0.02)


def test_every_variance_of_the_parent_is_drawn() -> None:
    for name, model in models().items():
        published = set(model.parameters.get("omega2", {}))
        ours = {one for one in published if "NK" not in one and "cov" not in one and one != "CLN1"}
        assert ours == set(VARIED.get(name, {}))


def test_the_liver_s_flow_varies_after_it_has_fallen_with_age() -> None:
    model = models()[PEREZ]
    drawn = _drawn(model, VARIED[PEREZ], 5, 1)
    factors = drawn["Qh_Lph"] / 151

    liver = compartments(model, Person(70.0, 80.0), drawn).peripherals[-1]

    # 151 - 20 years at 2.19 L/h
    assert liver.exchange_l_per_min == pytest.approx(107.2 / 60 * factors, rel=1e-12)


def test_the_median_is_near_the_model_and_the_spread_is_as_wide_as_the_volume_s() -> None:
    # Right after a bolus the concentration is dose by V1: a spread of exp(1.645 sqrt(0.0842)).
    found = population(
        FANTA,
        weight_kg=70,
        infusions=[(0, 1e-6, 1e6)],
        times_min=[1e-6],
        patient_count=20_000,
    )
    (low,), (middle,), (high,) = found.ng_per_ml

    assert middle == pytest.approx(1000 / 133, rel=0.02)
    assert high / middle == pytest.approx(exp(1.645 * 0.084177**0.5), rel=0.03)
    assert middle / low == pytest.approx(exp(1.645 * 0.084177**0.5), rel=0.03)


def test_the_same_seed_gives_the_same_patients_and_another_others() -> None:
    def lines(seed: int) -> tuple[list[float], ...]:
        return population(
            FANTA, weight_kg=70, infusions=UNEVEN, times_min=TIMES, seed=seed
        ).ng_per_ml

    assert lines(1) == lines(1)
    assert lines(1) != lines(2)


@pytest.mark.parametrize("name", [name for name in models() if name not in VARIED])
def test_a_set_without_variances_is_refused_by_name(name: str) -> None:
    with pytest.raises(NoVariances, match=f"{name}: no variances"):
        population(name, weight_kg=70, infusions=UNEVEN, times_min=TIMES)


@pytest.mark.parametrize(
    ("changed", "error", "reason"),
    [
        ({"patient_count": 0}, OutOfBounds, "0 patients are outside 1 to 100000"),
        ({"patient_count": 100_001}, OutOfBounds, "100001 patients"),
        ({"percents": ()}, OutOfBounds, "percents of nothing"),
        ({"percents": (5, 101)}, OutOfBounds, "percents of 5, 101"),
        ({"percents": (float("nan"),)}, OutOfBounds, "percents of nan"),
        ({"times_min": [float("nan")]}, InvalidTime, "a time of nan"),
        ({"weight_kg": 700}, CovariateError, "weight_kg 700"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    changed: dict[str, object], error: type[Exception], reason: str
) -> None:
    asked = {"weight_kg": 70, "infusions": UNEVEN, "times_min": TIMES, **changed}
    with pytest.raises(error, match=reason):
        population(FANTA, **asked)
