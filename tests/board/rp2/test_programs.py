"""The PIO programs, edge by edge, in a cycle-level emulator; one cycle of 12.5 MHz is 80 ns."""

import random

import pytest
from board.rp2.assembler import PIO, Assembly, Program, asm_pio, load_programs
from board.rp2.pio_machine import PioMachine, silence

from pumpcore import pacer as pacing
from pumpcore.board.rp2_family import NEEDS
from pumpcore.tick_io import MAX_WORDS

programs = load_programs()

STEP_HIGH_CYCLES = 25
BLOCKS = {
    "PIO 0": ("stepper", "edge_count", "limiter", "heartbeat"),
    "PIO 1": ("quadrature_half", "hx711", "edge_count"),
}
# As adafruit_pioasm 1.3.8 and MicroPython's own rp2.asm_pio assemble them.
LISTINGS = {
    "stepper": "80A0 7801 E000 603F 0044",
    "edge_count": "2020 20A0 0040",
    "limiter": "80A0 E001 20A0 2020 A027 00C7 0045 E000 0008",
    "heartbeat": "80A0 A027 E901 E800 0042",
    "quadrature_half": "20A0 00C4 0047 0007 A049 0086 A02A 2020 00CD A049 008B A02A 0000 0040",
    "hx711": "2020 E037 B142 5001 0142 9100 A142",
}


def word(cycles: int, is_step: int) -> int:
    return (cycles - pacing.WORD_OVERHEAD_CYCLES) << 1 | is_step


# ---- opcodes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LISTINGS)
def test_our_assembler_agrees_with_two_others(name: str) -> None:
    program: Program = getattr(programs, name)

    assert " ".join(f"{opcode:04X}" for opcode in program.opcodes) == LISTINGS[name]


def test_only_the_limiter_has_code_outside_its_wrap() -> None:
    wraps = {name: getattr(programs, name) for name in LISTINGS}

    assert {n: (p.wrap_target, p.wrap_top) for n, p in wraps.items()} == {
        "stepper": (0, 4),
        "edge_count": (0, 2),
        "limiter": (2, 6),
        "heartbeat": (0, 4),
        "quadrature_half": (0, 13),
        "hx711": (0, 6),
    }


@pytest.mark.parametrize("block", BLOCKS)
def test_what_the_board_check_counts_is_what_the_programs_take(block: str) -> None:
    counted = sum(row[2] for row in NEEDS if row[1] == f"instructions of {block}")
    machines = sum(row[2] for row in NEEDS if row[1] == f"state machines of {block}")

    assert counted == sum(len(getattr(programs, name).opcodes) for name in BLOCKS[block])
    # The quadrature takes two.
    assert machines == len(BLOCKS[block]) + (block == "PIO 1")


@pytest.mark.parametrize("block", BLOCKS)
def test_the_programs_of_a_block_fit_as_its_docstring_says(block: str) -> None:
    total = sum(len(getattr(programs, name).opcodes) for name in BLOCKS[block])
    said = programs.__doc__.replace("\n", " ").split(block)[1].split("(")[1].split(")")[0]

    assert total <= 32
    assert said.startswith(f"{total} of 32")


def test_executed_opcodes_are_what_their_names_say() -> None:
    assembly = Assembly()
    n = assembly.names
    n["mov"](n["isr"], n["x"])
    n["mov"](n["isr"], n["invert"](n["x"]))
    n["push"](n["noblock"])
    n["pull"](n["noblock"])
    n["set"](n["pins"], 0)

    assert assembly.program("executed").opcodes == (
        programs.EXEC_MOV_ISR_X,
        programs.EXEC_MOV_ISR_NOT_X,
        programs.EXEC_PUSH_NOBLOCK,
        programs.EXEC_PULL_NOBLOCK,
        programs.EXEC_SET_PINS_0,
    )


def test_executed_opcodes_carry_no_side_set_and_no_delay() -> None:
    executed = [value for name, value in vars(programs).items() if name.startswith("EXEC_")]

    assert executed
    assert [opcode & 0x1F00 for opcode in executed] == [0] * len(executed)


def test_machines_shift_and_join_as_their_drivers_expect() -> None:
    assert programs.stepper.settings["out_shiftdir"] == PIO.SHIFT_RIGHT
    assert programs.stepper.settings["fifo_join"] == PIO.JOIN_TX
    assert programs.hx711.settings["in_shiftdir"] == PIO.SHIFT_LEFT
    assert programs.hx711.settings["fifo_join"] == PIO.JOIN_RX


def test_a_delay_that_does_not_fit_beside_the_side_set_is_refused() -> None:
    with pytest.raises(ValueError, match="delay of 16"):

        @asm_pio(sideset_init=PIO.OUT_LOW)
        def too_slow() -> None:
            nop().side(1)[16]


# ---- stepper ---------------------------------------------------------------------------------


