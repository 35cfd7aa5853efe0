"""Reads a quantity such as "0.5 mg/kg", exactly or not at all.

A quantity is plain ASCII digits, at most one decimal point with digits on both sides, at most one
space, and a unit of the list below, case-sensitive. Micro is `u`, either code point of the micro
sign, or `mc` as in mcg. Nothing is guessed: a wrong decimal point is a wrong dose (FDA, examples
of reported infusion pump problems; ISMP, error-prone abbreviations).
"""

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite

from evenflow.dose.dimension import DIMENSIONS, DURATION, Dimension
from evenflow.errors import Problem, Refused

MAX_CHARACTERS = 40

_QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(\S*)")
_EXPONENT = re.compile(r"[0-9.]+[eE][-+]?[0-9]")
_HEXADECIMAL = re.compile(r"0[xXoObB]")
_ODD_BLANK = re.compile(r"\s\s|[^\S ]")
_NAKED_POINT = re.compile(r"\.[0-9]|[0-9]+\.(?![0-9])")
_MICRO_GRAM = ("\u00b5g", "\u03bcg", "mcg")
_MINUS = "-\u2212\u2012\u2013\u2014\ufe63\uff0d"


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact value in the base unit of its dimension, and the words it was written in."""

    value: Fraction
    dimension: Dimension
    unit: str
    text: str

    @property
    def whole(self) -> int:
        """The value as the integer that travels on the wire."""
        if self.value.denominator != 1:
            raise ValueError(f"{self.text} is no whole number of {self.dimension.base_unit}")
        return self.value.numerator


class InvalidQuantity(Refused):
    """A value that is not a quantity of the wanted kind; `problem` says which, why, what to do."""

    def __init__(self, problem: Problem) -> None:
        """One problem, at its place."""
        super().__init__(
            problem.code, f"{problem.where}: {problem.reason}", problem.hint, (problem,)
        )
        self.problem = problem


def parse(value: object, where: str, *dimensions: Dimension) -> Quantity:
    """The quantity, in whichever of the dimensions its unit belongs to; else InvalidQuantity.

    `where` is the dotted key, named in every refusal.
    """
    example = " or ".join(f'"{dimension.example}"' for dimension in dimensions)
    hint = f"write it like {example}"
    if not isinstance(value, str):
        raise InvalidQuantity(_not_text(value, where, hint))
    matched = _QUANTITY.fullmatch(value) if len(value) <= MAX_CHARACTERS else None
    if matched is None or _has_leading_zero(value):
        code, what = _diagnosis(value)
        raise InvalidQuantity(Problem(where, code, f"{_quoted(value)} {what}", hint))
    number, written_unit = matched.groups()
    unit = canonical_unit(written_unit)
    for dimension in dimensions:
        factor = dimension.factor(unit)
        if factor is not None:
            return _checked(Quantity(Fraction(number) * factor, dimension, unit, value), where)
    raise InvalidQuantity(_wrong_unit(value, written_unit, where, dimensions))


def canonical_unit(unit: str) -> str:
    """The unit with every spelling of micrograms as `ug`."""
    return "/".join("ug" if part in _MICRO_GRAM else part for part in unit.split("/"))


def shown(value: Fraction, places: int = 6) -> str:
    """A decimal for the screen, rounded half to even, without trailing zeros."""
    scaled = round(value * 10**places)
    sign = "-" if scaled < 0 else ""
    whole, rest = divmod(abs(scaled), 10**places)
    return f"{sign}{whole}.{rest:0{places}d}".rstrip("0").rstrip(".")


def _checked(quantity: Quantity, where: str) -> Quantity:
    if quantity.value == 0:
        reason = f"{_quoted(quantity.text)} is zero, which means nothing here"
        raise InvalidQuantity(Problem(where, "zero", reason, "write the value that is meant"))
    dimension = quantity.dimension
    if dimension.is_on_wire and quantity.value.denominator != 1:
        reason = f"{_quoted(quantity.text)} has more digits than the pump takes"
        places = _decimal_places(dimension.factor(quantity.unit) or 1)
        hint = f"write at most {places} decimals in {quantity.unit}"
        raise InvalidQuantity(Problem(where, "too_fine", reason, hint))
    return quantity


def _decimal_places(factor: int) -> int:
    """Decimals of a unit that are always a whole number of base units."""
    places = 0
    while factor % 10 == 0:
        factor //= 10
        places += 1
    return places


def _not_text(value: object, where: str, hint: str) -> Problem:
    if isinstance(value, float) and not isfinite(value):
        reason = f"{value!r} is not a finite number"
        return Problem(where, "not_finite", reason, f"{hint}, in quotation marks")
    if isinstance(value, int | float) and not isinstance(value, bool):
        reason = f"{value!r} is a bare number; a unit is required"
        return Problem(where, "unit_missing", reason, f"{hint}, in quotation marks")
    kind = type(value).__name__
    return Problem(
        where, "wrong_type", f"a {kind} is not a quantity", f"{hint}, in quotation marks"
    )


def _diagnosis(text: str) -> tuple[str, str]:
    """(code, what is wrong) of a text that is no quantity; the first reason that applies."""
    start = text.strip()
    findings = (
        (not start, "empty", "is empty"),
        (len(text) > MAX_CHARACTERS, "too_long", f"is longer than {MAX_CHARACTERS} characters"),
        (_has_foreign_digit(text), "foreign_digits", "has digits other than 0 to 9"),
        (text != start, "whitespace", "has blanks before or after it"),
        (start[:1] in _MINUS, "negative", "is negative or begins with a dash"),
        (start[:1] == "+", "sign", "begins with a sign"),
        (start[:3].lower() in ("nan", "inf"), "not_finite", "is not a finite number"),
        (_HEXADECIMAL.match(start), "not_decimal", "is not a decimal number"),
        ("," in start, "decimal_comma", "has a comma; decimals need a point"),
        (_EXPONENT.match(start), "exponent", "has an exponent"),
        (_NAKED_POINT.match(start), "naked_point", "lacks a digit beside its decimal point"),
        (_has_leading_zero(start), "leading_zero", "has a leading zero; is a point missing?"),
        (_ODD_BLANK.search(start), "whitespace", "has blanks other than one before the unit"),
    )
    for applies, code, what in findings:
        if applies:
            return code, what
    return "not_a_quantity", "is not a plain number followed by one unit"


def _has_foreign_digit(text: str) -> bool:
    return any(
        unicodedata.numeric(one, None) is not None and one not in "0123456789" for one in text
    )


def _has_leading_zero(text: str) -> bool:
    return len(text) > 1 and text[0] == "0" and text[1] in "0123456789"


def _wrong_unit(value: str, unit: str, where: str, dimensions: tuple[Dimension, ...]) -> Problem:
    allowed = [unit for dimension in dimensions for unit, _ in dimension.units]
    kind = " or ".join(dimension.name for dimension in dimensions)
    hint = f"a {kind} is in {', '.join(allowed)}"
    if not unit:
        return Problem(where, "unit_missing", f"{_quoted(value)} has no unit", hint)
    if unit == "m" and DURATION in dimensions:
        return Problem(
            where, "unit_wrong", f"{_quoted(value)}: m is refused, it is not minutes", hint
        )
    lower_case = canonical_unit(unit.lower())
    for right in allowed:
        if right.lower() == lower_case:
            reason = f"{_quoted(value)}: units are case-sensitive, {unit} is not {right}"
            return Problem(where, "unit_wrong", reason, f"if {right} is meant, write {right}")
    for dimension in DIMENSIONS:
        if dimension.factor(canonical_unit(unit)) is not None:
            reason = f"{_quoted(value)} is a {dimension.name}, not a {kind}"
            return Problem(where, "unit_wrong", reason, hint)
    return Problem(where, "unit_wrong", f"{_quoted(value)}: unknown unit {unit}", hint)


def _quoted(text: str) -> str:
    cut = text if len(text) <= MAX_CHARACTERS else text[:MAX_CHARACTERS] + "…"
    return repr(cut)
