"""The models of the PIO programs against the programs themselves, run cycle by cycle."""

import random

import pytest
from board.rp2.assembler import load_programs
from board.rp2.pio_machine import PioMachine

from evenflow.emulator.controller.programs import Heartbeat, Limiter
from evenflow.emulator.controller.stepper import Channel, Stepper

programs = load_programs()

STEPPER_NS = 1_000_000_000 // programs.STEPPER_HZ
HEARTBEAT_NS = 1_000_000_000 // programs.HEARTBEAT_HZ
STEP_HIGH_CYCLES = 25
OVERHEAD_CYCLES = 29


@pytest.mark.parametrize("seed", range(5))
def test_step_edges_are_those_of_the_program(seed: int) -> None:
    chance = random.Random(seed)
    words = [
        (chance.randint(40, 3_000) - OVERHEAD_CYCLES) << 1 | chance.randint(0, 1)
        for _ in range(60)
    ]
    real = PioMachine(programs.stepper)
    real.feed(*words)
    real.run_until_starved()

    model = Stepper(programs.STEPPER_HZ, 8)
    model.begin(0)
    channel = Channel(0)
    channel.loaded = words
    model.start(channel, 0)
    edges: list[int] = []
    model.run(1_000_000_000, edges)
    assert [at_ns // STEPPER_NS for at_ns in edges] == real.rising_edges


@pytest.mark.parametrize("seed", range(5))
def test_the_last_beat_is_that_of_the_program(seed: int) -> None:
    chance = random.Random(seed)
    words = [chance.randint(0, 40) for _ in range(4)]
    real = PioMachine(programs.heartbeat)
    real.feed(*words)
    real.run_until_starved()

    model = Heartbeat(programs.HEARTBEAT_HZ, 4, pin=4)
    model.begin(0)
    for word in words:
        model.put(word, 0)
    assert model.last_edge_at_ns() == real.edges[-1][0] * HEARTBEAT_NS


@pytest.mark.parametrize("loops", [1, 5, 72, 1_000])
@pytest.mark.parametrize("slack_cycles", [-3, -1, 0, 1, 50])
def test_the_limiter_trips_where_the_program_does(loops: int, slack_cycles: int) -> None:
    interval = 2 * loops + 28 + slack_cycles
    rises = [100 + n * interval for n in range(4)]
    real = PioMachine(
        programs.limiter,
        pins=lambda clock, _: int(any(rise <= clock < rise + STEP_HIGH_CYCLES for rise in rises)),
        jmp_pin=0,
    )
    real.feed(loops)
    real.run(rises[-1] + 200)

    model = Limiter(programs.LIMITER_HZ, gate_pin=5)
    model.begin(0)
    model.put(loops, 0)
    for rise in rises:
        model.allows(rise * STEPPER_NS)
    assert model.gate_level == real.out_level == int(slack_cycles >= 0)
