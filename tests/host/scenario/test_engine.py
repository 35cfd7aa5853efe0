"""Whole runs on the emulated board: what a scenario asks for happens, to the microsecond."""

import io
import os
import signal
from collections.abc import Callable
from itertools import pairwise

import pytest
from host.scenario.ran import AUTO, SHORT, Ran, event, run_scenario

from evenflow.emulator.runtime import choose
from evenflow.scenario import engine
from evenflow.scenario.file import Scenario
from evenflow.scenario.trace import COLUMNS

pytestmark = pytest.mark.requirement("DES-09")


def test_the_automatic_operator_starts_and_the_run_ends_after_the_first_step(
    run: Callable[..., Ran],
) -> None:
    ran = run("5 s")

    t0_s = ran.result["t0_s"]
    assert ran.states == ["self_test", "idle", "staged", "confirmed", "infusing"]
    assert ran.result["virtual_s"] == pytest.approx(t0_s + 5, abs=1e-6)
    assert ran.result["final"]["state"] == "infusing"
    assert 0.05 < ran.result["final"]["waste_volume_ml"] <= 0.3
    assert ran.result["refusals"] == []
    assert (ran.result["passed"], ran.result["alarms"], ran.result["expect"]) == (True, [], [])
    done = [one["name"] for one in ran.result["events"] if one["detail"] == "auto"]
    assert done == [
        "confirm",
        "prime_hold",
        "purge_confirm",
        "test_heard",
        "patient_connected",
        "start",
    ]
    assert ran.result["runtime"]["interpreter"] == "cpython"


def test_the_trace_has_ten_rows_a_second_and_one_at_every_edge(run: Callable[..., Ran]) -> None:
    ran = run("5 s", event('at = "3 s"', "plant.open_barrel"))

    rows = ran.rows
    assert ran.text.startswith(",".join(COLUMNS) + "\n")
    times = [float(row["t_s"]) for row in rows]
    assert times == sorted(times)
    # An edge may fall on a row's moment, which then has another.
    grid = list(dict.fromkeys(row["t_s"] for row in rows if row["t_s"].endswith("000")))
    assert grid == [f"{tenth / 10:.4f}" for tenth in range(len(grid))]
    assert len(grid) == int(ran.result["virtual_s"] * 10) + 1
    edges = ("state", "motor_enabled", "led", "sounder", "alarms")
    for before, row in pairwise(rows):
        if not row["t_s"].endswith("000") or row["t_s"] == before["t_s"]:
            assert [before[name] for name in edges] != [row[name] for name in edges]
    last = rows[-1]
    assert (last["state"], last["alarms"], last["motor_enabled"]) == ("held", "barrel_open", "0")
    assert {"red_flash", "off"} >= {row["led"] for row in rows if row["alarms"]}
    for name, decimals in (
        ("t_s", 4),
        ("patient_volume_ml", 6),
        ("syringe_volume_ml", 6),
        ("line_pressure_mmhg", 2),
    ):
        assert {len(row[name].partition(".")[2]) for row in rows} == {decimals}


def test_volumes_in_the_trace_only_grow_and_add_up(run: Callable[..., Ran]) -> None:
    rows = run("8 s", event('at = "4 s"', "operator.stop")).rows

    patient = [float(row["patient_volume_ml"]) for row in rows]
    syringe = [float(row["syringe_volume_ml"]) for row in rows]
    steps = [int(row["step_count"]) for row in rows]
    assert patient == sorted(patient)
    assert syringe == sorted(syringe, reverse=True)
    assert steps == sorted(steps)
    assert patient[-1] > 0.02


def test_the_same_file_and_seed_give_the_same_bytes(
    read: Callable[..., Scenario],
) -> None:
    body = (
        event('at = "1 s"', "link.corrupt", rate=0.3)
        + event('at = "2 s"', "plant.occlude")
        + event('at = "3 s"', "operator.stop")
    )
    scenario = read(body, 'until = "5 s"\n' + AUTO)
    seen: list[int] = []

    first = run_scenario(scenario)
    second = run_scenario(scenario, lambda now_us, _: seen.append(now_us))

    assert seen
    assert first.text == second.text
    del first.result["wall_s"], second.result["wall_s"]
    assert first.result == second.result


