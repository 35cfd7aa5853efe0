"""Reads the steps of an order, `[[therapy.step]]`, and collects everything that is wrong."""

from collections.abc import Mapping

from evenflow.dose._order_reader import suggestion, table_of
from evenflow.dose._order_table import STEP, STEP_KEYS
from evenflow.dose.quantity import InvalidQuantity, Quantity, parse
from evenflow.dose.step import Step
from evenflow.errors import Problem
from pumpcore.schedule import MAX_STEPS


def read_steps(content: Mapping[str, object], problems: list[Problem]) -> tuple[Step, ...]:
    """The steps in their order; none if the order has a single rate or one is wrong."""
    tables = table_of(content, "therapy").get(STEP)
    if tables is None:
        return ()
    where = f"therapy.{STEP}"
    if not isinstance(tables, list) or not all(isinstance(one, Mapping) for one in tables):
        hint = "write each step as [[therapy.step]]"
        problems.append(Problem(where, "wrong_type", "is no list of tables", hint))
        return ()
    if not 1 <= len(tables) <= MAX_STEPS:
        reason = f"{len(tables)} steps are outside 1 to {MAX_STEPS}"
        problems.append(Problem(where, "step_count", reason, "put steps together, or order twice"))
        return ()
    steps = [_step(table, f"{where}.{index}", problems) for index, table in enumerate(tables)]
    return tuple(step for step in steps if step is not None)


def _step(table: Mapping[str, object], where: str, problems: list[Problem]) -> Step | None:
    before = len(problems)
    known = [name for name, _ in STEP_KEYS]
    for name in table:
        if name not in known:
            hint = suggestion(name, known, "remove it; known here are")
            problems.append(Problem(f"{where}.{name}", "unknown_key", "unknown key", hint))
    read: dict[str, Quantity] = {}
    for name, dimension in STEP_KEYS:
        if name in table:
            try:
                read[name] = parse(table[name], f"{where}.{name}", dimension)
            except InvalidQuantity as invalid:
                problems.append(invalid.problem)
    if "rate" not in table:
        problems.append(Problem(f"{where}.rate", "missing", "is missing", "add it"))
    if ("volume" in table) == ("duration" in table):
        reason = "a step has either a volume or a duration"
        problems.append(Problem(where, "step_extent", reason, "give exactly one of the two"))
    if len(problems) > before:
        return None
    return Step(read["rate"], read.get("to_rate"), read.get("volume"), read.get("duration"))
