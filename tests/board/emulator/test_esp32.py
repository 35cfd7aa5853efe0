"""The esp32's pulse trains and counters, at the pins of the plant."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from evenflow import boards
from evenflow.emulator import Board
from evenflow.emulator.controller.errors import EmulationError
from evenflow.emulator.controller.step_pin import RunawayPin, SilentPin
from pumpcore.board.esp32s3 import ESP32S3

Powered = Callable[..., Board]


@pytest.fixture
def started(powered: Powered) -> Powered:
    """Powers an esp32 that does one of the toy's things, and records its steps."""

    def start(do: str, **others: object) -> Board:
        board = powered("pulses", controller="esp32s3", do=do, **others)
        board.plant.records_steps = True
        return board

    return start


def told(board: Board, name: str) -> list[str]:
    return [
        line.partition(" ")[2]
        for line in board.console_text.splitlines()
        if line.startswith(name + " ")
    ]


def run_until_done(board: Board) -> None:
    for _ in range(500):
        if "done" in board.console_text.splitlines():
            return
        board.run_for(20_000)
    raise AssertionError(board.console_text)


@pytest.mark.parametrize(
    ("controller", "absent"), [("rp2040", ["esp32", "esp32"]), ("esp32", ["rp2"])]
)
def test_a_controller_has_its_own_modules_alone(
    powered: Powered, controller: str, absent: list[str]
) -> None:
    board = powered("pulses", controller=controller, do="nothing")
    board.run_for(100_000)

    assert told(board, "missing") == [str(absent)]


def test_a_train_moves_the_plunger_and_counters_see_it(started: Powered) -> None:
    board = started("motion")
    run_until_done(board)

    # 3200 microsteps and 400 counts a turn; both counters are signed, the third starts again at
    # 100. Counts are rounded down: -667 microsteps are -83.4 of them.
    assert told(board, "counts") == [
        "200 1600 0",
        "120 960 40",
        "-125 -1000 0",
        "-84 -667 33",
        "-84 -507 60",
    ]
    assert told(board, "was") == ["33 0"]
    plant = board.plant
    assert plant.step_count == -507
    assert plant.drive.encoder_count == -507 * 400 // 3200
    assert all(is_on for _, _, is_on in plant.step_times)


def test_every_edge_has_its_exact_moment(started: Powered) -> None:
    board = started("motion")
    run_until_done(board)

    moments = [at_ns for at_ns, _, _ in board.plant.step_times]
    expected = []
    for line, count in zip(told(board, "sent"), (1600, 640, 1960, 333, 160), strict=True):
        sent_us, was_done, is_done, ended_us = line.split()
        assert (was_done, is_done) == ("False", "True")
        assert int(ended_us) - int(sent_us) == count * 500
        expected += [(int(sent_us) + 500 * place) * 1000 for place in range(count)]
    assert moments == expected


def test_without_enable_edges_are_counted_and_nothing_moves(started: Powered) -> None:
    board = started("without_enable")
    run_until_done(board)

    # After the heartbeat's last edge ENABLE holds for 80 ms: 160 steps of 0.5 ms, and what is
    # left of its last round.
    hold_ns = board.plant.enable.hold_ns
    times = board.plant.step_times
    assert len(times) == 1200
    assert [is_on for _, _, is_on in times[:200]] == [False] * 100 + [True] * 100
    moved = sum(is_on for _, _, is_on in times[200:])
    assert moved == pytest.approx(hold_ns / 500_000, abs=2)
    assert board.plant.step_count == 100 + moved
    first, last = told(board, "counts")
    assert first == "0 100 0"
    assert last.split()[:2] == [str(board.plant.drive.encoder_count), "1200"]


def test_no_motor_power_no_movement(started: Powered) -> None:
    board = started("for_ever")
    board.run_for(60_000)
    before = board.plant.step_count
    assert before > 5
    board.plant.enable.has_power = False
    board.run_for(100_000)

    assert board.plant.step_count == before
    assert board.controller.step_edge_count > before + 5


def test_a_loop_sends_whole_rounds(started: Powered) -> None:
    board = started("loops")
    run_until_done(board)

    assert told(board, "looping") == ["False True"]
    assert told(board, "ended") == ["True False"]
    assert told(board, "queued") == ["False True"]
    assert [line.split()[1] for line in told(board, "counts")] == ["14", "20"]
    spans = [after[0] - before[0] for before, after in pairwise(board.plant.step_times)]
    assert spans[:13] == [1_000_000] * 13
    # Two pulses a train, each train after the one before it.
    assert spans[14:] == [300_000, 100_000, 300_000, 100_000, 300_000]


def test_a_released_train_ends_and_its_charge_pump_runs_down(started: Powered) -> None:
    board = started("release")
    run_until_done(board)

    assert told(board, "waited") == ["True"]
    first, last = told(board, "counts")
    assert first.split()[1] == "11"
    # Forgotten, cleared, and limited anew.
    assert last == "0 0 0"
    times = board.plant.step_times
    assert len(times) == 1011
    hold_ns = board.plant.enable.hold_ns
    assert sum(is_on for _, _, is_on in times[11:]) == pytest.approx(hold_ns / 1e6, abs=2)


def test_the_clock_chip_s_wave_is_counted(started: Powered) -> None:
    board = started("seconds")
    run_until_done(board)

    # 1024 Hz, both edges
    assert int(told(board, "wave")[0]) == pytest.approx(1024, abs=2)


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("train", "RMT: on pin 3, but plunger.step_pin is 2 and plunger.enable_pin 4"),
        ("second", "RMT: pin 2 has another channel already"),
        ("counter", "PCNT: nothing that it could count is wired to pin 3"),
        ("pause", "RMT: a pause of 96000000 ns on the ENABLE pin"),
    ],
)
def test_pins_and_pauses_that_are_not_followed_are_refused(
    started: Powered, case: str, reason: str
) -> None:
    board = started("astray", case=case)

    with pytest.raises(EmulationError, match=reason):
        board.run_for(100_000)


