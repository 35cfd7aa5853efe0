"""Counters, limiter, heartbeat and force sensor in PIO, edge by edge; a cycle is 80 ns."""

import bisect
import random
from collections.abc import Callable
from itertools import pairwise

import pytest
from board.rp2.assembler import load_programs
from board.rp2.pio_machine import PioMachine, silence

programs = load_programs()

STEP_HIGH_CYCLES = 25


def signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) & 1 else value


# ---- edge_count ------------------------------------------------------------------------------


def pulses(rises: list[int], high_cycles: list[int]) -> Callable[[int, int], int]:
    changes = sorted(
        [(rise, 1) for rise in rises]
        + [(rise + high, 0) for rise, high in zip(rises, high_cycles, strict=True)]
    )
    clocks = [clock for clock, _ in changes]

    def level(clock: int, _out: int) -> int:
        index = bisect.bisect_right(clocks, clock)
        return changes[index - 1][1] if index else 0

    return level


def read_edges(machine: PioMachine) -> int:
    """As pumpboard.rp2.counter.EdgeCounter.count."""
    machine.execute(programs.EXEC_MOV_ISR_NOT_X)
    machine.execute(programs.EXEC_PUSH_NOBLOCK)
    return machine.received.pop() & 0xFFFF


def test_every_rising_edge_is_counted_down_to_three_cycles_apart() -> None:
    rng = random.Random(2)
    periods = [rng.choice((3, 3, 4, 5, 6, 40)) for _ in range(300)]
    rises = [20 + sum(periods[:index]) for index in range(len(periods))]
    machine = PioMachine(
        programs.edge_count, pins=pulses(rises, [rng.randint(1, p - 1) for p in periods])
    )

    machine.run(20)
    before = read_edges(machine)
    machine.run(rises[-1] + 50)

    assert (read_edges(machine) - before) & 0xFFFF == 300


def test_a_count_starts_one_short_of_nothing_and_a_high_pin_is_no_edge() -> None:
    machine = PioMachine(programs.edge_count, pins=lambda _clock, _out: 1)

    machine.run(50)

    assert read_edges(machine) == 0xFFFF


def test_the_count_wraps_at_16_bits() -> None:
    machine = PioMachine(programs.edge_count, pins=pulses([20, 40, 60], [10] * 3))
    machine.set_x(~0xFFFE)
    machine.run(10)
    before = read_edges(machine)

    machine.run(100)

    assert (before, read_edges(machine)) == (0xFFFE, 0x0001)


def test_reading_at_any_moment_neither_loses_an_edge_nor_sees_a_false_count() -> None:
    rises = list(range(20, 320, 5))
    machine = PioMachine(programs.edge_count, pins=pulses(rises, [2] * len(rises)))
    for clock in range(340):
        machine.run(clock)
        seen = (read_edges(machine) + 1) & 0xFFFF
        truth = bisect.bisect_right(rises, clock)
        assert truth - 1 <= seen <= truth

    assert (read_edges(machine) + 1) & 0xFFFF == len(rises)


# ---- limiter ---------------------------------------------------------------------------------


def limiter(loops: int, rises: list[int]) -> PioMachine:
    machine = PioMachine(
        programs.limiter, pins=pulses(rises, [STEP_HIGH_CYCLES] * len(rises)), jmp_pin=0
    )
    machine.feed(loops)
    machine.run(rises[-1] + 200)
    return machine


def test_the_gate_stays_shut_until_the_interval_has_come() -> None:
    machine = PioMachine(programs.limiter, pins=pulses([50, 150], [25, 25]), jmp_pin=0)

    machine.run(300)

    assert machine.edges == []
    assert machine.out_level == 0


@pytest.mark.requirement("DES-10")
@pytest.mark.parametrize("loops", [1, 5, 72, 1_000])
def test_the_gate_shuts_on_an_edge_sooner_than_the_interval_and_on_no_later_one(
    loops: int,
) -> None:
    shortest = 2 * (loops + programs.LIMITER_OVERHEAD_LOOPS)

    for early in (1, 2, 3, min(40, shortest - STEP_HIGH_CYCLES - 1)):
        machine = limiter(loops, [100, 100 + shortest - early])
        closed_at = machine.edges[1][0]
        assert machine.out_level == 0
        # within 4 cycles of the edge, 0.3 us
        assert closed_at - (100 + shortest - early) <= 4
    for late in (0, 1, 2, 3, 50):
        machine = limiter(loops, [100, 100 + shortest + late])
        assert machine.out_level == 1


