"""The pacer against exact fractions: every edge on its cycle, the queue bounded, nothing lost."""

from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from pumpcore import limits
from pumpcore.pacer import (
    MAX_WORD_CYCLES,
    MIN_WORD_CYCLES,
    PIO_HZ,
    WORD_OVERHEAD_CYCLES,
    Pacer,
)
from pumpcore.tick_io import MAX_WORDS

CYCLES_PER_MS = PIO_HZ // 1000
MAX_STEP_RATE_HZ = 4_000
MAX_QUEUE_CYCLES = 60 * CYCLES_PER_MS
# A 3 mL syringe at 1/256 steps, to a 50 mL syringe in coarse steps of 3 um.
STEP_FL = st.integers(20_000, 1_800_000_000)
RATE = st.integers(limits.MIN_RATE_UL_PER_H, limits.MAX_RATE_UL_PER_H)
TICKS_US = st.lists(st.integers(1_000, limits.MAX_TICK_US), min_size=1, max_size=60)


def period_cycles(fl: int, rate_ul_per_h: int) -> Fraction:
    """From SI units, without the pacer's own constant: fL at uL/h in cycles."""
    seconds = Fraction(fl, 10**9) / Fraction(rate_ul_per_h, 3600)
    return seconds * PIO_HZ


def assume_possible(fl: int, *rates_ul_per_h: int) -> None:
    for rate in rates_ul_per_h:
        assume(period_cycles(fl, rate) >= Fraction(PIO_HZ, MAX_STEP_RATE_HZ))


class Track:
    """Gathers what a pacer fills in, as a schedule from the start of its queue."""

    def __init__(self, pacer: Pacer) -> None:
        """Nothing filled yet."""
        self.pacer = pacer
        self.edges: list[int] = []
        self.cycles: list[int] = []
        self.generated = 0
        self.half_cycles = 0
        self.is_fed = False
        self._words = [0] * MAX_WORDS

    def fill(self, elapsed_us: int = 20_000) -> int:
        if self.is_fed:
            self.half_cycles += elapsed_us * 25
        self.is_fed = True
        count = self.pacer.fill(elapsed_us, self._words)
        for word in self._words[:count]:
            cycles = (word >> 1) + WORD_OVERHEAD_CYCLES
            if word & 1:
                self.edges.append(self.generated)
            self.cycles.append(cycles)
            self.generated += cycles
        return count

    def queued_cycles(self) -> Fraction:
        return self.generated - Fraction(self.half_cycles, 2)


def started(fl: int, rate: int, steps: int = 1 << 29) -> Track:
    pacer = Pacer()
    pacer.start(rate, fl, steps)
    return Track(pacer)


@pytest.mark.requirement("DES-01", "FLO-09", "FLO-11")
@given(STEP_FL, RATE, TICKS_US)
@example(174_971_000, 26_250, [20_000] * 60)
@example(174_971_000, limits.MAX_RATE_UL_PER_H, [limits.MAX_TICK_US] * 60)
@example(174_971_000, limits.MIN_RATE_UL_PER_H, [limits.MAX_TICK_US] * 60)
def test_every_edge_is_on_the_exact_schedule_rounded_down_to_a_cycle(
    fl: int, rate: int, ticks_us: list[int]
) -> None:
    """0 ppm against the crystal, whatever the ticks do."""
    assume_possible(fl, rate)
    track = started(fl, rate)

    for elapsed_us in ticks_us:
        track.fill(elapsed_us)

    period = period_cycles(fl, rate)
    expected = [int(k * period) for k in range(1, len(track.edges) + 1)]
    assert expected == track.edges
    assert track.pacer.issued_steps == len(track.edges)
    assert int((len(track.edges) + 1) * period) >= track.generated


@pytest.mark.requirement("OVR-09")
@given(STEP_FL, RATE, TICKS_US)
def test_the_queue_never_starves_and_never_holds_more_than_60_ms(
    fl: int, rate: int, ticks_us: list[int]
) -> None:
    """A dead controller leaves the plunger still within 80 ms, at any rate."""
    assume_possible(fl, rate)
    track = started(fl, rate)

    for elapsed_us in ticks_us:
        assert track.fill(elapsed_us) < MAX_WORDS
        assert 40 * CYCLES_PER_MS <= track.queued_cycles() < MAX_QUEUE_CYCLES

    assert not track.pacer.has_starved
    assert min(track.cycles) >= MIN_WORD_CYCLES
    assert max(track.cycles) <= MAX_WORD_CYCLES


