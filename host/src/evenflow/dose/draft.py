"""An order that is being asked for, answer by answer: each is judged as soon as it can be.

What is not answered yet is stood in for by the entry's typical values, and judged by nobody; of
an answer, only the limits that it settles are. A finished draft is an order file like any other.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from evenflow.dose import slip
from evenflow.dose._order_table import KEYS, SCHEMA, TABLES
from evenflow.dose.dimension import MASS_RATE, MASS_RATE_PER_KG
from evenflow.dose.entry import Entry
from evenflow.dose.library import Library
from evenflow.dose.limit import Kind, Limit
from evenflow.dose.order import Order, from_table
from evenflow.dose.plan import Plan, plan
from evenflow.dose.plan_json import weight_echo
from evenflow.dose.quantity import InvalidQuantity, Quantity, parse
from evenflow.errors import Problem, Refused

DOSE = "therapy.dose"
DOSE_RATE = "therapy.dose_rate"
_FILL_LIMITS = ("fill_ml", "loaded_mass_mg", "loaded_mass_mg_per_kg")
_DOSE_LIMITS = ("dose_mg_per_kg", "dose_mg", "volume_ml")
# key, what is asked, limits that its answer settles, whether it may be left out
QUESTIONS = (
    ("patient.id", "patient's id", (), False),
    ("therapy.care_area", "care area", (), False),
    ("therapy.drug", "drug", (), False),
    ("patient.weight", "body weight, measured", ("weight_kg",), False),
    ("patient.height", "height", (), True),
    ("patient.sex", "sex, for ideal and adjusted weight", (), True),
    ("patient.dosing_weight", "weight for the dose", ("dosing_weight_kg",), True),
    ("therapy.concentration", "concentration", ("concentration_mg_per_ml",), False),
    (DOSE, "dose, or dose rate", _DOSE_LIMITS, False),
    (
        "therapy.duration",
        "duration",
        ("duration_min", "dose_rate_mg_per_kg_h", "rate_ml_per_h", *_DOSE_LIMITS),
        False,
    ),
    ("syringe.model", "syringe", (), False),
    ("syringe.fill", "fill before the purge", _FILL_LIMITS, False),
    ("session.observe", "observation from START", ("observe_min",), False),
)  # fmt: skip
# A value that lies so far from the last order's is asked about if a slip would explain it.
_FAR = Fraction(1, 4)
_NEAR = Fraction(1, 10)
_NAME = "draft"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of an answer: why it cannot be, what needs a person's word, and what was perhaps meant."""

    refused: tuple[Problem, ...] = ()
    doubts: tuple[str, ...] = ()
    meant: tuple[str, ...] = ()


