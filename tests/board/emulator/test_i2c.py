"""Memory and port expander on the bus, analogue inputs, and the power-loss alarm, end to end."""

from collections.abc import Callable

import pytest

from evenflow.emulator import Board

Powered = Callable[..., Board]

# A byte and its acknowledge at 400 kHz.
BYTE_NS = 22_500


def run(powered: Powered, *, count: int = 8, writes: bool = True, lives: bool = True) -> Board:
    board = powered("bus", count=count, writes=writes, lives=lives)
    board.run_for(100_000)
    return board


def test_what_was_written_is_read_and_the_bus_takes_its_time(powered: Powered) -> None:
    board = run(powered)

    # Address, place and bytes, and a byte's time for start and stop; a read has two addresses.
    assert board.console_text.splitlines()[:3] == [
        f"done {12 * BYTE_NS // 1_000}",
        f"done {13 * BYTE_NS // 1_000}",
        "memory [1, 2, 3, 4, 5, 6, 7, 8]",
    ]
    assert board.plant.memory.content[0x1234:0x123C] == bytes(range(1, 9))


def test_a_transfer_longer_than_the_timeout_ends_with_it(powered: Powered) -> None:
    board = run(powered, count=44)

    assert board.console_text.splitlines()[:2] == ["errno 110 1000", "errno 110 1000"]
    assert not any(board.plant.memory.content)


def test_a_chip_that_does_not_answer_is_an_input_output_error(powered: Powered) -> None:
    board = powered("bus", count=8, writes=True, lives=True)
    board.plant.memory_off()
    board.run_for(100_000)

    assert board.console_text.splitlines()[0].startswith("errno 5 ")


def test_ports_light_and_latch_follow_what_was_written(powered: Powered) -> None:
    board = run(powered)

    # nFAULT, pulled up by nobody, reads low; port B reads back.
    assert "ports [0, 17]" in board.console_text
    assert board.plant.led == "red_flash"
    assert board.plant.power_loss_alarm.is_armed


def test_every_analogue_input_and_mains_are_the_plant_s(powered: Powered) -> None:
    board = run(powered)
    plant = board.plant

    readings = [plant.raw_position, plant.raw_barrel, plant.raw_contact, plant.raw_battery]
    assert f"analogue {[*readings, plant.raw_temperature]}" in board.console_text
    assert "mains 1" in board.console_text


def test_bytes_survive_resets_and_cuts_of_power(powered: Powered) -> None:
    board = run(powered)
    board.reset()
    board.run_for(100_000)
    board.plant.power_cut()
    board.run_for(1_000_000)
    board.plant.power_restore()
    board.run_for(100_000)

    assert board.plant.memory.content[0x1234:0x123C] == bytes(range(1, 9))
    assert board.plant.memory.write_count == 3


@pytest.mark.parametrize("byte_number", [1, 3, 8])
def test_a_cut_of_power_in_a_write_keeps_what_was_acknowledged(
    powered: Powered, byte_number: int
) -> None:
    board = powered("bus", count=8, writes=True, lives=True)
    board.plant.memory.cut_power_in(byte_number)
    board.run_for(100_000)

    kept = bytes(range(1, byte_number + 1)) + bytes(8 - byte_number)
    assert board.plant.memory.content[0x1234:0x123C] == kept
    assert not board.is_running
    assert not board.plant.supply.is_on


def test_the_expander_keeps_its_levels_over_a_reset_and_not_without_power(
    powered: Powered,
) -> None:
    board = run(powered)
    board.hang()
    board.reset()
    board.hang()
    assert board.plant.led == "red_flash"

    board.plant.power_cut()
    board.run_for(100_000)
    assert board.plant.led == "off"


def test_a_board_that_is_switched_off_is_dark(powered: Powered) -> None:
    board = run(powered)
    board.power_off()

    assert board.plant.led == "off"
    assert board.plant.power_loss_alarm.is_armed


def test_an_armed_alarm_sounds_when_life_ends_and_through_a_cut_of_power(
    powered: Powered,
) -> None:
    board = run(powered)
    alarm = board.plant.power_loss_alarm
    board.run_for(10_000_000)
    assert alarm.sounded_s(board.plant.now_ns) == 0

    board.plant.power_cut()
    board.run_for(1_480_000)
    assert not alarm.is_sounding(board.plant.now_ns)
    board.run_for(40_000)
    assert alarm.is_sounding(board.plant.now_ns)
    board.run_for(250_000_000)
    assert alarm.sounded_s(board.plant.now_ns) == pytest.approx(200)
    assert not alarm.is_sounding(board.plant.now_ns)


def test_firmware_that_no_longer_toggles_sounds_it_for_as_long_as_there_is_power(
    powered: Powered,
) -> None:
    board = run(powered, lives=False)
    board.run_for(300_000_000)

    assert board.plant.power_loss_alarm.sounded_s(board.plant.now_ns) == pytest.approx(
        298.6, abs=0.1
    )
