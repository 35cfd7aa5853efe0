"""Mains, battery and dips of the supply in a run."""

from collections.abc import Callable

import pytest
from host.scenario.ran import Ran, event

pytestmark = pytest.mark.requirement("DES-09")


def resets(ran: Ran) -> list[tuple[float, str]]:
    return [(one["t_s"], one["detail"]) for one in ran.result["events"] if one["name"] == "reset"]


@pytest.mark.requirement("PWR-07", "OVR-08")
def test_a_brown_out_stops_the_plunger_and_starts_the_firmware_as_at_power_on(
    run: Callable[..., Ran],
) -> None:
    ran = run("4 s", event('at = "1 s"', "plant.brownout", ms=8))

    dipped_s = ran.times("plant", "brownout")[0]
    down, up = resets(ran)
    assert down == (pytest.approx(dipped_s + 0.000907, abs=1e-5), "brown-out")
    assert up == (pytest.approx(dipped_s + 0.008, abs=1e-5), "power-on")
    after = [row for row in ran.rows if float(row["t_s"]) > down[0]]
    assert {row["motor_enabled"] for row in after} == {"0"}
    assert len({row["step_count"] for row in after}) == 1
    assert ran.result["final"]["state"] == "idle"
    assert "watchdog_reset" not in {one["id"] for one in ran.result["alarms"]}


def test_a_dip_that_the_rail_bridges_changes_nothing(run: Callable[..., Ran]) -> None:
    ran = run("4 s", event('at = "1 s"', "plant.brownout", ms=0.8))

    assert resets(ran) == []
    assert ran.result["final"]["state"] == "infusing"


def test_the_battery_carries_an_infusion_until_it_is_exhausted(run: Callable[..., Ran]) -> None:
    body = event('at = "1 s"', "plant.mains_off")
    body += event('at = "3 s"', "plant.battery", percent=0)
    body += event('at = "5 s"', "plant.mains_on")
    ran = run("7 s", body)

    t0_s = ran.result["t0_s"]
    assert [(round(at_s - t0_s, 3), why) for at_s, why in resets(ran)] == [
        (3.0, "battery exhausted"),
        (5.0, "power-on"),
    ]
    infused = [
        row for row in ran.rows if float(row["t_s"]) < t0_s + 3 and row["state"] == "infusing"
    ]
    assert infused[-1]["motor_enabled"] == "1"
    assert ran.result["final"]["state"] == "idle"


def test_a_cut_of_all_power_is_none_of_the_battery_s(run: Callable[..., Ran]) -> None:
    body = event('at = "1 s"', "plant.power_cut") + event('at = "2 s"', "plant.power_restore")
    ran = run("4 s", body)

    assert [why for _, why in resets(ran)] == ["power cut", "power-on"]


@pytest.mark.parametrize(
    ("off_at", "restored_at", "sounded_s"),
    [
        # The pulses end with the power; what was infused is lost, and idle needs no alarm.
        ("1 s", "6 s", 3.5),
        ("1 s", None, 7.5),
    ],
)
def test_the_power_loss_alarm_sounds_until_the_firmware_is_back(
    run: Callable[..., Ran], off_at: str, restored_at: str | None, sounded_s: float
) -> None:
    body = event(f'at = "{off_at}"', "plant.power_cut")
    if restored_at is not None:
        body += event(f'at = "{restored_at}"', "plant.power_restore")
    body += '[[expect]]\nthat = "final.power_loss_alarm_s"\nwithin = [0.1, 200]\n'
    ran = run("10 s", body)

    assert ran.result["final"]["power_loss_alarm_s"] == pytest.approx(sounded_s, abs=0.05)
    assert ran.result["passed"]


def test_a_memory_that_does_not_answer_stops_nothing(run: Callable[..., Ran]) -> None:
    body = event('at = "1 s"', "plant.memory_off") + event('at = "3 s"', "plant.memory_on")
    ran = run("6 s", body)

    assert resets(ran) == []
    assert ran.alarm("journal_fault")["priority"] == "medium"
    assert ran.alarm("journal_fault")["cleared_t_s"] is not None
    assert ran.result["final"]["state"] == "infusing"


def test_an_expander_that_does_not_answer_stops_the_pump_and_no_loop(
    run: Callable[..., Ran],
) -> None:
    body = event('at = "1 s"', "plant.expander_off") + event('at = "3 s"', "plant.expander_on")
    ran = run("6 s", body)

    assert resets(ran) == []
    lost = ran.alarm("expander_lost")
    assert lost["raised_t_s"] - ran.times("plant", "expander_off")[0] < 1
    assert ran.result["final"]["state"] == "held"
    red = [row for row in ran.rows if row["led"] == "red_flash"]
    assert red
    assert float(red[0]["t_s"]) > ran.times("plant", "expander_on")[0]


def test_light_sound_and_telemetry_of_a_tick_are_one_moment(run: Callable[..., Ran]) -> None:
    """The light is an exchange of its own, which ends before the frame is on the line."""
    ran = run("4 s", event('at = "1 s"', "plant.open_barrel"))

    alarm = ran.result["alarms"][0]
    assert alarm["sounded_t_s"] == alarm["raised_t_s"]
    row = next(row for row in ran.rows if row["alarms"])
    assert float(row["t_s"]) == pytest.approx(alarm["raised_t_s"], abs=1e-4)
    assert (row["state"], row["led"], row["sounder"]) == ("held", "red_flash", "high")
    assert not any(row["led"] == "red_flash" and not row["alarms"] for row in ran.rows)
