"""A record of the pump's journal, as a person reads it."""

from collections.abc import Callable

from evenflow.cli import _words
from evenflow.client import _names
from evenflow.client.journal import Entry
from pumpcore import alarms
from pumpcore.interlock import STATES
from pumpcore.reset_cause import RESET_CAUSES
from pumpcore.vital_signs import SEDATION

_UG_PER_MG = 1_000
# Two figures in one, as pumpapp.recorder puts them.
_HALF = 16
_LOW = 0xFFFF


def words(entry: Entry) -> str:
    """What happened, without when."""
    worded = _WORDS.get(entry.kind_name)
    if worded is None:
        return f"{entry.kind_name}: {entry.code} {entry.value} {entry.bound}"
    return worded(entry)


def _mg(mass_ug: int) -> str:
    return f"{mass_ug / _UG_PER_MG:.3f} mg"


def _hash(value: int) -> str:
    return (value & 0xFFFFFFFF).to_bytes(4, "little").hex()


def _state(entry: Entry) -> str:
    stop = _names.stop_reason_name(entry.bound)
    after = "" if stop == "none" else f", {stop}"
    return f"state {_names.named(STATES, entry.code)}, {entry.value} microsteps given{after}"


def _alarm(code: int) -> str:
    return _names.alarm_names(1 << code, 0)[0]


def _raised(entry: Entry) -> str:
    if entry.code == alarms.by_name("occlusion_downstream").ident:
        return f"alarm {_alarm(entry.code)}: {entry.value} mN above friction, limit {entry.bound}"
    return f"alarm {_alarm(entry.code)} (force {entry.value} mN, {_words.rate(entry.bound)})"


def _acknowledged(it: Entry) -> str:
    words = (0, it.value) if it.code else (it.value, 0)
    return "acknowledged: " + " ".join(_names.alarm_names(*words))


def _key(entry: Entry) -> str:
    refusal = _names.refusal_name(entry.code)
    answer = "" if refusal == "none" else f": refused, {refusal}"
    return " ".join(_names.switch_names(entry.value)) + answer


def _recovered(entry: Entry) -> str:
    span = f"{_words.ml(entry.value)} to {_words.ml(entry.bound)}"
    return f"cut short in {_names.named(STATES, entry.code)}: {span} given"


def _vitals(entry: Entry) -> str:
    """What was not measured is left out."""
    rate, oxygen = entry.bound >> _HALF, entry.bound & _LOW
    said = []
    if entry.value:
        said.append(f"{entry.value >> _HALF}/{entry.value & _LOW} mmHg")
    if rate:
        said.append(f"heart rate {rate}/min")
    if oxygen:
        said.append(f"SpO2 {oxygen} %")
    if entry.code:
        said.append(_names.named(SEDATION, entry.code))
    return "vital signs: " + ", ".join(said)


_WORDS: dict[str, Callable[[Entry], str]] = {
    "boot": lambda it: (
        f"switched on: {_names.named(RESET_CAUSES, it.code)}, firmware {_hash(it.value)}"
    ),
    "recovered": _recovered,
    "state": _state,
    "programme": lambda it: f"programme staged: entry {it.code}, digest {_hash(it.value)}…",
    "alarm_raised": _raised,
    "alarm_cleared": lambda it: f"alarm {_alarm(it.code)} over",
    "acknowledged": _acknowledged,
    "key": _key,
    "command": lambda it: f"command {_names.message_name(it.code)}, request {it.value}",
    "override": lambda it: f"soft limits overridden for programme {it.value}",
    "dose_counted": lambda it: f"dose counted: {_mg(it.value)}, {_mg(it.bound)} in all",
    "new_patient": lambda it: f"NEW PATIENT: {_mg(it.bound)} cleared",
    "vitals": _vitals,
    "auth_refused": lambda it: (
        f"command refused, {_names.refusal_name(it.code)}: {it.value} since it was switched on"
    ),
    "library": lambda it: f"drug library {_hash(it.value)}…",
    "records_lost": lambda it: f"{it.value} records lost: too many at once",
    "memory_failed": lambda it: f"the memory did not answer {it.value} times",
    "begun": lambda it: "journal begun" + (": the totals were damaged" if it.code else ""),
}
