"""The schema for editors says what the table of keys says, and takes every shipped board file."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from evenflow import boards, resources
from evenflow.boards.schema import board_file_schema
from pumpcore.board import keys

pytestmark = pytest.mark.requirement("DES-08")

FILES = boards.known()
SCHEMA = board_file_schema()


def takes(schema: dict[str, Any] | None, value: object) -> bool:
    """The few words of JSON Schema that ours is made of; any other is an error."""
    if not schema:
        return schema is not None
    known = {name: rule for name, rule in RULES.items() if name in schema}
    assert set(schema) <= {*RULES, "$schema", "title", "description", "then", "else"}
    return all(rule(schema, value) for rule in known.values())


def is_of(kind: str, value: object) -> bool:
    types = {"object": dict, "integer": int, "string": str, "boolean": bool}
    return isinstance(value, types[kind]) and (kind == "boolean" or not isinstance(value, bool))


def kinds(schema: dict[str, Any]) -> list[str]:
    return [schema["type"]] if isinstance(schema["type"], str) else schema["type"]


def fields_fit(schema: dict[str, Any], value: object) -> bool:
    fields = value if isinstance(value, dict) else {}
    rules = schema["properties"]
    return all(
        name not in rules or takes(rules[name] or None, one) for name, one in fields.items()
    )


def branch(schema: dict[str, Any], value: object) -> bool:
    return takes(schema["then" if takes(schema["if"], value) else "else"], value)


RULES = {
    "type": lambda schema, value: any(is_of(kind, value) for kind in kinds(schema)),
    "const": lambda schema, value: value == schema["const"],
    "enum": lambda schema, value: value in schema["enum"],
    "minimum": lambda schema, value: not isinstance(value, int) or value >= schema["minimum"],
    "maximum": lambda schema, value: not isinstance(value, int) or value <= schema["maximum"],
    "minLength": lambda schema, value: len(value) >= schema["minLength"],
    "maxLength": lambda schema, value: len(value) <= schema["maxLength"],
    "pattern": lambda schema, value: (
        not isinstance(value, str) or re.match(schema["pattern"], value)
    ),
    "required": lambda schema, value: set(schema["required"]) <= set(value),
    "additionalProperties": lambda schema, value: set(value) <= set(schema["properties"]),
    "properties": fields_fit,
    "allOf": lambda schema, value: all(takes(one, value) for one in schema["allOf"]),
    "if": branch,
}


def pico() -> dict[str, Any]:
    return tomllib.loads(resources.path("board_configs", "pico.toml").read_text())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_shipped_board_file_fits(path: Path) -> None:
    assert takes(SCHEMA, tomllib.loads(path.read_text()))
    # The line by which an editor finds it.
    assert path.read_text().startswith("#:schema schema.json\n")


def test_every_key_of_the_table_is_in_it() -> None:
    found = {
        f"{section}.{name}"
        for section, table in SCHEMA["properties"].items()
        for name in table.get("properties", ())
    }

    assert found == {key.name for key in keys.KEYS}


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [
        ("plunger", "lead_um", 99),
        ("plunger", "lead_um", 1.5),
        ("plunger", "lead_um", None),
        ("plunger", "colour", 1),
        ("motor", "driver", "l298n"),
        ("motor", "driver", "tmc2209"),
        ("tmc2209", "address", 0),
        ("esp32s3", "has_octal_memory", True),
        ("rp2350", "is_pico", True),
        ("link", "bench", 0),
        ("board", "name", ""),
        ("panel", "check_pin", "A1"),
        ("panel", "check_pin", True),
    ],
)
def test_what_the_table_refuses_it_refuses(section: str, key: str, value: object) -> None:
    document = pico()
    table = document.setdefault(section, {})
    table[key] = value
    if value is None:
        del table[key]

    assert not takes(SCHEMA, document)


def test_a_motor_driver_with_a_uart_needs_its_section() -> None:
    document = pico()
    document["motor"]["driver"] = "tmc2209"
    document["tmc2209"] = {"uart": 1, "tx_pin": 24, "rx_pin": 25, "address": 0}

    assert takes(SCHEMA, document)
