"""How much drug this patient was given, and whether more of it may be ordered.

Each time a programme of a drug ends, what it gave becomes an *episode*: a mass and the moment of
its end. Of each drug, what the episodes of the last 24 hours gave, what the programme at hand
gave, and what is ordered may together not pass the entry's `mass_high_ng`, the hard limit of one
session taken as that of any 24 hours. Stopping, cancelling, reordering and switching off take
nothing out of it; time and NEW PATIENT do (requirements LIB-15, LIB-18).

Time is the clock chip's. Its latest value counts, so that a clock set back only makes the window
longer. When it was lost, every episode counts anew from the first moment that is known again, and
without one for ever. When there are more episodes than places, the two oldest become one, with the
later moment of the two.
"""

from pumpcore._compat import const
from pumpcore.memory import LEDGER_ADDRESS, LEDGER_SLOT_BYTES, Memory, get, put
from pumpcore.refusals import code
from pumpcore.twin_slot import CONTENT, TwinSlot

WINDOW_S = 86_400
MAX_ITEMS = const(6)
# Of an episode that is several: it counts for every drug.
ANY_ENTRY = const(0)

_ITEM_BYTES = const(12)
_ITEMS_AT = CONTENT + 22
_CONTENT_BYTES = _ITEMS_AT - CONTENT + MAX_ITEMS * _ITEM_BYTES
_IS_LOST = const(1)

_DONE = code("none")
_WINDOW_DOSE = code("window_dose_hard")
_LOST = code("ledger_lost")
_WRONG_GENERATION = code("wrong_generation")


