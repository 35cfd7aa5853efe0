"""The alarm table. Conditions live in conditions.py, their lifecycle in occurrence.py.

Idents are bit positions on the wire, below 60, and are never reused. Priorities follow
IEC 60601-1-8 by harm and onset; whatever stops delivery of this drug is high.
"""

from collections import namedtuple

from pumpcore._compat import const

Alarm = namedtuple(
    "Alarm", ("ident", "name", "priority", "is_latching", "stops", "message", "hint")
)

PRIORITIES = ("none", "low", "medium", "high")
LOW = const(1)
MEDIUM = const(2)
HIGH = const(3)

ALARMS = (
    Alarm(0, "occlusion_downstream", HIGH, True, True, "Line blocked: pressure above the limit", "Free the line, acknowledge, then resume."),
    Alarm(1, "near_end", LOW, False, False, "Infusion ends soon", "Be at hand for the end of the infusion."),
    Alarm(2, "end_of_infusion", HIGH, True, False, "Infusion complete", "Acknowledge. The dose is given; only an ordered KVO goes on."),
    Alarm(3, "syringe_empty", HIGH, True, True, "Syringe empty", "Stop here, or order the rest anew with a full syringe."),
    Alarm(4, "plunger_unseated", HIGH, True, True, "Plunger not gripped", "Clamp the line, seat the plunger, acknowledge, then resume."),
    Alarm(5, "barrel_open", HIGH, True, True, "Barrel clamp open", "Clamp the line, shut the barrel clamp, acknowledge, then resume."),
    Alarm(6, "motor_stall", HIGH, True, True, "Plunger does not follow the motor", "Check mechanism and syringe; acknowledge, then resume."),
    Alarm(7, "tick_overrun", HIGH, True, True, "Control loop too slow", "Acknowledge, then resume; if it returns, take the pump out of use."),
    Alarm(8, "link_lost", MEDIUM, False, False, "No host on the link", "Check cable and host. The pump follows its programme's policy."),
    Alarm(9, "self_test_failed", HIGH, True, True, "Self-test failed", "Switch off and on; if it returns, take the pump out of use."),
    Alarm(10, "over_delivery", HIGH, True, True, "More motion than commanded", "Clamp the line, disconnect the patient, take the pump out of use."),
    Alarm(11, "watchdog_reset", HIGH, True, True, "Controller was reset by its watchdog", "Note the volume given; a new programme is needed."),
    Alarm(12, "software_fault", HIGH, True, True, "Software fault", "Disconnect the patient; switch off and on."),
    Alarm(13, "motor_fault", HIGH, True, True, "Steps do not reach the motor", "Switch off and on; if it returns, take the pump out of use."),
    Alarm(14, "repeated_alarm_lock", HIGH, True, True, "Line blocked three times in ten minutes", "Find the cause; note the volume given, cancel, and order the rest anew."),
    Alarm(15, "programme_waiting", LOW, False, False, "A programme waits to be started", "Start it, or cancel it; it is dropped after ten minutes."),
    Alarm(16, "pause_reminder", LOW, False, False, "The infusion stands", "Resume it, or cancel it."),
    Alarm(17, "pause_too_long", MEDIUM, False, False, "Interrupted for too long to resume", "Note the volume given, cancel, and order the rest anew."),
    Alarm(18, "sensor_force", HIGH, True, True, "Force sensor broken: pressure is not watched", "Note the volume given; take the pump out of use."),
    Alarm(19, "key_stuck", MEDIUM, False, False, "A key is held down or stuck", "Let it go; if it stays, use the STOP key and take the pump out of use."),
    Alarm(20, "clock_mismatch", HIGH, True, True, "The two clocks disagree: rates are not to be trusted", "Note the volume given; take the pump out of use."),
    Alarm(21, "under_delivery", HIGH, True, True, "Less given than ordered", "Note the volume given; take the pump out of use."),
    Alarm(22, "reverse_motion", HIGH, True, True, "Plunger moves backwards", "Clamp the line, disconnect the patient, take the pump out of use."),
    Alarm(23, "end_of_travel", HIGH, True, True, "Carriage at the end of its travel", "Stop here, or order the rest anew with a full syringe."),
    Alarm(24, "sensor_encoder", HIGH, True, True, "Encoder broken: motion is not watched", "Note the volume given; take the pump out of use."),
    Alarm(25, "free_flow", HIGH, True, True, "The plunger is no longer held", "Clamp the line at once; disconnect the patient."),
    Alarm(26, "syringe_mismatch", HIGH, True, True, "Another syringe than ordered", "Put in the syringe of the order, or order anew."),
    Alarm(27, "air_in_line", HIGH, True, True, "Air in the line", "Clamp the line; look for the air before the pump goes on."),
    Alarm(28, "contact_open", HIGH, True, True, "External contact open or its cable cut", "See to what opened it; acknowledge, then resume."),
    Alarm(29, "temperature_high", HIGH, True, True, "Pump too hot", "Let it cool; if it returns, take the pump out of use."),
    Alarm(30, "pressure_rising", LOW, False, False, "Pressure in the line rises", "Look for a kink before the line is blocked."),
    Alarm(31, "memory_fault", HIGH, True, True, "Memory fault", "Disconnect the patient; switch off and on."),
    Alarm(32, "mains_lost", MEDIUM, False, False, "On battery", "See to the mains, or watch the time that is left."),
    Alarm(33, "battery_low", MEDIUM, False, False, "Battery low", "Connect mains before the pump has to stop."),
    Alarm(34, "battery_depleted", HIGH, True, True, "Battery empty", "Connect mains; acknowledge, then resume."),
    Alarm(35, "battery_bad", MEDIUM, False, False, "Battery weak or missing", "Do not rely on it; have it changed."),
    Alarm(36, "sounder_fault", MEDIUM, False, False, "Main sounder silent; the second one sounds", "Stay within sight; take the pump out of use."),
    Alarm(37, "journal_fault", MEDIUM, False, False, "The journal cannot be written", "Note what is given by hand; take the pump out of use."),
    Alarm(38, "expander_lost", HIGH, True, True, "Air detector, light and second sounder do not answer", "Note the volume given; take the pump out of use."),
    Alarm(39, "syringe_low", LOW, False, False, "Little left in the syringe", "Be at hand: it stops when less than half a millilitre is left."),
    Alarm(40, "presence_due", LOW, False, False, "Is anybody with the patient?", "Press CHECK, or say so at the host; it stops within a minute."),
    Alarm(41, "presence_lapsed", HIGH, True, True, "Nobody said that they are there", "See to the patient; acknowledge, then resume."),
    Alarm(42, "vitals_limit", HIGH, True, True, "Vital signs beyond their limits", "See to the patient; measure and enter them again."),
    Alarm(43, "vitals_overdue", HIGH, True, True, "Vital signs were not entered in time", "Measure and enter them; acknowledge, then resume."),
    Alarm(45, "supply_dip", HIGH, True, True, "A programme was cut short by power or reset", "Note the volume given; a new programme is needed."),
    Alarm(46, "library_invalid", MEDIUM, False, False, "Drug library missing or spoilt", "Have the library installed again; orders of another version are refused."),
)  # fmt: skip

