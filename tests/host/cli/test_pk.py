"""`evenflow pk`: what is predicted, of what, and that it says what it is not for."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evenflow import resources
from evenflow.cli import main
from evenflow.pk import models, predict

REFERENCE = resources.path("examples", "orders", "ketamine-70kg.toml")
IN_WORDS = ("--weight", "70kg", "--infusion", "0 40 0.875mg/min")
ADULT_RACEMIC = [
    "domino-1984",
    "domino-1982",
    "clements-1981-250",
    "clements-1981-125",
    "kamp-2020-linear",
    "abuhelwa-2022",
    "hijazi-2003",
    "kamp-2020-allometric",
]


def _predict(*options: str | Path) -> Result:
    return CliRunner().invoke(main, ["pk", "predict", *map(str, options)])


def _object(*options: str | Path) -> dict[str, object]:
    result = _predict(*options, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.requirement("PRC-06")
def test_a_table_has_every_time_the_band_and_the_provenance_of_each_model() -> None:
    result = _predict("--order", REFERENCE)

    assert result.exit_code == 0
    assert result.stderr == ""
    (row,) = [line for line in result.stdout.splitlines() if line.startswith("│ 40 ")]
    cells = [cell.strip() for cell in row.strip("│").split("│")]
    # docs/predictions.md shows these
    figures = ["240.3", "327.9", "177.3", "235.3", "253.1", "246.8", "225.3", "253.1"]
    assert cells == ["40", *figures, "177.3", "327.9"]
    for name in ADULT_RACEMIC:
        assert f"{name}: racemic" in result.stdout
        assert models()[name].citation in result.stdout
        assert models()[name].status in result.stdout
    assert "never used to control the pump" in result.stdout
    assert "NOT FOR USE ON PEOPLE" in result.stdout


@pytest.mark.requirement("PRC-06")
def test_json_is_one_object_with_columns_and_band() -> None:
    content = _object("--order", REFERENCE)

    assert (content["weight_kg"], content["site"]) == (70, "plasma")
    assert content["infusions"] == [{"start_min": 0, "stop_min": 40, "mg_per_min": 0.875}]
    assert content["times_min"] == list(range(0, 121, 10))
    rows = {one["name"]: one for one in content["models"]}
    assert list(rows) == ADULT_RACEMIC == content["band"]["models"]
    expected = predict(
        "hijazi-2003", weight_kg=70, infusions=[(0, 40, 0.875)], times_min=content["times_min"]
    )
    assert rows["hijazi-2003"]["ng_per_ml"] == expected
    assert rows["hijazi-2003"]["population"].startswith("ICU patients")
    columns = [one["ng_per_ml"] for one in content["models"]]
    assert content["band"]["lowest_ng_per_ml"] == [min(row) for row in zip(*columns, strict=True)]
    assert content["band"]["highest_ng_per_ml"] == [max(row) for row in zip(*columns, strict=True)]
    assert "never used to control the pump" in content["note"]
    assert "NOT FOR USE ON PEOPLE" in content["note"]


def test_words_are_as_good_as_an_order() -> None:
    by_order, by_words = _object("--order", REFERENCE), _object(*IN_WORDS)

    assert by_words["models"] == by_order["models"]


def test_only_the_models_that_are_named_at_the_times_asked_for() -> None:
    asked = ("--model", "simons-2022-esketamine", "--model", "hijazi-2003")
    content = _object(*IN_WORDS, *asked, "--every", "0.1", "--until", "0.3")

    assert [one["name"] for one in content["models"]] == ["simons-2022-esketamine", "hijazi-2003"]
    assert content["times_min"] == pytest.approx([0, 0.1, 0.2, 0.3])
    # An esketamine set is shown, but says nothing of racemic ketamine.
    assert content["band"]["models"] == ["hijazi-2003"]
    assert content["band"]["lowest_ng_per_ml"] == content["models"][1]["ng_per_ml"]


def test_without_a_set_that_applies_there_is_no_band() -> None:
    result = _predict(*IN_WORDS, "--model", "simons-2022-esketamine")

    assert result.exit_code == 0
    assert "No band" in result.stdout
    assert "lowest" not in result.stdout


def test_the_effect_site_shows_its_assumption() -> None:
    result = _predict(*IN_WORDS, "--ke0", "0.238")

    assert "effect site with ke0 = 0.238 1/min for every model, as asked: an assumption" in (
        result.stdout
    )
    assert _object(*IN_WORDS, "--ke0", "0.238")["site"] == "effect"


def test_a_set_for_children_needs_the_childs_age() -> None:
    child = ("--weight", "25kg", "--infusion", "0 40 0.3mg/min", "--model", "herd-2007")

    refused = _predict(*child)
    assert refused.exit_code == 3
    assert "herd-2007 was made for children" in refused.stderr
    assert _predict(*child, "--age", "8").exit_code == 0


@pytest.mark.parametrize(
    ("options", "exit_code", "reason"),
    [
        ((), 2, "nothing says what is infused"),
        (("--weight", "70kg"), 2, "nothing says what is infused"),
        (("--order", "x.toml", "--weight", "70kg"), 2, "an order says weight and infusion itself"),
        (("--order", "x.toml"), 2, "no such file"),
        (("--weight", "70", "--infusion", "0 40 1mg/min"), 3, "has no unit"),
        (("--weight", "70kg", "--infusion", "0 40 1"), 3, "has no unit"),
        (("--weight", "70kg", "--infusion", "0 1mg/min"), 2, "is not a start, a stop and a rate"),
        (("--weight", "70kg", "--infusion", "40 40 1mg/min"), 3, "has no length"),
        (("--weight", "700kg", "--infusion", "0 40 1mg/min"), 3, "weight_kg 700 is outside"),
        ((*IN_WORDS, "--model", "klamp"), 3, "no parameter set is named klamp"),
        ((*IN_WORDS, "--ke0", "0"), 3, "a ke0 of 0"),
        ((*IN_WORDS, "--every", "0"), 2, "every 0 min"),
        ((*IN_WORDS, "--every", "nan"), 2, "every nan min"),
        ((*IN_WORDS, "--every", "121"), 2, "every 121 min until 120 min"),
        ((*IN_WORDS, "--until", "inf"), 2, "until inf min"),
    ],
)
def test_what_cannot_be_predicted_is_refused(
    options: tuple[str, ...], exit_code: int, reason: str
) -> None:
    result = _predict(*options)

    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert reason in result.stderr


def test_an_order_of_something_else_is_refused() -> None:
    result = _predict("--order", resources.path("examples", "orders", "bench-5ml-per-h.toml"))

    assert result.exit_code == 3
    assert "an order of the bench" in result.stderr


@pytest.mark.requirement("PRC-06")
def test_models_lists_every_set() -> None:
    shown = CliRunner().invoke(main, ["pk", "models"])
    content = json.loads(CliRunner().invoke(main, ["pk", "models", "--json"]).stdout)

    assert [one["name"] for one in content["models"]] == list(models())
    for name in models():
        assert f"{name}: " in shown.stdout
    assert "never used to control the pump" in shown.stdout
    assert "never used to control the pump" in content["note"]


def test_the_page_names_every_set_with_its_citation() -> None:
    page = (Path(__file__).parents[3] / "docs" / "predictions.md").read_text(encoding="utf-8")

    for model in models().values():
        row = f"| `{model.name}` | {model.drug} | {model.citation} |"
        assert row in page
        assert model.status in page[page.index(row) :].splitlines()[0]
