"""The audit: what STEP did against what was queued, what the screw did against STEP."""

import pytest
from core import pico

from pumpcore import limits
from pumpcore.interlock import INFUSE, NO_JOB, PURGE, TAKE_UP
from pumpcore.motion import AUDIT_SLACK_STEPS, ENABLE_TICKS, SETTLE_TICKS, Motion
from pumpcore.tick_io import MAX_WORDS

FL = 174_971_000
STEPS_PER_COUNT = 8


class Rig:
    """A motion with its two counters turned by hand."""

    def __init__(self, first_step_count: int = 0, first_encoder_count: int = 0) -> None:
        """The counters stand where told when the first tick reads them."""
        self.motion = Motion(pico.profile())
        self.step_count = first_step_count
        self.encoder_count = first_encoder_count
        self._words = [0] * MAX_WORDS
        self.observe()

    def observe(self, steps: int = 0, counts: int | None = None, elapsed_us: int = 20_000) -> None:
        self.step_count += steps
        self.encoder_count += steps // STEPS_PER_COUNT if counts is None else counts
        self.motion.observe(self.step_count & 0xFFFF, self.encoder_count & 0xFFFF, elapsed_us)

    def begin(self, job: int = INFUSE, rate: int = 1_200_000, steps: int = 100_000) -> None:
        self.motion.begin(job, rate, FL, steps)

    def drive(self, ticks: int = 1) -> int:
        """So many ticks of driving; how many steps were issued."""
        before = self.motion.pacer.issued_steps
        for _ in range(ticks):
            self.motion.drive(20_000, self._words)
        return self.motion.pacer.issued_steps - before


@pytest.mark.parametrize("first", [0, 1, 0x7FFF, 0x8000, 0xFFFF])
def test_a_counter_may_start_anywhere(first: int) -> None:
    """The PIO counter reads 0xFFFF before its first edge."""
    rig = Rig(first_step_count=first, first_encoder_count=first)

    assert rig.motion.moved_steps == 0
    rig.observe(5)
    assert rig.motion.moved_steps == 5


@pytest.mark.requirement("FLO-10")
def test_counters_wrap_without_loss() -> None:
    rig = Rig(0xFFF0, 0xFFFE)
    rig.begin()
    for _ in range(4_000):
        rig.drive()
        rig.observe(40)
        assert not rig.motion.is_slipping()

    assert rig.motion.delivered_steps == 160_000
    assert rig.motion.moved_steps == 160_000
    assert abs(rig.motion._slip) <= STEPS_PER_COUNT * 400


def test_the_encoder_may_turn_back_through_zero() -> None:
    rig = Rig(0, 3)
    rig.begin()
    rig.observe(0, counts=-6)

    assert rig.motion._slip == 6 * 3_200


@pytest.mark.requirement("SYR-11")
@pytest.mark.parametrize(
    ("job", "delivered", "purged"), [(PURGE, 0, 7), (TAKE_UP, 0, 7), (INFUSE, 7, 0)]
)
def test_each_job_has_its_own_account(job: int, delivered: int, purged: int) -> None:
    """Waste and dose are kept apart."""
    rig = Rig()
    rig.begin(job)
    rig.observe(7)

    assert (rig.motion.delivered_steps, rig.motion.purged_steps) == (delivered, purged)


@pytest.mark.requirement("LIB-18", "OCC-06")
def test_edges_that_come_after_the_stop_belong_to_the_job_that_made_them() -> None:
    """A stop drops the queue, never an edge that was made."""
    rig = Rig()
    rig.begin(INFUSE)
    rig.drive(5)
    rig.observe(10)
    rig.motion.end()
    rig.observe(3)

    assert rig.motion.delivered_steps == 13
    assert not rig.motion.is_overrunning()


def test_it_settles_three_ticks_after_the_stop() -> None:
    rig = Rig()
    rig.begin()
    rig.drive(5)
    rig.motion.end()
    settled = []
    for _ in range(SETTLE_TICKS + 1):
        settled.append(rig.motion.is_settled())
        rig.observe()

    assert settled == [False] * SETTLE_TICKS + [True]
    assert rig.motion.job == NO_JOB


