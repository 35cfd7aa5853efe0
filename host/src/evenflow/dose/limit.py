"""One limit that an order is held to: its bounds, what the order says, and whether that is within.

Limits are inclusive and compared as fractions, before any rounding. A concentration is one of a
list instead.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from evenflow.dose.entry import Number, Range
from evenflow.dose.quantity import shown
from evenflow.errors import Problem
from pumpcore.refusal_words import REFUSALS

Kind = Literal["soft", "hard"]

_MOST_PLACES = 40
_PUMP_HINTS = {refusal.name: refusal.hint for refusal in REFUSALS}
_HINTS = {
    "body_mass_index_soft": "consider patient.dosing_weight: ideal or adjusted body weight",
    "concentration_soft": "dilute it",
    "dosing_weight_over": "a dose is never reckoned with more than the measured weight",
    "dosing_weight_soft": "see ideal and adjusted weight in `evenflow order show`",
    "duration_range": "raise the rate, or lower the volume",
    "loaded_mass_soft": "fill the syringe with less",
    "observe_short": "observe at least until the infusion has ended",
    "observe_soft": "observe for longer",
}


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit and the value held to it, both in the unit that the name ends with."""

    name: str
    where: str
    what: str
    unit: str
    kind: Kind
    code: str
    value: Fraction
    low: Fraction | None
    high: Fraction | None
    ok: bool
    allowed: tuple[Fraction, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As in `order show --json`; a missing bound is null."""
        content: dict[str, Any] = {
            "name": self.name,
            "value": float(self.value),
            "low": None if self.low is None else float(self.low),
            "high": None if self.high is None else float(self.high),
            "kind": self.kind,
            "ok": self.ok,
        }
        if self.allowed:
            content["allowed"] = [float(one) for one in self.allowed]
        return content

    def problem(self) -> Problem:
        """Why the order does not pass; for a limit that is not ok."""
        same_as_hard = self.code.removesuffix("_soft") + "_hard"
        hint = _HINTS.get(self.code) or _PUMP_HINTS.get(self.code) or _PUMP_HINTS[same_as_hard]
        return Problem(self.where, self.code, self._reason(), hint)

    def bounds(self) -> str:
        """The bounds for the screen, with their unit."""
        if self.allowed:
            text = ", ".join(shown(one) for one in self.allowed)
        elif self.low is None:
            text = f"up to {shown(self.high or Fraction(0))}"
        elif self.high is None:
            text = f"from {shown(self.low)}"
        else:
            text = f"{shown(self.low)} to {shown(self.high)}"
        return f"{text} {self.unit}"

    def _reason(self) -> str:
        if self.allowed:
            listed = (
                f"{self.what} {shown(self.value, 9)} {self.unit} is not one of {self.bounds()}"
            )
            return f"{listed} ({self.kind} limit)"
        is_low = self.low is not None and self.value < self.low
        bound = (self.low if is_low else self.high) or Fraction(0)
        side = "below" if is_low else "at" if self.value == bound else "above"
        value, limit = _told_apart(self.value, bound)
        unit = self.unit
        return f"{self.what} {value} {unit} is {side} the {self.kind} limit of {limit} {unit}"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is held to limits: its name in JSON and in words, and its unit in base units."""

    name: str
    what: str
    unit: str
    scale: int
    code: str

    def within(
        self,
        where: str,
        kind: Kind,
        value: Fraction | int,
        low: Fraction | int | None,
        high: Fraction | int | None,
        code: str = "",
    ) -> Limit:
        """A limit from values in base units; None for a bound means that there is none."""
        ok = (low is None or value >= low) and (high is None or value <= high)
        return Limit(
            name=self.name,
            where=where,
            what=self.what,
            unit=self.unit,
            kind=kind,
            code=code or f"{self.code}_{kind}",
            value=Fraction(value) / self.scale,
            low=None if low is None else Fraction(low) / self.scale,
            high=None if high is None else Fraction(high) / self.scale,
            ok=ok,
        )

    def both(self, where: str, value: Fraction, numbers: Range) -> tuple[Limit, Limit]:
        """The hard and the soft limit of an entry's range."""
        return (
            self.within(where, "hard", value, numbers.hard_low.value, numbers.hard_high.value),
            self.within(where, "soft", value, numbers.soft_low.value, numbers.soft_high.value),
        )

    def among(
        self, where: str, kind: Kind, value: Fraction, numbers: tuple[Number, ...], code: str
    ) -> Limit:
        """A limit to the values of a list."""
        allowed = tuple(sorted(number.value / self.scale for number in numbers))
        scaled = value / self.scale
        return Limit(
            name=self.name,
            where=where,
            what=self.what,
            unit=self.unit,
            kind=kind,
            code=code,
            value=scaled,
            low=allowed[0] if allowed else None,
            high=allowed[-1] if allowed else None,
            ok=scaled in allowed,
            allowed=allowed,
        )


def _told_apart(value: Fraction, bound: Fraction) -> tuple[str, str]:
    """Both for the screen, with as many places as it takes to see that they differ."""
    for places in range(3, _MOST_PLACES):
        if shown(value, places) != shown(bound, places):
            return shown(value, places), shown(bound, places)
    return str(value), str(bound)
