"""A patient, a pump's dose account, and all that may happen to them; truth is kept apart.

One drug with a hard limit, in steps of a fixed mass. What happens is a list of numbers, so that
chance and Hypothesis can both make it up.
"""

from core.memory_bench import BenchMemory, PowerCut

from pumpcore import ledger
from pumpcore.dose_account import DoseAccount
from pumpcore.programme import Programme

LIMIT_NG = 100_000_000
ENTRY = 7
# 2 mg/mL and 1 uL a step: 2 ug. 60 mL/h are 16 2/3 steps a second.
FL_PER_STEP = 1_000_000_000
NG_PER_STEP = 2_000
RATE_UL_PER_H = 60_000
STEPS_PER_S = 17
# Queues of 80 ms: before the tick that is cut short, and after it.
QUEUED_STEPS = 4
EVENTS = ("stage", "run", "stop", "cancel", "wait", "cut", "cut_write", "back", "lose", "repeat")


class QuickMemory(BenchMemory):
    """The same on CPython, in slices."""

    def read_into(self, address: int, buffer: bytearray) -> None:
        """Fill the buffer."""
        buffer[:] = self.content[address : address + len(buffer)]

    def write(self, address: int, buffer: bytearray) -> None:
        """Write the buffer, or as much of it as the power lasts for."""
        left = len(buffer) if self.left_bytes is None else self.left_bytes
        count = min(left, len(buffer))
        self.content[address : address + count] = buffer[:count]
        if self.left_bytes is not None:
            self.left_bytes -= count
        if count < len(buffer):
            raise PowerCut


class DoseTrace:
    """`given` is the truth: (seconds, steps)."""

    def __init__(self) -> None:
        """A chip that was never written; it is some day in 2026."""
        self.memory = QuickMemory()
        self.true_s = 200_000_000
        self.behind_s = 0
        self.is_lost = False
        self.given: list[tuple[int, int]] = []
        self.is_moving = False
        self.steps = 0
        self.ordered = 0
        self.accepted_count = 0
        self.account = self._booted()

    @property
    def now_s(self) -> int:
        """The clock chip's time: never ahead of the true one."""
        return 0 if self.is_lost else self.true_s - self.behind_s

    def happen(self, event: str, amount: int) -> None:
        """One event; `amount` from 0 to 999 says how much of it."""
        try:
            getattr(self, "_" + event)(amount)
        except PowerCut:
            self._reset()
        assert self.most_in_a_day_ng() <= LIMIT_NG

    def most_in_a_day_ng(self) -> int:
        """The most that was given in the 24 hours up to now."""
        since_s = self.true_s - ledger.WINDOW_S
        return sum(steps for at_s, steps in self.given if at_s > since_s) * NG_PER_STEP

    def _booted(self) -> DoseAccount:
        account = DoseAccount(self.memory)
        account.open(self.now_s, 1)
        self.is_moving = False
        self.steps = 0
        self.ordered = 0
        return account

    def _reset(self) -> None:
        self.memory.restore_power()
        self.account = self._booted()

    def _stage(self, amount: int) -> None:
        if self.is_moving or self.ordered:
            return
        programme = Programme()
        programme.number = 1 + amount
        programme.entry = ENTRY
        programme.microsteps = 1 + amount * 50
        programme.mass_ng = programme.microsteps * NG_PER_STEP
        programme.rate_ul_per_h = RATE_UL_PER_H
        programme.femtolitres_per_microstep = FL_PER_STEP
        programme.concentration_ng_per_ml = 2_000_000
        account = self.account
        refusal = account.ledger.may_give(
            LIMIT_NG, account.open_ng(), programme.mass_ng, (), self.now_s
        )
        if refusal:
            return
        self.accepted_count += 1
        self._ended()
        account.begin(programme, bytes(8))
        account.checkpoint.store()
        self.steps = 0
        self.ordered = programme.microsteps

    def _run(self, amount: int) -> None:
        if not self.ordered:
            return
        checkpoint = self.account.checkpoint
        self.is_moving = checkpoint.may_move = True
        checkpoint.store()
        left = min(self.ordered - self.steps, amount * amount // 10)
        # A check-point is due after a second's steps, or 0.02 mL; all but the last few hold.
        skipped = max(left - 3 * checkpoint.interval_microsteps, 0)
        if skipped:
            left -= skipped
            self._deliver(skipped)
            checkpoint.microsteps = self.steps
            until_cut, self.memory.left_bytes = self.memory.left_bytes, None
            checkpoint.store()
            self.memory.left_bytes = until_cut
        while left:
            burst = min(left, checkpoint.interval_microsteps)
            self._deliver(burst)
            left -= burst
            checkpoint.microsteps = self.steps
            checkpoint.store()
        if self.steps == self.ordered:
            self._stop(0)
            self._ended()
            self.ordered = 0

    def _deliver(self, steps: int) -> None:
        self.true_s += -(-steps // STEPS_PER_S)
        self.steps += steps
        self.given.append((self.true_s, steps))

    def _stop(self, _amount: int) -> None:
        self.is_moving = False
        self.account.checkpoint.may_move = False
        self.account.checkpoint.store()

    def _cancel(self, amount: int) -> None:
        self._stop(amount)
        self._ended()
        self.ordered = 0

    def _ended(self) -> None:
        self.account.checkpoint.microsteps = max(self.steps, self.account.checkpoint.microsteps)
        self.account.end(self.now_s)
        self.account.store_ledger()
        self.account.checkpoint.store()

    def _wait(self, amount: int) -> None:
        if not self.is_moving:
            self.true_s += amount * 100

    def _cut(self, amount: int) -> None:
        """In motion, what was not checked yet and what is in the queue is given, unrecorded."""
        if self.is_moving:
            interval = self.account.checkpoint.interval_microsteps
            unseen = min(amount % (interval + QUEUED_STEPS), self.ordered - self.steps)
            self._deliver(unseen)
        self._reset()

    def _cut_write(self, amount: int) -> None:
        """The power fails at some byte of a write to come."""
        self.memory.left_bytes = amount

    def _back(self, amount: int) -> None:
        self.behind_s += amount * 300
        self._cut(amount)

    def _lose(self, amount: int) -> None:
        self.is_lost = not self.is_lost
        self._cut(amount)

    def _repeat(self, amount: int) -> None:
        """Stop and go on, again and again."""
        for _ in range(3):
            self._stop(0)
            self._run(amount % 50)
