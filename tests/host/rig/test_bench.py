"""A rig on a bench: what its wires stand for, and that all of it is given back."""

from typing import TYPE_CHECKING, cast

import pytest
from host.instruments.bench import opened

from evenflow import boards
from evenflow.emulator.plant import Plant, PlantConfig
from evenflow.instruments.emulated.relay_board import EmulatedRelayBoard
from evenflow.instruments.instrument import PowerReading
from evenflow.rig.bench import RelaySupply
from evenflow.rig.emulated_instruments import PlantSupply

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
