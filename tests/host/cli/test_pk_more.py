"""`evenflow pk`: metabolites, drawn patients, what-ifs, and what a session really gave."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from host.telemetry.frames import IDENTITY, batch, frame, opening

from evenflow import resources
from evenflow.cli import main
from evenflow.client.stream import Stream
from evenflow.pk import models_with_variances, population, predict
from evenflow.telemetry.recorder import Opening, Recorder
from evenflow.telemetry.store import create
from evenflow.telemetry.timeline import Timeline
from pumpcore.interlock import STATES

ORDERS = resources.path("examples", "orders")
REFERENCE = ORDERS / "ketamine-70kg.toml"
IN_WORDS = ("--weight", "70kg", "--infusion", "0 40 0.4375mg/min")
PLAN = {"drug": "ketamine", "weight_kg": 70.0, "concentration_mg_per_ml": 2.0}
NEVER = "never used to control the pump"
NOT_FOR_PEOPLE = "NOT FOR USE ON PEOPLE"

pytestmark = pytest.mark.requirement("PRC-06")


def _pk(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["pk", *map(str, arguments)])


def _object(*arguments: str | Path) -> dict[str, object]:
    result = _pk(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    content: dict[str, object] = json.loads(result.stdout)
    return content


def test_a_metabolite_is_shown_by_the_sets_that_have_it_in_its_own_unit() -> None:
    content = _object("predict", *IN_WORDS, "--metabolite", "norketamine")
    shown = _pk("predict", *IN_WORDS, "--metabolite", "norketamine").stdout

    assert [one["name"] for one in content["models"]] == list(models_with_variances())
    assert content["analyte"] == "norketamine"
    assert content["unit"] == "ng/mL of esketamine equivalents, not converted by molar mass"
    expected = predict(
        "fanta-2015-esketamine",
        weight_kg=70,
        infusions=[(0, 40, 0.4375)],
        times_min=content["times_min"],
        analyte="norketamine",
    )
    assert content["models"][0]["ng_per_ml"] == pytest.approx(expected)
    assert content["measured"] == []
    for words in ("norketamine in", "esketamine equivalents", NEVER, NOT_FOR_PEOPLE):
        assert words in shown


@pytest.mark.parametrize(
    ("arguments", "exit_code", "reason"),
    [
        (("--order", REFERENCE, "--metabolite", "norketamine"), 2, "orders of racemic ketamine"),
        ((*IN_WORDS, "--metabolite", "water"), 3, "no set has water"),
        (
            (*IN_WORDS, "--metabolite", "norketamine", "--model", "hijazi-2003"),
            3,
            "hijazi-2003 has no norketamine",
        ),
    ],
)
def test_a_metabolite_that_cannot_be_shown_is_refused(
    arguments: tuple[str | Path, ...], exit_code: int, reason: str
) -> None:
    result = _pk("predict", *arguments)

    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert reason in result.stderr


def test_measured_ranges_stand_beside_the_band() -> None:
    shown = _pk("predict", "--order", REFERENCE).stdout
    content = _object("predict", "--order", REFERENCE)

    assert "measured 185 ng/mL: peak after 0.5 mg/kg over 40 min" in shown
    assert "citing Zarate 2006; grade F: read in the source named)" in shown
    assert "273" not in shown
    assert [one["is_this_infusion"] for one in content["measured"]] == [True, True, False]
    esketamine = _object("predict", *IN_WORDS, "--model", "simons-2022-esketamine")
    assert [one["highest_ng_per_ml"] for one in esketamine["measured"]] == [287]


def test_drawn_patients_are_those_of_the_library() -> None:
    asked = ("population", *IN_WORDS, "--patients", "200", "--seed", "5", "--every", "40")
    content, shown = _object(*asked), _pk(*asked).stdout

    assert [one["model"] for one in content["populations"]] == list(models_with_variances())
    expected = population(
        "fanta-2015-esketamine",
        weight_kg=70,
        infusions=[(0, 40, 0.4375)],
        times_min=[0, 40, 80, 120],
        patient_count=200,
        seed=5,
    )
    first = content["populations"][0]["percentiles"]
    assert [one["percent"] for one in first] == [5, 50, 95]
    assert [one["ng_per_ml"] for one in first] == [
        pytest.approx(line) for line in expected.ng_per_ml
    ]
    for words in ("200 patients, seed 5", "taken as esketamine", NEVER, NOT_FOR_PEOPLE):
        assert words in shown


def test_a_set_without_variances_is_refused() -> None:
    result = _pk("population", *IN_WORDS, "--model", "hijazi-2003")

    assert result.exit_code == 3
    assert "hijazi-2003: no variances" in result.stderr


def test_what_ifs_stand_beside_the_plan() -> None:
    content, shown = _object("what-if", REFERENCE), _pk("what-if", REFERENCE).stdout

    rows = content["what_ifs"]
    assert [one["name"] for one in rows] == [
        "as planned",
        "paused at 20 min for 10 min",
        "aborted at 20 min",
        "... and resumed at 60 min",
        "double dose, in the same time",
        "whole syringe, 40 mg, in a minute",
    ]
    assert [one["mass_mg"] for one in rows] == pytest.approx([35, 35, 17.5, 35, 70, 40])
    assert rows[3]["infusions"][1] == {"start_min": 60, "stop_min": 80, "mg_per_min": 0.875}
    plan, double = rows[0], rows[4]
    assert double["peak_highest_ng_per_ml"] == pytest.approx(2 * plan["peak_highest_ng_per_ml"])
    for words in ("177 to 328", "355 to 656", "321 to 5828", NEVER, NOT_FOR_PEOPLE):
        assert words in shown
    for words in (NEVER, NOT_FOR_PEOPLE):
        assert words in content["note"]


def test_what_ifs_are_asked_for_with_their_times() -> None:
    asked = ("what-if", REFERENCE, "--pause", "10", "5", "--abort", "8", "--resume", "30")
    names = [one["name"] for one in _object(*asked)["what_ifs"]]

    assert names[1:4] == [
        "paused at 10 min for 5 min",
        "aborted at 8 min",
        "... and resumed at 30 min",
    ]


@pytest.mark.parametrize(
    ("arguments", "exit_code", "reason"),
    [
        ((REFERENCE, "--abort", "70"), 2, "resumed at 60 min, but stopped at 70 min"),
        ((REFERENCE, "--abort", "0"), 3, "at 0.0 min"),
        ((REFERENCE, "--pause", "10", "-1"), 3, "a pause of -1.0 min"),
        ((ORDERS / "bench-5ml-per-h.toml",), 3, "an order of the bench"),
    ],
)
def test_what_ifs_that_make_no_sense_are_refused(
    arguments: tuple[str | Path, ...], exit_code: int, reason: str
) -> None:
    result = _pk("what-if", *arguments)

    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert reason in result.stderr


def _record(
    path: Path, plan: dict[str, object], microsteps: list[int], *, restarts_at: int = -1
) -> None:
    """A session with a row a tick, which infuses after the first five."""
    bare = opening("0a1b")
    store = create(path)
    timeline = Timeline()
    told = Opening(bare.id, bare.order_name, bare.order_text, json.dumps(plan), bare.port, 1)
    recorder = Recorder(store, told, IDENTITY, timeline)
    (staged,) = Stream().feed(frame("staged", femtolitres_per_microstep=10**8, digest=bytes(8)))
    recorder.take(staged)
    infusing = STATES.index("infusing")
    for tick, count in enumerate([0] * 5 + microsteps, 1):
        told_tick = tick - restarts_at if 0 <= restarts_at < tick else tick
        state = infusing if tick > 5 else STATES.index("idle")
        row = batch(told_tick, delivered_microsteps=count, state=state)
        timeline.add(row)
        recorder.take(row)
    recorder.close("complete", {})
    store.close()


# 0.1 uL a microstep and one a tick, of 2 mg/mL: 0.6 mg/min. Ten seconds drawn back by 10 of them.
COUNTS = [*range(1500), *[1489] * 500, *range(1489, 3000)]


def test_a_session_is_predicted_from_what_it_really_gave(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    _record(path, PLAN, COUNTS)

    content = _object("session", "0a", "--db", path, "--every", "0.5", "--model", "hijazi-2003")

    infusions = content["infusions"]
    assert infusions[0]["start_min"] == 0
    assert infusions[0]["mg_per_min"] == pytest.approx(0.6)
    mass_mg = sum((one["stop_min"] - one["start_min"]) * one["mg_per_min"] for one in infusions)
    assert mass_mg == pytest.approx(2999 * 1e-4 * 2)
    # Nothing between 30 s and 40 s; samples are a second apart or a little more.
    assert not [one for one in infusions if 30 < one["start_min"] * 60 < 38]
    assert content["times_min"] == [0, 0.5, 1]
    expected = predict(
        "hijazi-2003",
        weight_kg=70,
        infusions=[tuple(one.values()) for one in infusions],
        times_min=[0, 0.5, 1],
    )
    assert content["models"][0]["ng_per_ml"] == pytest.approx(expected)
    shown = _pk("session", "0a", "--db", path).stdout
    assert "session 0a1b, as its telemetry counted: 70 kg" in shown
    assert "0.5998 mg in " in shown
    assert NEVER in shown


@pytest.mark.parametrize(
    ("plan", "counts", "restarts_at", "reason"),
    [
        ({**PLAN, "drug": None}, COUNTS, -1, "is not of ketamine by weight"),
        (PLAN, [], -1, "nothing was given"),
        (PLAN, COUNTS, 200, "began to count anew"),
    ],
)
def test_a_session_that_cannot_be_predicted_is_refused(
    tmp_path: Path, plan: dict[str, object], counts: list[int], restarts_at: int, reason: str
) -> None:
    path = tmp_path / "record.db"
    _record(path, plan, counts, restarts_at=restarts_at)

    result = _pk("session", "0a", "--db", path)

    assert (result.exit_code, result.stdout) == (3, "")
    assert reason in result.stderr
