"""An emulated RP2040 runs to exact moments, whatever the slices, asleep or awake."""

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from board.rp2.assembler import load_programs
from host.emulator.rp2040.thumb import SIO_SET, SIO_TOGGLE, UART0, WATCHDOG, Program

if TYPE_CHECKING:
    from evenflow.emulator.rp2040.chip import Chip

STEP = 2
GATE = 5
LED = 19
MS = 1_000_000
# 10 bits at 460,800 baud.
BYTE_NS = 21_701
PIO0 = 0x5020_0000

Edges = list[tuple[int, int]]


def toggling(pin: int = STEP, loops: int = 1_000) -> Program:
    """The pin changes every 3 * loops cycles, and a few."""
    program = Program()
    program.drive(pin)
    program.load(0, 1 << pin)
    program.load(1, SIO_TOGGLE)
    start = program.here
    program.store(0, 1)
    program.wait(loops)
    program.jump(start)
    return program


def watched(chip: "Chip", pin: int = STEP) -> Edges:
    """Every edge of a pin, as it comes: moment and level."""
    edges: Edges = []
    chip.watch(pin, lambda level: edges.append((chip.now_ns, level)))
    return edges


def test_edges_come_at_the_cycles_of_the_program(make_chip: Callable[..., "Chip"]) -> None:
    chip = make_chip(toggling())
    edges = watched(chip)
    chip.power_on()
    chip.run(1 * MS)

    assert chip.now_ns == pytest.approx(1 * MS, abs=32)
    assert [level for _, level in edges[:4]] == [1, 0, 1, 0]
    spans_ns = {after - before for (before, _), (after, _) in pairwise(edges)}
    # store, load, 1,000 loops of which the last is a cycle shorter, jump
    assert spans_ns <= {8 * cycles for cycles in range(3_003, 3_007)}
    assert len(spans_ns) == 1


def test_slices_change_nothing(make_chip: Callable[..., "Chip"]) -> None:
    whole, sliced = make_chip(toggling()), make_chip(toggling())
    expected, actual = watched(whole), watched(sliced)
    for chip in (whole, sliced):
        chip.power_on()
    whole.run(2 * MS)
    for end_ns in range(0, 2 * MS + 1, 3_200):
        sliced.run(end_ns)

    assert actual == expected
    assert len(expected) > 80


def test_bytes_take_their_time_on_the_line(make_chip: Callable[..., "Chip"]) -> None:
    program = Program()
    program.poke(UART0 + 0x2C, 0x70)
    program.poke(UART0 + 0x30, 0x301)
    for letter in b"Evenflow":
        program.poke(UART0, letter)
    program.sleep()
    chip = make_chip(program)
    chip.power_on()
    chip.run(7 * BYTE_NS - 1_000)

    assert chip.line.is_open
    assert chip.line.host_reads() == b"Evenfl"
    chip.run(9 * BYTE_NS)
    assert chip.line.host_reads() == b"ow"


def test_a_byte_before_the_uart_is_open_is_lost(make_chip: Callable[..., "Chip"]) -> None:
    chip = make_chip(toggling())
    chip.power_on()
    chip.line.host_writes(b"hello")
    chip.run(1 * MS)

    assert chip.line.lost_count == 5


