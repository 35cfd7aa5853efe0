"""The emulated display: control bytes, addressing modes, and what its glass shows."""

import pytest

from evenflow.emulator.plant.ssd1306 import HEIGHT, WIDTH, Ssd1306, UnknownCommand

ON = bytes([0x00, 0x8D, 0x14, 0xA1, 0xC8, 0xAF])


@pytest.fixture
def glass() -> Ssd1306:
    made = Ssd1306(1)
    made.take(bytes([0x00, 0x20, 0x00, 0x21, 0, 127, 0x22, 0, 7]), 0, 0)
    made.take(b"\x40" + bytes(1024), 0, 0)
    made.take(ON, 0, 0)
    return made


def lit(glass: Ssd1306) -> list[tuple[int, int]]:
    return [(x, y) for y, row in enumerate(glass.rows()) for x, dot in enumerate(row) if dot]


def test_power_on_leaves_anything_and_is_dark() -> None:
    glass, other = Ssd1306(1), Ssd1306(2)
    assert any(map(any, glass.memory))
    assert glass.memory != other.memory
    assert lit(glass) == []
    assert glass.give(2, 0) == b"\x40\x40"
    glass.take(ON, 0, 0)

    assert len(lit(glass)) > 1_000
    assert glass.give(1, 0) == b"\x00"
    glass.lose_power()
    assert glass.power_on_count == 2
    assert lit(glass) == []


def test_without_its_charge_pump_it_is_dark(glass: Ssd1306) -> None:
    glass.take(b"\x00\xa5", 0, 0)
    assert len(lit(glass)) == WIDTH * HEIGHT
    glass.take(b"\x00\x8d\x10", 0, 0)

    assert lit(glass) == []


def test_a_page_and_a_column_are_eight_dots_from_the_top(glass: Ssd1306) -> None:
    glass.take(b"\x00\x20\x02", 0, 0)
    # Each command with its own control byte, then dots.
    glass.take(b"\x80\xb2\x80\x05\x80\x17\x40\x81\x01", 0, 0)

    assert lit(glass) == [(0x75, 16), (0x76, 16), (0x75, 23)]
    # The page does not change behind its last column.
    glass.take(b"\x80\xb0\x80\x0f\x80\x17\xc0\xff\xc0\x01", 0, 0)
    assert glass.memory[0][127] == 0xFF
    assert glass.memory[0][0] == 1


def test_horizontal_addressing_goes_on_in_the_next_page(glass: Ssd1306) -> None:
    glass.take(b"\x00\x20\x00\x21\x0a\x0b\x22\x01\x02", 0, 0)
    glass.take(b"\x40\x01\x02\x03\x04\x05", 0, 0)

    assert [list(page[10:12]) for page in glass.memory[1:3]] == [[5, 2], [3, 4]]


def test_vertical_addressing_goes_down_first(glass: Ssd1306) -> None:
    glass.take(b"\x00\x20\x01\x21\x0a\x0b\x22\x01\x02", 0, 0)
    glass.take(b"\x40\x01\x02\x03\x04\x05", 0, 0)

    assert [list(page[10:12]) for page in glass.memory[1:3]] == [[5, 3], [2, 4]]


@pytest.mark.parametrize(
    ("commands", "seen"),
    [
        (b"\xa0", [(127, 0)]),
        (b"\xc0", [(0, 63)]),
        (b"\x41", [(0, 63)]),
        (b"\xd3\x02", [(0, 62)]),
        (b"\xae", []),
        (b"\xa8\x3f\x81\x10\xa4", [(0, 0)]),
    ],
)
def test_the_picture_is_turned_moved_and_switched(
    glass: Ssd1306, commands: bytes, seen: list[tuple[int, int]]
) -> None:
    glass.take(b"\x40\x01", 0, 0)
    assert lit(glass) == [(0, 0)]
    glass.take(b"\x00" + commands, 0, 0)

    assert lit(glass) == seen


def test_inversion_lights_the_rest(glass: Ssd1306) -> None:
    glass.take(b"\x00\xa7", 0, 0)
    assert len(lit(glass)) == WIDTH * HEIGHT
    glass.take(b"\x00\xa6", 0, 0)

    assert lit(glass) == []


@pytest.mark.parametrize("write", [b"\x00\x2f", b"\x00\xf0", b"\x20\xae"])
def test_what_it_does_not_have_is_refused(glass: Ssd1306, write: bytes) -> None:
    with pytest.raises(UnknownCommand):
        glass.take(write, 0, 0)
