"""Order tables for tests: the reference order, with what a test wants changed."""

from copy import deepcopy
from typing import Any

from evenflow.boards import Profile
from evenflow.dose.order import Order, from_table
from evenflow.dose.plan import Plan, plan

_REFERENCE: dict[str, Any] = {
    "schema": 1,
    "patient": {"id": "demo-0001", "weight": "70 kg"},
    "therapy": {
        "care_area": "mood-clinic",
        "drug": "ketamine",
        "concentration": "2 mg/mL",
        "dose": "0.5 mg/kg",
        "duration": "40 min",
    },
    "syringe": {"model": "bd-plastipak-50", "fill": "20 mL"},
    "session": {"observe": "120 min"},
}
_BENCH: dict[str, Any] = {
    "schema": 1,
    "therapy": {"care_area": "bench", "rate": "5 mL/h", "volume": "5 mL"},
    "syringe": {"model": "bd-plastipak-10", "fill": "8 mL"},
}
ABSENT = object()


def reference_table(**changes: object) -> dict[str, Any]:
    """The 70 kg order; `therapy__dose="…"` changes a key, ABSENT removes it or a whole table."""
    return _changed(_REFERENCE, changes)


def bench_table(**changes: object) -> dict[str, Any]:
    """A bench order, changed likewise."""
    return _changed(_BENCH, changes)


def order_of(table: dict[str, Any]) -> Order:
    """The order of a table, under the name test.toml."""
    return from_table(table, "test.toml")


def plan_of(
    table: dict[str, Any], override: str | None = None, board: Profile | None = None
) -> Plan:
    """Its plan."""
    return plan(order_of(table), override, board=board)


def _changed(base: dict[str, Any], changes: dict[str, object]) -> dict[str, Any]:
    table = deepcopy(base)
    for path, value in changes.items():
        *parents, key = path.split("__")
        place = table
        for parent in parents:
            place = place.setdefault(parent, {})
        if value is ABSENT:
            place.pop(key, None)
        else:
            place[key] = value
    return table
