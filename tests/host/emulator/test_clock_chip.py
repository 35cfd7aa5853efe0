"""DS3231 registers and square wave."""

import pytest

from evenflow.emulator.plant.clock_chip import ClockChip

# 2026-01-05 09:00:00, a Monday
UNIX_S = 1_767_603_600
SECOND_NS = 1_000_000_000
DAY_NS = 86_400 * SECOND_NS
SQUARE_WAVE_1024_HZ = b"\x08"


def test_the_time_is_bcd_and_goes_on() -> None:
    chip = ClockChip(UNIX_S, ppb=0)

    assert chip.read(0, 7, 0) == bytes.fromhex("00 00 09 01 05 01 26")
    assert chip.read(0, 7, DAY_NS + 3_661 * SECOND_NS) == bytes.fromhex("01 01 10 02 06 01 26")


def test_it_can_be_set() -> None:
    chip = ClockChip(UNIX_S, ppb=0)
    chip.write(0, bytes.fromhex("30 59 23 05 31 12 27"), 5 * SECOND_NS)

    assert chip.read(0, 7, 35 * SECOND_NS) == bytes.fromhex("00 00 00 06 01 01 28")


def test_the_square_wave_is_off_until_it_is_asked_for() -> None:
    chip = ClockChip(UNIX_S, ppb=0)
    assert chip.edge_count(60 * SECOND_NS) == 0

    chip.write(0x0E, SQUARE_WAVE_1024_HZ, 60 * SECOND_NS)
    assert chip.edge_count(61 * SECOND_NS) == 1024
    chip.write(0x0E, b"\x04", 61 * SECOND_NS)
    assert chip.edge_count(90 * SECOND_NS) == 1024


@pytest.mark.parametrize("ppb", [-2_000, 0, 2_000])
def test_the_wave_keeps_to_its_own_crystal(ppb: int) -> None:
    chip = ClockChip(UNIX_S, ppb=ppb)
    chip.write(0x0E, SQUARE_WAVE_1024_HZ, 0)

    expected = 1024 * 86_400 * (1_000_000_000 + ppb) // 1_000_000_000
    assert chip.edge_count(DAY_NS) == expected
    assert sum(
        chip.edge_count((tick + 1) * 20_000_000) - chip.edge_count(tick * 20_000_000)
        for tick in range(50)
    ) == chip.edge_count(SECOND_NS)
