"""Turns a rate into words for the stepper queue, exact to the cycle, remainder carried for ever.

A microstep of `fl` femtolitres at R uL/h lasts 12.5 MHz * 3600 s/h * fl / (R * 10^9 fL/uL)
= 45 * fl / R cycles: a whole number of cycles and a remainder over R. The remainder accumulates,
so the long-run rate is exact against the crystal and no step is ever early.

A word is one step or one idle wait and lasts 64 to 250,000 cycles (20 ms); long periods are split
into idle words. The queue is topped up to 40 ms, so it never holds more than 60 ms: a controller
that stops ticking leaves it empty, and the plunger still, within that time.
"""

from pumpcore._compat import const
from pumpcore.tick_io import MAX_WORDS

PIO_HZ = const(12_500_000)
MAX_WORD_CYCLES = const(250_000)
MIN_WORD_CYCLES = const(64)
LEAD_CYCLES = const(500_000)
# What the stepper program spends on a word beyond its wait; see pumpboard.rp2.programs.stepper.
WORD_OVERHEAD_CYCLES = const(29)
_CYCLES_PER_STEP_UNIT = const(45)


class Pacer:
    """The cadence of one motion; all state are integers below 2^30 between rate changes."""

    def __init__(self) -> None:
        """No rate, nothing issued."""
        self.rate_ul_per_h = 0
        self.period_cycles = 0
        self.issued_steps = 0
        self.has_starved = False
        self._period_remainder = 0
        self._accumulated = 0
        self._cycles_to_step = 0
        self._debt_cycles = 0
        self._steps_left = 0
        self._queued_cycles = 0
        self._half_cycles = 0
        self._is_fed = False

    def start(self, rate_ul_per_h: int, femtolitres_per_microstep: int, steps: int) -> None:
        """Begin with an empty queue; the first step comes a whole period from now."""
        self.rate_ul_per_h = rate_ul_per_h
        self._set_period(rate_ul_per_h, femtolitres_per_microstep)
        self._accumulated = self._period_remainder
        self._cycles_to_step = self.period_cycles
        self._debt_cycles = 0
        self._steps_left = steps
        self._queued_cycles = 0
        self._half_cycles = 0
        self._is_fed = False
        self.issued_steps = 0
        self.has_starved = False

    def change_rate(self, rate_ul_per_h: int, femtolitres_per_microstep: int) -> None:
        """Keep the part of a step already paced, exactly; queued words run out as they are."""
        # cycles to the next step, times the old rate, is a whole number: no rounding here.
        due_cycles = self._cycles_to_step - self._debt_cycles
        owed = due_cycles * self.rate_ul_per_h + self._accumulated
        self.rate_ul_per_h = rate_ul_per_h
        self._set_period(rate_ul_per_h, femtolitres_per_microstep)
        due_cycles = owed // rate_ul_per_h
        self._accumulated = owed % rate_ul_per_h
        # A wait too short for a word: step a little later, and make the next period shorter by it.
        if due_cycles > 0:
            self._cycles_to_step = max(due_cycles, MIN_WORD_CYCLES)
        else:
            self._cycles_to_step = 0
        self._debt_cycles = self._cycles_to_step - due_cycles

    def follow_on(self, rate_ul_per_h: int, femtolitres_per_microstep: int, steps: int) -> None:
        """After the last step of one rate, so many at another; what was waited since it counts."""
        waited_cycles = self.period_cycles - self._cycles_to_step
        self.rate_ul_per_h = rate_ul_per_h
        self._set_period(rate_ul_per_h, femtolitres_per_microstep)
        self._accumulated = 0
        self._debt_cycles = 0
        left_cycles = self.period_cycles - waited_cycles
        self._cycles_to_step = max(left_cycles, MIN_WORD_CYCLES) if left_cycles > 0 else 0
        self._steps_left = steps

    def fill(self, elapsed_us: int, words: list[int]) -> int:
        """Words that top the queue up, `elapsed_us` after the last fill; returns their count."""
        if self._is_fed:
            self._half_cycles += elapsed_us * 25
            self._queued_cycles -= self._half_cycles >> 1
            self._half_cycles &= 1
            if self._queued_cycles < 0:
                self.has_starved = self._steps_left > 0
                self._queued_cycles = 0
        self._is_fed = True
        return self.top_up(words, 0)

    def top_up(self, words: list[int], count: int) -> int:
        """Further words behind the first `count`, which are of the same tick; their count then."""
        if (
            self._cycles_to_step == 0
            and self._debt_cycles == 0
            and self.period_cycles < MAX_WORD_CYCLES
        ):
            count = self._fill_steps(words, count)
        while self._queued_cycles < LEAD_CYCLES and self._steps_left > 0 and count < MAX_WORDS:
            if self._cycles_to_step == 0:
                self._cycles_to_step = self._next_period()
                self._steps_left -= 1
                self.issued_steps += 1
                is_step = 1
            else:
                is_step = 0
            cycles = self._word_cycles()
            words[count] = ((cycles - WORD_OVERHEAD_CYCLES) << 1) | is_step
            count += 1
            self._cycles_to_step -= cycles
            self._queued_cycles += cycles
        return count

    def _fill_steps(self, words: list[int], first: int) -> int:
        """The same where each word is a step, as at all but low rates; in locals, for speed."""
        period = self.period_cycles - WORD_OVERHEAD_CYCLES
        remainder = self._period_remainder
        rate = self.rate_ul_per_h
        accumulated = self._accumulated
        queued = self._queued_cycles
        most = min(first + self._steps_left, MAX_WORDS)
        count = first
        while queued < LEAD_CYCLES and count < most:
            wait = period
            accumulated += remainder
            if accumulated >= rate:
                accumulated -= rate
                wait += 1
            words[count] = (wait << 1) | 1
            count += 1
            queued += wait + WORD_OVERHEAD_CYCLES
        self._accumulated = accumulated
        self._queued_cycles = queued
        self._steps_left -= count - first
        self.issued_steps += count - first
        return count

    def is_issued(self) -> bool:
        """All steps are in the queue, or out of it."""
        return self._steps_left <= 0

    def is_spent(self) -> bool:
        """All steps were issued and the queue has run out."""
        return self._steps_left <= 0 and self._queued_cycles == 0

    def _set_period(self, rate_ul_per_h: int, femtolitres_per_microstep: int) -> None:
        scaled = _CYCLES_PER_STEP_UNIT * femtolitres_per_microstep
        self.period_cycles = scaled // rate_ul_per_h
        self._period_remainder = scaled % rate_ul_per_h

    def _next_period(self) -> int:
        cycles = self.period_cycles - self._debt_cycles
        self._debt_cycles = 0
        self._accumulated += self._period_remainder
        if self._accumulated >= self.rate_ul_per_h:
            self._accumulated -= self.rate_ul_per_h
            cycles += 1
        return cycles

    def _word_cycles(self) -> int:
        wait = self._cycles_to_step
        if wait <= MAX_WORD_CYCLES:
            return wait
        if wait - MAX_WORD_CYCLES >= MIN_WORD_CYCLES:
            return MAX_WORD_CYCLES
        return MAX_WORD_CYCLES - MIN_WORD_CYCLES
