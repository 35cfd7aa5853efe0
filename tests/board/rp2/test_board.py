"""Board, clock, line and panel, on a chip that remembers what was done to it."""

import time

import pytest
from board.rp2.driven import bus, driver, make_expander, profile
from board.rp2.fakes import CLOCK_CHIP, EXPANDER, FRAM, Chip

from pumpcore.interlock import STATES
from pumpcore.self_test import SELF_TESTS
from pumpcore.tick_io import Outputs

GPIOA, OLATB = 0x12, 0x15


def test_a_board_makes_every_machine_once_and_both_blocks_fit(chip: Chip) -> None:
    board = driver("board").make(profile())

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


@pytest.mark.parametrize(
    ("address", "name"), [(CLOCK_CHIP, "clock_chip"), (EXPANDER, "expander"), (FRAM, "memory")]
)
def test_a_board_without_one_of_its_chips_says_so(chip: Chip, address: int, name: str) -> None:
    del chip.i2c_places[address]

    board = driver("board").make(profile())

    assert board.failures == 1 << SELF_TESTS.index(name)


def test_a_board_whose_motor_driver_does_not_answer_says_so(
    chip: Chip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep_ms", lambda _ms: None, raising=False)
    changes = {"uart": 1, "tx_pin": 24, "rx_pin": 25, "address": 0}
    asked = profile() | {f"tmc2209.{key}": value for key, value in changes.items()}
    asked |= {"motor.driver": "tmc2209", "motor.peak_ma": 600, "motor.sense_mohm": 110}

    board = driver("board").make(asked | {"plunger.microsteps": 16})

    assert board.failures == 1 << SELF_TESTS.index("driver")
    assert board.motor_driver.problem == "does not answer"


@pytest.mark.parametrize("system_hz", [133_000_000, 120_000_000])
def test_a_system_clock_that_would_round_the_rate_is_refused(chip: Chip, system_hz: int) -> None:
    chip.system_hz = system_hz

    with pytest.raises(ValueError, match=r"machine\.freq.*12500000"):
        driver("board").make(profile())


def test_the_clock_chip_tells_its_time_from_bcd(chip: Chip) -> None:
    clock_chip = driver("clock", "generic").ClockChip(bus())
    # second, minute, hour, weekday, day, century and month, year
    shown = (0x59, 0x07, 0x23, 0x05, 0x31, 0x92, 0x26)
    chip.i2c_places[CLOCK_CHIP] = dict(enumerate(shown))

    assert clock_chip.read() == (2026, 12, 31, 23, 7, 59)


@pytest.mark.parametrize(("status", "has_lost_time"), [(0x88, True), (0x08, False)])
def test_the_clock_chip_tells_whether_it_stopped(
    chip: Chip, status: int, *, has_lost_time: bool
) -> None:
    chip.i2c_places[CLOCK_CHIP][0x0F] = status

    clock_chip = driver("clock", "generic").ClockChip(bus())

    assert clock_chip.has_lost_time() is has_lost_time
    assert chip.i2c_places[CLOCK_CHIP][0x0E] == 0x08


def test_the_watchdog_counts_only_once_started(chip: Chip) -> None:
    watchdog = driver("clock", "generic").Watchdog(1_000)
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

    driver("clock", "generic").Clock().sleep_until(due_us)

    assert slept == slept_us


def opened() -> object:
    """The UART of the link."""
    return driver("pinned", "generic").open_uart(profile(), "link", 460_800, 1_024)


def test_the_line_takes_no_more_than_the_buffer_holds(chip: Chip) -> None:
    line = driver("line", "generic").Line(opened())
    buffer = bytearray(4)
    assert line.read_into(buffer) == 0

    chip.uart_received = b"abcdef"

    assert (line.read_into(buffer), bytes(buffer)) == (4, b"abcd")
    assert (line.read_into(buffer), bytes(buffer[:2])) == (2, b"ef")


def test_the_line_sends_the_first_bytes_only(chip: Chip) -> None:
    line = driver("line", "generic").Line(opened())

    line.write(bytearray(b"abcdef"), 3)

    assert chip.uart_sent == b"abc"


def test_the_bus_of_the_slow_signals_is_fast_and_lets_nobody_hold_it(chip: Chip) -> None:
    driver("board").make(profile())

    assert chip.did("i2c") == [("i2c", 400_000, 1_000)]


def test_the_panel_touches_only_what_changed_and_its_sign_of_life(chip: Chip) -> None:
    port = make_expander()
    lights = driver("panel", "generic").Panel(18, 19, port)
    outputs = Outputs()
    chip.log.clear()

    def show() -> list[tuple[object, ...]]:
        lights.show(outputs)
        port.carry()
        did = list(chip.log)
        chip.log.clear()
        return did

    assert show() == [("pin", 19, 1), ("i2c read", EXPANDER, GPIOA, 2)]
    outputs.red_on = outputs.tone_on = True
    assert show() == [("pin", 19, 0), ("pwm", 14_418), ("i2c write", EXPANDER, OLATB, b"\x01")]
    assert show() == [("pin", 19, 1)]
    outputs.red_on = False
    outputs.blue_on = outputs.second_tone_on = True
    assert show() == [("pin", 19, 0), ("i2c write", EXPANDER, OLATB, b"\x0c")]
    outputs.tone_on = False
    assert show() == [("pin", 19, 1), ("pwm", 0)]


def test_the_power_loss_alarm_is_armed_while_a_programme_or_a_fault_is_at_hand(chip: Chip) -> None:
    port = make_expander()
    lights = driver("panel", "generic").Panel(18, 19, port)
    outputs = Outputs()
    armed = []
    for state, name in enumerate(STATES):
        outputs.state = state
        lights.show(outputs)
        port.carry()
        if chip.i2c_places[EXPANDER][OLATB] & 1 << 4:
            armed.append(name)

    assert set(STATES) - set(armed) == {"boot", "self_test", "idle"}
