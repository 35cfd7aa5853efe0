"""What the drivers of an STM32 know of its timers is what its facts say."""

import ast
from pathlib import Path

import pytest

from evenflow import resources
from evenflow.emulator.overlay import _layout_stm32
from pumpcore.board.controllers import by_name

pytestmark = pytest.mark.requirement("DES-08")
DRIVERS = resources.firmware_source() / "pumpboard" / "stm32"


def assigned(path: Path, name: str) -> object:
    """What a module's top binds to a name."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            value = node.value
            return ast.literal_eval(value.args[0] if isinstance(value, ast.Call) else value)
    raise KeyError(name)


def test_timers_of_pins_are_those_of_the_facts() -> None:
    assert assigned(DRIVERS / "counter.py", "INPUTS") == by_name("stm32f767").timer_inputs


def test_encoder_pairs_are_channels_one_and_two_of_a_timer_with_that_mode() -> None:
    facts = by_name("stm32f767")
    channels = {pin: (timer, channel) for pin, timer, channel in facts.timer_inputs}

    for pin_a, pin_b in facts.encoder_pairs:
        assert channels[pin_a][0] == channels[pin_b][0] <= 8
        assert (channels[pin_a][1], channels[pin_b][1]) == (1, 2)


def test_the_emulated_board_tells_temperatures_on_the_driver_s_scale() -> None:
    temperature = DRIVERS / "temperature.py"

    assert assigned(temperature, "_TOLD_AT_30_DEGREES") == _layout_stm32.TOLD_AT_30_DEGREES
    assert assigned(temperature, "_TOLD_SPAN") == _layout_stm32.TOLD_SPAN


def test_that_scale_is_the_rp2040_s() -> None:
    at_30, at_110 = (65_536 * (0.706 - 0.001721 * (one - 27)) / 3.3 for one in (30, 110))

    assert round(at_30) == _layout_stm32.TOLD_AT_30_DEGREES
    assert round(at_30 - at_110) == _layout_stm32.TOLD_SPAN
