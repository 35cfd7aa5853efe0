"""A shared bench: coordinator and exporter of labgrid on loopback, and an emulated bench on it."""

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from host.rig import labgrid

from evenflow.rig.emulated_bench import emulated_bench

pytestmark = [pytest.mark.requirement("DES-11"), pytest.mark.timeout(300)]


@pytest.fixture
async def shared(tmp_path: Path) -> AsyncGenerator[dict[str, str]]:
    """Its environment."""
    async with emulated_bench(over="socket") as tables:
        ports = {
            "pump": str(tables["pump"]["port"]),
            "balance": str(tables["balance"]["address"]),
            "relays": str(tables["relays"]["address"]),
        }
        tags = {
            "syringe": str(tables["syringe"]["model"]),
            "fill": "20mL",
            "balance": "mt-sics",
            "relays": "usb-relay",
            "relays.channel_count": str(tables["relays"]["channel_count"]),
            **{wire: str(channel) for wire, channel in tables["wiring"].items()},
        }
        async with labgrid.labgrid(tmp_path, ports, tags) as environment:
            yield environment


async def make_hil(environment: dict[str, str], folder: Path, tests: str) -> tuple[int, str]:
    """`make hil` on the place."""
    process = await asyncio.create_subprocess_exec(
        "make",
        "--no-print-directory",
        "hil",
        f"RIG=labgrid:{labgrid.PLACE}",
        f"TESTS={tests} --rig-report {folder}",
        cwd=labgrid.ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


async def test_a_place_of_labgrid_is_a_rig(shared: dict[str, str], tmp_path: Path) -> None:
    """Its pump and balance are reached over sockets, by the drivers of a real bench."""
    folder = tmp_path / "report"

    code, said = await make_hil(shared, folder, "-k 'connect or motion'")

    assert code == 0, said
    report = json.loads((folder / "report.json").read_text())
    assert report["rig"] == "labgrid-bench1"
    assert report["counts"]["failed"] == 0
    assert report["counts"]["passed"] == 3
    reasons = {test["reason"] for test in report["tests"] if test["outcome"] == "skipped"}
    assert reasons == {"rig labgrid-bench1: nothing captures STEP, DIR and ENABLE"}
    assert "Emulated balance" in report["identities"]["balance"][0]
    # It was given back.
    assert "acquired: None" in await labgrid.client(shared, "-p", labgrid.PLACE, "show")


async def test_a_place_that_somebody_else_has_is_refused_by_name(
    shared: dict[str, str], tmp_path: Path
) -> None:
    theirs = {**shared, "LG_USERNAME": "somebody"}
    await labgrid.client(theirs, "-p", labgrid.PLACE, "acquire")

    code, said = await make_hil(shared, tmp_path / "report", "-k says_who")

    assert code != 0
    assert "already acquired by" in said
