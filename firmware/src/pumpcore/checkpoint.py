"""What the pump must know of its last programme after any reset, and how much of it was given.

Volume is an interval: the low end is what was counted when the check-point was written; the high
end adds what may have been given since, at most one check-point interval and two queues of 80 ms
(one that ran before the tick that was cut short, one that it filled).
"""

from pumpcore import limits, units
from pumpcore._compat import const
from pumpcore.memory import (
    CHECKPOINT_ADDRESS,
    CHECKPOINT_SLOT_BYTES,
    Memory,
    get,
    get_signed,
    put,
)
from pumpcore.programme import NO_LIBRARY, Programme
from pumpcore.twin_slot import CONTENT, TwinSlot

# A check-point is due after this volume, or what is given in a second if that is less.
INTERVAL_NL = 20_000
INTERVAL_MS = 1_000
# The queue of motion is at most this long (docs/decisions/0003).
_QUEUE_MS = const(80)
# As in motion: audit and encoder differ by sampling.
_SLACK_STEPS = const(3)

_MAY_MOVE = const(1)
_IS_OPEN = const(2)

# name, bytes. The first part changes with each check-point, the second with the programme.
_CHANGING = (
    ("boot_count", 4),
    ("clock_s", 4),
    ("episode", 4),
    ("flags", 1),
    ("state", 1),
    ("stop_reason", 1),
    ("ended_by", 1),
    ("checklist", 1),
    ("alarms_low", 4),
    ("alarms_high", 4),
    ("microsteps", 4),
)
_CLOCK_AT = CONTENT + 4
_MICROSTEPS_AT = CONTENT + sum([size for _, size in _CHANGING]) - 4
_STATIC_AT = CONTENT + sum([size for _, size in _CHANGING])
_STATIC = (
    ("number", 2),
    ("entry", 2),
    ("femtolitres_per_microstep", 4),
    ("ordered_microsteps", 4),
    ("interval_microsteps", 4),
    ("margin_microsteps", 4),
    ("concentration_ng_per_ml", 6),
)
_DIGEST_AT = _STATIC_AT + sum([size for _, size in _STATIC])
_LIBRARY_AT = _DIGEST_AT + 8
_CONTENT_BYTES = _LIBRARY_AT + 8 - CONTENT


