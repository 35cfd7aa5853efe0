"""Reads the tables of an order by the table of keys, and collects everything that is wrong."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches

from evenflow.dose._order_table import (
    KEYS,
    MAX_TEXT_CHARACTERS,
    NOT_ON_BENCH,
    SCHEMA,
    STEP,
    TABLES,
    Key,
)
from evenflow.dose.library import BENCH
from evenflow.dose.quantity import InvalidQuantity, Quantity, canonical_unit, parse
from evenflow.errors import Problem


def read(
    content: Mapping[str, object], problems: list[Problem]
) -> tuple[dict[str, str], dict[str, Quantity]]:
    """Texts and quantities by path; what is missing, unknown or of a wrong kind is a problem."""
    words: dict[str, str] = {}
    quantities: dict[str, Quantity] = {}
    _check_schema(content, problems)
    _check_known("", content, ("schema", *TABLES), problems)
    for name in TABLES:
        keys = [key for key in KEYS if key.table == name]
        if name not in content:
            if not (name in NOT_ON_BENCH and is_bench(content)):
                needed = ", ".join(key.name for key in keys if key.is_required)
                reason = "the table is missing"
                problems.append(Problem(name, "missing", reason, f"add [{name}] with {needed}"))
            continue
        table = content[name]
        if not isinstance(table, Mapping):
            problems.append(Problem(name, "wrong_type", "is no table", f"write it as [{name}]"))
            continue
        names = [key.name for key in keys]
        _check_known(f"{name}.", table, [*names, STEP] if name == "therapy" else names, problems)
        for key in keys:
            _read_key(key, table, words, quantities, problems)
    return words, quantities


def table_of(content: Mapping[str, object], name: str) -> Mapping[str, object]:
    """That table, or an empty one if it is missing or no table."""
    table = content.get(name)
    return table if isinstance(table, Mapping) else {}


def is_bench(content: Mapping[str, object]) -> bool:
    """Whether the order says that it is for the bench."""
    return table_of(content, "therapy").get("care_area") == BENCH


def suggestion(word: str, known: Iterable[str], otherwise: str) -> str:
    """A hint that names the nearest known word, or all of them."""
    choices = list(known)
    near = get_close_matches(word, choices, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"{otherwise}: {', '.join(choices)}" if choices else otherwise


def _read_key(
    key: Key,
    table: Mapping[str, object],
    words: dict[str, str],
    quantities: dict[str, Quantity],
    problems: list[Problem],
) -> None:
    if key.name not in table:
        if key.is_required:
            example = f', such as "{key.dimensions[0].example}"' if key.dimensions else ""
            problems.append(Problem(key.path, "missing", "is missing", f"add it{example}"))
        return
    value = table[key.name]
    if key.dimensions:
        try:
            quantities[key.path] = parse(value, key.path, *key.dimensions)
        except InvalidQuantity as invalid:
            problems.append(_with_its_place(invalid.problem, key, value))
        return
    if not isinstance(value, str):
        reason = f"{repr(value)[:MAX_TEXT_CHARACTERS]} is no text"
        problems.append(Problem(key.path, "wrong_type", reason, "write it in quotation marks"))
    elif len(value) > MAX_TEXT_CHARACTERS:
        reason = f"has {len(value)} characters, more than {MAX_TEXT_CHARACTERS}"
        problems.append(Problem(key.path, "too_long", reason, "shorten it"))
    elif not value or value != value.strip() or not value.isprintable():
        reason = f"{value!r} is empty, or has blanks around it or characters that do not print"
        problems.append(Problem(key.path, "wrong_text", reason, "write it plainly"))
    else:
        words[key.path] = value


def _with_its_place(problem: Problem, key: Key, value: object) -> Problem:
    """The problem; if the unit is one of other keys, with a hint that names them."""
    if problem.code != "unit_wrong" or not isinstance(value, str):
        return problem
    unit = canonical_unit(value.rpartition(" ")[2].lstrip("0123456789."))
    places = [
        other.path
        for other in KEYS
        if other is not key and any(one.factor(unit) is not None for one in other.dimensions)
    ]
    if not places:
        return problem
    return replace(problem, hint=f"{problem.hint}; {unit} belongs to {' or '.join(places)}")


def _check_schema(content: Mapping[str, object], problems: list[Problem]) -> None:
    if "schema" not in content:
        problems.append(Problem("schema", "missing", "is missing", f"add schema = {SCHEMA}"))
        return
    schema = content["schema"]
    if isinstance(schema, bool) or not isinstance(schema, int) or schema != SCHEMA:
        reason = f"{repr(schema)[:MAX_TEXT_CHARACTERS]} is not a schema that this version reads"
        problems.append(Problem("schema", "wrong_schema", reason, f"write schema = {SCHEMA}"))


def _check_known(
    prefix: str, table: Mapping[str, object], known: Iterable[str], problems: list[Problem]
) -> None:
    names = list(known)
    for name in table:
        if name not in names:
            hint = suggestion(name, names, "remove it; known here are")
            problems.append(Problem(f"{prefix}{name}", "unknown_key", "unknown key", hint))
