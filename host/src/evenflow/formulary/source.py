"""A library file as it lies there: its bytes, its tables, and the library that they come to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evenflow import bounded
from evenflow.dose import library
from evenflow.dose.library import Library


@dataclass(frozen=True, slots=True)
class Source:
    """A sound library file."""

    path: Path
    content: bytes
    tables: Mapping[str, Any]
    library: Library


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of an entry as written: its place, such as `dose.hard_high`, and its ground."""

    place: str
    value: str | int | bool | tuple[str, ...]
    grade: str
    source: str

    @property
    def words(self) -> str:
        """As a person reads it."""
        if self.value is False:
            return "none"
        if self.value is True:
            return "allowed"
        return "; ".join(self.value) if isinstance(self.value, tuple) else str(self.value)


def read(path: str | Path) -> Source:
    """Reads and checks a file; Refused with every problem, WrongUsage if there is none."""
    content = library.content_of(path)
    tables = bounded.tables(content, str(path))
    return Source(Path(path), content, tables, library.from_tables(tables, str(path)))


def figures(entry: Mapping[str, Any]) -> Iterator[Figure]:
    """Every figure of an entry's table, in the file's order; concentrations by their kind."""
    for key, table in entry.items():
        if key == "concentration":
            for one in table:
                place = f"concentration {one['value']}"
                yield Figure(place, one["kind"], one["grade"], one["source"])
        elif isinstance(table, Mapping):
            yield from _figures(key, table)


def _figures(place: str, table: Mapping[str, Any]) -> Iterator[Figure]:
    if "value" not in table:
        for key, inner in table.items():
            yield from _figures(f"{place}.{key}", inner)
        return
    value = table["value"]
    kept = tuple(value) if isinstance(value, list) else value
    yield Figure(place, kept, table["grade"], table["source"])
