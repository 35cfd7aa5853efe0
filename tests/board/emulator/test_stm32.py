"""The STM32's timers as the drivers use them, its sensor, and why it says that it started."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from board.emulator.conftest import TOYS

from evenflow import boards
from evenflow.emulator import Board
from pumpcore.board.controllers import by_name

pytestmark = pytest.mark.requirement("PRC-05")
Started = Callable[[str], Board]


@pytest.fixture
def started(runtime: str) -> Iterator[Started]:
    """Powers a pyboard-d with the toy that uses its timers."""
    opened: list[Board] = []

    def power(do: str) -> Board:
        settings = json.dumps({"do": do}).encode()
        profile = boards.load("pyboard-d")
        board = Board(profile, settings, runtime=runtime, firmware=TOYS / "timers")
        opened.append(board)
        board.power_on()
        return board

    yield power
    for board in opened:
        board.close()


def told(board: Board, name: str) -> list[str]:
    lines = board.console_text.splitlines()
    return [line.partition(" ")[2] for line in lines if line.startswith(name + " ")]


def test_it_has_the_modules_of_its_port_alone(started: Started) -> None:
    board = started("count")
    board.run_for(100_000)

    assert told(board, "missing") == ["['esp32', 'rp2']"]
    assert told(board, "id") == ["12 (144000000, 144000000, 36000000, 72000000)"]


def test_the_clock_chip_s_square_wave_is_counted(started: Started) -> None:
    board = started("count")
    board.run_for(50_000)
    first = int(told(board, "counts")[-1].split()[2])
    board.run_for(1_000_000)

    last = [int(one) for one in told(board, "counts")[-1].split()]
    assert last[:2] == [0, 0]
    assert last[2] - first == pytest.approx(1_024, abs=21)


def test_its_own_sensor_is_told_on_the_rp2040_s_scale(started: Started) -> None:
    board = started("count")
    board.run_for(100_000)

    scaled, raw = (int(one) for one in told(board, "temperature")[0].split())
    # A step of twelve bits is a third of a degree, 11 of the RP2040's units of 16 bits.
    assert scaled == pytest.approx(board.plant.raw_temperature, abs=12)
    assert abs(raw - scaled) > 1_000


def test_a_write_takes_as_long_as_the_line(started: Started) -> None:
    board = started("count")
    board.run_for(100_000)

    # In two parts, each rounded up to the microsecond.
    assert told(board, "sent") == ["460 9984"]
    assert board.read() == b"x" * 460


def test_each_start_has_its_cause(started: Started) -> None:
    board = started("count")
    board.run_for(50_000)
    assert told(board, "cause") == ["1 power_on"]
    board.reset()
    board.run_for(50_000)

    assert told(board, "cause")[-1] == "2 reset_line"


def test_a_reset_of_its_own_is_told_as_the_line(started: Started) -> None:
    board = started("reset")
    board.run_for(100_000)

    assert told(board, "cause")[:2] == ["1 power_on", "2 reset_line"]


def test_what_a_timer_cannot_do_is_refused_by_name(started: Started) -> None:
    board = started("count")
    board.run_for(50_000)

    assert told(board, "refused") == [
        "pin W23: no timer counts its edges",
        "encoder: pins W19 and W15 are not of one timer",
        "encoder not supported on timer 9",
        "Timer(6) is not emulated",
        "Timer(4): only 16 bits upwards are emulated",
        "Timer(4) counts no pin's edges",
        "Timer(4): 0 pins are led to channel 1",
        "stm.mem16[0x40010004] is not emulated",
        "machine.mem32[0x40010000] is not emulated",
        "stm: timer 2 has no clock; make a pyb.Timer first",
        "Timer(4): channel 1 is no input yet",
        "Timer: slave mode 0x54 is not emulated",
        "explicit choice of scl/sda is not implemented",
        *told(board, "refused")[13:14],
        "Pin: alt -1 is outside 0 to 15",
    ]
    assert "tx" in told(board, "refused")[13]


DRIVEN = Path(__file__).parents[1] / "contract" / "toys" / "driven"


def test_the_drivers_take_as_many_blocks_as_their_table_says(runtime: str) -> None:
    with Board(boards.load("pyboard-d"), b"{}", runtime=runtime, firmware=DRIVEN) as board:
        board.run_for(1_000_000)
        controller = board.controller
        taken = {
            # One of them is the encoder's.
            "timers with an encoder mode": 1,
            "timers that count a pin's edges": len(controller.counters),
            "timers with PWM": len(controller.pwm),
            "I2S transmitters": int(controller.wired.stream is not None),
            "SPIs beside I2S": int(controller.wired.converter is not None),
        }

    wanted = dict.fromkeys(taken, 0)
    for _, resource, count in by_name("stm32f767").needs:
        wanted[resource] += count
    assert wanted == taken


def test_a_system_clock_that_changes_the_length_of_a_bit_is_refused(
    runtime: str, tmp_path: Path
) -> None:
    (tmp_path / "main.py").write_text(
        "import json, machine\n"
        "machine.freq = lambda: (216_000_000, 216_000_000, 54_000_000, 108_000_000)\n"
        "from pumpboard.build import build\n"
        "try:\n"
        "    build(json.load(open('board.json')))\n"
        "except ValueError as error:\n"
        "    print('refused', error)\n"
    )
    with Board(boards.load("pyboard-d"), b"{}", runtime=runtime, firmware=tmp_path) as board:
        board.run_for(200_000)

        assert told(board, "refused") == [
            (
                "machine.freq: at 216000000 Hz nobody knows how long a bit of STEP is; leave it "
                "at 144000000"
            )
        ]