def test_a_pause_in_the_middle_changes_nothing(read: Callable[..., Scenario]) -> None:
    choose("micropython", 245_888)
    head = AUTO.replace('"cpython"', '"micropython"')
    scenario = read("", f'until = "3 s"\n{head}')
    stream = io.StringIO()

    def pause(_now_us: int, _end_us: int) -> None:
        pid = one.board._processor.pid
        os.kill(pid, signal.SIGSTOP)
        _, status = os.waitpid(pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        os.kill(pid, signal.SIGCONT)

    one = engine.Run(scenario, stream, pause)
    one.run()

    assert stream.getvalue() == run_scenario(scenario).text


@pytest.mark.requirement("DES-05", "PRC-05")
def test_micropython_and_cpython_give_the_same_trace(read: Callable[..., Scenario]) -> None:
    choose("micropython", 245_888)
    body = event('at = "2 s"', "plant.open_barrel")
    head = 'until = "4 s"\n' + AUTO

    on_cpython = run_scenario(read(body, head))
    on_micropython = run_scenario(read(body, head.replace('"cpython"', '"micropython"')))

    assert on_micropython.result["runtime"]["interpreter"] == "micropython"
    assert on_micropython.text == on_cpython.text
    assert on_micropython.result["alarms"] == on_cpython.result["alarms"]


def test_events_happen_at_their_exact_moments(run: Callable[..., Ran]) -> None:
    ran = run(
        "5 s",
        event('at = "0 s"', "plant.occlude")
        + event('at = "1.234567 s"', "plant.release_occlusion")
        + event('at_power = "1.5 s"', "plant.close_barrel")
        + event('when = "event:plant.release_occlusion"\nafter = "0.5 s"', "plant.stall")
        + event('when = "state:infusing"\nafter = "3 s"', "plant.release_stall"),
    )

    t0_s = ran.result["t0_s"]
    infusing_s = ran.times("device", "state")[-1]
    assert ran.times("plant", "occlude")[0] == pytest.approx(t0_s, abs=0.021)
    assert ran.times("plant", "release_occlusion") == pytest.approx([t0_s + 1.234567], abs=1e-9)
    assert ran.times("plant", "close_barrel") == [1.5]
    assert ran.times("plant", "stall") == pytest.approx([t0_s + 1.734567], abs=1e-9)
    assert ran.times("plant", "release_stall") == pytest.approx([infusing_s + 3], abs=1e-9)


def test_a_volume_is_the_patient_s_own(run: Callable[..., Ran]) -> None:
    ran = run("20 s", event('when = "volume_ml:0.05"', "operator.stop"))

    [stopped_s] = ran.times("operator", "stop")
    before = [row for row in ran.rows if float(row["t_s"]) <= stopped_s]
    assert float(before[-1]["patient_volume_ml"]) == pytest.approx(0.05, abs=0.001)
    assert ran.result["final"]["state"] == "paused"


def test_an_alarm_has_all_of_its_moments(run: Callable[..., Ran]) -> None:
    ran = run(
        "14 s",
        event('at = "3 s"', "plant.open_barrel")
        + event('when = "alarm:barrel_open"\nafter = "2 s"', "plant.close_barrel")
        + event('when = "alarm:barrel_open"\nafter = "4 s"', "operator.acknowledge"),
    )

    alarm = ran.alarm("barrel_open")
    opened_s = ran.times("plant", "open_barrel")[0]
    assert alarm["priority"] == "high"
    assert alarm["condition_t_s"] == opened_s
    assert 0 < alarm["raised_t_s"] - opened_s <= 0.081  # debounce, and a tick
    assert alarm["sounded_t_s"] == alarm["raised_t_s"]
    assert alarm["raised_t_s"] - 0.05 < alarm["last_step_t_s"] <= alarm["raised_t_s"] + 0.025
    acknowledged_s = ran.times("operator", "acknowledge")[0]
    assert 0 < alarm["acknowledged_t_s"] - acknowledged_s <= 0.081
    assert alarm["cleared_t_s"] == alarm["acknowledged_t_s"]
    assert ran.result["latency_ms"]["alarm"] == pytest.approx(
        [1000 * (alarm["sounded_t_s"] - opened_s)]
    )
    assert ran.result["final"]["active_alarms"] == []


def test_an_unprimed_line_is_purged_and_taken_up_before_the_dose(
    run: Callable[..., Ran],
) -> None:
    ran = run("20 s", "[plant]\nprimed = false\n", SHORT)

    assert ran.result["final"]["state"] == "complete"
    assert [one["id"] for one in ran.result["alarms"]] == ["near_end", "end_of_infusion"]
    assert ran.result["final"]["patient_volume_ml"] == pytest.approx(0.1, abs=0.002)
