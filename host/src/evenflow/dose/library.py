"""The drug library: limits of each drug in each care area, and the file that the pump keeps of it.

The shipped library is `library.toml` beside this module; each number there says what it rests on.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from evenflow import bounded
from evenflow.dose import _library_build, _library_file
from evenflow.dose._library_check import BENCH
from evenflow.dose.entry import Entry
from evenflow.errors import Problem, Refused, in_file
from pumpcore import units, wall_clock

__all__ = [
    "BENCH",
    "SCHEMA",
    "SHIPPED",
    "Library",
    "compile_library",
    "content_of",
    "from_tables",
    "load",
    "read",
    "shipped",
]

SCHEMA = 2
SHIPPED = Path(__file__).with_name("library.toml")
MAX_FILE_BYTES = 1_048_576
_DIGEST_BYTES = 8
_FIRST_DAY = date(wall_clock.FIRST_YEAR, 1, 1)
_S_PER_DAY = 24 * units.S_PER_H


@dataclass(frozen=True, slots=True)
class Library:
    """Entries by care area and drug; `reviewed_by` is empty until a clinician has done so."""

    name: str
    version: str
    reviewed_by: str
    entries: tuple[Entry, ...]
    valid_until: date
    reviewed_on: date | None = None

    def entry(self, care_area: str, drug: str) -> Entry | None:
        """The entry, or None."""
        for entry in self.entries:
            if (entry.care_area, entry.drug) == (care_area, drug):
                return entry
        return None

    @property
    def review(self) -> str:
        """Who has reviewed it and when, in words."""
        if not self.reviewed_by:
            return "NOT REVIEWED: reviewed by nobody"
        return f"reviewed by {self.reviewed_by} on {self.reviewed_on}"

    @property
    def numbers(self) -> tuple[int, ...]:
        """The version as three numbers, in the order in which versions follow each other."""
        return tuple(int(part) for part in self.version.split("."))

    def is_expired(self, today: date) -> bool:
        """Whether its last day is past."""
        return today > self.valid_until

    @property
    def care_areas(self) -> tuple[str, ...]:
        """Care areas with entries, in the file's order; the bench is not one."""
        return tuple(dict.fromkeys(entry.care_area for entry in self.entries))

    def drugs(self, care_area: str) -> tuple[str, ...]:
        """Drugs of a care area, in the file's order."""
        return tuple(entry.drug for entry in self.entries if entry.care_area == care_area)

    @property
    def digest(self) -> bytes:
        """Eight bytes that name what the pump keeps; `stage` and `hello_reply` carry them."""
        return sha256(_body(self)).digest()[:_DIGEST_BYTES]

    @property
    def device_text(self) -> str:
        """The text of the pump's `library.json`."""
        return compile_library(self).decode()

    @property
    def valid_until_s(self) -> int:
        """The first second of the day after the last, since 2020-01-01, as the pump has it."""
        return (self.valid_until - _FIRST_DAY).days * _S_PER_DAY + _S_PER_DAY


def compile_library(library: Library) -> bytes:
    """The pump's `library.json`: rows in the order of pumpcore's Entry, in ASCII without blanks.

    The digest is the first eight bytes of SHA-256 over all that stands after it.
    """
    return b'{"schema":%d,"digest":"%s",' % (SCHEMA, library.digest.hex().encode()) + _body(
        library
    )


@cache
def shipped() -> Library:
    """The library that comes with this version."""
    return load(SHIPPED)


def load(path: str | Path) -> Library:
    """Reads and checks a library file; Refused with every problem, WrongUsage if there is none."""
    return read(content_of(path), str(path))


def content_of(path: str | Path) -> bytes:
    """The bytes of a library file; WrongUsage if it cannot be read, Refused if it has too many."""
    return bounded.content(path, "a library", MAX_FILE_BYTES)


def read(content: bytes, name: str) -> Library:
    """A library from a file's bytes; `name` is the file's, for Refused."""
    return from_tables(bounded.tables(content, name), name)


def from_tables(tables: Mapping[str, object], name: str) -> Library:
    """A library from the tables of a file; Refused with every problem, by place."""
    problems: list[Problem] = []
    file = _library_file.checked(tables, problems)
    if file is None:
        _library_build.check_readable(tables.get("entry"), problems)
        raise in_file(Refused, name, problems)
    entries = _library_build.entries(file, problems)
    problems.extend(_review_problems(file))
    if problems:
        raise in_file(Refused, name, problems)
    return Library(
        file.name, file.version, file.reviewed_by, entries, file.valid_until, file.reviewed_on
    )


def _review_problems(file: _library_file.LibraryFile) -> Iterator[Problem]:
    if bool(file.reviewed_by.strip()) != (file.reviewed_on is not None):
        reason = "reviewed_by and reviewed_on go together"
        yield Problem("reviewed_on", "review", reason, "give both, or leave both empty")
    elif file.reviewed_on is not None and file.reviewed_on > file.valid_until:
        reason = f"{file.reviewed_on} is after the last day, {file.valid_until}"
        yield Problem("reviewed_on", "review", reason, "give the day of the review")


def _body(library: Library) -> bytes:
    content = {
        "version": library.version,
        "valid_until_s": library.valid_until_s,
        "entries": [list(entry.device_row()) for entry in library.entries],
    }
    return json.dumps(content, separators=(",", ":"), ensure_ascii=True)[1:].encode("ascii")
