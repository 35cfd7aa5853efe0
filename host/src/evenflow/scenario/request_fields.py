"""Fields of the messages that `host.request` sends: whole numbers, texts, or hexadecimal."""

from collections.abc import Sequence

from evenflow.errors import Problem
from evenflow.scenario.event import Event
from evenflow.scenario.suggestion import nearest
from pumpcore.wire.messages import KINDS, Message, by_name

REQUEST = "host.request"
COMMAND = "command"


def check(events: Sequence[Event], problems: list[Problem]) -> None:
    """A problem for every field that the message does not have, or that has no such value."""
    for event in events:
        if event.stimulus.name != REQUEST:
            continue
        message = by_name(event.arguments.text(COMMAND))
        kinds = {field.name: field.kind for field in message.fields}
        for name, value in event.arguments.values.items():
            if name == COMMAND:
                continue
            if name not in kinds:
                reason = f"{message.name} has no field {name}"
                hint = nearest(name, kinds)
                problems.append(Problem(event.where, "unknown_argument", reason, hint))
            elif _value(kinds[name], value) is None:
                reason = f"{name} = {value!r} is no {kinds[name]}"
                hint = "whole numbers are written plainly, bytes in hexadecimal"
                problems.append(Problem(event.where, "argument_type", reason, hint))


def values(message: Message, given: dict[str, object]) -> dict[str, int | bytes | str]:
    """The given fields as the codec takes them."""
    found: dict[str, int | bytes | str] = {}
    for field in message.fields:
        if field.name in given:
            value = _value(field.kind, given[field.name])
            if value is not None:
                found[field.name] = value
    return found


def _value(kind_name: str, value: object) -> int | bytes | str | None:
    kind = KINDS[kind_name]
    if kind.low is not None:
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        return value if kind.low <= value <= kind.high else None
    if not isinstance(value, str):
        return None
    if kind_name.startswith("t"):
        return value if len(value.encode()) <= kind.size_bytes else None
    try:
        raw = bytes.fromhex(value)
    except ValueError:
        return None
    return raw if len(raw) == kind.size_bytes else None
