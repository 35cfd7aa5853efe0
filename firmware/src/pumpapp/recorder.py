"""What goes into the memory that outlives the power, and when; one write a tick.

A tick in which nothing has changed costs a few comparisons. What has changed waits in a short
queue; of what is due, both ledgers go first, then the check-point, then the journal's records.
When the queue is full, the newest are lost, and their number becomes a record.
"""

from hashlib import sha256

from pumpapp import FIRMWARE_VERSION
from pumpapp.memory_report import Report
from pumpapp.record_queue import RecordQueue
from pumpcore import alarms, journal_record, refusals
from pumpcore._compat import const
from pumpcore.dose_account import DoseAccount
from pumpcore.interlock import COMPLETE, FAULT, GIVING, IDLE, INFUSING, KVO, NO_JOB, STAGED
from pumpcore.journal import Journal
from pumpcore.kernel import Kernel
from pumpcore.library import Library
from pumpcore.memory import MIN_SIZE_BYTES, Memory, get_signed
from pumpcore.occurrence import Occurrences, Word
from pumpcore.programme import Order, Programme
from pumpcore.report import MOTION_AUDIO_PAUSED
from pumpcore.tick_io import Inputs, Outputs
from pumpcore.vital_signs import VitalSigns
from pumpcore.wall_clock import WallClock

# What one tick that is not quiet may take from the heap: an object and a digest of SHA-256 for a
# record, or the large integers of an episode that ends.
BUSY_TICK_BYTES = const(1_024)
# The wall clock wants to be looked at once a minute.
_LOOK_TICKS = const(50)
# A memory that does not answer is tried again after a second.
_RETRY_TICKS = const(50)
_NEVER = const(0x3FFFFFFF)
_NG_PER_UG = const(1_000)

_OCCLUSION_IDENT = const(0)

_DONE = refusals.code("none")
_NEW_PATIENT_BUSY = refusals.code("new_patient_busy")
_MEMORY_FAILED = refusals.code("memory_failed")