class Draft:
    """The answers so far, by key."""

    def __init__(self, library: Library, last: Order | None = None) -> None:
        """`last` is the patient's order before this one, if it is known."""
        self.answers: dict[str, str] = {}
        self._library = library
        self._last = last

    @property
    def entry(self) -> Entry:
        """The drug's; before it is answered, the first of the library, or of the care area."""
        area = self.answers.get("therapy.care_area")
        drug = self.answers.get("therapy.drug")
        fitting = [
            one
            for one in self._library.entries
            if area in (None, one.care_area) and drug in (None, one.drug)
        ]
        return fitting[0]

    def choices(self, path: str) -> tuple[str, ...]:
        """What may be answered, where that is a list."""
        if path == "therapy.care_area":
            return self._library.care_areas
        if path == "therapy.drug":
            return self._library.drugs(self.answers["therapy.care_area"])
        if path == "syringe.model":
            return self.entry.syringes
        return ("female", "male") if path == "patient.sex" else ()

    def is_asked(self, path: str) -> bool:
        """Sex and dosing weight only from the body mass index on from which they matter."""
        if path == "patient.dosing_weight":
            return "patient.sex" in self.answers
        if path != "patient.sex":
            return True
        known = self.plan().body
        return known is not None and known.mass_index >= self.entry.body_mass_index_soft.value

    def limits(self, settles: tuple[str, ...]) -> Iterator[str]:
        """Those limits in words, a line each, as far as the answers so far settle them."""
        for limit in self._settled(self.plan(), settles):
            if limit.low is not None or limit.high is not None:
                yield f"{limit.what}: {limit.kind} limit {limit.bounds()}"

    def judge(self, path: str, text: str, settles: tuple[str, ...]) -> Verdict:
        """What stands against an answer; nothing is kept of it."""
        choices = self.choices(path)
        if choices and text not in choices:
            reason, hint = f"{text!r} is not known here", f"known are {', '.join(choices)}"
            return Verdict((Problem(path, "unknown", reason, hint),))
        key = _key(path, text)
        try:
            order = from_table(self._table({key: text}), _NAME, self._library)
        except Refused as refused:
            own = tuple(one for one in refused.problems if one.where == key)
            return Verdict(own or refused.problems)
        if key == DOSE_RATE:
            # How much that is, the duration settles.
            settles = ()
        found = self._settled(plan(order, None, self._library), settles)
        passed = [one for one in found if not one.ok]
        meant = self._meant(key, order, settles, {one.kind for one in passed})
        hard = tuple(one.problem() for one in passed if one.kind == "hard")
        return Verdict(hard, tuple(self._doubts(key, order, passed)), meant)

    def keep(self, path: str, text: str) -> None:
        """Take an answer."""
        self.answers[_key(path, text)] = text

    def drop(self, path: str) -> None:
        """Forget the answer to a question."""
        self.answers.pop(path, None)
        if path == DOSE:
            self.answers.pop(DOSE_RATE, None)

    def plan(self) -> Plan:
        """The plan of the answers, with typical values in place of those to come."""
        return plan(from_table(self._table({}), _NAME, self._library), None, self._library)

    def toml(self) -> str:
        """The order file of the answers."""
        lines = [f"schema = {SCHEMA}"]
        for table in TABLES:
            lines.append(f"[{table}]")
            for key in KEYS:
                if key.table == table and key.path in self.answers:
                    text = json.dumps(self.answers[key.path], ensure_ascii=False)
                    lines.append(f"{key.name} = {text}")
        return "\n".join(lines) + "\n"

    def _table(self, more: dict[str, str]) -> dict[str, Any]:
        entry, given = self.entry, self.answers | more
        standing = {
            "patient.id": "-",
            "therapy.care_area": entry.care_area,
            "therapy.drug": entry.drug,
            "patient.weight": entry.weight.typical.text,
            "therapy.concentration": entry.concentrations[0].text,
            "therapy.duration": entry.duration.typical.text,
            "syringe.model": entry.syringes[-1],
            "syringe.fill": "1 mL",
            "session.observe": entry.observe_soft_low.text,
        }
        if DOSE_RATE not in given:
            standing[DOSE] = entry.dose.typical.text
        content: dict[str, Any] = {"schema": SCHEMA}
        for path, text in (standing | given).items():
            table, _, name = path.partition(".")
            content.setdefault(table, {})[name] = text
        return content

    def _doubts(self, key: str, order: Order, passed: list[Limit]) -> Iterator[str]:
        written = slip.quantity_at(order, key)
        if key in ("patient.weight", "patient.dosing_weight"):
            echo = weight_echo(written)
            if echo is not None:
                yield echo
        for limit in passed:
            if limit.kind == "soft":
                yield limit.problem().reason
        before = self._before(key)
        if written is not None and before is not None and _apart(written, before) > _FAR:
            yield f"the last order has {before.text}"

    def _meant(
        self, key: str, order: Order, settles: tuple[str, ...], passed: set[Kind]
    ) -> tuple[str, ...]:
        """A tenth, ten times and other units that are likelier than what was written.

        They are near the last order's where it is far, or keep the limits that it passes; past
        hard ones, if none keeps all, they keep the hard ones.
        """
        written, before = slip.quantity_at(order, key), self._before(key)
        if written is None:
            return ()
        is_far = before is not None and _apart(written, before) > _FAR
        sound, soft = [], []
        for other in slip.neighbours_at(key, written):
            near = is_far and before is not None and _apart(other, before) <= _NEAR
            kinds = self._passed_kinds(key, other, settles)
            if near or (passed and not kinds):
                sound.append(other.text)
            elif "hard" in passed and kinds == {"soft"}:
                soft.append(other.text)
        return tuple((sound or soft)[: slip.MOST_READINGS])

    def _passed_kinds(self, key: str, other: Quantity, settles: tuple[str, ...]) -> set[Kind]:
        try:
            order = from_table(self._table({key: other.text}), _NAME, self._library)
        except Refused:
            return {"hard"}
        found = self._settled(plan(order, None, self._library), settles)
        return {one.kind for one in found if not one.ok}

    def _settled(self, found: Plan, settles: tuple[str, ...]) -> list[Limit]:
        """Those limits; a dose that is answered has been judged, one that is a rate not yet."""
        if DOSE in self.answers:
            settles = tuple(name for name in settles if name not in _DOSE_LIMITS)
        return [one for one in found.limits if one.name in settles]

    def _before(self, key: str) -> Quantity | None:
        last = self._last
        if last is None or last.patient != self.answers.get("patient.id"):
            return None
        return slip.quantity_at(last, key)


def _key(path: str, text: str) -> str:
    """A dose may be answered as a rate, which has a key of its own."""
    if path != DOSE:
        return path
    try:
        parse(text, path, MASS_RATE, MASS_RATE_PER_KG)
    except InvalidQuantity:
        return DOSE
    return DOSE_RATE


def _apart(one: Quantity, other: Quantity) -> Fraction:
    """By what share of the other; 0 for kinds that cannot be compared."""
    if one.dimension is not other.dimension:
        return Fraction(0)
    return abs(one.value - other.value) / other.value
