"""When whose sessions of a drug began, by the pump's own clock, so that none is too soon.

A session begins with the first START of a drug and may go on with a further programme: within four
hours of its beginning, with no more than what is left of the dose that it began with (requirement
KET-14). Another one of that drug must be as far from it, start to start, as the entry says
(KET-08). Whose session it was is told by a hash that the host sends; until NEW PATIENT every
session is this patient's, whatever hash comes with it, and after it those of the same hash still
are. Neither the host's clock nor a clock set back makes a session older, and the count of
sessions never goes back. A session that gave nothing is none.

One row, as it lies in the memory and on the wire:

| bytes | what |
| --- | --- |
| 0-3 | its start, seconds of the wall clock since 2020-01-01; 0 unknown |
| 4-5 | number of the session, from 1 on, modulo 2^16 |
| 6-7 | library entry; 0 stands for any |
| 8-11 | hash that names the patient, its first bytes; all ones stand for any |
| 12-17 | mass that it began with, ng |
| 18-23 | mass that it gave, ng, in programmes that have ended |
| 24-25 | the last programme in it: its episode in the ledger of doses, modulo 2^16 |

There are six. When a seventh begins, two of one patient become one, or else the two oldest, which
then counts for everybody: what is forgotten is refused, and not allowed.
"""

from collections import namedtuple

from pumpcore._compat import const
from pumpcore.memory import SESSIONS_ADDRESS, SESSIONS_SLOT_BYTES, Memory, get, put
from pumpcore.programme import NO_LIBRARY, Programme
from pumpcore.refusals import code
from pumpcore.twin_slot import CONTENT, TwinSlot
from pumpcore.vital_signs import NOT_TAKEN, VitalSigns

# What may still be a session's rest.
MAX_SESSION_S = 14_400
# The rest is ordered in figures that were rounded for a screen.
SLACK_DIVISOR = 200

ROW_BYTES = 26
MAX_ROWS = const(6)
ANY_ENTRY = const(0)
PATIENT_BYTES = const(4)
ANY_PATIENT = b"\xff" * 4
NO_PATIENT = bytes(4)
_MODULUS = const(0xFFFF)

Row = namedtuple(
    "Row", ("start_s", "number", "entry", "patient", "ordered_ng", "given_ng", "episode")
)

# Of the patient, as they were known last: pressures and heart rate, two bytes each, then
# saturation, and sedation with a bit that says that the pressures were overridden.
_SIGNS_AT = CONTENT + 11
_OVERRIDDEN = const(0x80)
_ROWS_AT = CONTENT + 19
_CONTENT_BYTES = _ROWS_AT - CONTENT + MAX_ROWS * ROW_BYTES

_DONE = code("none")
_SPACING = code("spacing")
_UNKNOWN = code("spacing_unknown")
_REMAINING = code("remaining_dose")


def decode(raw: bytes | bytearray, at: int = 0) -> Row:
    """The row that begins at a byte."""
    return Row(
        get(raw, at, 4),
        get(raw, at + 4, 2),
        get(raw, at + 6, 2),
        bytes(raw[at + 8 : at + 12]),
        get(raw, at + 12, 6),
        get(raw, at + 18, 6),
        get(raw, at + 24, 2),
    )


