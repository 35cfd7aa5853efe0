"""The drug library: limits of each drug in each care area, and the file that the pump keeps of it.

The shipped library is `library.toml` beside this module; each number there says what it rests on.
"""

import json
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from evenflow.dose import _library_build, _library_file
from evenflow.dose._library_build import BENCH
from evenflow.dose.entry import Entry
from evenflow.errors import Problem, Refused, WrongUsage, in_file
from pumpcore import units, wall_clock

__all__ = ["BENCH", "SCHEMA", "SHIPPED", "Library", "compile_library", "load", "shipped"]

SCHEMA = 2
SHIPPED = Path(__file__).with_name("library.toml")
_DIGEST_BYTES = 8
_FIRST_DAY = date(wall_clock.FIRST_YEAR, 1, 1)
_S_PER_DAY = 24 * units.S_PER_H


@dataclass(frozen=True, slots=True)
class Library:
    """Entries by care area and drug; `reviewed_by` is empty until a clinician has signed."""

    name: str
    version: str
    reviewed_by: str
    entries: tuple[Entry, ...]
    valid_until: date

    def entry(self, care_area: str, drug: str) -> Entry | None:
        """The entry, or None."""
        for entry in self.entries:
            if (entry.care_area, entry.drug) == (care_area, drug):
                return entry
        return None

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
    try:
        content = tomllib.loads(Path(path).read_bytes().decode())
    except FileNotFoundError as missing:
        raise WrongUsage("no_file", f"{path}: no such file", "check the path") from missing
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as invalid:
        raise Refused("not_toml", f"{path}: not TOML: {invalid}", "correct the file") from invalid
    try:
        file = _library_file.LibraryFile.model_validate(content)
    except ValidationError as invalid:
        raise in_file(Refused, str(path), _library_file.problems_of(invalid)) from invalid
    problems: list[Problem] = []
    entries = _library_build.entries(file, problems)
    if problems:
        raise in_file(Refused, str(path), problems)
    return Library(file.name, file.version, file.reviewed_by, entries, file.valid_until)


def _body(library: Library) -> bytes:
    content = {
        "version": library.version,
        "valid_until_s": library.valid_until_s,
        "entries": [list(entry.device_row()) for entry in library.entries],
    }
    return json.dumps(content, separators=(",", ":"), ensure_ascii=True)[1:].encode("ascii")