def test_a_watchdog_that_nobody_feeds_starts_the_program_anew(
    make_chip: Callable[..., "Chip"],
) -> None:
    program = Program()
    program.drive(LED)
    program.poke(SIO_SET, 1 << LED)
    # everything is reset; two counts a microsecond (erratum RP2040-E1)
    program.poke(0x4001_0008, 0x0001_FFFF)
    program.poke(WATCHDOG + 4, 2_000)
    program.poke(WATCHDOG, 1 << 30)
    program.sleep()
    chip = make_chip(program)
    edges = watched(chip, LED)
    barks: list[int] = []
    chip.on_watchdog = lambda forced: barks.append(chip.now_ns + forced)
    chip.power_on()
    chip.run(2 * MS + MS // 2)

    assert barks == [pytest.approx(1 * MS, abs=2_000), pytest.approx(2 * MS, abs=4_000)]
    assert [level for _, level in edges].count(1) >= 2


def test_a_reset_that_the_program_forces_is_told_as_one(
    make_chip: Callable[..., "Chip"],
) -> None:
    program = Program()
    program.wait(10_000)
    program.poke(WATCHDOG, 1 << 31)
    program.sleep()
    chip = make_chip(program)
    forced: list[int] = []
    chip.on_watchdog = forced.append
    chip.power_on()
    chip.run(MS // 2)

    assert len(forced) == 2
    assert all(forced)


def test_without_power_pins_float_and_time_goes_on(make_chip: Callable[..., "Chip"]) -> None:
    program = Program()
    program.drive(LED)
    program.poke(SIO_SET, 1 << LED)
    program.sleep()
    chip = make_chip(program)
    chip.power_on()
    chip.run(1 * MS)
    assert chip.level(LED)
    chip.power_off()
    chip.run(2 * MS)

    assert not chip.level(LED)
    assert not chip._mcu.gpio[LED]._driven
    assert chip.now_ns == 2 * MS
    chip.power_on()
    chip.run(3 * MS)
    assert chip.level(LED)


# ---- state machines while the processor sleeps --------------------------------------------------


def start_pio(chip: "Chip", *, processor_sleeps: bool) -> None:
    """The firmware's stepper and limiter on PIO 0, as the firmware sets them up, with words."""
    programs = load_programs()
    write = chip._mcu.write_uint32
    for pin in (STEP, GATE):
        write(0x4001_4004 + 8 * pin, 6)
        # the input of the pad is on, as gpio_init leaves it
        write(0x4001_C004 + 4 * pin, 0x56)
    origin = 0
    for number, program, pins in (
        (0, programs.stepper, 1 << 20 | STEP | 1 << 26 | STEP << 5),
        (2, programs.limiter, 1 << 26 | GATE << 5 | STEP << 15),
    ):
        for index, opcode in enumerate(program.opcodes):
            is_jump = opcode >> 13 == 0
            write(PIO0 + 0x48 + 4 * (origin + index), opcode + origin if is_jump else opcode)
        base = PIO0 + 0xC8 + 24 * number
        write(base, 10 << 16)
        top = origin + program.wrap_top
        write(base + 4, STEP << 24 | top << 12 | origin + program.wrap_target << 7)
        write(base + 8, 1 << 19 | 1 << 18)
        write(base + 20, pins)
        # directions, then to the program's start
        write(base + 20, pins & ~(31 << 5) | (STEP if number == 0 else GATE) << 5 | 1 << 26)
        write(base + 16, 0xE081)
        write(base + 20, pins)
        write(base + 16, origin)
        origin += len(program.opcodes)
    write(PIO0 + 0x10 + 8, 1_200)
    for cycles, is_step in ((9_000, 1), (5_003, 1), (2_000, 1), (3_000, 1)):
        write(PIO0 + 0x10, (cycles - 29) << 1 | is_step)
    write(PIO0, 0b101)
    if processor_sleeps:
        chip._core.waiting = True


def pio_edges(
    make_chip: Callable[..., "Chip"], *, processor_sleeps: bool, slice_ns: int = 2 * MS
) -> dict[int, Edges]:
    program = Program()
    program.sleep()
    chip = make_chip(program if processor_sleeps else toggling(LED))
    edges = {pin: watched(chip, pin) for pin in (STEP, GATE, LED)}
    chip.power_on()
    start_pio(chip, processor_sleeps=processor_sleeps)
    while chip.now_ns < 2 * MS:
        chip.run(min(chip.now_ns + slice_ns, 2 * MS))
    return edges


def test_slices_change_nothing_while_the_processor_sleeps(
    make_chip: Callable[..., "Chip"],
) -> None:
    whole = pio_edges(make_chip, processor_sleeps=True)
    sliced = pio_edges(make_chip, processor_sleeps=True, slice_ns=7_000)

    assert sliced == whole


def test_slices_change_nothing_while_everything_moves(
    make_chip: Callable[..., "Chip"],
) -> None:
    whole = pio_edges(make_chip, processor_sleeps=False)
    sliced = pio_edges(make_chip, processor_sleeps=False, slice_ns=7_000)

    assert sliced[LED] == whole[LED]
    assert len(whole[LED]) > 80
    for pin in (STEP, GATE):
        assert [level for _, level in sliced[pin]] == [level for _, level in whole[pin]]
        for (actual_ns, _), (expected_ns, _) in zip(sliced[pin], whole[pin], strict=True):
            # an edge is seen at the end of the instruction that it falls into
            assert actual_ns == pytest.approx(expected_ns, abs=32)


def test_state_machines_go_on_while_the_processor_sleeps(
    make_chip: Callable[..., "Chip"],
) -> None:
    awake = pio_edges(make_chip, processor_sleeps=False)
    asleep = pio_edges(make_chip, processor_sleeps=True)

    # 2,000 cycles are less than the limiter's 2 * 1,200 + 28: the fourth STEP shuts the gate.
    assert [level for _, level in asleep[STEP]] == [1, 0] * 4
    assert [level for _, level in asleep[GATE]] == [1, 0]
    rises_ns = [at_ns for at_ns, level in asleep[STEP] if level]
    assert [after - before for before, after in pairwise(rises_ns)] == [
        9_000 * 80,
        5_003 * 80,
        2_000 * 80,
    ]
    assert 0 < asleep[GATE][1][0] - rises_ns[3] <= 4 * 80
    for pin in (STEP, GATE):
        for (exact_ns, _), (seen_ns, _) in zip(asleep[pin], awake[pin], strict=True):
            # Awake, an edge is seen at the end of the instruction that it falls into.
            assert seen_ns == pytest.approx(exact_ns, abs=32)
