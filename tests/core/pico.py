"""The board of the core's tests: board_configs/pico.toml, flat."""

import tomllib
from pathlib import Path

from core.pump_bench import PumpBench

BENCH = Path(__file__).with_name("pump_bench.py")
_BOARD = Path(__file__).resolve().parents[2] / "board_configs" / "pico.toml"


def profile(**changes: object) -> dict[str, object]:
    """The flat profile; a change is written with `__` for the dot of its key."""
    with _BOARD.open("rb") as file:
        tables = tomllib.load(file)
    tables.pop("schema")
    flat = {
        f"{table}.{key}": value for table, keys in tables.items() for key, value in keys.items()
    }
    return flat | {name.replace("__", "."): value for name, value in changes.items()}


def bench(**changes: object) -> PumpBench:
    """A bench with that board, not booted."""
    return PumpBench(profile(**changes))
