"""The fixture's PIO programs, cycle by cycle, and the emulator's models of them against these."""

import random
from collections.abc import Callable

import pytest
from board.rp2.assembler import FIXTURE_PROGRAMS_FILE, PIO, load_programs
from board.rp2.pio_machine import OUT_PIN, PioMachine

from evenflow.emulator.wired.machines import StampMachine
from pumpcore.fixture.messages import CLOCK_MASK, DIR, ENABLE, LEVEL_SHIFT, STEP, TICK_NS

pytestmark = pytest.mark.requirement("DES-09")

programs = load_programs(FIXTURE_PROGRAMS_FILE)
pump_programs = load_programs()

CYCLE_NS = 1_000_000_000 // programs.STAMP_HZ
BLOCKS = {
    "PIO 0": (programs.step_stamp, programs.hx711_play),
    "PIO 1": (programs.quadrature_play, pump_programs.edge_count),
}


@pytest.mark.parametrize("block", BLOCKS)
def test_the_programs_of_a_block_fit_as_its_docstring_says(block: str) -> None:
    total = sum(len(program.opcodes) for program in BLOCKS[block])
    said = programs.__doc__.replace("\n", " ").split(block)[1].split("(")[1].split(")")[0]

    assert total <= 32
    assert said.startswith(f"{total} of 32")


def test_machines_shift_and_join_as_their_drivers_expect() -> None:
    assert programs.step_stamp.settings["in_shiftdir"] == PIO.SHIFT_LEFT
    assert programs.step_stamp.settings["fifo_join"] == PIO.JOIN_RX
    assert programs.hx711_play.settings["out_shiftdir"] == PIO.SHIFT_LEFT
    assert programs.quadrature_play.settings["out_shiftdir"] == PIO.SHIFT_RIGHT
    assert programs.quadrature_play.settings["fifo_join"] == PIO.JOIN_TX


# ---- step_stamp ------------------------------------------------------------------------------


def levels_of(changes: list[tuple[int, int]]) -> Callable[[int, int], int]:
    """Levels at a clock; `changes` are (clock, levels from there on)."""

    def level(clock: int, _out: int) -> int:
        found = 0
        for at, levels in changes:
            if at > clock:
                break
            found = levels
        return found

    return level


def stamped(changes: list[tuple[int, int]], until: int) -> list[int]:
    machine = PioMachine(programs.step_stamp, pins=levels_of(changes), is_skipping=False)
    machine.run(until)
    return machine.received


def modelled(changes: list[tuple[int, int]], until: int) -> list[int]:
    model = StampMachine(programs.STAMP_HZ)
    model.begin(0)
    at_ns = [(clock * CYCLE_NS, levels) for clock, levels in changes]
    model.see(at_ns, 0, until * CYCLE_NS)
    return list(model.words)


def clocks(words: list[int]) -> list[int]:
    return [~word & CLOCK_MASK for word in words]


def test_a_look_takes_a_tick_of_the_stamp_clock() -> None:
    assert 8 * CYCLE_NS == TICK_NS
    # The first look is told, and changes 80 cycles apart are ten ticks apart.
    words = stamped([(100 + 80 * n, n & 1) for n in range(1, 6)], 700)

    assert [word >> LEVEL_SHIFT for word in words] == [0, 1, 0, 1, 0, 1]
    assert [b - a for a, b in zip(clocks(words[1:]), clocks(words[2:]), strict=False)] == [10] * 4


def test_the_clock_goes_on_at_its_pace_through_any_number_of_changes() -> None:
    quiet = stamped([(6_406, STEP)], 6_500)
    busy = stamped([(16 * n, n & 1) for n in range(3, 400)] + [(6_406, DIR)], 6_500)

    assert clocks(quiet)[-1] == clocks(busy)[-1]


def test_a_pulse_of_sixteen_cycles_is_never_missed() -> None:
    for phase in range(16):
        for gap in range(16, 34):
            changes = [(100 + phase, STEP), (100 + phase + 16, 0), (116 + phase + gap, STEP)]
            words = stamped(changes, 300)
            assert [word >> LEVEL_SHIFT for word in words] == [0, STEP, 0, STEP], (phase, gap)


def test_a_level_never_comes_with_another_pin_s() -> None:
    changes = [(50, ENABLE), (90, ENABLE | DIR), (130, ENABLE | DIR | STEP), (180, DIR)]

    assert [word >> LEVEL_SHIFT for word in stamped(changes, 300)] == [0, 4, 6, 7, 2]


def test_the_model_says_the_same_as_the_program() -> None:
    rng = random.Random(8)
    for _ in range(40):
        at, changes = 0, []
        for _ in range(60):
            at += rng.choice((3, 8, 16, 17, 25, 40, 400))
            changes.append((at, rng.randrange(8)))
        assert modelled(changes, at + 100) == stamped(changes, at + 100)


# ---- hx711_play ------------------------------------------------------------------------------


def test_the_pump_s_program_reads_what_the_fixture_s_plays() -> None:
    """Both run in turn, cycle by cycle: the pump's at 1 MHz, the fixture's at 12.5 MHz."""
    wires = {"data": 1, "clock": 0}
    player = PioMachine(programs.hx711_play, pins=lambda _clock, _out: wires["clock"])
    # DOUT begins high, as out_init says.
    player.execute(0xE001)
    reader = PioMachine(pump_programs.hx711, pins=lambda _clock, _out: wires["data"])
    conversions = [0x000000, 0x800001, 0x5A5A5A, 0xFFFFFF, 0x7FFFFF]
    player.feed(*(value << 8 for value in conversions))
    for micros in range(1, 1_200):
        reader.run(micros)
        wires["clock"] = reader.out_level
        for part in range(25 * (micros - 1), 25 * micros, 2):
            player.run(part // 2)
            wires["data"] = player.out_level

    assert reader.received == conversions
    # One word for each that was taken.
    assert len(player.received) == len(conversions)
    assert player.out_level == 1


def test_a_conversion_waits_with_dout_low_until_it_is_clocked() -> None:
    player = PioMachine(programs.hx711_play, pins=lambda _clock, _out: 0)
    player.execute(0xE001)
    player.feed(1 << 8)
    player.run(10_000)

    assert player.out_level == 0
    assert player.received == []


# ---- quadrature_play -------------------------------------------------------------------------


def test_levels_last_as_long_as_their_words_say() -> None:
    hold = 200 - programs.HOLD_OVERHEAD_CYCLES
    machine = PioMachine(programs.quadrature_play)
    machine.feed(*(hold << 2 | phase for phase in (1, 3, 2, 0, 1)))
    machine.run_until_starved()

    # Of A alone, which the emulator follows at OUT_PIN.
    assert OUT_PIN == 8
    rises = [clock for clock, level in machine.edges if level]
    falls = [clock for clock, level in machine.edges if not level]
    assert [b - a for a, b in zip(rises, falls, strict=False)] == [400]
    assert rises[1] - falls[0] == 400
