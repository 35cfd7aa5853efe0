"""The memory's driver, on a chip that remembers what was done to it."""

import pytest
from board.rp2.driven import bus, driver
from board.rp2.fakes import FRAM, Chip

SIZE = 32_768


def make(chip: Chip) -> object:
    made = driver("fram", "generic").Fram(bus(), FRAM, SIZE)
    chip.log.clear()
    return made


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 64, 100])
def test_what_was_written_is_read(chip: Chip, count: int) -> None:
    memory = make(chip)
    written = bytearray(range(1, count + 1))
    memory.write(300, written)
    back = bytearray(count)
    memory.read_into(300, back)

    assert back == written
    assert chip.i2c_places[FRAM] == {300 + index: value for index, value in enumerate(written)}


def test_transfers_are_parts_that_fit_the_bus_s_timeout(chip: Chip) -> None:
    memory = make(chip)
    memory.write(0x1234, bytearray(70))
    memory.read_into(0x1234, bytearray(70))

    written = [(entry[2], len(entry[3])) for entry in chip.did("i2c write")]
    assert written == [(0x1234, 32), (0x1254, 32), (0x1274, 6)]
    assert [entry[2:] for entry in chip.did("i2c read")] == written


@pytest.mark.parametrize(("address", "count"), [(-1, 1), (SIZE, 1), (SIZE - 3, 4)])
def test_what_lies_outside_is_refused_with_the_size(chip: Chip, address: int, count: int) -> None:
    memory = make(chip)
    for action in (memory.write, memory.read_into):
        with pytest.raises(ValueError, match="32768"):
            action(address, bytearray(count))

    assert chip.log == []
    memory.write(SIZE - 4, bytearray(4))


def test_a_chip_that_does_not_answer_raises_and_is_not_alive_until_it_does(chip: Chip) -> None:
    memory = make(chip)
    assert memory.is_alive
    places = chip.i2c_places.pop(FRAM)
    for action in (memory.write, memory.read_into):
        with pytest.raises(OSError, match="5"):
            action(0, bytearray(4))
        assert not memory.is_alive

    chip.i2c_places[FRAM] = places
    memory.read_into(0, bytearray(1))
    assert memory.is_alive
