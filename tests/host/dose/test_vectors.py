"""The conformance table: every form comes to its mg, mL and mL/h, for people and for scripts."""

import csv
import json
from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from host.dose.orders import plan_of, reference_table

from evenflow.cli import main

pytestmark = pytest.mark.requirement("FLO-12", "KET-01")
Row = dict[str, str]
with (Path(__file__).with_name("vectors.csv")).open(encoding="utf-8", newline="") as stream:
    ROWS = list(csv.DictReader(stream))
GROUPS = [list(group) for _, group in groupby(ROWS, lambda row: (row["mg"], row["ml"]))]
NAMES = [f"{group[0]['mg']}mg-{group[0]['ml']}mL" for group in GROUPS]


def _table(row: Row) -> dict[str, Any]:
    table = reference_table(
        patient__weight=row["weight"],
        therapy__concentration=row["concentration"],
        syringe__fill=row["fill"],
    )
    del table["therapy"]["dose"], table["therapy"]["duration"]
    for column in ("first", "second"):
        key, _, value = row[column].partition(" = ")
        table["therapy"][key] = value
    return table


def _toml(table: dict[str, Any]) -> Iterator[str]:
    yield "schema = 1\n"
    for name in ("patient", "therapy", "syringe", "session"):
        yield f"[{name}]\n"
        for key, value in table[name].items():
            yield f'{key} = "{value}"\n'


def test_the_table_has_every_weight_and_concentration() -> None:
    assert len(GROUPS) == 9 * 4
    assert {len(group) for group in GROUPS} == {18}
    assert {row["exit"] for row in ROWS} == {"0", "3", "4"}
    reference = next(
        row for row in ROWS if (row["weight"], row["concentration"]) == ("70 kg", "2 mg/mL")
    )
    assert [reference[key] for key in ("mg", "ml", "ml_per_h")] == ["35", "17.5", "26.25"]


@pytest.mark.parametrize("group", GROUPS, ids=NAMES)
def test_every_form_has_the_one_schedule(group: list[Row]) -> None:
    digests: dict[tuple[tuple[str, int], ...], set[bytes | None]] = {}
    for row in group:
        plan = plan_of(_table(row))

        figures = plan.figures
        assert figures.mass_ng == Fraction(row["mg"]) * 10**6
        assert figures.pumped_volume_nl == figures.volume_nl == Fraction(row["ml"]) * 10**6
        assert figures.pumped_rate_ul_per_h == Fraction(row["ml_per_h"]) * 1000
        assert figures.pumped_duration_ms == 40 * 60_000
        error = plan.error()
        assert (0 if error is None else error.exit_code) == int(row["exit"])
        overridden = plan_of(_table(row), "as in the table")
        if not overridden.refused:
            wire = overridden.stage_values(1)
            said = tuple((k, v) for k, v in wire.items() if isinstance(v, int))
            digests.setdefault(said, set()).add(overridden.digest)
    # One digest for what is the same on the wire, and another for what is not.
    assert all(len(same) == 1 for same in digests.values())
    assert len({frozenset(same) for same in digests.values()}) == len(digests)


@pytest.mark.parametrize("group", GROUPS, ids=NAMES)
def test_the_command_shows_every_digit(group: list[Row], tmp_path: Path) -> None:
    """Each group by one of its forms, another for each group."""
    row = group[GROUPS.index(group) % len(group)]
    path = tmp_path / "order.toml"
    path.write_text("".join(_toml(_table(row))))

    people = CliRunner().invoke(main, ["order", "show", str(path)])
    scripts = CliRunner().invoke(main, ["order", "show", str(path), "--json"])

    assert people.exit_code == scripts.exit_code == int(row["exit"])
    content = json.loads(scripts.stdout)
    for key, column in (("dose_mg", "mg"), ("volume_ml", "ml"), ("rate_ml_per_h", "ml_per_h")):
        assert content[key] == float(row[column])
    shown = [" ".join(line.split("│")).split() for line in people.stdout.splitlines()]
    assert ["dose", row["mg"], "mg", "=", "0.5", "mg/kg"] in shown
    assert ["volume", row["ml"], "mL"] in shown
    assert ["rate", row["ml_per_h"], "mL/h"] in shown