@pytest.mark.requirement("FLO-11")
@given(STEP_FL, RATE, st.integers(0, 300), TICKS_US)
def test_exactly_the_steps_ordered_are_issued(
    fl: int, rate: int, steps: int, ticks_us: list[int]
) -> None:
    assume_possible(fl, rate)
    assume(steps * period_cycles(fl, rate) < 300 * 20 * CYCLES_PER_MS)
    track = started(fl, rate, steps)

    for elapsed_us in [*ticks_us, *([20_000] * 400)]:
        track.fill(elapsed_us)

    assert len(track.edges) == steps == track.pacer.issued_steps
    assert track.pacer.is_spent()
    assert not track.pacer.has_starved
    assert track.fill() == 0


@pytest.mark.requirement("FLO-11")
@given(
    STEP_FL,
    RATE,
    st.lists(
        st.tuples(RATE, st.integers(0, 4), st.integers(1_000, limits.MAX_TICK_US)), max_size=40
    ),
)
@example(174_971_000, 1_200_000, [(100, 1, 20_000), (1_200_000, 1, 20_000)] * 20)
def test_changing_the_rate_keeps_the_part_of_a_step_already_paced(
    fl: int, rate: int, changes: list[tuple[int, int, int]]
) -> None:
    """Against exact fractions: no edge a cycle early, none later than the shortest word."""
    assume_possible(fl, rate, *(to for to, _, _ in changes))
    track = started(fl, rate)
    paced = Fraction(0)
    paced_until = 0
    ideal: list[Fraction] = []

    def pace_to(end: Fraction | int) -> None:
        """Exact moments of whole steps up to `end`."""
        nonlocal paced, paced_until
        period = period_cycles(fl, rate)
        reached = paced + (end - paced_until) / period
        while len(ideal) + 1 <= reached:
            ideal.append(paced_until + (len(ideal) + 1 - paced) * period)
        paced, paced_until = reached, end

    for to, fills, elapsed_us in changes:
        for _ in range(fills):
            track.fill(elapsed_us)
        pace_to(track.generated)
        track.pacer.change_rate(to, fl)
        rate = to
        assert track.pacer.rate_ul_per_h == to
    for _ in range(10):
        track.fill()
    pace_to(track.generated)

    assert track.edges == sorted(track.edges)
    assert len(ideal) >= len(track.edges) >= len(ideal) - 1
    for edge, exact in zip(track.edges, ideal, strict=False):
        assert -1 < edge - exact < MIN_WORD_CYCLES
    assert not track.cycles or min(track.cycles) >= MIN_WORD_CYCLES


def test_two_changes_while_a_step_is_overdue_still_lose_nothing() -> None:
    track = started(174_971_000, 1_000_000, 10_000)
    track.fill()
    pacer = track.pacer

    # One cycle is left, so a change makes the step 63 cycles late and owes them.
    pacer._cycles_to_step = 1
    pacer.change_rate(1_000_000, 174_971_000)
    assert (pacer._cycles_to_step, pacer._debt_cycles) == (MIN_WORD_CYCLES, 63)
    pacer.change_rate(500_000, 174_971_000)
    assert (pacer._cycles_to_step, pacer._debt_cycles) == (MIN_WORD_CYCLES, 62)
    pacer._cycles_to_step = 0
    pacer.change_rate(250_000, 174_971_000)

    # 62 cycles overdue at 500 mL/h are 124 at 250 mL/h: the step comes at once.
    assert pacer._cycles_to_step == 0
    assert 123 <= pacer._debt_cycles <= 124


@pytest.mark.requirement("OVR-09")
def test_a_starved_queue_is_told_and_later_steps_are_late_but_never_closer() -> None:
    track = started(174_971_000, 1_200_000)
    track.fill()
    before = len(track.edges)

    track.pacer.fill(limits.MAX_TICK_US * 2, [0] * MAX_WORDS)

    assert track.pacer.has_starved
    track.fill()
    gaps = {later - earlier for earlier, later in zip(track.edges, track.edges[1:], strict=False)}
    assert len(track.edges) >= before
    assert min(gaps) >= int(period_cycles(174_971_000, 1_200_000))