def test_the_interval_counts_from_each_edge_to_the_next() -> None:
    rises = [100 + 200 * index for index in range(10)]
    loops = 200 // 2 - programs.LIMITER_OVERHEAD_LOOPS

    assert limiter(loops, rises).out_level == 1
    assert limiter(loops, [*rises, rises[-1] + 199]).out_level == 0


@pytest.mark.requirement("DES-10")
def test_a_tripped_gate_stays_shut_until_restarted() -> None:
    rises = [100, 150, *range(1_000, 9_000, 500)]
    machine = limiter(72, rises)
    assert machine.out_level == 0

    silence(machine, programs)
    machine.feed(72)
    machine.run(machine.clock + 50)

    assert machine.out_level == 1


# ---- heartbeat -------------------------------------------------------------------------------


@pytest.mark.parametrize("last", [0, 1, 7])
def test_a_word_makes_one_beat_more_than_it_says_and_then_the_pin_is_low(last: int) -> None:
    machine = PioMachine(programs.heartbeat)

    machine.feed(last)
    machine.run(20 * (last + 1) + 500)

    rises = [2 + 20 * index for index in range(last + 1)]
    assert machine.edges == sorted([(r, 1) for r in rises] + [(r + 10, 0) for r in rises])
    assert machine.is_starved


def test_between_two_words_the_beat_is_only_two_cycles_late() -> None:
    machine = PioMachine(programs.heartbeat)

    machine.feed(2, 2)
    machine.run_until_starved()

    assert [b - a for a, b in pairwise(machine.rising_edges)] == [20, 20, 22, 20, 20]


# ---- quadrature_half -------------------------------------------------------------------------

FORWARD = ((0, 0), (1, 0), (1, 1), (0, 1))


class Encoder:
    """Two machines on the signals of a shaft that turns by `steps`, an edge each."""

    def __init__(self, steps: list[int], dwells: list[int], first_clock: int = 50) -> None:
        """Each position lasts its dwell; the first edge comes at `first_clock`."""
        self._clocks = [first_clock + sum(dwells[:index]) for index in range(len(steps))]
        self._positions = [sum(steps[:index]) for index in range(len(steps) + 1)]
        self.end = self._clocks[-1] + 40
        self.a = PioMachine(programs.quadrature_half, pins=self._seen_by_a)
        self.b = PioMachine(programs.quadrature_half, pins=self._seen_by_b)

    def truth(self, clock: int) -> int:
        """The position at a clock."""
        return self._positions[bisect.bisect_right(self._clocks, clock)]

    def run(self, until: int) -> None:
        """Run both machines."""
        self.a.run(until)
        self.b.run(until)

    def count(self) -> int:
        """As pumpboard.rp2.counter.QuadratureCounter.count, from zero."""
        self.a.execute(programs.EXEC_MOV_ISR_NOT_X)
        self.a.execute(programs.EXEC_PUSH_NOBLOCK)
        self.b.execute(programs.EXEC_MOV_ISR_X)
        self.b.execute(programs.EXEC_PUSH_NOBLOCK)
        return signed((self.a.received.pop() + self.b.received.pop() + 1) & 0xFFFF, 16)

    def _seen_by_a(self, clock: int, _out: int) -> int:
        a, b = FORWARD[self.truth(clock) % 4]
        return a | b << 1

    def _seen_by_b(self, clock: int, _out: int) -> int:
        a, b = FORWARD[self.truth(clock) % 4]
        return b | a << 1


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([1], 1),
        ([1] * 4, 4),
        ([1] * 101, 101),
        ([-1] * 101, -101),
        ([1, -1] * 20, 0),
        ([1] * 6 + [-1, 1] * 9 + [1], 7),
        ([-1] * 5 + [1, -1] * 9, -5),
        ([1] * 30 + [-1] * 50, -20),
    ],
)
def test_all_four_edges_count_with_their_sign_and_bounces_cancel(
    steps: list[int], expected: int
) -> None:
    encoder = Encoder(steps, [20] * len(steps))

    encoder.run(encoder.end)

    assert encoder.count() == expected


