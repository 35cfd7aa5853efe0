"""One `[[expect]]` of a scenario: a value of the result, and what it must be."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from evenflow.errors import Problem
from evenflow.scenario import result_path
from evenflow.scenario.suggestion import nearest

BOUNDS = ("within", "equals", "at_most", "at_least")
_PAIR = 2


@dataclass(frozen=True, slots=True)
class Expectation:
    """A path into the result and the bounds that its value must keep, all of them."""

    number: int
    that: str
    bounds: tuple[tuple[str, object], ...]

    @property
    def words(self) -> str:
        """As a person says it: `final.patient_volume_ml within [17.4, 17.6]`."""
        return f"{self.that} " + " and ".join(f"{name} {bound}" for name, bound in self.bounds)

    def judge(self, result: Mapping[str, object]) -> dict[str, object]:
        """The entry for the result's `expect`; a value that is absent keeps no bound."""
        value = result_path.resolve(result, self.that)
        is_kept = all(_keeps(value, name, bound) for name, bound in self.bounds)
        return {"that": self.that, **dict(self.bounds), "value": value, "ok": is_kept}


def read(number: int, row: object, problems: list[Problem]) -> Expectation | None:
    """The expectation of a row; None, and problems, if it is none."""
    where = f"expect {number}"
    if not isinstance(row, Mapping):
        problems.append(Problem(where, "wrong_type", "is no table", "write it as [[expect]]"))
        return None
    before = len(problems)
    for name in row:
        if name not in ("that", *BOUNDS):
            hint = nearest(name, ("that", *BOUNDS))
            problems.append(Problem(where, "unknown_key", f"unknown key {name}", hint))
    wrong_path = result_path.problem(row.get("that"), where)
    if wrong_path is not None:
        problems.append(wrong_path)
    bounds = tuple((name, row[name]) for name in BOUNDS if name in row)
    if not bounds:
        reason = "says nothing that the value must be"
        problems.append(Problem(where, "no_bound", reason, f"add one of {', '.join(BOUNDS)}"))
    for name, bound in bounds:
        problem = _wrong_bound(name, bound, where)
        if problem is not None:
            problems.append(problem)
    if len(problems) > before:
        return None
    return Expectation(number, str(row["that"]), bounds)


def _wrong_bound(name: str, bound: object, where: str) -> Problem | None:
    if name == "equals":
        return None
    if name != "within":
        if _is_number(bound):
            return None
        return Problem(where, "no_bound", f"{name} = {bound!r} is no number", "write a number")
    if isinstance(bound, list) and len(bound) == _PAIR and all(_is_number(one) for one in bound):
        if bound[0] <= bound[1]:
            return None
        return Problem(where, "no_bound", f"within = {bound!r} is empty", "write the lower first")
    reason = f"within = {bound!r} is no pair of numbers"
    return Problem(where, "no_bound", reason, "write it like within = [17.4, 17.6]")


def _keeps(value: object, name: str, bound: object) -> bool:
    if name == "equals":
        return isinstance(value, bool) == isinstance(bound, bool) and value == bound
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    if isinstance(bound, list):
        return bool(bound[0] <= value <= bound[1])
    if not isinstance(bound, int | float):
        return False
    return value <= bound if name == "at_most" else value >= bound


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
