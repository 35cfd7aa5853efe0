"""Covariate rules of each parameter set, by hand, and whom they refuse."""

import json

import pytest

from evenflow.pk import CovariateError, Ke0Option, models
from evenflow.pk.covariate import SCOPES, Person, compartments
from evenflow.pk.model import SHIPPED

ADULT = Person(140.0)
CHILD = Person(35.0, 8.0)
TWICE = 2**0.75  # 140 kg by 70 kg
HALF = 0.5**0.75

# V1 and CL in L and L/min, then V and exchange of the others, from the file's numbers.
BY_HAND = {
    # 0.063 * 140 = 8.82; V2 = V1 k12 / k21, and V1 k12 is exchanged
    "domino-1984": (
        *(8.82, 8.82 * 0.4381, 8.82 * 0.5921 / 0.247, 8.82 * 0.5921),
        *(8.82 * 0.59 / 0.0146, 8.82 * 0.59),
    ),
    "domino-1982": (3.47, 1.296, 11.0, 2.276, 134.0, 2.058),
    "clements-1981-250": (
        *(245.308, 245.308 * 0.0109),
        *(245.308 * 0.0186 / 0.0137, 245.308 * 0.0186),
    ),
    "clements-1981-125": (168.28, 2.324, 295.96, 3.682),
    # 84 L/h at 70 kg: 168 L/h = 2.8 L/min
    "kamp-2020-linear": (50.0, 2.8, 112.0, 322 / 60, 314.0, 158 / 60),
    "abuhelwa-2022": (158.6, 1.16 * TWICE, 174.8, 121 / 60 * TWICE),
    "hijazi-2003": (151.2, 151.2 * 0.0333, 151.2 * 0.0088 / 0.003, 151.2 * 0.0088),
    "herd-2007": (19.35, 1.5 * HALF, 51.0, 215 / 60 * HALF),
    "hornik-2018": (16.4, 38.9 / 60 * HALF, 76.0, 0.915 * HALF),
    "fanta-2015-esketamine": (266.0, 95.2 / 60 * TWICE, 187.0, 23.2 / 60, 98.8, 157 / 60),
    "simons-2022-esketamine": (23.2, 1.48 * TWICE, 78.0, 2.43 * TWICE, 348.0, 1.21 * TWICE),
    "perez-ruixo-2020-esketamine": (192.0, 0.0, 143.0, 1.405, 417.0, 37.6 / 60, 101.0, 151 / 60),
    "flint-2017-esketamine": (3.865, 112 / 60 * HALF, 272.5, 196 / 60 * HALF),
    "kamp-2020-allometric": (50.0, 1.4 * TWICE, 112.0, 161 / 60 * TWICE, 314.0, 79 / 60 * TWICE),
}


def whom(name: str) -> Person:
    return CHILD if SCOPES[name].is_for_children else ADULT


def test_every_set_of_the_file_is_there_and_has_a_rule() -> None:
    rows = json.loads(SHIPPED.read_text(encoding="utf-8"))["models"]

    assert list(models()) == [row["id"] for row in rows]
    assert set(models()) == set(SCOPES) == set(BY_HAND)


def test_a_set_says_where_it_is_from() -> None:
    for model in models().values():
        assert model.citation
        assert model.status
        assert model.transcribed_from
        assert model.covariate_rules
    hijazi = models()["hijazi-2003"]
    assert hijazi.population == "ICU patients with brain or spinal cord injury"
    assert hijazi.ke0_options == (Ke0Option(4.773, "opentiva"),)


@pytest.mark.parametrize("name", list(BY_HAND))
def test_compartments_are_those_worked_out_by_hand(name: str) -> None:
    found = compartments(models()[name], whom(name))
    flat = [found.volume_l, found.clearance_l_per_min]
    for one in found.peripherals:
        flat += [one.volume_l, one.exchange_l_per_min]

    assert flat == pytest.approx(BY_HAND[name], rel=1e-12)


@pytest.mark.parametrize(
    ("person", "flow_l_per_h", "per_h"),
    [
        (Person(70.0), 151.0, 3.88),
        (Person(70.0, 40.0), 151.0, 3.88),
        (Person(70.0, 60.0), 151.0, 3.88),
        (Person(70.0, 80.0), 107.2, 3.88),  # 20 years at 2.19 L/h
        (Person(70.0, is_asian=True), 151.0, 3.1696),  # 1.11 * 0.36 + 2.77
        (Person(70.0, is_asian=False), 151.0, 3.88),
    ],
)
def test_age_and_descent_change_the_liver(
    person: Person, flow_l_per_h: float, per_h: float
) -> None:
    liver = compartments(models()["perez-ruixo-2020-esketamine"], person).peripherals[-1]

    assert liver.exchange_l_per_min == pytest.approx(flow_l_per_h / 60, rel=1e-12)
    assert liver.clearance_l_per_min == pytest.approx(101 * per_h / 60, rel=1e-12)


@pytest.mark.parametrize("name", [name for name, one in SCOPES.items() if one.is_for_children])
def test_a_set_for_children_is_refused_by_name_without_a_childs_age(name: str) -> None:
    with pytest.raises(CovariateError, match=f"{name} was made for children"):
        compartments(models()[name], Person(35.0))
    with pytest.raises(CovariateError, match="age_years 40 is outside"):
        compartments(models()[name], Person(35.0, 40.0))


@pytest.mark.parametrize(
    ("name", "person", "reason"),
    [
        (
            "kamp-2020-linear",
            Person(-70.0),
            "kamp-2020-linear: weight_kg -70 is outside 30 to 200",
        ),
        ("kamp-2020-linear", Person(0.0), "weight_kg 0 "),
        ("kamp-2020-linear", Person(float("nan")), "weight_kg nan"),
        ("kamp-2020-linear", Person(70000.0), "weight_kg 70000"),
        ("domino-1982", Person(20.0), "weight_kg 20 "),
        ("kamp-2020-linear", Person(70.0, 12.0), "age_years 12 is outside 18 to 100"),
        ("kamp-2020-linear", Person(70.0, is_asian=True), "no covariate is_asian"),
        ("herd-2007", Person(80.0, 14.0), "weight_kg 80 is outside 10.8 to 74.8"),
        ("hornik-2018", Person(20.0, 0.5), "age_years 0.5 is outside 1 to 18"),
        ("perez-ruixo-2020-esketamine", Person(38.0), "weight_kg 38 is outside 39 to 170"),
        ("perez-ruixo-2020-esketamine", Person(70.0, 87.0), "age_years 87 is outside 18 to 86"),
    ],
)
def test_a_person_out_of_range_is_refused_by_name(name: str, person: Person, reason: str) -> None:
    with pytest.raises(CovariateError, match=reason):
        compartments(models()[name], person)
