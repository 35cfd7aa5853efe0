"""Faults in a run: hangs, resets, power, a dead host, other orders."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from host.scenario.ran import AUTO, SHORT, Ran, event

from evenflow.scenario import engine, result
from evenflow.scenario.file import Scenario

pytestmark = pytest.mark.requirement("DES-09")


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


@pytest.mark.requirement("TST-09")
def test_a_reset_starts_the_firmware_anew(run: Callable[..., Ran]) -> None:
    ran = run("5 s", event('at = "2.007 s"', "controller.reset"))

    assert ran.states[-4:] == ["infusing", "boot", "self_test", "idle"]
    assert ran.times("device", "reset") == pytest.approx([ran.result["t0_s"] + 2.007], abs=1e-6)
    at_reset = [row for row in ran.rows if row["state"] == "boot"][-1]
    assert (at_reset["motor_enabled"], at_reset["led"]) == ("0", "off")


@pytest.mark.requirement("OVR-08")
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


@pytest.mark.requirement("SEC-08")
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


@pytest.mark.requirement("LIB-11", "DES-07")
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
        ("host.request", "auth_replayed"),
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


@pytest.mark.requirement("LIB-02")
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


@pytest.mark.requirement("FLO-10")
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
            ("temperature", {"c": 40}),
            ("battery", {"percent": 50}),
            ("battery_fade", {"percent": 50}),
            ("mains_off", {}),
            ("mains_on", {}),
            ("brownout", {"ms": 0.5}),
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
            ("contact.open", {}),
            ("contact.cut", {}),
            ("contact.close", {}),
            ("controller.kill", {}),
        )
    )
    ran = run("4 s", body)

    assert ran.result["undone"] == []
    assert len(ran.times("plant", "back_pressure")) == 1


@pytest.mark.requirement("OVR-04")
def test_a_faulty_motor_driver_stops_the_infusion_by_its_fault_line(
    run: Callable[..., Ran],
) -> None:
    ran = run("6 s", event('at = "1 s"', "plant.motor_fault"))

    faulty_s = ran.times("plant", "motor_fault")[0]
    after = [row for row in ran.rows if float(row["t_s"]) > faulty_s + 0.1]
    assert {row["motor_enabled"] for row in after} == {"0"}
    assert len({row["step_count"] for row in after}) == 1
    assert ran.alarm("motor_fault")["raised_t_s"] < faulty_s + 0.3
    assert ran.result["final"]["state"] == "held"


@pytest.mark.requirement("ALM-15")
def test_a_sounder_whose_wire_is_off_is_replaced_by_the_second(run: Callable[..., Ran]) -> None:
    body = event('at = "1 s"', "plant.sounder_open") + event('at = "2 s"', "plant.open_barrel")
    ran = run("5 s", body)

    alarm = ran.alarm("barrel_open")
    assert 0.3 < alarm["sounded_t_s"] - alarm["raised_t_s"] < 2
    assert ran.alarm("sounder_fault")["priority"] == "medium"
    row = next(row for row in ran.rows if float(row["t_s"]) > alarm["sounded_t_s"])
    assert row["sounder"] == "high"


def test_what_flows_freely_is_excess_and_air_in_it_is_counted_apart(
    run: Callable[..., Ran],
) -> None:
    body = event('at = "1 s"', "plant.air", volume_ul=60)
    body += event('at = "2 s"', "plant.free_flow")
    ran = run("32 s", body)

    # 1 m of head empties a 50 mL syringe at 63 uL/s, once it has broken away; the air is behind
    # 1.5 mL of fluid.
    assert ran.result["final"]["air_volume_ml"] == pytest.approx(0.06, abs=1e-3)
    assert ran.result["final"]["patient_volume_ml"] == pytest.approx(1.88, abs=0.1)
    assert ran.result["excess_ml"] > 1.6
