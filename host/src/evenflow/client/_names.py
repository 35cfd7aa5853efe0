"""Names for what the wire carries as indexes and bits; the tables are the core's."""

from collections.abc import Sequence

from pumpcore.alarms import ALARMS
from pumpcore.panel import CHECKLIST_ITEMS, PRESENCE_ASKED, SWITCHES
from pumpcore.refusal_words import REFUSALS
from pumpcore.stop_reason import FIRST_ALARM_REASON, STOP_REASONS
from pumpcore.wire.messages import MESSAGES

PRESENCE_ASKED_NAME = "presence_asked"

# Idents 0 to 29 travel in alarms_low, 30 to 59 in alarms_high.
_ALARMS_PER_WORD = 30

_ALARM_NAMES = {alarm.ident: alarm.name for alarm in ALARMS}
_MESSAGE_NAMES = {message.ident: message.name for message in MESSAGES}


def named(table: Sequence[object], index: int) -> str:
    """The row's name; `unknown_<index>` when the device knows more rows than this host."""
    if not 0 <= index < len(table):
        return f"unknown_{index}"
    row = table[index]
    return row if isinstance(row, str) else str(getattr(row, "name", row))


def message_name(ident: int) -> str:
    """The message's name; `unknown_<ident>` if this host has none of that ident."""
    return str(_MESSAGE_NAMES.get(ident, f"unknown_{ident}"))


def stop_reason_name(reason: int) -> str:
    """A stop reason's name; the alarm's if an alarm stopped the pump."""
    if reason < FIRST_ALARM_REASON:
        return named(STOP_REASONS, reason)
    ident = reason - FIRST_ALARM_REASON
    return str(_ALARM_NAMES.get(ident, f"unknown_{reason}"))


def refusal_name(code: int) -> str:
    """A refusal's name; `none` is done."""
    return named(REFUSALS, code)


def alarm_names(alarms_low: int, alarms_high: int) -> tuple[str, ...]:
    """Names of the alarms whose bits are set, in order of ident."""
    bits = alarms_low | alarms_high << _ALARMS_PER_WORD
    return tuple(_ALARM_NAMES.get(ident, f"unknown_{ident}") for ident in _bits_set(bits))


def switch_names(switches: int) -> tuple[str, ...]:
    """Names of the switches that are closed."""
    return tuple(named(SWITCHES, index) for index in _bits_set(switches))


def checklist_names(checklist: int) -> tuple[str, ...]:
    """Names of the checklist items that are done; and beside them, that presence is asked for."""
    items = tuple(
        named(CHECKLIST_ITEMS, index) for index in _bits_set(checklist & ~PRESENCE_ASKED)
    )
    return (*items, PRESENCE_ASKED_NAME) if checklist & PRESENCE_ASKED else items


def _bits_set(bits: int) -> list[int]:
    return [index for index in range(bits.bit_length()) if bits >> index & 1]
