"""The JSON Schema of a board file, for editors: made from the table of keys, draft 2020-12.

It knows keys, kinds and bounds. What pins can do, and whether it all fits together, only
`evenflow boards check` knows.
"""

from typing import Any

from pumpcore.board import keys

_PINS = {"pin_in", "pin_out", "pin_adc", "pin_idle"}


def board_file_schema() -> dict[str, Any]:
    """The schema as a JSON object."""
    sections: dict[str, dict[str, Any]] = {}
    for key in keys.KEYS:
        section, name = key.name.split(".")
        table = sections.setdefault(
            section,
            {"type": "object", "additionalProperties": False, "required": [], "properties": {}},
        )
        table["required"].append(name)
        table["properties"][name] = {"description": key.doc, **_kind(key)}
    chosen = {row[0] for row in keys.CHOSEN}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Evenflow board file",
        "description": "How one kind of board is built. Every key is required, no other is known.",
        "type": "object",
        "additionalProperties": False,
        "required": ["schema", *(name for name in sections if name not in chosen)],
        "properties": {"schema": {"const": keys.SCHEMA}, **sections},
        "allOf": [_choice(*row) for row in keys.CHOSEN],
    }


def _kind(key: keys.Key) -> dict[str, Any]:
    if key.kind == "bool":
        return {"type": "boolean"}
    if key.kind == "choice":
        return {"enum": list(key.bounds)}
    if key.kind == "text":
        return {"type": "string", "minLength": key.bounds[0], "maxLength": key.bounds[1]}
    if key.kind in _PINS:
        return {"type": ["integer", "string"], "minimum": 0, "pattern": "^W[0-9]{1,2}$"}
    return {"type": "integer", "minimum": key.bounds[0], "maximum": key.bounds[1]}


def _choice(section: str, key: str, values: tuple[str, ...]) -> dict[str, Any]:
    """The section is required with this choice, and unknown without."""
    table, name = key.split(".")
    made = {
        "required": [table],
        "properties": {table: {"required": [name], "properties": {name: {"enum": list(values)}}}},
    }
    return {
        "if": made,
        "then": {"required": [section]},
        "else": {"properties": {section: False}},
    }
