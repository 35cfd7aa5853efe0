"""The port expander's driver, on a chip that remembers what was done to it."""

import pytest
from board.rp2.driven import make_expander
from board.rp2.fakes import EXPANDER, Chip

IODIRA, IODIRB, IPOLA, GPPUA, GPIOA, GPIOB, OLATB = 0x00, 0x01, 0x02, 0x0C, 0x12, 0x13, 0x15
LOOK, RETRY = 5, 50


def ticks(port: object, count: int) -> None:
    for _ in range(count):
        port.carry()


def settle(chip: Chip) -> None:
    """Let port B read back what its latches hold, as outputs do."""
    places = chip.i2c_places[EXPANDER]
    places[GPIOB] = places[OLATB]


def test_it_is_set_up_dark_before_its_pins_become_outputs(chip: Chip) -> None:
    port = make_expander()

    assert [entry[2] for entry in chip.did("i2c write")] == [OLATB, IODIRA]
    registers = chip.i2c_places[EXPANDER]
    assert (registers[OLATB], registers[IODIRA], registers[IODIRB]) == (0, 0xFF, 0xE0)
    # nFAULT is pulled up and turned over.
    assert (registers[IPOLA], registers[GPPUA]) == (2, 2)
    assert port.is_alive


def test_it_looks_every_100_ms_and_writes_only_what_changes(chip: Chip) -> None:
    port = make_expander()
    chip.log.clear()
    ticks(port, 1)
    port.want(3)
    ticks(port, 1)
    settle(chip)
    port.want(3)
    ticks(port, 3 * LOOK)

    assert [entry[0] for entry in chip.log] == ["i2c read", "i2c write", *["i2c read"] * 3]


def test_one_that_does_not_answer_is_not_alive_and_tried_once_a_second(chip: Chip) -> None:
    port = make_expander()
    registers = chip.i2c_places.pop(EXPANDER)
    registers[GPIOA] = 7
    ticks(port, 1)
    assert (port.is_alive, port.port_a) == (False, 0)

    port.want(1)
    chip.i2c_places[EXPANDER] = registers
    chip.log.clear()
    ticks(port, RETRY - 1)
    assert chip.log == []
    ticks(port, 1)
    settle(chip)
    ticks(port, 1)
    assert (port.is_alive, port.port_a) == (True, 7)
    assert registers[OLATB] == 1


def test_a_write_that_fails_is_made_again(chip: Chip) -> None:
    port = make_expander()
    ticks(port, 1)
    registers = chip.i2c_places.pop(EXPANDER)
    port.want(8)
    ticks(port, 1)
    assert not port.is_alive

    chip.i2c_places[EXPANDER] = registers
    ticks(port, RETRY)
    assert registers[OLATB] == 8


@pytest.mark.parametrize("shown", [0, 0x1E])
def test_one_that_has_lost_its_outputs_is_not_alive_until_it_is_set_up_again(
    chip: Chip, shown: int
) -> None:
    port = make_expander()
    port.want(1)
    ticks(port, 1)
    settle(chip)
    ticks(port, LOOK)
    assert port.is_alive
    chip.i2c_places[EXPANDER] = {GPIOB: shown}
    ticks(port, LOOK)
    assert not port.is_alive

    ticks(port, LOOK)
    assert port.is_alive
    assert chip.i2c_places[EXPANDER][OLATB] == 1
    assert chip.i2c_places[EXPANDER][IODIRB] == 0xE0


def test_an_expander_that_is_missing_at_power_on_raises_nothing(chip: Chip) -> None:
    del chip.i2c_places[EXPANDER]
    port = make_expander()
    ticks(port, 3 * RETRY)

    assert not port.is_alive
