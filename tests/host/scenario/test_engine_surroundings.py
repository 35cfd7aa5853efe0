"""What goes wrong around the plunger, from its cause in the plant to motor, light and sound."""

from collections.abc import Callable

import pytest
from host.scenario.ran import Ran, event

FAST = """schema = 1
seed = 1
runtime = "cpython"
[order]
schema = 1
[order.therapy]
care_area = "bench"
rate = "300 mL/h"
volume = "10 mL"
[order.syringe]
model = "bd-plastipak-50"
fill = "20 mL"
"""
AT = 'at = "2 s"'


def assert_stopped(ran: Ran, alarm: str, within_s: float) -> None:
    """High, latched, the motor off, within so long of the first event."""
    told = ran.alarm(alarm)
    begun_s = ran.result["t0_s"] + 2
    assert told["priority"] == "high"
    assert told["cleared_t_s"] is None
    assert 0 < told["raised_t_s"] - begun_s <= within_s
    after = [row for row in ran.rows if float(row["t_s"]) > begun_s + within_s + 0.1]
    assert len(after) > 20
    assert {row["motor_enabled"] for row in after} == {"0"}
    assert len({row["step_count"] for row in after}) == 1
    assert {row["led"] for row in after} == {"red_flash", "off"}
    assert ran.result["final"]["state"] == "held"
    assert ran.result["excess_ml"] < 0.05


@pytest.mark.parametrize(
    ("stimulus", "arguments", "alarm", "within_s"),
    [
        pytest.param(
            "contact.open", {}, "contact_open", 0.5, marks=pytest.mark.requirement("KET-12")
        ),
        pytest.param(
            "contact.cut", {}, "contact_open", 0.5, marks=pytest.mark.requirement("KET-12")
        ),
        # The sensor is read once a second.
        pytest.param(
            "plant.temperature",
            {"c": 60},
            "temperature_high",
            1.1,
            marks=pytest.mark.requirement("TST-16"),
        ),
        pytest.param(
            "plant.swap_syringe",
            {"model": '"bd-plastipak-30"'},
            "syringe_mismatch",
            0.6,
            marks=pytest.mark.requirement("SYR-03"),
        ),
        pytest.param(
            "plant.motor_fault", {}, "motor_fault", 0.2, marks=pytest.mark.requirement("OVR-10")
        ),
    ],
)
def test_it_stops_and_sounds(
    run: Callable[..., Ran],
    stimulus: str,
    arguments: dict[str, object],
    alarm: str,
    within_s: float,
) -> None:
    ran = run("6 s", event(AT, stimulus, **arguments))

    assert_stopped(ran, alarm, within_s)
    assert ran.alarm(alarm)["sounded_t_s"] - ran.alarm(alarm)["raised_t_s"] < 0.1


@pytest.mark.requirement("OVR-10")
def test_a_mute_expander_takes_the_light_with_it_but_not_the_sound(
    run: Callable[..., Ran],
) -> None:
    ran = run("6 s", event(AT, "plant.expander_off"))

    told = ran.alarm("expander_lost")
    assert told["raised_t_s"] - ran.result["t0_s"] - 2 < 0.8
    assert told["sounded_t_s"] - told["raised_t_s"] < 0.1
    assert ran.result["final"]["state"] == "held"


@pytest.mark.requirement("SYR-09")
@pytest.mark.parametrize(("ul", "is_told"), [(190, False), (230, True)])
def test_a_bubble_stops_before_it_is_through_the_line(
    run: Callable[..., Ran], ul: int, *, is_told: bool
) -> None:
    """It takes two acts to go on."""
    body = event(AT, "plant.air", volume_ul=ul)
    body += (
        event('when = "alarm:air_in_line"\nafter = "2 s"', "operator.resume") if is_told else ""
    )
    ran = run("30 s", body, FAST)

    if is_told:
        assert ran.alarm("air_in_line")["priority"] == "high"
        assert ran.result["final"]["state"] == "held"
        assert ran.refused == [("operator.resume", "alarm_active")]
        assert ran.result["final"]["air_volume_ml"] < 0.2
    else:
        assert "air_in_line" not in {one["id"] for one in ran.result["alarms"]}
        assert ran.result["final"]["state"] == "infusing"


