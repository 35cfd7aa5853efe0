"""The profiles of the board files, flat; changed for a test."""

import tomllib
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[3] / "board_configs"
# Fixtures' files have a table, and tests, of their own.
PUMPS = sorted(path for path in FOLDER.glob("*.toml") if not path.name.startswith("rig-"))


def profile(board: str, changes: dict[str, object] | None = None) -> dict[str, object]:
    """A board's profile; a change to None takes the key out."""
    with (FOLDER / f"{board}.toml").open("rb") as file:
        tables = tomllib.load(file)
    tables.pop("schema")
    flat = {
        f"{table}.{key}": value for table, keys in tables.items() for key, value in keys.items()
    }
    flat |= changes or {}
    return {name: value for name, value in flat.items() if value is not None}
