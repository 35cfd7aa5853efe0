"""Metabolites against the equations of their sources, in decimals of 60 digits."""

from decimal import Decimal, localcontext
from itertools import pairwise

import numpy as np
import pytest
from host.pk import reference

from evenflow.pk import CovariateError, InvalidTime, UnknownAnalyte, analytes, models, predict
from evenflow.pk.chain import exponentials

FANTA, SIMONS, PEREZ = (
    f"{name}-esketamine" for name in ("fanta-2015", "simons-2022", "perez-ruixo-2020")
)
UNEVEN = [(3.0, 20.0, 0.875), (25.0, 48.0, 0.875), (30.0, 31.0, 20.0), (30.5, 60.0, 0.1)]
TIMES = [3.001, 4.0, 30.7, 60.0, 90.0, 480.0]
CASES = [(FANTA, "norketamine"), (SIMONS, "norketamine"), (SIMONS, "hydroxynorketamine")]
CASES.append((PEREZ, "norketamine"))


def flows(name: str) -> tuple[dict[tuple[str, str], float], dict[str, float]]:
    """What flows from where to where, in 1/min at 70 kg, as the source's equations have it."""
    p = models()[name].parameters
    if name == FANTA:
        kel = p["CL_Lph_70"] / 60 / p["V1_L_70"]
        ken = p["NK_CL_Lph_70"] / 60 / p["NK_V_L_70"]
        rates = {
            ("k", "k2"): p["Q1_Lph"] / 60 / p["V1_L_70"],
            ("k2", "k"): p["Q1_Lph"] / 60 / p["Vp1_L"],
            ("k", "k3"): p["Q2_Lph"] / 60 / p["V1_L_70"],
            ("k3", "k"): p["Q2_Lph"] / 60 / p["Vp2_L"],
            ("k", "norketamine"): kel,
            ("norketamine", "out"): ken,
            ("norketamine", "n2"): p["NK_Q_Lph"] / 60 / p["NK_V_L_70"],
            ("n2", "norketamine"): p["NK_Q_Lph"] / 60 / p["NK_Vp_L"],
        }
        return rates, {"norketamine": p["NK_V_L_70"]}
    if name == PEREZ:
        rates = {
            ("k", "k2"): p["Q1_Lph"] / 60 / p["Vc_L"],
            ("k2", "k"): p["Q1_Lph"] / 60 / p["Vp1_L"],
            ("k", "k3"): p["Q2_Lph"] / 60 / p["Vc_L"],
            ("k3", "k"): p["Q2_Lph"] / 60 / p["Vp2_L"],
            ("k", "liver"): p["Qh_Lph"] / 60 / p["Vc_L"],
            ("liver", "k"): p["Qh_Lph"] / 60 / p["Vh_L"],
            ("liver", "out"): p["kel_per_h"] / 60,
            ("liver", "norketamine"): p["kmet_per_h"] / 60,
            ("norketamine", "out"): p["NK_CL_Lph"] / 60 / p["NK_Vc_L"],
            ("norketamine", "n2"): p["NK_Q3_Lph"] / 60 / p["NK_Vc_L"],
            ("n2", "norketamine"): p["NK_Q3_Lph"] / 60 / p["NK_Vp_L"],
        }
        return rates, {"norketamine": p["NK_Vc_L"]}
    slow, fast = 2 / p["MTT_K_NK_min"], 2 / p["MTT_NK_HNK_min"]
    rates = {
        ("k", "k2"): p["CLK2_Lpm_70"] / p["VK1_L_70"],
        ("k2", "k"): p["CLK2_Lpm_70"] / p["VK2_L_70"],
        ("k", "k3"): p["CLK3_Lpm_70"] / p["VK1_L_70"],
        ("k3", "k"): p["CLK3_Lpm_70"] / p["VK3_L_70"],
        ("k", "t1"): p["CLK1_Lpm_70"] / p["VK1_L_70"] * p["fm_NK"],
        ("k", "out"): p["CLK1_Lpm_70"] / p["VK1_L_70"] * (1 - p["fm_NK"]),
        ("t1", "t2"): slow,
        ("t2", "norketamine"): slow,
        ("norketamine", "n2"): p["CLN2_Lpm_70"] / p["VK1_L_70"],
        ("n2", "norketamine"): p["CLN2_Lpm_70"] / p["VN2_L_70"],
        ("norketamine", "t3"): p["CLN1_Lpm_70"] / p["VK1_L_70"] * p["fm_HNK"],
        ("norketamine", "out"): p["CLN1_Lpm_70"] / p["VK1_L_70"] * (1 - p["fm_HNK"]),
        ("t3", "t4"): fast,
        ("t4", "hydroxynorketamine"): fast,
        ("hydroxynorketamine", "out"): p["CLH1_Lpm_70"] / p["VH1_L_70"],
        ("hydroxynorketamine", "h2"): p["CLH2_Lpm_70"] / p["VH1_L_70"],
        ("h2", "hydroxynorketamine"): p["CLH2_Lpm_70"] / p["VH2_L_70"],
    }
    return rates, {"norketamine": p["VK1_L_70"], "hydroxynorketamine": p["VH1_L_70"]}