class Ledger:
    """Masses in ng, moments in seconds of the wall clock, 0 unknown."""

    def __init__(self, memory: Memory) -> None:
        """Nothing given."""
        # What was given cannot be known: only NEW PATIENT leads on.
        self.is_lost = False
        # Counts for ever; what is given while it is n becomes the episode n.
        self.episode_count = 0
        self.total_ng = 0
        self.latest_s = 0
        self.count = 0
        self._cleared_generation = 0
        self._times_s = [0] * MAX_ITEMS
        self._masses_ng = [0] * MAX_ITEMS
        self._entries = [0] * MAX_ITEMS
        self._slots = TwinSlot(memory, LEDGER_ADDRESS, LEDGER_SLOT_BYTES, _CONTENT_BYTES)

    @property
    def generation(self) -> int:
        """Counts changes that were stored; NEW PATIENT repeats it."""
        return self._slots.generation

    def open(self) -> bool:
        """Read the newest; False if there is none."""
        if not self._slots.load():
            return False
        buffer = self._slots.buffer
        self.is_lost = buffer[CONTENT] & _IS_LOST != 0
        self.count = buffer[CONTENT + 1]
        self.episode_count = get(buffer, CONTENT + 2, 4)
        self.total_ng = get(buffer, CONTENT + 6, 8)
        self.latest_s = get(buffer, CONTENT + 14, 4)
        self._cleared_generation = get(buffer, CONTENT + 18, 4)
        for index in range(self.count):
            at = _ITEMS_AT + index * _ITEM_BYTES
            self._times_s[index] = get(buffer, at, 4)
            self._masses_ng[index] = get(buffer, at + 4, 6)
            self._entries[index] = get(buffer, at + 10, 2)
        return True

    def is_blank(self) -> bool:
        """After an `open` that found none: as on a chip that was never written."""
        return self._slots.is_blank

    def store(self) -> None:
        """Write it; OSError leaves the one before it the newest."""
        buffer = self._slots.buffer
        buffer[CONTENT] = _IS_LOST if self.is_lost else 0
        buffer[CONTENT + 1] = self.count
        put(buffer, CONTENT + 2, self.episode_count, 4)
        put(buffer, CONTENT + 6, self.total_ng, 8)
        put(buffer, CONTENT + 14, self.latest_s, 4)
        put(buffer, CONTENT + 18, self._cleared_generation, 4)
        for index in range(self.count):
            at = _ITEMS_AT + index * _ITEM_BYTES
            put(buffer, at, self._times_s[index], 4)
            put(buffer, at + 4, self._masses_ng[index], 6)
            put(buffer, at + 10, self._entries[index], 2)
        self._slots.store()

    def observe(self, now_s: int) -> None:
        """Take the time; 0 if it is lost, and then the moments that were noted mean nothing."""
        if not now_s:
            for index in range(self.count):
                self._times_s[index] = 0
            return
        self.latest_s = max(self.latest_s, now_s)
        for index in range(self.count):
            if not self._times_s[index]:
                self._times_s[index] = self.latest_s

    def window_ng(self, other_entries: tuple, now_s: int) -> int:
        """Mass of the episodes that still count, but for entries that are of other drugs."""
        total_ng = 0
        for index in range(self.count):
            is_other = self._entries[index] in other_entries
            if not is_other and not self._is_past(index, now_s):
                total_ng += self._masses_ng[index]
        return total_ng

    def may_give(
        self, high_ng: int, open_ng: int, extra_ng: int, other_entries: tuple, now_s: int
    ) -> int:
        """A refusal code for `extra_ng` more; `open_ng` is given already, but no episode yet."""
        if self.is_lost:
            return _LOST
        total_ng = self.window_ng(other_entries, now_s) + open_ng + extra_ng
        return _WINDOW_DOSE if total_ng > high_ng else _DONE

    def add(self, entry: int, mass_ng: int, now_s: int) -> None:
        """An episode has ended: it counts from now on."""
        self.observe(now_s)
        self._drop_past(now_s)
        if self.count == MAX_ITEMS:
            self._merge_oldest()
        self._times_s[self.count] = self.latest_s if now_s else 0
        self._masses_ng[self.count] = mass_ng
        self._entries[self.count] = entry
        self.count += 1
        self.total_ng += mass_ng
        self.episode_count += 1

    def clear(self, generation: int, now_s: int) -> int:
        """NEW PATIENT: forget what the last one was given; a refusal code.

        Done again with the same generation it changes nothing, unless something was given since.
        """
        if generation != self.generation:
            is_repeat = generation == self._cleared_generation and generation and not self.count
            return _DONE if is_repeat else _WRONG_GENERATION
        self._cleared_generation = generation
        self.is_lost = False
        self.total_ng = 0
        self.count = 0
        self.latest_s = now_s
        return _DONE

    def totals(self) -> tuple:
        """What `clear` changes, for `restore`."""
        return self.is_lost, self.total_ng, self.count, self.latest_s, self._cleared_generation

    def restore(self, totals: tuple) -> None:
        """Undo a `clear` that could not be stored."""
        (
            self.is_lost,
            self.total_ng,
            self.count,
            self.latest_s,
            self._cleared_generation,
        ) = totals

    def _is_past(self, index: int, now_s: int) -> bool:
        at_s = self._times_s[index]
        # Not known, then or now: it counts.
        return at_s > 0 and now_s > 0 and max(now_s, self.latest_s) - at_s >= WINDOW_S

    def _drop_past(self, now_s: int) -> None:
        kept = 0
        for index in range(self.count):
            if not self._is_past(index, now_s):
                self._move(index, kept)
                kept += 1
        self.count = kept

    def _merge_oldest(self) -> None:
        self._masses_ng[1] += self._masses_ng[0]
        # Both are known or neither is: `observe` leaves no mixture.
        self._times_s[1] = max(self._times_s[0], self._times_s[1])
        if self._entries[0] != self._entries[1]:
            self._entries[1] = ANY_ENTRY
        for index in range(1, self.count):
            self._move(index, index - 1)
        self.count -= 1

    def _move(self, source: int, target: int) -> None:
        self._times_s[target] = self._times_s[source]
        self._masses_ng[target] = self._masses_ng[source]
        self._entries[target] = self._entries[source]
