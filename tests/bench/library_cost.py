"""What a library of 200 entries costs to read and to check, in this process."""

import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from evenflow.dose import library

ENTRY_COUNT = 200
_ROUNDS = 5


@dataclass(frozen=True)
class Cost:
    """Shortest times: from text to tables, and from tables to a sound library."""

    byte_count: int
    read_s: float
    check_s: float


def measure() -> Cost:
    """The shipped entries in turn, each under another name, as verbose as they are."""
    text = large()
    tables: dict[str, Any] = tomllib.loads(text)
    return Cost(
        len(text),
        _shortest_s(lambda: tomllib.loads(text)),
        _shortest_s(lambda: library.from_tables(tables, "large.toml")),
    )


def large(entry_count: int = ENTRY_COUNT) -> str:
    """The text of such a library."""
    head, *entries = library.SHIPPED.read_text(encoding="utf-8").split("[[entry]]\n")
    parts = [head]
    for index in range(entry_count):
        ident = 1 + index % len(entries)
        entry = entries[ident - 1].replace(f"ident = {ident}\n", f"ident = {index + 1}\n")
        parts.append("[[entry]]\n" + entry.replace('drug = "', f'drug = "d{index}-'))
    return "".join(parts)


def _shortest_s(work: Callable[[], object]) -> float:
    spans = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        work()
        spans.append(time.perf_counter() - began)
    return min(spans)
