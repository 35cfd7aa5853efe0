"""Campaigns of single faults: their table, their cases, what is judged, what is declared."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from evenflow.campaign import judge, report
from evenflow.campaign.case import PHASES, RATES_ML_PER_H, Case, cases
from evenflow.campaign.faults import FAULTS, NO_FAULTS, SOURCES, STORING
from evenflow.cli import main
from evenflow.scenario import file
from evenflow.scenario.stimuli import BY_NAME

ROOT = Path(__file__).parents[3]
DECLARED = ROOT / "docs" / "single-faults.json"


@pytest.mark.requirement("OVR-02")
def test_every_stimulus_of_a_part_is_a_fault_or_said_to_be_none() -> None:
    planted = {fault.stimulus for fault in FAULTS}
    names = {name for name, row in BY_NAME.items() if row.source in SOURCES}
    assert planted | set(NO_FAULTS) == names
    assert not planted & set(NO_FAULTS)


@pytest.mark.requirement("OVR-02")
def test_what_is_left_to_chance_is_every_argument_that_must_be_given() -> None:
    for fault in FAULTS:
        needed = {one.name for one in BY_NAME[fault.stimulus].arguments if one.is_required}
        assert needed == set(fault.chosen) | set(fault.drawn), fault.name


@pytest.mark.requirement("OVR-02")
def test_a_case_is_the_same_each_time_and_a_valid_scenario(tmp_path: Path) -> None:
    drawn = list(cases(3, 1))
    assert drawn == list(cases(3, 1))
    assert len(drawn) == len(FAULTS) * len(RATES_ML_PER_H) * len(PHASES)
    for case in drawn[:: len(PHASES) * len(RATES_ML_PER_H) + 1]:
        path = tmp_path / f"{case.name}.toml"
        path.write_text(case.toml())
        scenario = file.load(path)
        assert scenario.events[-1].stimulus.name == case.fault.stimulus


def _case(name: str = "controller.hang") -> Case:
    return next(case for case in cases(1, 1) if case.fault.name == name)


def _result(case: Case, changes: dict[str, Any] | None = None) -> dict[str, Any]:
    raised_s = 30.0 + case.at_s + 1
    alarm = {"id": "software_fault", "raised_t_s": raised_s, "last_step_t_s": raised_s + 0.005}
    result = {
        "t0_s": 30.0,
        "excess_ml": 0.0,
        "alarms": [alarm],
        "final": {"state": "fault"},
        "undone": [],
    }
    return {**result, **(changes or {})}


@pytest.mark.requirement("OVR-01", "OVR-02")
def test_a_run_that_keeps_the_rules_breaks_none() -> None:
    case = _case()
    row = judge.row_of(case, _result(case))

    assert row["broken"] == []
    assert row["stop_ms"] == pytest.approx(5)
    assert row["heard_after_s"] == pytest.approx(1)


@pytest.mark.requirement("OVR-01", "OVR-02")
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"excess_ml": 0.1001}, "excess of 0.1001 mL"),
        ({"alarms": []}, "no alarm"),
        ({"undone": [{"where": "event 1"}]}, "the fault was never planted"),
    ],
)
def test_too_much_silence_and_a_fault_that_never_came_break_a_rule(
    changes: dict[str, Any], words: str
) -> None:
    case = _case()
    assert judge.row_of(case, _result(case, changes))["broken"] == [words]


@pytest.mark.requirement("OVR-01", "OVR-02")
def test_steps_after_the_alarm_break_a_rule() -> None:
    case = _case()
    result = _result(case)
    result["alarms"][0]["last_step_t_s"] += 0.025
    assert judge.row_of(case, result)["broken"] == ["steps 30.0 ms after the alarm"]


@pytest.mark.requirement("OVR-02")
def test_an_alarm_from_before_the_fault_tells_nothing_of_it() -> None:
    case = _case()
    result = _result(case)
    result["alarms"][0]["raised_t_s"] = 30.0 + case.at_s - 1
    assert judge.row_of(case, result)["broken"] == ["no alarm"]


@pytest.mark.requirement("OVR-02")
def test_what_is_declared_is_never_less_than_what_was_measured() -> None:
    rows: list[dict[str, Any]] = [{"excess_ml": 0.0001}, {"excess_ml": 0.0301}]
    for row in rows:
        row["fault"] = "plant.free_flow"
    assert report.declared_ml(rows) == 0.04
    # What a compressed bubble gives back is told apart.
    assert report.declared_ml([*rows, {"fault": "plant.air", "excess_ml": 0.4}]) == 0.04


@pytest.mark.requirement("OVR-02")
def test_the_shipped_declaration_is_that_of_its_data() -> None:
    data = json.loads(DECLARED.read_text())
    rows = data["rows"]

    assert DECLARED.with_suffix(".md").read_text() == report.markdown(data)
    measured = [row["excess_ml"] for row in rows if row["fault"] not in STORING]
    assert report.declared_ml(rows) >= max(measured)
    assert [row["case"] for row in rows if row["broken"]] == []
    names = {(row["fault"], row["rate_ml_per_h"], row["phase"]) for row in rows}
    due = {(f.name, rate, phase) for f in FAULTS for rate in RATES_ML_PER_H for phase in PHASES}
    assert names == due


@pytest.mark.requirement("OVR-01", "OVR-02")
def test_a_campaign_of_one_fault_keeps_to_the_declaration(tmp_path: Path) -> None:
    """The rule, not the example: another seed than the shipped one."""
    arguments = ["campaign", "--fault", "step_source", "--rate", "1200", "--seed", "77", "--json"]
    done = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path)])

    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    declared_ml = report.declared_ml(json.loads(DECLARED.read_text())["rows"])
    assert (found["runs"], found["broken"]) == (2, [])
    assert found["declared_ml"] <= declared_ml
    assert (tmp_path / "single-faults.md").read_text().startswith("# What a single fault")
    assert len(list(tmp_path.glob("*.toml"))) == 2


@pytest.mark.requirement("OVR-02")
@pytest.mark.parametrize("wrong", [["--fault", "gremlin"], ["--rate", "7"]])
def test_what_no_campaign_has_is_refused_by_name(wrong: list[str], tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["campaign", *wrong, "--out", str(tmp_path)])
    assert done.exit_code == 2