def by_decimals(name: str, analyte: str, time_min: float) -> float:
    rates, volumes = flows(name)
    places = [place for place in dict.fromkeys(sum(rates, ())) if place != "out"]
    with localcontext() as context:
        context.prec = reference.DIGITS
        state = [Decimal(0)] * len(places)
        moments = sorted({moment for start, stop, _ in UNEVEN for moment in (start, stop)})
        moments = [moment for moment in moments if moment < time_min] + [time_min]
        for since, until in pairwise(moments):
            matrix = [[Decimal(0)] * (len(places) + 1) for _ in range(len(places) + 1)]
            for (source, target), rate in rates.items():
                matrix[places.index(source)][places.index(source)] -= Decimal(rate)
                if target != "out":
                    matrix[places.index(target)][places.index(source)] += Decimal(rate)
            running = [Decimal(rate) for start, stop, rate in UNEVEN if start <= since < stop]
            matrix[places.index("k")][-1] = sum(running, Decimal(0))
            step = reference.exponential(reference.times(matrix, Decimal(until) - Decimal(since)))
            known = [*state, Decimal(1)]
            state = [
                sum((one * was for one, was in zip(row, known, strict=True)), Decimal(0))
                for row in step[:-1]
            ]
        return float(state[places.index(analyte)] / Decimal(volumes[analyte]) * 1000)


@pytest.mark.parametrize(("name", "analyte"), CASES)
def test_a_metabolite_is_that_of_its_equations(name: str, analyte: str) -> None:
    found = predict(
        name, weight_kg=70, infusions=UNEVEN, times_min=[-1, 3.0, *TIMES], analyte=analyte
    )

    assert found[:2] == [0, 0]
    expected = [by_decimals(name, analyte, time) for time in TIMES]
    assert found[2:] == pytest.approx(expected, rel=1e-11, abs=0)


@pytest.mark.parametrize(("name", "analyte"), CASES)
def test_many_times_and_each_by_itself_are_the_same(name: str, analyte: str) -> None:
    def of(times: list[float]) -> list[float]:
        return predict(name, weight_kg=55, infusions=UNEVEN, times_min=times, analyte=analyte)

    times = [index / 60 for index in range(0, 7201, 7)]
    alone = [of([one])[0] for one in times[::50]]
    assert of(times)[::50] == pytest.approx(alone, rel=1e-11, abs=0)


def test_what_is_formed_is_the_fraction_of_what_is_given() -> None:
    # In the steady state at 1 mg/min: fraction of the rate by clearance.
    def steady(name: str, analyte: str, **covariates: float) -> float:
        long = [(0.0, 1e5, 1.0)]
        return predict(
            name, weight_kg=70, infusions=long, times_min=[1e5], analyte=analyte, **covariates
        )[0]

    assert steady(FANTA, "norketamine") == pytest.approx(1000 / (57.72 / 60), rel=1e-9)
    assert steady(SIMONS, "norketamine") == pytest.approx(800, rel=1e-9)
    assert steady(SIMONS, "hydroxynorketamine") == pytest.approx(560 / 0.933, rel=1e-9)
    # 2.77 of 3.88 is metabolised; Asian: kel times 0.36, CLn times 0.81
    nor = 1000 / (38 / 60)
    assert steady(PEREZ, "norketamine") == pytest.approx(nor * 2.77 / 3.88, rel=1e-9)
    asian = nor / 0.81 * 2.77 / (1.11 * 0.36 + 2.77)
    assert steady(PEREZ, "norketamine", is_asian=True) == pytest.approx(asian, rel=1e-9)


def test_weight_scales_as_the_source_says() -> None:
    # At twice the weight: CL of Fanta as its power of 0.75.
    (found,) = predict(
        FANTA, weight_kg=140, infusions=[(0, 1e5, 1)], times_min=[1e5], analyte="norketamine"
    )

    assert found == pytest.approx(1000 / (57.72 / 60 * 2**0.75), rel=1e-9)


def test_the_exponential_of_nothing_is_one() -> None:
    matrix = np.array([[-1.0, 0.5], [1.0, -0.5]])

    assert exponentials(matrix, np.array([0.0]))[0] == pytest.approx(np.eye(2))


def test_a_set_says_which_analytes_it_has() -> None:
    assert analytes(models()[SIMONS]) == ("ketamine", "norketamine", "hydroxynorketamine")
    assert analytes(models()["kamp-2020-linear"]) == ("ketamine",)


@pytest.mark.parametrize(
    ("name", "changed", "error", "reason"),
    [
        (
            "kamp-2020-linear",
            {},
            UnknownAnalyte,
            "kamp-2020-linear has no norketamine; it has ket",
        ),
        (PEREZ, {"analyte": "water"}, UnknownAnalyte, "has no water; it has ketamine, norket"),
        (PEREZ, {"site": "effect", "ke0_per_min": 0.2}, UnknownAnalyte, "no effect site of nork"),
        (PEREZ, {"weight_kg": 20}, CovariateError, "weight_kg 20"),
        (PEREZ, {"times_min": [float("inf")]}, InvalidTime, "a time of inf"),
        (
            "flint-2017-esketamine",
            {"age_years": 8, "weight_kg": 25},
            UnknownAnalyte,
            "clearance of norketamine changes with time",
        ),
    ],
)
def test_a_metabolite_that_is_not_there_is_refused(
    name: str, changed: dict[str, object], error: type[Exception], reason: str
) -> None:
    asked = {"weight_kg": 70, "infusions": UNEVEN, "times_min": TIMES, "analyte": "norketamine"}
    with pytest.raises(error, match=reason):
        predict(name, **{**asked, **changed})
