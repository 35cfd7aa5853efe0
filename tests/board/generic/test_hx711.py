"""The HX711 by SPI: conversions as they were, none twice, none torn."""

import importlib
import sys

import pytest
from board.generic.streaming import Chip

pytestmark = pytest.mark.requirement("DES-03")


def sensor() -> object:
    machine = sys.modules["machine"]
    return importlib.import_module("pumpboard.generic.hx711").ForceSensor(machine.SPI(), 18)


@pytest.mark.parametrize("count", [0, 1, -1, 0x7FFFFF, -0x800000, 5_592_405, -5_592_406])
def test_a_conversion_is_read_bit_by_bit_with_its_sign(chip: Chip, count: int) -> None:
    force = sensor()
    chip.converter.push(count & 0xFFFFFF)
    force.update()

    assert (force.raw_count, force.sample_count) == (count, 1)


def test_without_a_new_conversion_the_last_one_stays(chip: Chip) -> None:
    force = sensor()
    force.update()
    chip.converter.push(77)
    force.update()
    force.update()

    assert (force.raw_count, force.sample_count) == (77, 1)


def test_a_conversion_that_ends_within_the_transfer_counts_as_none(chip: Chip) -> None:
    force = sensor()
    chip.converter.push(77)
    chip.is_converting = True
    force.update()
    assert (force.raw_count, force.sample_count) == (0, 0)
    chip.is_converting = False
    force.update()

    assert (force.raw_count, force.sample_count) == (0x123456, 1)
