"""The plant at the pins of an emulated RP2040, moved by programs of a few instructions."""

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from host.emulator.rp2040.thumb import (
    SIO_CLEAR,
    SIO_IN,
    SIO_OUT,
    SIO_SET,
    SIO_TOGGLE,
    UART0,
    Program,
)

from evenflow.errors import Refused

if TYPE_CHECKING:
    from evenflow.emulator.rp2040.board import ChipBoard

# Pins of the board `pico`.
STEP, DIR, ENABLE, GATE, START, BUZZER, ALIVE, MAINS = 2, 3, 4, 5, 12, 18, 19, 24
ENCODER_A, ENCODER_B, SQUARE_WAVE = 6, 7, 22
FORCE_DATA, FORCE_CLOCK = 8, 9
PADS = 0x4001_C004
# Loops of 3 cycles of 8 ns.
HALF_MS_LOOPS = 20_833
Make = Callable[[Program], "ChipBoard"]


def stepping(*, with_beat: bool = True, with_gate: bool = True, forward: bool = True) -> Program:
    """STEP every millisecond; the limiter's gate high, ENABLE's charge pump fed, or not."""
    program = Program()
    program.drive(STEP, DIR, ENABLE, GATE)
    program.poke(SIO_SET, 1 << GATE | (forward << DIR))
    program.load(0, 1 << STEP | (1 << ENABLE if with_beat else 0))
    program.load(1, SIO_TOGGLE)
    start = program.here
    program.store(0, 1)
    program.wait(HALF_MS_LOOPS)
    program.jump(start)
    return program


def test_steps_turn_the_screw_and_the_encoder(make_board: Make) -> None:
    board = make_board(stepping())
    places: list[tuple[bool, bool]] = []
    with board:
        for _ in range(50):
            board.run_for(1_000)
            pins = board.chip._mcu.gpio
            place = (pins[ENCODER_A]._raw_input_value, pins[ENCODER_B]._raw_input_value)
            if not places or place != places[-1]:
                places.append(place)

    assert board.plant.step_count == pytest.approx(50, abs=1)
    # the first comes in one cycle with the first beat, a little before it
    assert board.wiring.step_edge_count == board.plant.step_count + 1
    # 8 microsteps a count, of 3,200 to 400 a turn; A leads
    assert board.plant.encoder_count == 6
    assert places == [
        (count & 3 in (1, 2), count & 3 in (2, 3))
        for count in range(board.plant.encoder_count + 1)
    ]


def test_the_other_level_of_dir_turns_it_back(make_board: Make) -> None:
    with make_board(stepping(forward=False)) as board:
        board.run_for(20_000)

        assert board.plant.step_count == pytest.approx(-20, abs=1)
        assert board.plant.encoder_count < 0


def test_without_the_beat_of_enable_steps_move_nothing(make_board: Make) -> None:
    with make_board(stepping(with_beat=False)) as board:
        board.run_for(20_000)

        assert board.wiring.step_edge_count == pytest.approx(20, abs=1)
        assert board.plant.step_count == 0
        assert not board.plant.motor_enabled


def test_a_gate_that_falls_stops_the_motor(make_board: Make) -> None:
    with make_board(stepping()) as board:
        board.run_for(10_000)
        board.chip._mcu.write_uint32(SIO_CLEAR, 1 << GATE)
        moved = board.plant.step_count
        board.run_for(10_000)

        assert moved == pytest.approx(10, abs=1)
        assert board.plant.step_count == moved
        assert board.wiring.step_edge_count == pytest.approx(20, abs=1)


def test_a_cut_of_power_stops_the_motor_in_the_middle(make_board: Make) -> None:
    with make_board(stepping()) as board:
        board.run_for(10_000)
        moved = board.plant.step_count
        assert board.plant.motor_enabled
        board.plant.power_cut()
        board.run_for(10_000)

        assert board.plant.step_count == moved
        assert not board.plant.motor_enabled
        assert board.now_us == 20_000
        assert not board.is_running
        board.plant.power_restore()
        board.run_for(10_000)
        assert board.plant.step_count > moved


def test_the_same_program_gives_the_same_steps_whatever_the_calls(make_board: Make) -> None:
    times = []
    for span_us in (10_000, 700, 7):
        board = make_board(stepping())
        board.plant.records_steps = True
        with board:
            while board.now_us < 10_000:
                board.run_for(min(span_us, 10_000 - board.now_us))
        times.append(board.plant.step_times)

    assert times[0] == times[1] == times[2]


def test_a_key_pulls_its_pin_low(make_board: Make) -> None:
    program = Program()
    program.drive(ALIVE)
    program.poke(PADS + 4 * START, 0x4A)
    program.load(1, SIO_IN)
    program.load(3, SIO_OUT)
    start = program.here
    program.fetch(0, 1)
    # the bit of START alone, in the place of ALIVE
    program.shift(0, left=31 - START, right=31)
    program.shift(0, left=ALIVE)
    program.store(0, 3)
    program.jump(start)
    with make_board(program) as board:
        board.run_for(5_000)
        released = board.chip.level(ALIVE)
        board.plant.press("start", ms=10)
        board.run_for(5_000)
        pressed = board.chip.level(ALIVE)
        board.run_for(10_000)

        assert (released, pressed, board.chip.level(ALIVE)) == (True, False, True)


