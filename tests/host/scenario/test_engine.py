"""Whole runs on the emulated board: what a scenario asks for happens, to the microsecond."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from evenflow.emulator.runtime import choose
from evenflow.scenario import engine, result
from evenflow.scenario.file import Scenario
from evenflow.scenario.trace import COLUMNS

Row = dict[str, str]

AUTO = 'schema = 1\nseed = 1\nruntime = "cpython"\norder = "ketamine-70kg.toml"\n'
BY_HAND = AUTO + "[operator]\nauto = false\n"
# 0.1 mL at 50 mL/h: done in 7.2 s.
SHORT = """schema = 1
seed = 1
runtime = "cpython"
[order]
schema = 1
[order.therapy]
care_area = "bench"
rate = "50 mL/h"
volume = "0.1 mL"
[order.syringe]
model = "bd-plastipak-50"
fill = "20 mL"
"""


@dataclass
class Ran:
    """A result and its trace."""

    result: dict[str, Any]
    text: str

    @property
    def rows(self) -> list[Row]:
        lines = self.text.splitlines()[1:]
        return [dict(zip(COLUMNS, line.split(","), strict=True)) for line in lines]

    def times(self, source: str, name: str) -> list[float]:
        return [
            one["t_s"]
            for one in self.result["events"]
            if (one["source"], one["name"]) == (source, name)
        ]

    @property
    def states(self) -> list[str]:
        return [
            one["detail"]
            for one in self.result["events"]
            if (one["source"], one["name"]) == ("device", "state")
        ]

    @property
    def refused(self) -> list[tuple[str, str]]:
        return [(one["what"], one["code"]) for one in self.result["refusals"]]

    def alarm(self, name: str) -> dict[str, Any]:
        found = [one for one in self.result["alarms"] if one["id"] == name]
        assert len(found) == 1
        return found[0]


def run_scenario(scenario: Scenario, progress: engine.Progress | None = None) -> Ran:
    stream = io.StringIO()
    one = engine.Run(scenario, stream, progress)
    one.run()
    return Ran(result.assemble(one), stream.getvalue())


@pytest.fixture
def run(read: Callable[..., Scenario]) -> Callable[..., Ran]:
    def run_text(until: str, body: str = "", head: str = AUTO) -> Ran:
        return run_scenario(read(body, f'until = "{until}"\n' + head))

    return run_text


def event(when: str, do: str, **arguments: object) -> str:
    lines = [f"{name} = {value}" for name, value in arguments.items()]
    return "\n".join(["[[event]]", when, f'do = "{do}"', *lines, ""])


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
    grid = [row["t_s"] for row in rows if row["t_s"].endswith("000")]
    assert grid == [f"{tenth / 10:.4f}" for tenth in range(len(grid))]
    assert len(grid) == int(ran.result["virtual_s"] * 10) + 1
    edges = ("state", "motor_enabled", "led", "sounder", "alarms")
    for before, row in pairwise(rows):
        if not row["t_s"].endswith("000"):
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


def test_a_person_does_it_all_by_hand(run: Callable[..., Ran]) -> None:
    ran = run(
        "4 s",
        event('when = "state:staged"\nafter = "1 s"', "operator.confirm")
        + event('at_power = "3 s"', "operator.prime_hold", s=3)
        + event('at_power = "7 s"', "operator.purge_confirm")
        + event('at_power = "15 s"', "operator.patient_connected")
        + event('at_power = "25 s"', "operator.start"),
        BY_HAND,
    )

    assert ran.states[-2:] == ["confirmed", "infusing"]
    assert ran.refused == []
    assert ran.result["t0_s"] > 20
    assert ran.result["final"]["patient_volume_ml"] > 0.01


def test_a_person_listens_to_the_alarm_test_before_hearing_it(run: Callable[..., Ran]) -> None:
    ran = run(
        "3 s",
        event('when = "state:staged"', "operator.confirm")
        + event('when = "state:confirmed"', "operator.prime_hold", s=3)
        + event('when = "event:operator.prime_hold"', "operator.purge_confirm")
        + event('when = "event:operator.prime_hold"', "operator.patient_connected")
        + event('when = "event:operator.prime_hold"', "operator.start"),
        BY_HAND,
    )

    assert ran.refused == []
    assert ran.result["final"]["state"] == "infusing"


def test_without_a_confirmation_start_is_refused_by_name(run: Callable[..., Ran]) -> None:
    ran = run("8 s", event('at_power = "3 s"', "operator.start"), BY_HAND)

    assert ran.result["t0_s"] is None
    assert ran.result["virtual_s"] == 8
    assert ran.refused == [("operator.start", "not_confirmed")]
    assert ran.result["refusals"][0]["reason"]
    assert ran.result["final"]["patient_volume_ml"] == 0


def test_checks_that_the_pump_does_not_ask_for_are_refused(run: Callable[..., Ran]) -> None:
    ran = run(
        "12 s",
        event('when = "state:staged"', "operator.confirm")
        + event('at_power = "3 s"', "operator.test_heard")
        + event('at_power = "4 s"', "operator.patient_connected")
        + event('at_power = "5 s"', "operator.purge_confirm")
        + event('at_power = "7 s"', "operator.start"),
        BY_HAND,
    )

    assert ran.refused == [
        ("operator.test_heard", "not_asked"),
        ("operator.patient_connected", "not_asked"),
        ("operator.purge_confirm", "purge_first"),
        ("operator.start", "checklist"),
    ]


def test_a_stop_by_key_and_by_host_has_its_latency(run: Callable[..., Ran]) -> None:
    ran = run(
        "10 s",
        event('at = "3 s"', "operator.stop")
        + event('at = "4 s"', "operator.resume")
        + event('at = "8 s"', "host.request", command='"stop"'),
    )

    key_ms, host_ms = ran.result["latency_ms"]["stop"]
    assert 0 <= key_ms <= 105  # debounce, a tick, and its steps
    assert 0 <= host_ms <= 65
    assert ran.states[-3:] == ["paused", "infusing", "paused"]
    assert ran.refused == []


def test_one_press_where_two_are_needed_is_a_refusal(run: Callable[..., Ran]) -> None:
    ran = run("8 s", event('at = "3 s"', "operator.stop") + event('at = "5 s"', "operator.start"))

    assert ran.refused == [("operator.start", "press_again")]


def test_a_resume_that_is_refused_is_told_once(run: Callable[..., Ran]) -> None:
    ran = run(
        "8 s", event('at = "3 s"', "plant.open_barrel") + event('at = "5 s"', "operator.resume")
    )

    assert ran.refused == [("operator.resume", "alarm_active")]


def test_a_bouncing_key_is_one_press(run: Callable[..., Ran]) -> None:
    ran = run(
        "10 s",
        event('at = "2 s"', "operator.stop")
        + event('at = "5 s"', "operator.press", button='"start"', bounce_ms=30),
    )

    assert ran.refused == [("operator.press", "press_again")]
    assert ran.result["final"]["state"] == "paused"


def test_a_condition_that_never_came_fails_the_scenario(run: Callable[..., Ran]) -> None:
    ran = run(
        "3 s",
        event('when = "alarm:motor_stall"', "plant.release_stall")
        + event('when = "state:infusing"\nafter = "60 s"', "plant.occlude")
        + event('when = "alarm:link_lost"\nevery = true', "operator.acknowledge"),
    )

    assert ran.result["passed"] is False
    assert [(one["where"], one["is_late"]) for one in ran.result["undone"]] == [
        ("event 1 (plant.release_stall)", False),
        ("event 2 (plant.occlude)", True),
    ]
    assert [one["where"] for one in result.never_came(ran.result)] == [
        "event 1 (plant.release_stall)"
    ]


def test_an_expectation_is_judged_on_the_result(run: Callable[..., Ran]) -> None:
    body = '[[expect]]\nthat = "final.state"\nequals = "{}"\n'

    assert run("2 s", body.format("infusing")).result["passed"] is True
    failed = run("2 s", body.format("paused")).result
    assert failed["passed"] is False
    assert failed["expect"] == [
        {"that": "final.state", "equals": "paused", "value": "infusing", "ok": False}
    ]


def test_after_a_hang_the_automatic_operator_does_nothing_more(run: Callable[..., Ran]) -> None:
    ran = run("30 s", event('at_power = "10 s"', "controller.hang"))

    assert ran.result["t0_s"] is None
    assert ran.times("operator", "start") == []
    assert ran.times("device", "reset") == pytest.approx([11.0], abs=0.03)
    assert ran.alarm("watchdog_reset")["raised_t_s"] > 10.9
    assert ran.result["final"]["state"] == "idle"
    off = [row for row in ran.rows if float(row["t_s"]) > 10.1]
    assert {row["motor_enabled"] for row in off} == {"0"}


def test_an_alarm_in_the_preparation_takes_the_automatic_operator_s_hands_off(
    read: Callable[..., Scenario],
) -> None:
    body = event('at_power = "5 s"', "plant.open_barrel")
    body += event('when = "alarm:barrel_open"\nafter = "1 s"', "plant.close_barrel")
    body += event('when = "alarm:barrel_open"\nafter = "2 s"', "operator.acknowledge")
    stream = io.StringIO()
    one = engine.Run(read(body, 'until = "30 s"\n' + AUTO), stream)
    one.run()
    ran = Ran(result.assemble(one), stream.getvalue())

    done = [entry["name"] for entry in ran.result["events"] if entry["detail"] == "auto"]
    assert done == ["confirm", "prime_hold"]
    assert not one.board.plant.switches.is_closed("prime")
    assert ran.result["final"]["state"] == "confirmed"


def test_a_reset_in_the_preparation_takes_the_automatic_operator_s_hands_off(
    run: Callable[..., Ran],
) -> None:
    ran = run("30 s", event('at_power = "5 s"', "controller.reset"))

    done = [entry["name"] for entry in ran.result["events"] if entry["detail"] == "auto"]
    assert done == ["confirm", "prime_hold"]
    assert ran.result["final"]["state"] == "idle"
    assert ran.refused == []


def test_enable_that_drops_by_itself_does_so_at_its_own_moment(run: Callable[..., Ran]) -> None:
    def off_s(hold_us: int) -> float:
        body = event('at = "1.0013 s"', "controller.hang")
        ran = run("3 s", f"[plant]\ncharge_pump_hold_us = {hold_us}\n" + body)
        hung_s = ran.times("controller", "hang")[0]
        off = next(
            row for row in ran.rows if float(row["t_s"]) > hung_s and row["motor_enabled"] == "0"
        )
        assert 0.02 < float(off["t_s"]) - hung_s < 0.08
        assert off["step_count"] == ran.rows[-1]["step_count"]
        return float(off["t_s"])

    assert off_s(6_000) - off_s(5_000) == pytest.approx(0.001, abs=1e-6)


def test_what_flows_after_a_stop_is_excess(run: Callable[..., Ran]) -> None:
    ran = run(
        "15 s",
        event('at = "3 s"', "operator.stop")
        + event('at = "6 s"', "plant.back_pressure", mmhg=-100),
    )

    # 100 mmHg into 1.5e-8 L/Pa are 0.2 mL.
    assert ran.result["excess_ml"] == pytest.approx(0.2, abs=0.01)


def test_a_reset_starts_the_firmware_anew(run: Callable[..., Ran]) -> None:
    ran = run("5 s", event('at = "2.007 s"', "controller.reset"))

    assert ran.states[-4:] == ["infusing", "boot", "self_test", "idle"]
    assert ran.times("device", "reset") == pytest.approx([ran.result["t0_s"] + 2.007], abs=1e-6)
    at_reset = [row for row in ran.rows if row["state"] == "boot"][-1]
    assert (at_reset["motor_enabled"], at_reset["led"]) == ("0", "off")


def test_a_power_cycle_takes_two_seconds_and_resumes_nothing(run: Callable[..., Ran]) -> None:
    ran = run("10 s", event('at = "2 s"', "operator.power_cycle"))

    cut_s, on_s = ran.times("device", "reset")
    assert on_s - cut_s == pytest.approx(2.0, abs=1e-6)
    details = [one["detail"] for one in ran.result["events"] if one["name"] == "reset"]
    assert details == ["power cut", "power-on"]
    assert ran.result["final"]["state"] == "idle"
    patient = [float(row["patient_volume_ml"]) for row in ran.rows]
    assert patient[-1] < 0.02


def test_power_that_stays_off_leaves_the_plant_alone(run: Callable[..., Ran]) -> None:
    ran = run("6 s", event('at = "2 s"', "plant.power_cut"))

    last = ran.rows[-1]
    assert (last["state"], last["motor_enabled"], last["led"], last["sounder"]) == (
        "boot",
        "0",
        "off",
        "off",
    )
    assert ran.result["virtual_s"] == pytest.approx(ran.result["t0_s"] + 6, abs=1e-6)


def test_a_dead_host_is_a_lost_link_and_nothing_more(run: Callable[..., Ran]) -> None:
    ran = run(
        "20 s",
        event('at = "2 s"', "link.kill_host")
        + event('at = "3 s"', "operator.confirm")
        + event('at = "12 s"', "link.restart_host"),
    )

    alarm = ran.alarm("link_lost")
    killed_s = ran.times("link", "kill_host")[0]
    assert 4.0 < alarm["raised_t_s"] - killed_s < 5.1
    assert alarm["cleared_t_s"] > ran.times("link", "restart_host")[0]
    assert ran.result["final"]["state"] == "infusing"
    assert ran.refused == [("operator.confirm", "no_host")]


def test_a_pulled_plug_does_not_hide_what_the_device_does(run: Callable[..., Ran]) -> None:
    ran = run(
        "12 s", event('at = "1 s"', "link.unplug") + event('at = "9 s"', "plant.open_barrel")
    )

    assert [one["id"] for one in ran.result["alarms"]] == ["link_lost", "barrel_open"]
    assert ran.result["final"]["state"] == "held"


def test_any_command_can_be_requested_and_its_refusal_is_told(run: Callable[..., Ran]) -> None:
    ran = run(
        "4 s",
        event('at = "1 s"', "host.request", command='"confirm"', programme_number=99)
        + event('at = "1.5 s"', "host.request", command='"confirm"', digest='"0011223344556677"')
        + event('at = "2 s"', "host.request", command='"stage"', programme_number=7)
        + event('at = "2.5 s"', "link.replay", what='"confirm"')
        + event('at = "3 s"', "host.request", command='"cancel"'),
    )

    assert ran.refused == [
        ("host.request", "wrong_number"),
        ("host.request", "wrong_digest"),
        ("host.request", "wrong_state"),
        ("host.request", "wrong_digest"),
        ("host.request", "wrong_state"),
    ]
    assert ran.result["final"]["state"] == "infusing"


def test_a_short_order_completes_and_another_is_submitted(
    run: Callable[..., Ran], folder: Path
) -> None:
    bench = SHORT.partition("[order]\n")[2].replace("[order.", "[").replace("0.1 mL", "0.2 mL")
    (folder / "more.toml").write_text(bench, encoding="utf-8")
    ran = run("20 s", event('at = "12 s"', "host.submit", order='"more.toml"'), SHORT)

    assert ran.result["final"]["dose_mg"] is None
    assert ran.states[-3:] == ["complete", "staged", "confirmed"]
    ended = ran.alarm("end_of_infusion")
    assert ended["raised_t_s"] == pytest.approx(ran.result["t0_s"] + 7.2, abs=0.1)
    assert ran.result["excess_ml"] < 0.001


def test_an_order_beyond_soft_limits_is_staged_once_somebody_overrides(
    run: Callable[..., Ran], folder: Path
) -> None:
    order = folder / "ketamine-70kg.toml"
    text = order.read_text(encoding="utf-8")
    text = text.replace('"0.5 mg/kg"', '"0.6 mg/kg"').replace('"20 mL"', '"23 mL"')
    order.write_text(text, encoding="utf-8")
    ran = run("6 s", event('at_power = "3 s"', "operator.override", reason='"trial"'))

    staged_s = next(one["t_s"] for one in ran.result["events"] if one["detail"] == "staged")
    assert 3 <= staged_s < 3.2
    assert ran.result["final"]["state"] == "infusing"


def test_clocks_about_to_wrap_change_nothing_but_their_reading(run: Callable[..., Ran]) -> None:
    ran = run("4 s", event('at_power = "0 s"', "controller.preset_ticks", ms_before_wrap=24_000))
    plain = run("4 s")

    assert ran.text == plain.text


def test_the_operator_seats_what_is_not_seated(run: Callable[..., Ran]) -> None:
    ran = run("2 s", "[plant]\nplunger_seated = false\nbarrel_closed = false\n")

    assert ran.result["final"]["state"] == "infusing"


def test_every_stimulus_that_is_emulated_can_be_done(run: Callable[..., Ran]) -> None:
    body = "".join(
        event('at = "1 s"', f"plant.{name}", **arguments)
        for name, arguments in (
            ("back_pressure", {"mmhg": 50}),
            ("set_fill", {"ml": 15}),
            ("swap_syringe", {"model": '"bd-plastipak-30"'}),
            ("encoder_freeze", {}),
            ("encoder_release", {}),
            ("force_freeze", {}),
            ("force_open", {}),
            ("force_short", {}),
            ("force_release", {}),
        )
    ) + "".join(
        event('at = "1.5 s"', name, **arguments)
        for name, arguments in (
            ("link.delay", {"ms": 30}),
            ("link.duplicate", {"rate": 0.5}),
            ("link.flood", {"frames": 10}),
            ("link.send", {"hex": '"00ff00"'}),
            ("operator.audio_pause", {}),
            ("operator.hold_audio_pause", {"s": 1}),
            ("controller.kill", {}),
        )
    )
    ran = run("4 s", body)

    assert ran.result["undone"] == []
    assert len(ran.times("plant", "back_pressure")) == 1
