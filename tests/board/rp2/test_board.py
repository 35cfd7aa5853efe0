"""Board, clock, line and panel, on a chip that remembers what was done to it."""

import time

import pytest
from board.rp2.driven import driver, profile
from board.rp2.fakes import Chip

from pumpcore.tick_io import Outputs


def test_a_board_makes_every_machine_once_and_both_blocks_fit(chip: Chip) -> None:
    board = driver("board").Rp2Board(profile())

    assert board.failures == 0
    assert not board.was_watchdog_reset
    assert {n: m.program.name for n, m in sorted(chip.machines.items())} == {
        0: "stepper",
        1: "edge_count",
        2: "limiter",
        3: "heartbeat",
        4: "quadrature_half",
        5: "quadrature_half",
        6: "edge_count",
        7: "hx711",
    }
    for block in (range(4), range(4, 8)):
        loaded = {chip.machines[number].program.name: number for number in block}
        sizes = [len(chip.machines[number].program.opcodes) for number in loaded.values()]
        assert sum(sizes) <= 32


def test_a_board_without_its_clock_chip_says_so(chip: Chip) -> None:
    chip.i2c_registers = None

    board = driver("board").Rp2Board(profile())

    assert board.failures == 1 << 2


@pytest.mark.parametrize("system_hz", [133_000_000, 120_000_000])
def test_a_system_clock_that_would_round_the_rate_is_refused(chip: Chip, system_hz: int) -> None:
    chip.system_hz = system_hz

    with pytest.raises(ValueError, match=r"machine\.freq.*12500000"):
        driver("board").Rp2Board(profile())


def test_the_clock_chip_tells_its_time_from_bcd(chip: Chip) -> None:
    clock_chip = driver("clock").ClockChip(20, 21)
    # second, minute, hour, weekday, day, century and month, year
    chip.i2c_registers[0] = bytes([0x59, 0x07, 0x23, 0x05, 0x31, 0x92, 0x26])

    assert clock_chip.read() == (2026, 12, 31, 23, 7, 59)


@pytest.mark.parametrize(("status", "has_lost_time"), [(0x88, True), (0x08, False)])
def test_the_clock_chip_tells_whether_it_stopped(
    chip: Chip, status: int, *, has_lost_time: bool
) -> None:
    chip.i2c_registers[0x0F] = bytes([status])

    clock_chip = driver("clock").ClockChip(20, 21)

    assert clock_chip.has_lost_time() is has_lost_time
    assert chip.i2c_registers[0x0E] == b"\x08"


def test_the_watchdog_counts_only_once_started(chip: Chip) -> None:
    watchdog = driver("clock").Watchdog(1_000)
    watchdog.feed()
    assert chip.log == []

    watchdog.start()
    watchdog.feed()

    assert chip.log == [("watchdog", 1_000)]
    assert chip.feed_count == 1


@pytest.mark.parametrize(("due_us", "slept_us"), [(1_500, [500]), (1_000, []), (900, [])])
def test_sleeping_until_a_moment_that_is_past_is_no_sleep(
    chip: Chip, monkeypatch: pytest.MonkeyPatch, due_us: int, slept_us: list[int]
) -> None:
    slept: list[int] = []
    monkeypatch.setattr(time, "ticks_us", lambda: 1_000, raising=False)
    monkeypatch.setattr(time, "ticks_diff", lambda end, start: end - start, raising=False)
    monkeypatch.setattr(time, "sleep_us", slept.append, raising=False)

    driver("clock").Clock().sleep_until(due_us)

    assert slept == slept_us


def test_the_line_takes_no_more_than_the_buffer_holds(chip: Chip) -> None:
    line = driver("line").Line(0, 0, 1, 460_800)
    buffer = bytearray(4)
    assert line.read_into(buffer) == 0

    chip.uart_received = b"abcdef"

    assert (line.read_into(buffer), bytes(buffer)) == (4, b"abcd")
    assert (line.read_into(buffer), bytes(buffer[:2])) == (2, b"ef")


def test_the_line_sends_the_first_bytes_only(chip: Chip) -> None:
    line = driver("line").Line(0, 0, 1, 460_800)

    line.write(bytearray(b"abcdef"), 3)

    assert chip.uart_sent == b"abc"


def test_the_panel_touches_only_what_changed(chip: Chip) -> None:
    lights = driver("panel").Panel(18, 19, 27, 28)
    outputs = Outputs()
    chip.log.clear()

    lights.show(outputs)
    assert chip.log == []
    outputs.red_on = outputs.tone_on = True
    lights.show(outputs)
    lights.show(outputs)
    outputs.red_on = False
    outputs.blue_on = True
    lights.show(outputs)

    assert chip.log == [("pin", 19, 1), ("pwm", 14_418), ("pin", 19, 0), ("pin", 28, 1)]