def test_ending_twice_does_not_begin_to_settle_again() -> None:
    rig = Rig()
    rig.begin()
    rig.motion.end()
    for _ in range(SETTLE_TICKS):
        rig.motion.end()
        rig.observe()

    assert rig.motion.is_settled()


def test_enable_comes_two_ticks_before_the_first_word() -> None:
    rig = Rig()
    rig.begin()
    gated = []
    counts = []
    for _ in range(ENABLE_TICKS + 2):
        counts.append(rig.motion.drive(20_000, rig._words))
        gated.append(rig.motion.is_gated())

    assert counts[:ENABLE_TICKS] == [0] * ENABLE_TICKS
    assert counts[ENABLE_TICKS] > 0
    # The limiter is armed one tick before the first word.
    assert gated == [False, True, True, True]


@pytest.mark.requirement("OVR-03", "OVR-05")
@pytest.mark.parametrize("job", [NO_JOB, INFUSE])
def test_more_edges_than_were_issued_is_an_overrun(job: int) -> None:
    """Moving or not."""
    rig = Rig()
    if job:
        rig.begin(job)
    rig.observe(AUDIT_SLACK_STEPS, counts=0)
    assert not rig.motion.is_overrunning()
    rig.observe(1, counts=0)
    assert rig.motion.is_overrunning()


def test_edges_of_a_queue_are_no_overrun() -> None:
    rig = Rig()
    rig.begin()
    issued = rig.drive(ENABLE_TICKS + 1)
    rig.observe(issued)

    assert issued > 70
    assert not rig.motion.is_overrunning()
    assert not rig.motion.is_lagging()


@pytest.mark.requirement("OVR-03")
@pytest.mark.parametrize("job", [PURGE, TAKE_UP, INFUSE])
def test_after_settling_no_further_edge_is_allowed(job: int) -> None:
    """What was queued and dropped is no licence to move later."""
    rig = Rig()
    rig.begin(job)
    rig.drive(20)
    rig.motion.end()
    for _ in range(SETTLE_TICKS):
        rig.observe()
    rig.observe(AUDIT_SLACK_STEPS + 1)

    assert rig.motion.is_overrunning()


@pytest.mark.requirement("OVR-03", "OVR-05")
def test_a_screw_ahead_of_its_steps_is_an_overrun_only_while_a_job_runs() -> None:
    """At rest a hand may turn it."""
    rig = Rig()
    rig.observe(0, counts=10_000)
    assert not rig.motion.is_overrunning()
    rig.begin()
    rig.observe(0, counts=20)
    assert not rig.motion.is_overrunning()
    rig.observe(0, counts=1)
    assert rig.motion.is_overrunning()


@pytest.mark.requirement("OVR-04", "OVR-05")
def test_ten_full_steps_of_slip_are_a_stall_where_they_are_less_than_50_nl() -> None:
    """Ten full steps are 160 microsteps, 28 uL in a 50 mL syringe."""
    rig = Rig()
    rig.begin()
    rig.observe(160, counts=0)
    assert not rig.motion.is_slipping()
    rig.observe(1, counts=0)
    assert rig.motion.is_slipping()
    rig.motion.end()
    assert not rig.motion.is_slipping()


@pytest.mark.requirement("OVR-04", "OVR-05")
def test_50_ul_of_slip_are_a_stall_where_they_are_less_than_ten_full_steps() -> None:
    rig = Rig()
    coarse_fl = 1_000_000_000
    rig.motion.begin(INFUSE, 1_200_000, coarse_fl, 1_000)
    limit = limits.DIVERGENCE_NL * 1_000_000 // coarse_fl
    rig.observe(limit, counts=0)
    assert not rig.motion.is_slipping()
    rig.observe(1, counts=0)
    assert rig.motion.is_slipping()


def test_slip_of_an_earlier_job_is_not_held_against_the_next() -> None:
    rig = Rig()
    rig.observe(150, counts=0)
    rig.begin()
    rig.observe(20, counts=0)

    assert not rig.motion.is_slipping()