@pytest.mark.parametrize("percent", [10, -20])
def test_a_train_follows_the_crystal(started: Powered, percent: int) -> None:
    board = started("for_ever")
    board.run_for(300_000)
    board.controller.skew(percent)
    board.plant.step_times.clear()
    board.run_for(500_000)

    spans = [after[0] - before[0] for before, after in pairwise(board.plant.step_times)]
    assert len(spans) > 35
    expected_ns = 10_000_000 * 100 / (100 + percent)
    assert all(span == pytest.approx(expected_ns, abs=2) for span in spans[1:])
    assert all(is_on for _, _, is_on in board.plant.step_times)


def test_a_dead_processor_s_train_runs_out(started: Powered) -> None:
    board = started("for_ever")
    board.run_for(300_000)
    board.kill()
    before = board.controller.step_edge_count
    board.coast(200_000)

    assert board.controller.step_edge_count - before <= 2
    # A loop on the ENABLE pin needs no processor: a pump must not feed its charge pump so.
    assert board.plant.motor_enabled


def test_a_reset_ends_trains_and_heartbeat(started: Powered) -> None:
    board = started("for_ever")
    board.run_for(300_000)
    board.power_off()
    before = board.controller.step_edge_count
    board.coast(200_000)

    assert board.controller.step_edge_count == before
    assert not board.plant.motor_enabled


@pytest.mark.parametrize("times", [0, 3])
def test_faults_of_the_step_pin_are_those_of_the_stepper(started: Powered, times: int) -> None:
    board = started("for_ever")
    board.run_for(300_000)
    board.controller.break_step_pin(RunawayPin(times) if times else SilentPin())
    board.run_for(100_000)
    before = board.controller.step_edge_count
    board.run_for(1_000_000)

    assert board.controller.step_edge_count - before == pytest.approx(100 * times, abs=2)


def test_what_is_not_there_is_refused_with_its_reason(started: Powered) -> None:
    board = started("refusals")
    run_until_done(board)

    assert told(board, "source") == ["80000000 80 80"]
    assert told(board, "refused") == [
        "RMT: tx_carrier is not emulated",
        "RMT: give resolution_hz or clock_div, not both",
        "RMT: clock_div 256 is outside 1 to 255",
        "RMT: resolution_hz 100000 is outside 312500 to 80000000",
        "RMT 8: there are 0 to 7",
        "RMT: 32768 units is outside 1 to 32767",
        "RMT: 2 durations for 1 levels",
        "PCNT 8: there are 0 to 7",
        "PCNT: channel 2: there are 0 and 1",
        "PCNT: channel 0 has no pin",
        "PCNT: mode_pin needs pin beside it",
        "PCNT: filter is outside 0 to 1023",
        "PCNT: max 32768 is outside 0 to 32767",
        "PCNT: threshold0 is not emulated; read value()",
        "PCNT: unknown argument speed",
        "PCNT: value can be set to 0 alone",
        "PCNT.irq is not emulated; read value()",
    ]


DRIVEN = Path(__file__).parents[1] / "contract" / "toys" / "driven"


def test_the_drivers_take_as_many_blocks_as_their_table_says(runtime: str) -> None:
    with Board(boards.load("esp32s3"), b"{}", runtime=runtime, firmware=DRIVEN) as board:
        board.run_for(1_000_000)
        taken = {
            "PCNT units": len(board.controller.counters),
            "LEDC timers": len(board.controller.pwm),
        }

    wanted = dict.fromkeys(taken, 0)
    for _, resource, count in ESP32S3.needs:
        wanted[resource] += count
    assert wanted == taken


_PADS = """
import machine, time
from esp32 import PCNT
from machine import I2S, Pin

def transmitter():
    return I2S(0, sck=Pin(33), ws=Pin(34), sd=Pin(11), mode=I2S.TX, bits=16,
        format=I2S.STEREO, rate=31250, ibuf=10560)

def steps():
    before = counter.value()
    stream.write(b"\\x00\\xc0" * 10 + bytes(1004))
    time.sleep_ms(40)
    return counter.value() - before

counter = PCNT(0, pin=Pin(11), rising=PCNT.INCREMENT, min=-100, max=100, filter=80)
counter.start()
stream = transmitter()
register = 0x60009004 + 4 * 11
print("deaf", steps(), hex(machine.mem32[register]))
machine.mem32[register] |= 1 << 9
print("hears", steps(), hex(machine.mem32[register]))
for action in (
    lambda: PCNT(1, pin=Pin(11)),
    lambda: machine.mem32[register + 4 * 8],
    lambda: machine.mem32[0x60004000],
):
    try:
        action()
    except (NotImplementedError, ValueError) as error:
        print("refused", error)
stream.deinit()
print("done")
"""


def test_a_pad_that_a_transmitter_has_taken_is_heard_when_its_input_is_on_again(
    runtime: str, tmp_path: Path
) -> None:
    (tmp_path / "main.py").write_text(_PADS)
    with Board(boards.load("esp32s3"), b"{}", runtime=runtime, firmware=tmp_path) as board:
        run_until_done(board)

        assert told(board, "deaf") == ["0 0x1800"]
        assert told(board, "hears") == ["10 0x1a00"]
        assert told(board, "refused") == [
            "PCNT: a transmitter drives this pin: make its counter before that",
            "pin 19: the board file names no such pin",
            "machine.mem32[0x60004000] is not emulated",
        ]
        assert board.controller.step_edge_count == 20