class SessionLedger:
    """The newest sessions, the oldest first; in the memory once stored."""

    def __init__(self, memory: Memory) -> None:
        """None."""
        self.count = 0
        # Sessions begun, ever, and how many of them NEW PATIENT has put behind.
        self.session_count = 0
        self.cleared_count = 0
        # The episode that ended last, -1 for none: it is booked once, whenever the power fails.
        self.ended_episode = -1
        self.signs = NOT_TAKEN
        self.is_overridden = False
        self._slots = TwinSlot(memory, SESSIONS_ADDRESS, SESSIONS_SLOT_BYTES, _CONTENT_BYTES)

    def open(self) -> bool:
        """Read the newest; False if there is none."""
        if not self._slots.load():
            return False
        buffer = self._slots.buffer
        self.count = buffer[CONTENT]
        self.session_count = get(buffer, CONTENT + 1, 4)
        self.cleared_count = get(buffer, CONTENT + 5, 4)
        self.ended_episode = get(buffer, CONTENT + 9, 2) - 1
        at = _SIGNS_AT
        self.signs = VitalSigns(
            get(buffer, at, 2),
            get(buffer, at + 2, 2),
            get(buffer, at + 4, 2),
            buffer[at + 6],
            buffer[at + 7] & ~_OVERRIDDEN,
        )
        self.is_overridden = buffer[at + 7] & _OVERRIDDEN != 0
        return True

    def is_blank(self) -> bool:
        """After an `open` that found none: as on a chip that was never written."""
        return self._slots.is_blank

    def store(self) -> None:
        """Write it; OSError leaves the one before it the newest."""
        buffer = self._slots.buffer
        buffer[CONTENT] = self.count
        put(buffer, CONTENT + 1, self.session_count, 4)
        put(buffer, CONTENT + 5, self.cleared_count, 4)
        put(buffer, CONTENT + 9, self.ended_episode + 1 & _MODULUS, 2)
        signs = self.signs
        at = put(buffer, _SIGNS_AT, signs.systolic, 2)
        at = put(buffer, at, signs.diastolic, 2)
        at = put(buffer, at, signs.heart_rate, 2)
        buffer[at] = signs.oxygen
        buffer[at + 1] = signs.sedation | (_OVERRIDDEN if self.is_overridden else 0)
        self._slots.store()

    def row(self, index: int) -> Row:
        """One of `count` rows; makes objects."""
        return decode(self._slots.buffer, _at(index))

    def copy_row(self, index: int, target: bytearray) -> None:
        """The same as it lies in the memory."""
        at = _at(index)
        target[:ROW_BYTES] = self._slots.buffer[at : at + ROW_BYTES]

    def observe(self, now_s: int) -> None:
        """Take the time; what began while it was unknown, began now at the earliest."""
        for index in range(self.count):
            row = self.row(index)
            if now_s and not row.start_s:
                self._put(index, _changed(row, start_s=now_s))

    def may_begin(
        self,
        spacing_s: int,
        other_entries: tuple,
        patient: bytes,
        mass_ng: int,
        now_s: int,
        open_ng: int = 0,
    ) -> int:
        """A refusal code for a programme of a drug whose entries are not `other_entries`.

        `spacing_s` is that of the entry; 0 is no rule. `open_ng` is what the last session was
        given beside what is booked.
        """
        if spacing_s == 0:
            return _DONE
        if now_s == 0:
            return _UNKNOWN
        now_s = self._latest_s(now_s)
        if self._is_running(other_entries, patient, now_s):
            return _refusal_of_rest(self.row(self.count - 1), mass_ng, open_ng)
        for index in range(self.count):
            row = self.row(index)
            is_past = row.start_s and now_s - row.start_s >= spacing_s
            if not is_past and self._counts(row, other_entries, patient):
                return _SPACING
        return _DONE

    def begin(self, programme: Programme, other_entries: tuple, episode: int, now_s: int) -> None:
        """A programme was started: a session of its own, or the rest of the last one."""
        latest_s = self._latest_s(now_s)
        if programme.spacing_s and self._is_running(other_entries, programme.patient, latest_s):
            last = self.row(self.count - 1)
            self._put(self.count - 1, _changed(last, episode=episode))
        else:
            self._add(now_s, programme.entry, programme.patient, programme.mass_ng, episode)

    def end(self, entry: int, given_ng: int, episode: int, now_s: int) -> bool:
        """The programme of that episode has ended, and gave so much; whether that changes a row.

        If it was cut short before it was written here, nobody knows whose it was.
        """
        if self.ended_episode == episode & _MODULUS:
            return False
        last = self.row(self.count - 1) if self.count else None
        if last is None or last.episode != episode & _MODULUS:
            if given_ng:
                self._add(now_s, entry, NO_LIBRARY, given_ng, episode)
                self.end(entry, given_ng, episode, now_s)
            return given_ng != 0
        self.ended_episode = episode & _MODULUS
        given_ng += last.given_ng
        if given_ng:
            self._put(self.count - 1, _changed(last, given_ng=given_ng))
        else:
            self.count -= 1
        return True

    def clear(self) -> None:
        """NEW PATIENT: what was before is another patient's, unless it bears the same hash."""
        self.cleared_count = self.session_count
        self.signs = NOT_TAKEN
        self.is_overridden = False

    def _latest_s(self, now_s: int) -> int:
        """A clock that was set back makes no session older."""
        for index in range(self.count):
            now_s = max(now_s, self.row(index).start_s)
        return now_s

    def _is_running(self, other_entries: tuple, patient: bytes, now_s: int) -> bool:
        """Whether the last session is one that a further programme may be the rest of."""
        if not self.count:
            return False
        last = self.row(self.count - 1)
        is_late = now_s - last.start_s > MAX_SESSION_S
        return not is_late and self._counts(last, other_entries, patient)

    def _counts(self, row: Row, other_entries: tuple, patient: bytes) -> bool:
        if row.entry in other_entries:
            return False
        # Of the newest sessions, a number modulo 2^16 is as good as the number.
        age = (self.session_count - row.number) & _MODULUS
        if age < self.session_count - self.cleared_count or row.patient == ANY_PATIENT:
            return True
        patient = patient[:PATIENT_BYTES]
        return patient != NO_PATIENT and row.patient == patient

    def _add(self, now_s: int, entry: int, patient: bytes, mass_ng: int, episode: int) -> None:
        if self.count == MAX_ROWS:
            self._merge_oldest()
        self.session_count += 1
        row = Row(now_s, self.session_count, entry, patient, mass_ng, 0, episode)
        self._put(self.count, row)
        self.count += 1

    def _put(self, index: int, row: Row) -> None:
        buffer = self._slots.buffer
        at = put(buffer, _at(index), row.start_s, 4)
        at = put(buffer, at, row.number, 2)
        at = put(buffer, at, row.entry, 2)
        buffer[at : at + PATIENT_BYTES] = row.patient[:PATIENT_BYTES]
        at = put(buffer, at + PATIENT_BYTES, row.ordered_ng, 6)
        at = put(buffer, at, row.given_ng, 6)
        put(buffer, at, row.episode, 2)

    def _merge_oldest(self) -> None:
        """Two become one with the later start of the two: of one patient, if there are two so.

        Else the two oldest, and what they become counts for everybody.
        """
        place = self._pair_of_one()
        first = self.row(place)
        second = self.row(place + 1)
        entry = second.entry if first.entry == second.entry else ANY_ENTRY
        patient = second.patient if first.patient == second.patient else ANY_PATIENT
        start_s = max(first.start_s, second.start_s)
        self._put(place + 1, Row(start_s, second.number, entry, patient, 0, 0, second.episode))
        for index in range(place + 1, self.count):
            self._put(index - 1, self.row(index))
        self.count -= 1

    def _pair_of_one(self) -> int:
        """The first of the two oldest rows, one behind the other, of one patient; 0 of none."""
        for place in range(self.count - 1):
            patient = self.row(place).patient
            if patient != NO_PATIENT[:PATIENT_BYTES] and patient == self.row(place + 1).patient:
                return place
        return 0


def _changed(row: Row, start_s: int = -1, given_ng: int = -1, episode: int = -1) -> Row:
    # MicroPython's named tuples have no _replace.
    return Row(
        row.start_s if start_s < 0 else start_s,
        row.number,
        row.entry,
        row.patient,
        row.ordered_ng,
        row.given_ng if given_ng < 0 else given_ng,
        row.episode if episode < 0 else episode,
    )


def _at(index: int) -> int:
    return _ROWS_AT + index * ROW_BYTES


def _refusal_of_rest(row: Row, mass_ng: int, open_ng: int) -> int:
    left_ng = row.ordered_ng - row.given_ng - open_ng
    slack_ng = row.ordered_ng // SLACK_DIVISOR
    if left_ng <= slack_ng:
        return _SPACING
    return _DONE if mass_ng <= left_ng + slack_ng else _REMAINING