def paced_edges(
    rate_ul_per_h: int, fl_per_step: int, steps: int, elapsed_us: int = 20_000
) -> list[int]:
    """STEP's rising edges when the machine gets every word of the Pacer in time."""
    pacer = pacing.Pacer()
    pacer.start(rate_ul_per_h, fl_per_step, steps)
    machine = PioMachine(programs.stepper)
    words = [0] * MAX_WORDS
    while pacer.issued_steps < steps:
        machine.feed(*words[: pacer.fill(elapsed_us, words)])
        machine.run_until_starved()
    return machine.rising_edges


@pytest.mark.requirement("DES-01")
@pytest.mark.parametrize(
    ("rate_ul_per_h", "millisteps_per_s", "steps"),
    [
        (100, 12, 2),
        (997, 100, 2),
        (1_234, 999, 5),
        (30_011, 49_999, 50),
        (119_993, 400_003, 400),
        (1_199_999, 2_500_000, 1_000),
        (1_200_000, 4_000_000, 1_000),
        (1_200_000, 57_000_000, 3_000),
    ],
)
def test_every_edge_is_where_the_rate_wants_it(
    rate_ul_per_h: int, millisteps_per_s: int, steps: int
) -> None:
    """From 0.012 to 57,000 steps a second, one cycle after the word's start and never drifting."""
    fl_per_step = pacing.PIO_HZ * 1_000 * rate_ul_per_h // (45 * millisteps_per_s)
    # 57,000 steps a second fill the Pacer's 320 words in 5.6 ms; slower ones last a tick
    elapsed_us = 20_000 if millisteps_per_s < 5_000_000 else 5_000

    edges = paced_edges(rate_ul_per_h, fl_per_step, steps, elapsed_us)

    assert edges == [1 + k * 45 * fl_per_step // rate_ul_per_h for k in range(1, steps + 1)]


@pytest.mark.requirement("DES-01")
def test_a_million_steps_are_not_one_cycle_off() -> None:
    """0 ppm; words are summed, their length is what the test below shows."""
    rate_ul_per_h, fl_per_step, steps = 1_199_999, 5_848_013, 1_000_000
    pacer = pacing.Pacer()
    pacer.start(rate_ul_per_h, fl_per_step, steps)
    words = [0] * MAX_WORDS
    cycles = 0
    while pacer.issued_steps < steps:
        count = pacer.fill(5_000, words)
        cycles += sum(words[index] >> 1 for index in range(count))
        cycles += pacing.WORD_OVERHEAD_CYCLES * count

    # the last step's own word reaches to where the next step would be
    assert cycles == (steps + 1) * 45 * fl_per_step // rate_ul_per_h


@pytest.mark.parametrize("is_skipping", [True, False])
def test_a_word_lasts_its_cycles_whatever_it_is_and_follows(*, is_skipping: bool) -> None:
    rng = random.Random(1)
    spans = [(rng.choice((29, 30, 64, 65, 99, 300)), rng.randint(0, 1)) for _ in range(60)]
    machine = PioMachine(programs.stepper, is_skipping=is_skipping)

    machine.feed(*(word(cycles, is_step) for cycles, is_step in spans))
    machine.run_until_starved()

    starts = [sum(cycles for cycles, _ in spans[:index]) for index in range(len(spans) + 1)]
    rises = [start + 1 for start, (_, is_step) in zip(starts, spans, strict=False) if is_step]
    assert machine.pulled_at == starts[:-1]
    assert machine.clock == starts[-1]
    assert machine.edges == sorted(
        [(rise, 1) for rise in rises] + [(rise + STEP_HIGH_CYCLES, 0) for rise in rises]
    )


def test_the_longest_word_is_exact() -> None:
    machine = PioMachine(programs.stepper)

    machine.feed(word(pacing.MAX_WORD_CYCLES, 1), word(64, 1))
    machine.run_until_starved()

    assert machine.pulled_at == [0, 250_000]


@pytest.mark.requirement("OVR-09")
def test_starved_it_stands_with_step_low_and_later_words_only_come_later() -> None:
    machine = PioMachine(programs.stepper)
    machine.feed(*[word(200, 1)] * 3)
    machine.run(5_000)

    assert machine.is_starved
    assert machine.out_level == 0
    assert machine.rising_edges == [1, 201, 401]

    machine.feed(*[word(200, 1)] * 3)
    machine.run_until_starved()

    assert machine.rising_edges[3:] == [5_001, 5_201, 5_401]


@pytest.mark.parametrize("at_clock", [0, 1, 2, 10, 26, 27, 28, 40, 199, 200, 201])
def test_silenced_anywhere_it_forgets_its_words_and_starts_again_clean(at_clock: int) -> None:
    machine = PioMachine(programs.stepper)
    machine.feed(*[word(200, 1)] * 8)
    machine.run(at_clock)

    silence(machine, programs)
    silenced_at = machine.clock
    machine.run(silenced_at + 1_000)

    assert machine.is_starved
    assert machine.out_level == 0
    assert [edge for edge in machine.rising_edges if edge > silenced_at] == []

    machine.feed(word(100, 1), word(100, 1))
    machine.run_until_starved()

    assert machine.rising_edges[-2:] == [silenced_at + 1_001, silenced_at + 1_101]