def worst_miscount(dwell: int, *, is_steady: bool) -> int:
    rng = random.Random(3)
    worst = 0
    for trial in range(12):
        steps = [1] * 60 if is_steady else [rng.choice((1, -1)) for _ in range(60)]
        encoder = Encoder(steps, [dwell] * len(steps), 50 + trial % 6)
        encoder.run(encoder.end)
        worst = max(worst, abs(encoder.count() - sum(steps)))
    return worst


def test_edges_five_cycles_apart_are_followed_in_any_order() -> None:
    """2.5 million edges a second; a plunger at 4,000 microsteps a second makes at most 4,000."""
    assert worst_miscount(5, is_steady=False) == 0
    assert worst_miscount(5, is_steady=True) == 0


def test_the_limit_is_known_three_cycles_apart_when_turning_steadily() -> None:
    assert worst_miscount(3, is_steady=True) == 0
    assert worst_miscount(2, is_steady=True) > 0
    assert worst_miscount(4, is_steady=False) > 0


def test_a_read_never_meets_a_count_half_way() -> None:
    """X inverted in place would be read as its complement once in a while."""
    rng = random.Random(4)
    steps = [rng.choice((1, -1, -1)) for _ in range(60)]
    encoder = Encoder(steps, [9] * len(steps))
    for clock in range(encoder.end):
        encoder.run(clock)
        assert abs(encoder.count() - encoder.truth(clock)) <= 1


# ---- hx711 -----------------------------------------------------------------------------------


class Hx711:
    """The converter's side of its two wires (datasheet fig. 2): a word ready every `period`."""

    def __init__(self, conversions: list[int], period_cycles: int) -> None:
        """DOUT goes low when a conversion is ready and high at the 25th pulse."""
        self._conversions = list(conversions)
        self._period_cycles = period_cycles
        self._ready_at = period_cycles
        self._pulse = 0
        self._clock_level = 0

    def pins(self, clock: int, out: int) -> int:
        """DOUT on pin 0, given the level of PD_SCK."""
        if out and not self._clock_level:
            self._pulse += 1
        self._clock_level = out
        if self._pulse == 25:
            self._pulse = 0
            self._conversions.pop(0)
            self._ready_at += self._period_cycles
        if self._pulse == 0:
            return 0 if self._conversions and clock >= self._ready_at else 1
        return self._conversions[0] >> (24 - self._pulse) & 1


CONVERSIONS = [0x000000, 0x800001, 0x7FFFFF, 0xFFFFFF, 0xA5C3F0, 0x123456]


def test_a_conversion_is_clocked_in_whole_first_bit_first() -> None:
    machine = PioMachine(programs.hx711, pins=Hx711(CONVERSIONS, 12_500 // 20).pins)

    machine.run(len(CONVERSIONS) * 625 + 200)

    assert machine.received == CONVERSIONS


def test_the_clock_of_a_conversion_has_25_pulses_of_safe_width() -> None:
    """PD_SCK high for 60 us would power the HX711 down; its table asks 0.2 to 50 us."""
    ready_at = 100
    machine = PioMachine(programs.hx711, pins=Hx711([0xA5C3F0], ready_at).pins)

    machine.run(1_000)

    rises = machine.rising_edges
    falls = [clock for clock, level in machine.edges if not level]
    highs_us = [fall - rise for rise, fall in zip(rises, falls, strict=True)]
    lows_us = [rise - fall for fall, rise in zip(falls, rises[1:], strict=False)]
    assert len(rises) == 25
    assert rises[0] - ready_at <= 2
    assert set(highs_us) == {2, 3}
    assert set(lows_us) == {2}
    assert machine.out_level == 0


def test_while_nothing_is_converted_the_clock_stays_low() -> None:
    machine = PioMachine(programs.hx711, pins=lambda _clock, _out: 1)

    machine.run(2_000)

    assert machine.edges == []
    assert machine.received == []
