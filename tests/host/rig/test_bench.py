"""A rig on a bench: what its wires stand for, and that all of it is given back."""

from typing import TYPE_CHECKING, cast

import pytest
from host.instruments.bench import opened, refusal

from evenflow import boards
from evenflow.emulator.plant import Plant, PlantConfig
from evenflow.instruments.catalogue import open_instrument
from evenflow.instruments.emulated.mt_sics import EmulatedMtSics
from evenflow.instruments.emulated.relay_board import EmulatedRelayBoard
from evenflow.instruments.emulated.served import served
from evenflow.instruments.instrument import PowerReading
from evenflow.rig.bench import BenchRig, RelaySupply
from evenflow.rig.emulated_instruments import PlantSupply
from evenflow.rig.rig import Mounted
from evenflow.rig.rig_file import RigFile

if TYPE_CHECKING:
    from evenflow.instruments.instrument import Relays

pytestmark = pytest.mark.requirement("DES-11")


async def test_a_relay_measures_nothing_and_says_so() -> None:
    async with opened("usb-relay", EmulatedRelayBoard(2), channel_count=2) as driver:
        supply = RelaySupply(cast("Relays", driver), 1)
        before = await supply.read()
        await supply.switch(on=False)
        after = await supply.read()

    assert before == PowerReading(None, None, is_on=True)
    assert after == PowerReading(None, None, is_on=False)


async def test_the_plant_has_a_voltage_and_no_current() -> None:
    supply = PlantSupply(Plant(boards.load("pico"), PlantConfig(), seed=1))
    on = await supply.read()
    await supply.switch(on=False)
    off = await supply.read()

    assert on == PowerReading(5000, None, is_on=True)
    assert off == PowerReading(0, None, is_on=False)


async def test_every_instrument_is_given_back_whatever_one_of_them_says() -> None:
    """The board of relays, opened first, cannot; the balance's port is free again all the same."""
    board = EmulatedRelayBoard(1)
    async with served(board) as contacts, served(EmulatedMtSics()) as scale:
        tables: dict[str, dict[str, object]] = {
            "relays": {"kind": "usb-relay", "address": contacts, "channel_count": 1},
            "balance": {"kind": "mt-sics", "address": scale},
        }
        rig = BenchRig(RigFile("corner", "/dev/none", Mounted("", 0.0), tables, {"occlude": 1}))
        await rig.open()
        assert rig.syringe is not None
        await rig.syringe.occlude(blocked=True)
        board.welded = {1}
        error = await refusal(rig.close())
        again = await open_instrument("mt-sics", scale)
        await again.close()
        await rig.close()

    assert (error.code, "contact 1" in error.reason) == ("instrument_refused", True)
