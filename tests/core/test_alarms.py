"""The alarm table: complete, unique, and high where it stops."""

import pytest

from pumpcore import alarms, stop_reason
from pumpcore.alarms import ALARMS, HIGH, LOW, MEDIUM

# The contract's list; an alarm may be added to it, none renamed.
VOCABULARY = """
occlusion_downstream pressure_rising line_open repeated_alarm_lock near_end
end_of_infusion syringe_empty plunger_unseated barrel_open syringe_mismatch end_of_travel
motor_stall motor_fault over_delivery under_delivery reverse_motion free_flow air_in_line
mains_lost battery_low battery_depleted battery_bad temperature_high sensor_force
sensor_encoder sounder_fault key_stuck self_test_failed watchdog_reset tick_overrun
clock_mismatch memory_fault software_fault journal_fault link_lost presence_lapsed
vitals_limit contact_open pause_too_long programme_waiting pause_reminder library_invalid
monitor_trip monitor_lost supply_dip
expander_lost syringe_low presence_due vitals_overdue
"""


@pytest.mark.requirement("ALM-13")
def test_idents_are_bits_and_names_are_those_agreed() -> None:
    idents = [alarm.ident for alarm in ALARMS]
    names = [alarm.name for alarm in ALARMS]

    assert idents == sorted(set(idents))
    assert max(idents) < 2 * alarms.IDENTS_PER_WORD
    assert len(set(names)) == len(names)
    assert set(names) <= set(VOCABULARY.split())


@pytest.mark.requirement("ALM-01", "ALM-13")
@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_each_alarm_has_priority_words_and_a_constant(alarm: alarms.Alarm) -> None:
    assert alarm.priority in (LOW, MEDIUM, HIGH)
    assert alarm.message
    assert alarm.hint.endswith(".")
    word, bit = divmod(alarm.ident, alarms.IDENTS_PER_WORD)
    constant = alarm.name.upper() + ("_UPPER" if word else "")
    assert getattr(alarms, constant) == 1 << bit
    assert alarms.by_name(alarm.name) is alarm


@pytest.mark.requirement("ALM-13")
def test_messages_are_unique() -> None:
    """One text, one code."""
    assert len({alarm.message for alarm in ALARMS}) == len(ALARMS)


@pytest.mark.requirement("ALM-12", "SYR-08")
@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_what_stops_is_high_and_latches(alarm: alarms.Alarm) -> None:
    if alarm.stops or alarm.name == "end_of_infusion":
        assert alarm.priority == HIGH
        assert alarm.is_latching


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        alarms.by_name("no_such_alarm")


def test_every_stop_reason_has_a_name() -> None:
    for index, name in enumerate(stop_reason.STOP_REASONS):
        assert stop_reason.stop_reason_name(index) == name
    for alarm in ALARMS:
        reason = stop_reason.FIRST_ALARM_REASON + alarm.ident
        assert stop_reason.stop_reason_name(reason) == alarm.name
        assert reason < 256
    assert len(stop_reason.STOP_REASONS) <= stop_reason.FIRST_ALARM_REASON
