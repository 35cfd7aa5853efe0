"""One motion at a time: paces it, audits what the STEP pin really did, and accounts the volume.

The audit counter sees every edge on STEP, the encoder what the lead screw made of it. Delivered
volume is audited steps, never words queued: a stop drops what is in the queue. What a back-off
retracts is taken off it, and counts again when it is given again.
"""

from pumpcore import limits, units
from pumpcore._compat import const
from pumpcore.delivery import Delivery
from pumpcore.interlock import BACK_OFF, INFUSE, KEPT_OPEN, NO_JOB, PURGE, TAKE_UP
from pumpcore.pacer import PIO_HZ, Pacer
from pumpcore.profile import Profile
from pumpcore.programme import Programme
from pumpcore.schedule import Schedule

# The charge pump and the driver need this long before the first step.
ENABLE_TICKS = const(2)
# After a stop, edges already on their way are still counted to the motion they belong to.
SETTLE_TICKS = const(3)
# Audit and encoder may differ by sampling, before anything is wrong.
AUDIT_SLACK_STEPS = const(3)
LIMITER_PERCENT = const(80)
# After a change of rate steps of both may be in the queue for 60 ms, and are counted a tick later.
_TWO_RATES_TICKS = const(5)
# Of the heap, for the large integers of a change of rate, by pacer and delivery watch together.
RATE_CHANGE_BYTES = const(3_072)


