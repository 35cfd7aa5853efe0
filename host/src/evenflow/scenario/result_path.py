"""Dotted paths into a result, for expectations; the grammar is the table PATHS.

Lists (`alarms`, `events`, `refusals`, `latency_ms.…`) are taken whole, or filtered by name; then
comes `count`, or a field of the first entry, or of entry `[n]`, which counts from 0:

    final.patient_volume_ml          alarms.count                  alarms[0].id
    alarms.motor_stall.raised_t_s    alarms.motor_stall.count      alarms.link_lost[1].raised_t_s
    events.operator.start.t_s        refusals.operator.resume.code latency_ms.stop.max
"""

import re
from collections.abc import Mapping, Sequence

from evenflow.errors import Problem
from evenflow.scenario.stimuli import BY_NAME
from evenflow.scenario.suggestion import nearest
from evenflow.scenario.vocabulary import ALARM_IDS

SCALARS = (
    "scenario",
    "seed",
    "board",
    "wall_s",
    "virtual_s",
    "t0_s",
    "excess_ml",
    "peak_pressure_mmhg",
    "runtime.interpreter",
    "runtime.version",
    "runtime.word_bits",
    "final.state",
    "final.patient_volume_ml",
    "final.counted_volume_ml",
    "final.dose_mg",
    "final.active_alarms",
    "final.library_version",
    "final.waste_volume_ml",
    "final.air_volume_ml",
    "final.syringe_volume_ml",
    "final.power_loss_alarm_s",
)
ALARM_FIELDS = (
    "id",
    "priority",
    "condition_t_s",
    "raised_t_s",
    "sounded_t_s",
    "last_step_t_s",
    "acknowledged_t_s",
    "cleared_t_s",
)
EVENT_FIELDS = ("t_s", "source", "name", "detail")
REFUSAL_FIELDS = ("t_s", "what", "code", "reason")
LATENCIES = ("stop", "alarm")
LATENCY_FIELDS = ("count", "max", "min")
# What the device itself does, beside stimuli.
DEVICE_EVENTS = ("state", "reset", "key", "console")
# list, fields of an entry
PATHS = (("alarms", ALARM_FIELDS), ("events", EVENT_FIELDS), ("refusals", REFUSAL_FIELDS))

_PART = re.compile(r"([a-z_0-9]+)(?:\[([0-9]+)\])?", re.ASCII)
_COUNT = "count"


class UnknownPath(ValueError):
    """No result has such a place."""


def problem(path: object, where: str) -> Problem | None:
    """What is wrong with a path, before any run; None if a result can have it."""
    if not isinstance(path, str):
        hint = 'write it like "final.patient_volume_ml"'
        return Problem(where, "no_path", f"that = {path!r} is no path", hint)
    try:
        _Path(path)
    except UnknownPath as unknown:
        reason = f"that = {path!r}: no result has this"
        return Problem(where, "unknown_path", reason, str(unknown))
    return None


def resolve(result: Mapping[str, object], path: str) -> object:
    """The value at a path; None where the list has no such entry. UnknownPath if there is none."""
    return _Path(path).value(result)


class _Path:
    """A path in its parts: a list, a filter on its entries, an index, and a field."""

    def __init__(self, text: str) -> None:
        self.keys: list[str] = []
        self.name = ""
        self.index = 0
        self.field = ""
        if text in SCALARS:
            self.keys = text.split(".")
            return
        parts = _parts(text)
        head = parts[0][0]
        fields = dict(PATHS).get(head)
        if head == "latency_ms":
            self._take_latency(parts)
        elif fields is not None:
            self._take_list(head, parts, fields)
        else:
            raise UnknownPath(nearest(text, (*SCALARS, *(f"{name}.count" for name, _ in PATHS))))

    def value(self, result: Mapping[str, object]) -> object:
        found: object = result
        for key in self.keys:
            found = found[key] if isinstance(found, Mapping) else None
        if not self.field:
            return found
        entries = found if isinstance(found, Sequence) else []
        if self.name:
            entries = [entry for entry in entries if _name_of(entry) == self.name]
        if self.field == _COUNT:
            return len(entries)
        if self.field in ("max", "min"):
            choose = max if self.field == "max" else min
            return choose(entries) if entries else None
        if self.index >= len(entries):
            return None
        entry = entries[self.index]
        return entry[self.field] if isinstance(entry, Mapping) else entry

    def _take_latency(self, parts: list[tuple[str, int | None]]) -> None:
        match parts:
            case [_, (name, int() as index)] if name in LATENCIES:
                self.index, self.field = index, "value"
            case [_, (name, None), (field, _)] if name in LATENCIES and field in LATENCY_FIELDS:
                self.field = field
            case _:
                raise UnknownPath(
                    f"latency_ms has {' and '.join(LATENCIES)}, "
                    f"each with {', '.join(LATENCY_FIELDS)}"
                )
        self.keys = [parts[0][0], name]

    def _take_list(
        self, head: str, parts: list[tuple[str, int | None]], fields: tuple[str, ...]
    ) -> None:
        self.keys = [head]
        index = next((number for _, number in parts if number is not None), None)
        words = [part for part, _ in parts[1:]]
        if index is None and len(words) > 1 and words[-2].isdecimal():
            index = int(words.pop(-2))
        if not words:
            raise UnknownPath(f"{head} is a list; take {head}.count or a field of an entry")
        self.field = words.pop()
        self.name = ".".join(words)
        self.index = index or 0
        if self.field == _COUNT and index is None:
            pass
        elif self.field not in fields:
            raise UnknownPath(nearest(self.field, (*fields, _COUNT)))
        if self.name and not _is_known(head, self.name):
            raise UnknownPath(nearest(self.name, _names(head)))


def _parts(text: str) -> list[tuple[str, int | None]]:
    parts = []
    for word in text.split("."):
        matched = _PART.fullmatch(word)
        if matched is None:
            raise UnknownPath(f"{word!r} is no word of a path")
        parts.append((matched[1], None if matched[2] is None else int(matched[2])))
    return parts


def _name_of(entry: object) -> str:
    if not isinstance(entry, Mapping):
        return ""
    if "id" in entry:
        return str(entry["id"])
    if "what" in entry:
        return str(entry["what"])
    return f"{entry['source']}.{entry['name']}"


def _names(head: str) -> tuple[str, ...]:
    if head == "alarms":
        return ALARM_IDS
    return (*BY_NAME, *(f"device.{name}" for name in DEVICE_EVENTS))


def _is_known(head: str, name: str) -> bool:
    return name in _names(head)