class Checkpoint:
    """The newest check-point; attributes are set by its owner, then `store` writes them."""

    def __init__(self, memory: Memory) -> None:
        """Of no programme."""
        self.boot_count = 0
        self.clock_s = 0
        # Of the ledger's episodes, the one that this programme will be; counted once only.
        self.episode = 0
        self.is_open = False
        # The plunger may be giving the dose: the high end is above the low one.
        self.may_move = False
        self.state = 0
        self.stop_reason = 0
        # The cause of the reset that ended the programme; 0 if none did.
        self.ended_by = 0
        self.checklist = 0
        self.alarms_low = 0
        self.alarms_high = 0
        # Net: below zero if more was drawn back, after an occlusion, than was given.
        self.microsteps = 0
        # As in the last check-point that was written.
        self.microsteps_stored = 0
        self.number = 0
        self.entry = 0
        self.femtolitres_per_microstep = 0
        self.ordered_microsteps = 0
        self.interval_microsteps = 0
        self.margin_microsteps = 0
        self.concentration_ng_per_ml = 0
        self.digest = NO_LIBRARY
        self.library = NO_LIBRARY
        self._slots = TwinSlot(memory, CHECKPOINT_ADDRESS, CHECKPOINT_SLOT_BYTES, _CONTENT_BYTES)

    def open(self) -> bool:
        """Read the newest; False if there is none."""
        if not self._slots.load():
            return False
        buffer = self._slots.buffer
        offset = CONTENT
        values = []
        for _, size in _CHANGING + _STATIC:
            values.append(get(buffer, offset, size))
            offset += size
        (
            self.boot_count,
            self.clock_s,
            self.episode,
            flags,
            self.state,
            self.stop_reason,
            self.ended_by,
            self.checklist,
            self.alarms_low,
            self.alarms_high,
            _,
            self.number,
            self.entry,
            self.femtolitres_per_microstep,
            self.ordered_microsteps,
            self.interval_microsteps,
            self.margin_microsteps,
            self.concentration_ng_per_ml,
        ) = values
        self.microsteps = get_signed(buffer, _MICROSTEPS_AT)
        self.may_move = flags & _MAY_MOVE != 0
        self.is_open = flags & _IS_OPEN != 0
        self.digest = bytes(buffer[_DIGEST_AT : _DIGEST_AT + 8])
        self.library = bytes(buffer[_LIBRARY_AT : _LIBRARY_AT + 8])
        return True

    def is_blank(self) -> bool:
        """After an `open` that found none: as on a chip that was never written."""
        return self._slots.is_blank

    def adopt(self, programme: Programme, library: bytes) -> None:
        """Take the facts of a staged programme; nothing of it is given yet."""
        fl = programme.femtolitres_per_microstep
        self.number = programme.number
        self.entry = programme.entry
        self.femtolitres_per_microstep = fl
        self.ordered_microsteps = programme.microsteps + programme.kvo_microsteps
        self.interval_microsteps = interval_microsteps(programme.rate_ul_per_h, fl)
        self.margin_microsteps = margin_microsteps(programme.rate_ul_per_h, fl)
        self.concentration_ng_per_ml = programme.concentration_ng_per_ml
        self.digest = programme.digest
        self.library = library
        self.microsteps = 0
        self.microsteps_stored = 0
        self.ended_by = 0
        self.is_open = True
        self.may_move = False
        self._put_static()

    def store(self) -> None:
        """Write it; no objects are made. OSError leaves the one before it the newest."""
        buffer = self._slots.buffer
        flags = _MAY_MOVE if self.may_move else 0
        if self.is_open:
            flags |= _IS_OPEN
        put(buffer, CONTENT, self.boot_count, 4)
        offset = put(buffer, _CLOCK_AT + 4, self.episode, 4)
        buffer[offset] = flags
        buffer[offset + 1] = self.state
        buffer[offset + 2] = self.stop_reason
        buffer[offset + 3] = self.ended_by
        buffer[offset + 4] = self.checklist
        offset = put(buffer, offset + 5, self.alarms_low, 4)
        put(buffer, offset, self.alarms_high, 4)
        self.store_progress()

    def store_progress(self) -> None:
        """The same where nothing but time and volume has changed since the last `store`."""
        buffer = self._slots.buffer
        put(buffer, _CLOCK_AT, self.clock_s, 4)
        put(buffer, _MICROSTEPS_AT, self.microsteps, 4)
        self._slots.store()
        self.microsteps_stored = self.microsteps

    def low_microsteps(self) -> int:
        """What was counted as given: nothing where more was drawn back."""
        return max(self.microsteps, 0)

    def high_microsteps(self) -> int:
        """The most that can have been given: what was ordered, with its flow after the end.

        Unless more was counted.
        """
        low = self.low_microsteps()
        if not self.may_move:
            return low
        high = self.microsteps + self.margin_microsteps
        return max(low, min(high, self.ordered_microsteps))

    def volume_low_nl(self) -> int:
        """Floored."""
        return self.low_microsteps() * self.femtolitres_per_microstep // units.FL_PER_NL

    def volume_high_nl(self) -> int:
        """Not floored: the next whole nL above."""
        return -(-self.high_microsteps() * self.femtolitres_per_microstep // units.FL_PER_NL)

    def mass_high_ng(self) -> int:
        """Mass of drug in the high end, the next whole ng above; 0 without a drug."""
        femtolitres = self.high_microsteps() * self.femtolitres_per_microstep
        return mass_ng(femtolitres, self.concentration_ng_per_ml)

    def _put_static(self) -> None:
        buffer = self._slots.buffer
        values = (
            self.number,
            self.entry,
            self.femtolitres_per_microstep,
            self.ordered_microsteps,
            self.interval_microsteps,
            self.margin_microsteps,
            self.concentration_ng_per_ml,
        )
        offset = _STATIC_AT
        for index in range(len(values)):
            offset = put(buffer, offset, values[index], _STATIC[index][1])
        buffer[_DIGEST_AT:_LIBRARY_AT] = self.digest
        buffer[_LIBRARY_AT : _LIBRARY_AT + 8] = self.library


def mass_ng(femtolitres: int, concentration_ng_per_ml: int) -> int:
    """Mass of drug in a volume, the next whole ng above."""
    return -(-femtolitres * concentration_ng_per_ml // (units.FL_PER_NL * units.NL_PER_ML))


def interval_microsteps(rate_ul_per_h: int, fl_per_microstep: int) -> int:
    """What may be given between two check-points; at least a step."""
    in_time = _steps(rate_ul_per_h, fl_per_microstep, INTERVAL_MS)
    return max(1, min(in_time, INTERVAL_NL * units.FL_PER_NL // fl_per_microstep))


def margin_microsteps(rate_ul_per_h: int, fl_per_microstep: int) -> int:
    """What may have been given since a check-point."""
    queued = 2 * _steps(rate_ul_per_h, fl_per_microstep, _QUEUE_MS) + _SLACK_STEPS
    return interval_microsteps(rate_ul_per_h, fl_per_microstep) + queued


def _steps(rate_ul_per_h: int, fl_per_microstep: int, span_ms: int) -> int:
    """Steps begun in a span, the next whole number above."""
    limits.require("rate_ul_per_h", rate_ul_per_h, 0, limits.MAX_RATE_UL_PER_H)
    femtolitres = rate_ul_per_h * units.NL_PER_UL * units.FL_PER_NL * span_ms
    return -(-femtolitres // (units.MS_PER_H * fl_per_microstep))
