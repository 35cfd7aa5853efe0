"""A board's key over its console and its line: used after a flash, void after a rotation."""

import asyncio
import json

import pytest
from click.testing import CliRunner
from host.flash.conftest import Flashing

from evenflow import device_key
from evenflow.cli import main
from evenflow.client.handshake import LINK_HAS_KEY, LINK_NEEDS_KEY
from evenflow.client.pump import Pump
from evenflow.emulator import EmulatedBoard
from evenflow.errors import Refused

pytestmark = pytest.mark.requirement("SEC-06", "SEC-13")


async def acknowledge(port: str) -> int:
    """Flags of the pump at that serial line, once it has done something."""
    async with await Pump.connect(port) as pump:
        await pump.ready()
        await pump.acknowledge()
        return pump.identity.link_flags


async def refused(port: str) -> str:
    """Why it does not."""
    with pytest.raises(Refused) as caught:
        await acknowledge(port)
    return caught.value.code


async def test_a_flashed_board_asks_for_its_key_and_a_rotation_voids_it(
    emulated: EmulatedBoard, flash: Flashing
) -> None:
    told = await asyncio.to_thread(flash, "--link", emulated.port)
    flags = await acknowledge(emulated.port)
    assert flags & LINK_HAS_KEY
    assert flags & LINK_NEEDS_KEY
    unique_id = told["unique_id"]
    first = device_key.path_of(unique_id).read_bytes()

    words = ["--board", "pico", "--port", emulated.console, "--link", emulated.port]
    done = await asyncio.to_thread(CliRunner().invoke, main, ["keys", "rotate", *words, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["unique_id"] == unique_id
    second = device_key.path_of(unique_id).read_bytes()
    assert second != first
    await acknowledge(emulated.port)

    device_key.keep(unique_id, first)
    assert await refused(emulated.port) == "other_key"
    device_key.path_of(unique_id).unlink()
    assert await refused(emulated.port) == "no_key"
    stop = ["stop", "--port", emulated.port, "--json"]
    done = await asyncio.to_thread(CliRunner().invoke, main, stop)
    assert done.exit_code == 3
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "no_key"
    assert "press STOP at the pump" in error["hint"]
    device_key.keep(unique_id, second)
    done = await asyncio.to_thread(CliRunner().invoke, main, stop)
    assert done.exit_code == 0, done.output