def test_an_empty_queue_with_nothing_left_is_no_starvation() -> None:
    track = started(174_971_000, 1_200_000, 3)
    for _ in range(10):
        track.fill(limits.MAX_TICK_US * 2)

    assert not track.pacer.has_starved
    assert track.pacer.is_spent()


@pytest.mark.requirement("DES-01")
def test_half_a_cycle_of_odd_ticks_is_not_lost() -> None:
    """A microsecond is 12.5 cycles."""
    track = started(174_971_000, 1_200_000)
    for _ in range(1_001):
        track.fill(20_001)

    assert 2 * track.pacer._queued_cycles - track.pacer._half_cycles == 2 * track.queued_cycles()


def test_no_more_words_than_the_list_holds() -> None:
    """Only a step rate beyond any profile fills it; the rest follows in the next tick."""
    track = started(1_000, 1_200_000)
    track.pacer.period_cycles = MIN_WORD_CYCLES

    assert track.fill() == MAX_WORDS
    assert track.pacer.issued_steps <= MAX_WORDS


@pytest.mark.parametrize("extra", [0, 1, MIN_WORD_CYCLES - 1, MIN_WORD_CYCLES])
def test_a_wait_is_never_split_into_a_word_too_short(extra: int) -> None:
    track = started(174_971_000, 100)
    track.pacer._cycles_to_step = MAX_WORD_CYCLES + extra
    track.fill()

    assert sum(track.cycles[:2]) >= MAX_WORD_CYCLES + extra
    assert min(track.cycles) >= MIN_WORD_CYCLES
    assert track.edges == [MAX_WORD_CYCLES + extra]
    is_short = 0 < extra < MIN_WORD_CYCLES
    assert track.cycles[0] == MAX_WORD_CYCLES - (MIN_WORD_CYCLES if is_short else 0)


def test_nothing_is_issued_before_a_start() -> None:
    track = Track(Pacer())

    assert track.fill() == 0
    assert track.pacer.is_spent()


# ---- at 250 nL and 900 mL/h a step lasts a millisecond: 40 of them are the queue ---------------

MS_FL, MS_RATE = 250_000_000, 900_000


@pytest.mark.requirement("OVR-09")
@pytest.mark.parametrize("steps", [40, 1_000])
@pytest.mark.parametrize(("elapsed_us", "has_starved"), [(40_000, False), (40_001, True)])
def test_a_queue_that_is_just_used_up_has_not_starved(
    elapsed_us: int, steps: int, *, has_starved: bool
) -> None:
    """Be it that one step is left."""
    track = started(MS_FL, MS_RATE, steps)
    assert track.pacer.has_starved is False
    assert track.fill() == 40
    track.fill(elapsed_us)

    assert track.pacer.has_starved is has_starved


@pytest.mark.requirement("OVR-09")
def test_the_queue_is_topped_up_to_40_ms_and_no_further() -> None:
    track = started(MS_FL, MS_RATE)

    assert [track.fill() for _ in range(4)] == [40, 20, 20, 20]


@pytest.mark.requirement("FLO-11")
@pytest.mark.parametrize("steps", [1, 2])
def test_a_motion_is_spent_after_its_last_step_and_not_before(steps: int) -> None:
    track = started(MS_FL, MS_RATE, steps)
    assert not track.pacer.is_spent()
    track.fill()
    assert not track.pacer.is_spent()
    track.fill(40_000)

    assert track.pacer.is_spent()
    assert track.edges == [12_500 * step for step in range(1, steps + 1)]


@pytest.mark.requirement("FLO-11")
def test_a_change_on_the_very_edge_of_a_step_delays_nothing() -> None:
    track = started(MS_FL, MS_RATE)
    track.fill()
    track.pacer.change_rate(MS_RATE, MS_FL)
    track.fill()

    assert track.edges == [12_500 * step for step in range(1, 60)]


@pytest.mark.requirement("FLO-11")
@pytest.mark.parametrize("debt", [1, 124])
def test_what_a_step_is_overdue_shortens_the_next_period(debt: int) -> None:
    track = started(MS_FL, MS_RATE)
    track.fill()
    track.pacer._debt_cycles = debt
    track.fill()

    assert track.edges[39:42] == [500_000, 512_500 - debt, 525_000 - debt]