def test_a_tone_lasts_while_its_pin_has_edges(make_board: Make) -> None:
    program = Program()
    program.drive(BUZZER)
    program.load(0, 1 << BUZZER)
    program.load(1, SIO_TOGGLE)
    for _ in range(40):
        program.store(0, 1)
        program.wait(2 * HALF_MS_LOOPS)
    program.sleep()
    with make_board(program) as board:
        board.run_for(20_000)
        during = board.plant.buzzer.is_on
        board.run_for(40_000)

        assert (during, board.plant.buzzer.is_on) == (True, False)
        began_ns, ended_ns = board.plant.buzzer.edges_at_ns[:2]
        assert ended_ns - began_ns == pytest.approx(39_000_000, rel=0.01)


def test_a_conversion_is_clocked_out_bit_by_bit(make_board: Make) -> None:
    program = Program()
    program.drive(FORCE_CLOCK, ALIVE)
    program.sleep()
    board = make_board(program)
    board.plant.force.fault_count = 0xA5_0F_3C
    with board:
        # it settles for 50 ms
        board.run_for(49_000)
        data = board.chip._mcu.gpio[FORCE_DATA]
        assert data._raw_input_value
        board.run_for(1_200)
        assert not data._raw_input_value
        word = 0
        for _ in range(24):
            board.chip._mcu.write_uint32(SIO_SET, 1 << FORCE_CLOCK)
            word = word << 1 | data._raw_input_value
            board.chip._mcu.write_uint32(SIO_CLEAR, 1 << FORCE_CLOCK)
        board.chip._mcu.write_uint32(SIO_SET, 1 << FORCE_CLOCK)

        assert word == 0xA50F3C
        assert data._raw_input_value


def test_the_clock_chip_answers_and_its_square_wave_is_counted(make_board: Make) -> None:
    program = Program()
    program.sleep()
    board = make_board(program)
    bus = 0x4004_4000
    write, read = board.chip._mcu.write_uint32, board.chip._mcu.read_uint32
    rises: list[bool] = []
    with board:
        board.run_for(1_000)
        write(bus + 0x04, 0x68)
        write(bus + 0x6C, 1)
        # control register: square wave of 1,024 Hz, then two registers back, this the second
        for command in (0x0E, 0x208):
            write(bus + 0x10, command)
        for command in (0x20D, 0x500, 0x300):
            write(bus + 0x10, command)
        registers = [read(bus + 0x10) & 0xFF for _ in range(2)]
        pin = board.chip._mcu.gpio[SQUARE_WAVE]
        for _ in range(500):
            board.run_for(200)
            rises.append(bool(pin._raw_input_value))

        assert registers == [0, 0x08]
        counted = sum(after and not before for before, after in pairwise(rises))
        assert counted == pytest.approx(102, abs=1)


def test_the_port_expander_lights_and_arms_and_the_pin_says_that_there_is_life(
    make_board: Make,
) -> None:
    program = Program()
    program.drive(ALIVE)
    program.sleep()
    board = make_board(program)
    bus = 0x4004_4000
    write = board.chip._mcu.write_uint32
    with board:
        board.run_for(1_000)
        write(bus + 0x04, 0x20)
        write(bus + 0x6C, 1)
        # latches of port B: green and armed, then their directions; each ends with a stop
        for command in (0x15, 0x212, 0x01, 0x2E0):
            write(bus + 0x10, command)
        board.run_for(1_600_000)
        before_s = board.plant.power_loss_alarm.sounded_s(board.plant.now_ns)
        write(SIO_SET, 1 << ALIVE)
        board.run_for(1_000_000)
        board.plant.mains_off()
        board.run_for(1_000)

        assert board.plant.led == "green"
        assert before_s == pytest.approx(0.1, abs=0.01)
        assert not board.plant.power_loss_alarm.is_sounding(board.plant.now_ns)
        assert not board.chip._mcu.gpio[MAINS]._raw_input_value


def test_an_address_that_nobody_has_is_not_acknowledged(make_board: Make) -> None:
    program = Program()
    program.sleep()
    bus = 0x4004_4000
    with make_board(program) as board:
        board.run_for(100)
        board.chip._mcu.write_uint32(bus + 0x04, 0x51)
        board.chip._mcu.write_uint32(bus + 0x6C, 1)
        board.chip._mcu.write_uint32(bus + 0x10, 0x200)

        # IC_RAW_INTR_STAT.TX_ABRT
        assert board.chip._mcu.read_uint32(bus + 0x34) & 1 << 6


def test_bytes_of_the_link_come_out_of_the_board(make_board: Make) -> None:
    program = Program()
    program.poke(UART0 + 0x2C, 0x70)
    program.poke(UART0 + 0x30, 0x301)
    program.load(1, UART0)
    start = program.here
    program.fetch(0, 1)
    # echoes, with the flag of an empty FIFO unread: zeros until something comes
    program.store(0, 1)
    program.wait(HALF_MS_LOOPS)
    program.jump(start)
    with make_board(program) as board:
        board.run_for(2_000)
        board.read()
        board.write(b"*")
        board.run_for(2_000)

        assert b"*" in board.read()


def test_what_reaches_into_the_firmware_is_refused(make_board: Make) -> None:
    program = Program()
    program.sleep()
    with make_board(program) as board:
        handle = board.controller
        for reach in (
            board.hang,
            board.kill,
            handle.flip_direction,
            lambda: handle.skew(1.0),
            lambda: handle.charge_tick(1),
            lambda: handle.tell_fault(1, "x"),
            lambda: handle.break_step_pin(None),
        ):
            with pytest.raises(Refused, match="cannot be had on an emulated RP2040"):
                reach()