@pytest.mark.requirement("PWR-01")
@pytest.mark.parametrize(("percent", "alarm"), [(90, "mains_lost"), (12, "battery_low")])
def test_an_infusion_on_battery_goes_on_with_light_and_sound(
    run: Callable[..., Ran], percent: int, alarm: str
) -> None:
    """The light for as long as it lasts, the sound now and then."""
    body = event(AT, "plant.battery", percent=percent) + event(AT, "plant.mains_off")
    ran = run("40 s", body)

    told = ran.alarm(alarm)
    assert (told["priority"], told["cleared_t_s"]) == ("medium", None)
    after = [row for row in ran.rows if float(row["t_s"]) > told["raised_t_s"] + 0.1]
    assert {row["led"] for row in after} == {"yellow_flash", "off"}
    sounds = [row["sounder"] for row in after]
    assert set(sounds) == {"medium", "off"}
    assert sounds.count("off") > len(sounds) / 2
    assert ran.result["final"]["state"] == "infusing"
    assert {row["motor_enabled"] for row in after} == {"1"}


@pytest.mark.requirement("PWR-02")
def test_an_empty_battery_stops_the_plunger_and_sounds_for_three_minutes(
    run: Callable[..., Ran],
) -> None:
    body = event(AT, "plant.battery", percent=2) + event(AT, "plant.mains_off")
    ran = run("200 s", body)

    assert_stopped(ran, "battery_depleted", 12)
    late = [row for row in ran.rows if float(row["t_s"]) > ran.result["t0_s"] + 190]
    assert {row["sounder"] for row in late} == {"high", "off"}


@pytest.mark.requirement("ALM-16", "PWR-03", "OVR-08")
def test_without_any_power_a_running_therapy_sounds_for_three_minutes(
    run: Callable[..., Ran],
) -> None:
    ran = run("300 s", event(AT, "plant.power_cut"))

    assert ran.result["final"]["power_loss_alarm_s"] >= 180
    after = [row for row in ran.rows if float(row["t_s"]) > ran.result["t0_s"] + 2.1]
    assert {row["motor_enabled"] for row in after} == {"0"}


@pytest.mark.requirement("ALM-16", "TST-06")
@pytest.mark.parametrize("stimulus", ["controller.hang", "controller.kill"])
def test_a_dead_controller_is_reset_and_sounds_for_three_minutes(
    run: Callable[..., Ran], stimulus: str
) -> None:
    ran = run("200 s", event(AT, stimulus))

    told = ran.alarm("watchdog_reset")
    assert told["sounded_t_s"] - ran.result["t0_s"] - 2 < 2
    late = [row for row in ran.rows if float(row["t_s"]) > ran.result["t0_s"] + 185]
    assert {row["sounder"] for row in late} == {"high", "off"}
    assert {row["motor_enabled"] for row in late} == {"0"}


@pytest.mark.requirement("OVR-08", "PWR-08", "TST-09")
def test_power_that_comes_back_is_told_by_an_alarm_and_starts_nothing(
    run: Callable[..., Ran],
) -> None:
    body = event(AT, "plant.power_cut") + event('at = "5 s"', "plant.power_restore")
    ran = run("12 s", body)

    told = ran.alarm("supply_dip")
    assert told["priority"] == "high"
    assert told["sounded_t_s"] - ran.result["t0_s"] - 5 < 2
    assert ran.result["final"]["state"] == "idle"
    after = [row for row in ran.rows if float(row["t_s"]) > ran.result["t0_s"] + 2.1]
    assert {row["motor_enabled"] for row in after} == {"0"}


@pytest.mark.requirement("ALM-15")
def test_a_second_sounder_takes_over_from_one_whose_wire_is_off(run: Callable[..., Ran]) -> None:
    body = event('at = "1 s"', "plant.sounder_open") + event(AT, "plant.open_barrel")
    ran = run("8 s", body)

    told = ran.alarm("barrel_open")
    assert 0.3 < told["sounded_t_s"] - told["raised_t_s"] < 2
    assert ran.alarm("sounder_fault")["priority"] == "medium"
    after = [row for row in ran.rows if float(row["t_s"]) > told["sounded_t_s"]]
    assert {row["sounder"] for row in after} == {"high", "off"}