class Recorder:
    """Journal, check-point and ledger of a pump, kept by looking at its kernel."""

    def __init__(
        self, memory: Memory, kernel: Kernel, library: Library, now_s: int, reset_cause: int
    ) -> None:
        """Read what the power left, and count what it cut short; `now_s` is the clock chip's.

        A memory that does not answer is told by `has_failed`; ValueError if it is too small.
        """
        if memory.size_bytes < MIN_SIZE_BYTES:
            raise ValueError("memory: %d bytes, not %d" % (memory.size_bytes, MIN_SIZE_BYTES))
        # The last write, or read, was not answered.
        self.has_failed = False
        self.failure_count = 0
        self.account = DoseAccount(memory)
        self.journal = Journal(memory)
        self.clock = WallClock(now_s)
        self.report = Report(self)
        self._kernel = kernel
        self.library = library
        self._queue = RecordQueue()
        self._is_checkpoint_due = False
        # START, in the tick before.
        self._is_session_due = False
        # Only time and volume have changed since the last one.
        self._is_progress_due = False
        # Motion of the programme at hand that is not accounted yet.
        self.is_moving = False
        self._steps = 0
        self._next_steps = _NEVER
        self._wake_tick = 0
        self._retry_tick = 0
        self._tick_count = 0
        # The last tick that was looked at.
        self.seen_tick = -1
        self._state = kernel.state
        # Of both words of alarms.
        self._alarms = 0
        self._alarms_upper = 0
        self._acknowledged = 0
        self._acknowledged_upper = 0
        self._programme = kernel.programme
        self._open(reset_cause)

    # Once a tick.

    def tick(self, inputs: Inputs, outputs: Outputs, tick_count: int) -> int:
        """Look at what the kernel has decided; how much heap that may have taken, mostly 0."""
        kernel = self._kernel
        spent_bytes = 0
        if (
            tick_count >= self._wake_tick
            or outputs.delivered_microsteps >= self._next_steps
            or outputs.state != self._state
            or outputs.alarms_low != self._alarms
            or outputs.alarms_high != self._alarms_upper
            or kernel.events.count
            or kernel.programme is not self._programme
            or self._is_acknowledged_anew(kernel.occurrences)
        ):
            spent_bytes = self._look(inputs, outputs, tick_count)
        self._steps = outputs.delivered_microsteps
        self.seen_tick = tick_count
        return spent_bytes

    # Commands.

    def new_patient(self, generation: int) -> int:
        """Clear the totals, if nothing is at hand and they are those that were read."""
        kernel = self._kernel
        is_at_hand = STAGED <= kernel.state <= KVO or not kernel.motion.is_settled()
        if is_at_hand or self.account.checkpoint.is_open or self.account.is_ledger_due:
            return _NEW_PATIENT_BUSY
        total_ug = self.account.ledger.total_ng // _NG_PER_UG
        before = self.account.ledger.generation
        try:
            refusal = self.account.new_patient(generation, self.clock.now_s)
        except OSError:
            self._fail()
            return _MEMORY_FAILED
        if refusal == _DONE and self.account.ledger.generation != before:
            self._note(journal_record.NEW_PATIENT, 0, generation, total_ug)
            self._is_checkpoint_due = True
        return refusal

    def note_vitals(self, signs: VitalSigns, override: int) -> None:
        """Vital signs were entered; a pressure that was overridden is one record more."""
        self.account.keep_signs(self._kernel.attendance)
        pressures = signs.systolic << 16 | signs.diastolic
        others = signs.heart_rate << 16 | signs.oxygen
        self._note(journal_record.VITALS, signs.sedation, pressures, others)
        if override:
            programme = self._kernel.programme
            self._note(journal_record.OVERRIDE, programme.entry, programme.number, 0)

    def note_library(self) -> None:
        """Another library is in use."""
        self._note(journal_record.LIBRARY, 0, get_signed(self.library.digest, 0), 0)

    def note_refused(self, refusal: int, failure_count: int) -> None:
        """A tag was missing or wrong; so many were, since boot."""
        self._note(journal_record.AUTH_REFUSED, refusal, failure_count, 0)

    def note_command(self, ident: int, request_id: int, order: Order | None) -> None:
        """A command was done; only one that has changed something is recorded."""
        kernel = self._kernel
        outputs = kernel.outputs
        is_silenced = kernel.occurrences.audio_pause_left_ms > 0
        is_change = (
            kernel.state != self._state
            or kernel.programme is not self._programme
            or self._is_acknowledged_anew(kernel.occurrences)
            or (outputs.may_enable and kernel.motion.job == NO_JOB)
            or (is_silenced and not outputs.motion & MOTION_AUDIO_PAUSED)
        )
        if not is_change:
            return
        self._note(journal_record.COMMAND, ident, request_id, kernel.programme.number)
        if order is not None and order.override:
            self._note(journal_record.OVERRIDE, order.entry, order.programme_number, 0)

    # What follows runs when something has changed.

    def _open(self, reset_cause: int) -> None:
        account = self.account
        try:
            self.journal.open()
            had_ledger = account.open(self.clock.now_s, reset_cause)
        except OSError:
            # What lies there is not known, so it must not be written over.
            self._fail()
            self._retry_tick = _NEVER
            return
        account.recall_signs(self._kernel.attendance)
        checkpoint = account.checkpoint
        firmware = sha256(FIRMWARE_VERSION.encode()).digest()
        failures = self._kernel.self_test_failures
        if not had_ledger:
            self._note(journal_record.BEGUN, 1 if account.ledger.is_lost else 0, 0, 0)
        self._note(journal_record.BOOT, reset_cause, get_signed(firmware, 0), failures)
        if account.was_cut_short:
            low_nl = checkpoint.volume_low_nl()
            high_nl = checkpoint.volume_high_nl()
            self._note(journal_record.RECOVERED, checkpoint.state, low_nl, high_nl)
        self.note_library()

    def _look(self, inputs: Inputs, outputs: Outputs, tick_count: int) -> int:
        self._tick_count = tick_count
        self.clock.tick(inputs.reference_count)
        kernel = self._kernel
        if self._is_session_due:
            self._start_session()
        if kernel.programme is not self._programme:
            self._change_programme(kernel.programme)
        if kernel.events.count:
            for index in range(kernel.events.count):
                self._note(
                    journal_record.KEY, kernel.events.codes[index], kernel.events.values[index], 0
                )
        if outputs.alarms_low != self._alarms:
            self._note_alarms(outputs, outputs.alarms_low, self._alarms, 0)
            self._alarms = outputs.alarms_low
        if outputs.alarms_high != self._alarms_upper:
            first = alarms.IDENTS_PER_WORD
            self._note_alarms(outputs, outputs.alarms_high, self._alarms_upper, first)
            self._alarms_upper = outputs.alarms_high
        occurrences = kernel.occurrences
        self._acknowledged = self._note_seen(0, occurrences.lower, self._acknowledged)
        self._acknowledged_upper = self._note_seen(1, occurrences.upper, self._acknowledged_upper)
        if outputs.state != self._state:
            self._state = outputs.state
            # In the next tick: that of START is long, for all garbage is collected in it.
            self._is_session_due = outputs.state == INFUSING and self._programme.entry != 0
            steps = outputs.delivered_microsteps
            self._note(journal_record.STATE, outputs.state, steps, outputs.stop_reason)
            self._is_checkpoint_due = True
        self._follow(outputs)
        return self._write(tick_count)

    def _change_programme(self, programme: Programme) -> None:
        self._programme = programme
        self._is_checkpoint_due = True
        if not programme.number:
            # Dropped; its episode ends once the account of its motion is final.
            return
        checkpoint = self.account.checkpoint
        if checkpoint.is_open:
            checkpoint.microsteps = self._steps
            self._end_episode()
        self.is_moving = False
        # Both ledgers must be written before the episode is forgotten in the check-point.
        if self.account.is_sessions_due:
            self._write_one()
        if self.account.is_ledger_due:
            self._write_one()
        self.account.begin(programme, self.library.digest)
        self._note(
            journal_record.PROGRAMME,
            programme.entry,
            get_signed(programme.digest, 0),
            programme.femtolitres_per_microstep,
        )

    def _start_session(self) -> None:
        self._is_session_due = False
        library = self.library
        entry = library.entry(self._programme.entry)
        others = library.idents_of_other_drugs(entry) if entry is not None else ()
        self.account.start(self._programme, others, self.clock.now_s)

    def _follow(self, outputs: Outputs) -> None:
        """Keep the check-point's figures those of the programme, while there is one."""
        checkpoint = self.account.checkpoint
        self._next_steps = _NEVER
        self._is_progress_due = False
        if not checkpoint.is_open and not self._programme.number:
            return
        steps = outputs.delivered_microsteps
        is_moving = outputs.state in GIVING
        is_moving = is_moving or (self.is_moving and not self._kernel.motion.is_settled())
        is_interval_over = steps - checkpoint.microsteps_stored >= checkpoint.interval_microsteps
        if is_moving != self.is_moving:
            self._is_checkpoint_due = True
        self._is_progress_due = is_moving and is_interval_over and not self._is_checkpoint_due
        if self._is_progress_due:
            self._is_checkpoint_due = True
        self.is_moving = is_moving
        checkpoint.microsteps = steps
        checkpoint.may_move = is_moving
        checkpoint.state = outputs.state
        checkpoint.stop_reason = outputs.stop_reason
        checkpoint.checklist = outputs.checklist
        checkpoint.alarms_low = outputs.alarms_low
        checkpoint.alarms_high = outputs.alarms_high
        if not is_moving and checkpoint.is_open and outputs.state in _OVER:
            self._end_episode()
            self._is_checkpoint_due = True

    def _end_episode(self) -> None:
        account = self.account
        mass_ng = account.end(self.clock.now_s)
        if mass_ng:
            total_ug = account.ledger.total_ng // _NG_PER_UG
            entry = account.checkpoint.entry
            self._note(journal_record.DOSE_COUNTED, entry, mass_ng // _NG_PER_UG, total_ug)

    def _is_acknowledged_anew(self, occurrences: Occurrences) -> bool:
        return (
            occurrences.lower.acknowledged != self._acknowledged
            or occurrences.upper.acknowledged != self._acknowledged_upper
        )

    def _note_seen(self, number: int, word: Word, before: int) -> int:
        """Record what a person has acknowledged in a word of alarms; what it is now."""
        acknowledged = word.acknowledged
        if acknowledged & ~before:
            self._note(journal_record.ACKNOWLEDGED, number, acknowledged & ~before, 0)
        return acknowledged

    def _note_alarms(self, outputs: Outputs, bits: int, before: int, first_ident: int) -> None:
        changed = bits ^ before
        self._is_checkpoint_due = True
        ident = first_ident
        while changed:
            if changed & 1:
                measured = outputs.force_mn
                limit = self._kernel.programme.rate_ul_per_h
                if ident == _OCCLUSION_IDENT:
                    measured -= outputs.baseline_mn
                    limit = self._kernel.conditions.pressure.occlusion_mn
                if bits >> (ident - first_ident) & 1:
                    self._note(journal_record.ALARM_RAISED, ident, measured, limit)
                else:
                    self._note(journal_record.ALARM_CLEARED, ident, measured, 0)
            changed >>= 1
            ident += 1

    def _note(self, kind: int, code: int, value: int, bound: int) -> None:
        self._queue.put(self._tick_count, self.clock.now_s, kind, code, value, bound)
        self._wake_tick = 0

    # Writing.

    def _write(self, tick_count: int) -> int:
        """One write of what is due; what it may have taken from the heap."""
        spent_bytes = 0
        if tick_count >= self._retry_tick:
            spent_bytes = self._write_one()
        checkpoint = self.account.checkpoint
        is_giving = self._state in GIVING
        if self.is_moving and is_giving:
            self._next_steps = checkpoint.microsteps_stored + checkpoint.interval_microsteps
        is_due = self._queue.count or self._is_checkpoint_due or self.account.is_ledger_due
        is_due = is_due or self._is_session_due or self.account.is_sessions_due
        if self.has_failed:
            # A memory that does not answer holds nothing up.
            self._next_steps = _NEVER
            self._wake_tick = self._retry_tick
        elif is_due or (self.is_moving and not is_giving):
            self._wake_tick = 0
        else:
            self._wake_tick = tick_count + _LOOK_TICKS
        return spent_bytes

    def _write_one(self) -> int:
        account = self.account
        spent_bytes = BUSY_TICK_BYTES
        try:
            if account.is_sessions_due:
                account.store_sessions()
            elif account.is_ledger_due:
                account.store_ledger()
            elif self._is_checkpoint_due:
                account.checkpoint.clock_s = self.clock.now_s
                if self._is_progress_due:
                    account.checkpoint.store_progress()
                else:
                    account.checkpoint.store()
                self._is_checkpoint_due = False
                spent_bytes = 0
            elif self._queue.count:
                self._append()
            else:
                return 0
        except OSError:
            self._fail()
            return BUSY_TICK_BYTES
        if self.has_failed:
            self.has_failed = False
            self._note(journal_record.MEMORY_FAILED, 0, self.failure_count, 0)
        return spent_bytes

    def _append(self) -> None:
        queue = self._queue
        at = queue.first
        self.journal.append(
            self.account.checkpoint.boot_count,
            queue.ticks[at],
            queue.clocks_s[at],
            queue.kinds[at],
            queue.codes[at],
            queue.values[at],
            queue.bounds[at],
        )
        queue.drop_first()
        if queue.count == 0 and queue.lost_count:
            self._note(journal_record.RECORDS_LOST, 0, queue.take_lost(), 0)

    def _fail(self) -> None:
        self.has_failed = True
        self.failure_count += 1
        self._retry_tick = self._tick_count + _RETRY_TICKS


_OVER = (IDLE, COMPLETE, FAULT)