@pytest.mark.requirement("OVR-04", "OVR-10")
@pytest.mark.parametrize("rate", [100, 26_250, 1_200_000])
def test_a_dead_step_pin_is_noticed_within_a_tick_of_80_ms_of_steps(rate: int) -> None:
    rig = Rig()
    rig.begin(rate=rate)
    while not rig.motion.is_lagging():
        rig.drive()
        rig.observe()

    behind = rig.motion.pacer.issued_steps
    period_us = rig.motion.pacer.period_cycles * 2 // 25
    assert behind <= 100_000 // period_us + 1 + AUDIT_SLACK_STEPS
    assert behind * FL <= 40_000 * 1_000_000_000
    rig.motion.end()
    assert not rig.motion.is_lagging()


@pytest.mark.requirement("OVR-04")
def test_a_single_step_missing_at_the_end_is_noticed() -> None:
    """Else the infusion would stand for ever, one step short of complete, and say it runs."""
    rig = Rig()
    rig.begin(steps=5)
    rig.drive(ENABLE_TICKS + 1)
    rig.observe(4)
    assert not rig.motion.is_lagging()
    rig.drive()
    rig.observe()

    assert rig.motion.is_lagging()


def test_a_queue_that_ran_out_with_every_step_made_is_sound() -> None:
    rig = Rig()
    rig.begin(steps=5)
    for _ in range(20):
        rig.drive()
        rig.observe(1 if rig.motion.moved_steps < rig.motion.pacer.issued_steps else 0)

    assert rig.motion.moved_steps == 5
    assert not rig.motion.is_lagging()


@pytest.mark.requirement("DES-10", "OVR-01")
@pytest.mark.parametrize("rate", [100, 26_250, 1_200_000])
def test_the_limiter_is_set_to_80_percent_of_the_period(rate: int) -> None:
    """At most 1.25 times the rate can ever come out."""
    rig = Rig()
    rig.begin(rate=rate)

    exact_us = 0.8 * 3.6 * FL / rate
    assert exact_us - 2 <= rig.motion.minimum_interval_us <= exact_us


def test_a_new_programme_starts_with_nothing_delivered_and_nothing_purged() -> None:
    rig = Rig()
    rig.begin(PURGE)
    rig.observe(4)
    rig.begin(INFUSE)
    rig.observe(5)
    rig.motion.forget()

    assert (rig.motion.delivered_steps, rig.motion.purged_steps) == (0, 0)
    rig.observe(1)
    assert rig.motion.delivered_steps == 0
    assert rig.motion.moved_steps == 10


@pytest.mark.requirement("OVR-03")
def test_what_moved_before_is_no_licence_for_the_next_job() -> None:
    rig = Rig()
    rig.begin(PURGE)
    rig.observe(rig.drive(20))
    rig.begin(INFUSE)
    assert not rig.motion.is_overrunning()
    assert not rig.motion.is_lagging()
    rig.observe(4, counts=0)

    assert rig.motion.is_overrunning()


@pytest.mark.requirement("OVR-03")
def test_more_edges_after_the_stop_than_were_queued_are_an_overrun() -> None:
    """A stuck step generator is seen although the job has ended."""
    rig = Rig()
    rig.begin()
    queued = rig.drive(ENABLE_TICKS + 1)
    rig.motion.end()
    rig.observe(queued)
    assert not rig.motion.is_overrunning()
    rig.observe(4)

    assert rig.motion.is_overrunning()
    assert not rig.motion.is_gated()


@pytest.mark.parametrize(("rate", "steps"), [(100, 3), (26_250, 6), (1_200_000, 155)])
def test_steps_that_the_queue_may_hold_are_not_missed_yet(rate: int, steps: int) -> None:
    """80 ms of steps and three of slack: a jitter of the tick is no fault."""
    rig = Rig()
    rig.begin(rate=rate)
    rig.motion.pacer.issued_steps = steps
    assert not rig.motion.is_lagging()
    rig.motion.pacer.issued_steps += 1

    assert rig.motion.is_lagging()