# Bits are counted within a word, as the wire has them; names of the upper word say so.
IDENTS_PER_WORD = const(30)

OCCLUSION_DOWNSTREAM = const(1 << 0)
NEAR_END = const(1 << 1)
END_OF_INFUSION = const(1 << 2)
SYRINGE_EMPTY = const(1 << 3)
PLUNGER_UNSEATED = const(1 << 4)
BARREL_OPEN = const(1 << 5)
MOTOR_STALL = const(1 << 6)
TICK_OVERRUN = const(1 << 7)
LINK_LOST = const(1 << 8)
SELF_TEST_FAILED = const(1 << 9)
OVER_DELIVERY = const(1 << 10)
WATCHDOG_RESET = const(1 << 11)
SOFTWARE_FAULT = const(1 << 12)
MOTOR_FAULT = const(1 << 13)
REPEATED_ALARM_LOCK = const(1 << 14)
PROGRAMME_WAITING = const(1 << 15)
PAUSE_REMINDER = const(1 << 16)
PAUSE_TOO_LONG = const(1 << 17)
SENSOR_FORCE = const(1 << 18)
KEY_STUCK = const(1 << 19)
CLOCK_MISMATCH = const(1 << 20)
UNDER_DELIVERY = const(1 << 21)
REVERSE_MOTION = const(1 << 22)
END_OF_TRAVEL = const(1 << 23)
SENSOR_ENCODER = const(1 << 24)
FREE_FLOW = const(1 << 25)
SYRINGE_MISMATCH = const(1 << 26)
AIR_IN_LINE = const(1 << 27)
CONTACT_OPEN = const(1 << 28)
TEMPERATURE_HIGH = const(1 << 29)

PRESSURE_RISING_UPPER = const(1 << 0)
MEMORY_FAULT_UPPER = const(1 << 1)
MAINS_LOST_UPPER = const(1 << 2)
BATTERY_LOW_UPPER = const(1 << 3)
BATTERY_DEPLETED_UPPER = const(1 << 4)
BATTERY_BAD_UPPER = const(1 << 5)
SOUNDER_FAULT_UPPER = const(1 << 6)
JOURNAL_FAULT_UPPER = const(1 << 7)
EXPANDER_LOST_UPPER = const(1 << 8)
SYRINGE_LOW_UPPER = const(1 << 9)
PRESENCE_DUE_UPPER = const(1 << 10)
PRESENCE_LAPSED_UPPER = const(1 << 11)
VITALS_LIMIT_UPPER = const(1 << 12)
VITALS_OVERDUE_UPPER = const(1 << 13)
SUPPLY_DIP_UPPER = const(1 << 15)
LIBRARY_INVALID_UPPER = const(1 << 16)


def by_name(name: str) -> Alarm:
    """The alarm of that name; KeyError if there is none."""
    for alarm in ALARMS:
        if alarm.name == name:
            return alarm
    raise KeyError(name)