class Motion:
    """Job, pacer and audit of the plunger. Steps are microsteps."""

    def __init__(self, profile: Profile) -> None:
        """Take the mechanism's facts from the board profile."""
        self.job = NO_JOB
        self.pacer = Pacer()
        self.moved_steps = 0
        self.delivered_steps = 0
        self.purged_steps = 0
        self.is_enabled = False
        # Of the job at hand, else of the last one.
        self.is_forward = True
        self.minimum_interval_us = 0
        # Of the heap, by changes of rate, since it was last set to 0.
        self.spent_bytes = 0
        self._schedule = Schedule()
        self._fl_per_step = 1
        # Of the programme, beyond the rate at hand.
        self._steps_after = 0
        self._two_rates_ticks = 0
        # What counts once they are over.
        self._next_interval_us = 0
        self._next_lag_steps = 0
        self._allowed_steps = 0
        self._lag_steps = 0
        self._account = NO_JOB
        self._wait_ticks = 0
        self._settle_ticks = 0
        self._has_counts = False
        self._last_step_count = 0
        self._last_encoder_count = 0
        self._slip = 0
        self._slip_limit = 0
        # What the screw turned since the job began, or since it rests, and the most of it.
        self._turned_counts = 0
        self._furthest_counts = 0
        self._is_back = False
        self._counts_per_turn = profile["encoder.counts_per_turn"]
        self._steps_per_turn = profile["plunger.steps_per_turn"] * profile["plunger.microsteps"]
        self._full_step = profile["plunger.microsteps"]
        travel_um = limits.BREAK_AWAY_UM
        self._break_away_steps = travel_um * self._steps_per_turn // profile["plunger.lead_um"]
        self.delivery = Delivery(self._counts_per_turn, self._steps_per_turn)
        self._seal()

    def begin_dose(self, programme: Programme, steps: int) -> None:
        """Give the last so many microsteps of a programme, at the rates that are due for them."""
        at_steps = programme.microsteps - steps
        self._schedule.begin(programme, at_steps)
        first = min(self._schedule.end_steps - at_steps, steps)
        rate_ul_per_h = self._schedule.rate_ul_per_h
        self.begin(INFUSE, rate_ul_per_h, programme.femtolitres_per_microstep, first)
        self._steps_after = steps - first
        if programme.rows:
            self.delivery.follow(programme, at_steps)
            self.spent_bytes += RATE_CHANGE_BYTES

    def begin(self, job: int, rate_ul_per_h: int, fl_per_step: int, steps: int) -> None:
        """Start a job of so many steps; the motor is enabled first and the words follow."""
        self.job = job
        self._account = job
        self.is_forward = job != BACK_OFF
        self.pacer.start(rate_ul_per_h, fl_per_step, steps)
        self._fl_per_step = fl_per_step
        self._steps_after = 0
        self._two_rates_ticks = 0
        self.minimum_interval_us = self._interval_us()
        self._wait_ticks = ENABLE_TICKS
        self._allowed_steps = self.moved_steps
        self._lag_steps = self._queue_steps()
        self._slip = 0
        self._turned_counts = 0
        self._furthest_counts = 0
        self._is_back = False
        self.delivery.begin(rate_ul_per_h, fl_per_step)
        coarse = limits.DIVERGENCE_NL * units.FL_PER_NL // fl_per_step
        fine = limits.DIVERGENCE_FULL_STEPS * self._full_step
        self._slip_limit = min(coarse, fine) * self._counts_per_turn
        self._seal()

    def end(self) -> None:
        """Stop: nothing is driven any more, whatever the queue held is dropped."""
        if self.job != NO_JOB:
            self.job = NO_JOB
            self._settle_ticks = SETTLE_TICKS
            self._seal()
        self.is_enabled = False

    def observe(self, step_count: int, encoder_count: int, elapsed_us: int) -> None:
        """Take the counters of this tick and account what moved since the last."""
        if not self._has_counts:
            # A counter starts anywhere.
            self._has_counts = True
            self._last_step_count = step_count
            self._last_encoder_count = encoder_count
        steps = (step_count - self._last_step_count) & 0xFFFF
        counts = ((encoder_count - self._last_encoder_count + 0x8000) & 0xFFFF) - 0x8000
        self._last_step_count = step_count
        self._last_encoder_count = encoder_count
        if steps or counts:
            self._take(steps, counts)
        if self.job == INFUSE or self.job == KEPT_OPEN:
            self.delivery.tick(elapsed_us, counts)
        if self._settle_ticks > 0:
            self._settle_ticks -= 1
            if self._settle_ticks == 0:
                self._allowed_steps = self.moved_steps
                self.pacer.issued_steps = 0
                self._turned_counts = 0

    def _take(self, steps: int, counts: int) -> None:
        # The edges' direction is not on STEP: it is that of the job that they belong to.
        signed_steps = steps if self.is_forward else -steps
        if steps:
            self.moved_steps += steps
            self._inverse_moved = ~self.moved_steps
            if self._account >= INFUSE:
                # The dose, what is drawn back of it, and the flow after it.
                self.delivered_steps += signed_steps
                self._inverse_delivered = ~self.delivered_steps
            else:
                self.purged_steps += signed_steps
                self._sealed = ~self._mixed()
        self._slip += signed_steps * self._counts_per_turn - counts * self._steps_per_turn
        self._turned_counts += counts
        if counts > 0:
            if self._turned_counts > self._furthest_counts:
                self._furthest_counts = self._turned_counts
                self._is_back = False
        elif counts < 0:
            back_counts = self._furthest_counts - self._turned_counts
            self._is_back = back_counts * self._steps_per_turn * 4 > self._slip_limit

    def drive(self, elapsed_us: int, words: list[int]) -> int:
        """Words for this tick; call only when may_drive says so."""
        self.is_enabled = True
        if self._wait_ticks > 0:
            self._wait_ticks -= 1
            return 0
        if self._two_rates_ticks > 0:
            self._two_rates_ticks -= 1
            if self._two_rates_ticks == 0:
                self._guard(self._next_interval_us, self._next_lag_steps)
        count = self.pacer.fill(elapsed_us, words)
        if self._steps_after > 0 and self.pacer.is_issued():
            count = self._go_on(words, count)
        return count

    def _go_on(self, words: list[int], count: int) -> int:
        """The next rates of the programme, until the queue is full again."""
        schedule = self._schedule
        pacer = self.pacer
        while self._steps_after > 0 and pacer.is_issued():
            at_steps = schedule.microsteps - self._steps_after
            schedule.advance(at_steps)
            steps = min(schedule.end_steps - at_steps, self._steps_after)
            is_steady = self.is_steady()
            pacer.follow_on(schedule.rate_ul_per_h, self._fl_per_step, steps)
            self._steps_after -= steps
            if is_steady:
                self._sealed = ~self._mixed()
            self._next_interval_us = self._interval_us()
            self._next_lag_steps = self._queue_steps()
            self._guard(
                min(self.minimum_interval_us, self._next_interval_us),
                max(self._lag_steps, self._next_lag_steps),
            )
            self._two_rates_ticks = _TWO_RATES_TICKS
            self.spent_bytes += RATE_CHANGE_BYTES
            count = pacer.top_up(words, count)
        return count

    def _guard(self, minimum_interval_us: int, lag_steps: int) -> None:
        is_steady = self.is_steady()
        self.minimum_interval_us = minimum_interval_us
        self._lag_steps = lag_steps
        # What was not as written before must not become so by this.
        if is_steady:
            self._sealed = ~self._mixed()

    def _interval_us(self) -> int:
        return self.pacer.period_cycles * LIMITER_PERCENT // 100 * units.US_PER_S // PIO_HZ

    def _queue_steps(self) -> int:
        # What may still be in the queue: 80 ms of steps.
        return PIO_HZ * 80 // (1000 * self.pacer.period_cycles) + AUDIT_SLACK_STEPS

    def is_overrunning(self) -> bool:
        """More edges on STEP than were ever issued, or the screw turned further than stepped."""
        ahead = self.moved_steps - self._allowed_steps - self.pacer.issued_steps
        if ahead > AUDIT_SLACK_STEPS:
            return True
        if self.job == NO_JOB:
            return False
        return (self._slip if self.is_forward else -self._slip) < -self._slip_limit

    def is_lagging(self) -> bool:
        """Issued steps that never came out of the STEP pin."""
        if self.job == NO_JOB:
            return False
        behind = self._allowed_steps + self.pacer.issued_steps - self.moved_steps
        if self.pacer.is_spent():
            return behind > 0
        return behind > self._lag_steps

    def is_slipping(self) -> bool:
        """The screw did not follow the steps."""
        if self.job == NO_JOB:
            return False
        return (self._slip if self.is_forward else -self._slip) > self._slip_limit

    def is_following(self) -> bool:
        """The screw follows the steps within an eighth of what counts as slipping."""
        return -self._slip_limit <= self._slip * 8 <= self._slip_limit

    def is_reversing(self) -> bool:
        """The screw turns back in a job that goes forward, by a quarter of that."""
        return self._is_back and self.is_forward and self.job != NO_JOB

    def is_turned_at_rest(self) -> bool:
        """A screw that nothing drives has turned forward as far as counts as slipping."""
        if not self.is_settled() or self._slip_limit == 0:
            return False
        return self._turned_counts * self._steps_per_turn > self._slip_limit

    def rest_here(self) -> None:
        """Whatever turned the screw at rest, no syringe followed it."""
        if self.job == NO_JOB:
            self._turned_counts = 0

    def friction_allowance_mn(self) -> int:
        """Friction that is not in the baseline: not learnt yet, or the plunger breaking away."""
        if self.job == PURGE or self.job == TAKE_UP:
            return limits.UNLEARNT_FRICTION_MN
        is_beginning = self.moved_steps - self._allowed_steps < self._break_away_steps
        if is_beginning and (self.job == INFUSE or self.job == KEPT_OPEN):
            return limits.BREAK_AWAY_MN
        return 0

    def is_gated(self) -> bool:
        """The step-rate limiter is armed: its gate must be intact."""
        return self.is_enabled and self._wait_ticks == 0

    def is_settled(self) -> bool:
        """Nothing moves and the account is final."""
        return self.job == NO_JOB and self._settle_ticks == 0

    def forget(self) -> None:
        """A new programme starts with nothing delivered and nothing purged."""
        self.delivered_steps = 0
        self.purged_steps = 0
        self._account = NO_JOB
        self._seal()

    def is_sound(self) -> bool:
        """Whether account and job are what was written (requirement TST-05); every tick."""
        return (
            self._inverse_moved == ~self.moved_steps
            and self._inverse_delivered == ~self.delivered_steps
            and self._inverse_job == ~self.job
        )

    def is_steady(self) -> bool:
        """Whether what only a beginning job or a purge changes is what was written."""
        return self._sealed == ~self._mixed()

    def _seal(self) -> None:
        self._inverse_moved = ~self.moved_steps
        self._inverse_delivered = ~self.delivered_steps
        self._inverse_job = ~self.job
        self._sealed = ~self._mixed()

    def _mixed(self) -> int:
        mixed = self.purged_steps ^ self.minimum_interval_us
        return mixed ^ self.pacer.period_cycles ^ self._slip_limit
