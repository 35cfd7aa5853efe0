"""Why the plunger stands, as one byte: the first reason wins and is kept."""

from pumpcore._compat import const
from pumpcore.alarms import ALARMS, IDENTS_PER_WORD

# Index is the wire's code; an alarm's own code is FIRST_ALARM_REASON + ident. Append only.
STOP_REASONS = (
    "none",
    "stop_key",
    "stop_link",
    "volume_reached",
    "cancelled",
    "waited_too_long",
)
STOP_KEY = const(1)
STOP_LINK = const(2)
VOLUME_REACHED = const(3)
CANCELLED = const(4)
WAITED_TOO_LONG = const(5)

FIRST_ALARM_REASON = const(16)


def of_alarms(lower: int, upper: int) -> int:
    """The reason of the alarm with the lowest ident among these two words, if any bit is set."""
    ident = 0
    bits = lower
    if not bits:
        ident = IDENTS_PER_WORD
        bits = upper
    while not bits & 1:
        bits >>= 1
        ident += 1
    return FIRST_ALARM_REASON + ident


def stop_reason_name(reason: int) -> str:
    """The name of a stop reason on the wire; an alarm's name if an alarm stopped the pump."""
    if reason < FIRST_ALARM_REASON:
        return STOP_REASONS[reason]
    for alarm in ALARMS:
        if alarm.ident == reason - FIRST_ALARM_REASON:
            return alarm.name
    raise IndexError(reason)
