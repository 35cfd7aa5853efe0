"""The shipped library as tables, for tests that change some of it."""

import tomllib
from copy import deepcopy
from functools import cache
from typing import Any

import pytest

from evenflow.dose import library
from evenflow.errors import Refused

_ABSENT = object()
# Of the shipped library, by their place in the file.
MOOD, PAIN, TRIAL, SEDATION = range(4)


@cache
def _shipped() -> dict[str, Any]:
    return tomllib.loads(library.SHIPPED.read_text())


def tables(*changes: tuple[str, object]) -> dict[str, Any]:
    """The shipped tables, with a value at each dotted path; `without` removes what is there."""
    content = deepcopy(_shipped())
    for path, value in changes:
        *way, last = path.split(".")
        place: Any = content
        for part in way:
            place = place[int(part)] if isinstance(place, list) else place[part]
        key: Any = int(last) if isinstance(place, list) else last
        if value is _ABSENT:
            del place[key]
        else:
            place[key] = value
    return content


def without(path: str) -> tuple[str, object]:
    """A change that removes a key."""
    return path, _ABSENT


def refusals(content: dict[str, Any]) -> set[tuple[str, str]]:
    """Where and how the library is refused."""
    with pytest.raises(Refused) as refused:
        library.from_tables(content, "library.toml")
    for problem in refused.value.problems:
        assert problem.reason
        assert problem.hint
    return {(problem.where, problem.code) for problem in refused.value.problems}
