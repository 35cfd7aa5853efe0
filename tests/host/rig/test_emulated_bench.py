"""A bench with nothing on it: real drivers over lines, a pump in real time, the same tests."""

import asyncio
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from evenflow.rig.emulated_bench import Tables, emulated_bench, text_of
from evenflow.rig.emulated_dry_bench import emulated_dry_bench
from evenflow.rig.rig_file import from_tables

pytestmark = [pytest.mark.requirement("DES-11"), pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[3]


async def test_a_pump_on_a_bench_is_started_and_stopped(tmp_path: Path) -> None:
    """Relays press its keys, a balance is tared; in real time, so the shortest that infuses."""
    async with emulated_bench() as tables:
        report = await run(tables, tmp_path, "noise_does_not_keep_stop")

    assert report["counts"] == {"passed": 1, "failed": 0, "skipped": 0}
    assert report["rig"] == "emulated-bench"


async def test_a_controller_on_a_dry_bench_is_stopped_by_a_force_that_is_played(
    tmp_path: Path,
) -> None:
    """Over two serial ports: the fixture presses keys, plays the force, and has the last step."""
    async with emulated_dry_bench() as tables:
        report = await run(tables, tmp_path, "only_the_signal_shows")

    assert report["counts"] == {"passed": 1, "failed": 0, "skipped": 0}
    assert "rig-fixture" in report["identities"]["fixture"][0]


async def run(tables: Tables, folder: Path, name: str) -> dict[str, Any]:
    """The report of that test of hil_tests on that bench."""
    file = folder / "bench.toml"
    file.write_text(text_of(tables))
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "pytest", "hil_tests", "-q", "-k", name),
        *("--rig", str(file), "--rig-report", str(folder / "report")),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()
    return dict(json.loads((folder / "report" / "report.json").read_text()))


async def test_its_rig_file_is_a_sound_one() -> None:
    async with emulated_bench(runtime="cpython") as tables:
        found = from_tables(tomllib.loads(text_of(tables)), "bench.toml")

    assert not any(found.lacks(need) for need in ("balance", "supply", "panel", "occlude"))
