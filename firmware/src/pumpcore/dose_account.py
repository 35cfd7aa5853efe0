"""Ledger and check-point together: what was given counts once, whenever the power fails.

An episode is open from the staging of its programme until that is dropped or done. It ends in
three writes: that of the sessions books it, the ledger's counts it, and the check-point's says so.
Between them the episode that was booked last, and the ledger's count of episodes, tell what was
done already. After a reset an open episode counts with the high end of its volume.
"""

from pumpcore.attendance import Attendance
from pumpcore.checkpoint import Checkpoint, mass_ng
from pumpcore.ledger import Ledger
from pumpcore.memory import Memory
from pumpcore.programme import Programme
from pumpcore.session_ledger import SessionLedger


class DoseAccount:
    """What the patient was given, by programme and in all."""

    def __init__(self, memory: Memory) -> None:
        """Not read yet."""
        self.ledger = Ledger(memory)
        self.checkpoint = Checkpoint(memory)
        self.sessions = SessionLedger(memory)
        self.is_ledger_due = False
        self.is_sessions_due = False
        # The programme at hand is in the ledger of sessions.
        self._has_started = False
        # The last reset came while a programme was at hand.
        self.was_cut_short = False

    def open(self, now_s: int, reset_cause: int) -> bool:
        """After a reset: count what the reset cut short; False if there was nothing to read.

        OSError if the memory does not answer: then what was given is not known.
        """
        ledger = self.ledger
        checkpoint = self.checkpoint
        ledger.is_lost = True
        has_ledger = ledger.open()
        has_checkpoint = checkpoint.open()
        if not self.sessions.open() and not self.sessions.is_blank():
            ledger.is_lost = True
        if not has_ledger:
            is_fresh = ledger.is_blank() and not has_checkpoint and checkpoint.is_blank()
            ledger.is_lost = not is_fresh
            ledger.episode_count = checkpoint.episode + 1
        elif not has_checkpoint and not checkpoint.is_blank():
            ledger.is_lost = True
        if checkpoint.is_open and checkpoint.episode == ledger.episode_count:
            self._count(checkpoint.mass_high_ng(), now_s)
        ledger.observe(now_s)
        self.sessions.observe(now_s)
        self.store_sessions()
        self.is_ledger_due = True
        self.store_ledger()
        self.was_cut_short = checkpoint.is_open
        if checkpoint.is_open:
            # 0 says that no reset ended it.
            checkpoint.ended_by = 1 + reset_cause
        checkpoint.is_open = False
        checkpoint.boot_count += 1
        checkpoint.clock_s = now_s
        checkpoint.store()
        return has_ledger

    def begin(self, programme: Programme, library: bytes) -> None:
        """A programme is at hand; the one before must have ended."""
        self.checkpoint.adopt(programme, library)
        self.checkpoint.episode = self.ledger.episode_count
        self._has_started = False

    def latest_s(self, now_s: int) -> int:
        """The latest time that was ever known, for a clock may be set back; 0 if none is now."""
        return max(now_s, self.ledger.latest_s) if now_s else 0

    def start(self, programme: Programme, other_entries: tuple, now_s: int) -> None:
        """The programme at hand gives from now on; once is enough. `sessions` is to be stored."""
        if self._has_started:
            return
        self._has_started = True
        self.is_sessions_due = True
        episode = self.checkpoint.episode
        self.sessions.begin(programme, other_entries, episode, self.latest_s(now_s))

    def end(self, now_s: int) -> int:
        """The programme is dropped or done; what it gave, in ng, is counted in the ledger.

        All are to be stored: sessions, then ledger, then check-point.
        """
        checkpoint = self.checkpoint
        if not checkpoint.is_open:
            return 0
        counted_ng = self.open_ng()
        checkpoint.is_open = False
        self._count(counted_ng, now_s)
        return counted_ng

    def open_ng(self) -> int:
        """Mass given by the programme at hand, so far as it is counted; 0 without a drug."""
        checkpoint = self.checkpoint
        if not checkpoint.is_open:
            return 0
        femtolitres = checkpoint.low_microsteps() * checkpoint.femtolitres_per_microstep
        return mass_ng(femtolitres, checkpoint.concentration_ng_per_ml)

    def total_ng(self) -> int:
        """Mass given since NEW PATIENT."""
        return self.ledger.total_ng + self.open_ng()

    def store_ledger(self) -> None:
        """Write the ledger, if it is due."""
        if self.is_ledger_due:
            self.ledger.store()
            self.is_ledger_due = False

    def store_sessions(self) -> None:
        """Write the sessions, if they are due."""
        if self.is_sessions_due:
            self.sessions.store()
            self.is_sessions_due = False

    def keep_signs(self, attendance: Attendance) -> None:
        """The patient's vital signs are as known there; to be stored."""
        self.sessions.signs = attendance.signs
        self.sessions.is_overridden = attendance.is_overridden
        self.is_sessions_due = True

    def recall_signs(self, attendance: Attendance) -> None:
        """What was known of the patient before the reset holds after it."""
        sessions = self.sessions
        attendance.remember(sessions.signs, is_overridden=sessions.is_overridden)

    def new_patient(self, generation: int, now_s: int) -> int:
        """Forget what the last patient was given; a refusal code. OSError changes nothing."""
        ledger = self.ledger
        before = ledger.totals()
        refusal = ledger.clear(generation, now_s)
        if refusal == 0 and ledger.generation == generation:
            try:
                ledger.store()
            except OSError:
                ledger.restore(before)
                raise
            self.checkpoint.episode = ledger.episode_count
            self.sessions.clear()
            self.is_sessions_due = True
        return refusal

    def _count(self, counted_ng: int, now_s: int) -> None:
        checkpoint = self.checkpoint
        if checkpoint.entry and self.sessions.end(
            checkpoint.entry, counted_ng, checkpoint.episode, now_s
        ):
            self.is_sessions_due = True
        if counted_ng:
            self.ledger.add(self.checkpoint.entry, counted_ng, now_s)
            self.is_ledger_due = True
