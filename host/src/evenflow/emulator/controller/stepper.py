"""The program `stepper` and the DMA channels that feed it, word by word at exact moments.

A word is ((cycles - 29) << 1) | is_step and lasts exactly `cycles` cycles from its pull to the
next. STEP of a step word rises one cycle after the pull. Without a word the program waits at its
pull with STEP low: a late word makes all later ones late, none is bunched. DMA fills the FIFO
without delay; a chained channel starts when the one before has carried its last word.
"""

from collections import deque
from typing import TYPE_CHECKING

from evenflow.emulator.controller.errors import EmulationError, cycle_ns

if TYPE_CHECKING:
    from collections.abc import Sequence

_OVERHEAD_CYCLES = 29


class Channel:
    """One DMA channel: what it will carry, and what is left of what it carries."""

    def __init__(self, number: int) -> None:
        """Idle and empty."""
        self.number = number
        self.loaded: list[int] | None = None
        self.remaining = 0
        self.is_busy = False
        self.is_paused = False
        self.chain: Channel | None = None
        self.target: Stepper | None = None


class Stepper:
    """One state machine that runs `stepper`."""

    def __init__(self, freq_hz: int, depth: int) -> None:
        """Stopped, with an empty FIFO of `depth` words."""
        self.cycle_ns = cycle_ns("stepper", freq_hz)
        self.fifo_count = 0
        # How often a word came after the one before had ended.
        self.gap_count = 0
        self._depth = depth
        self._is_active = False
        # Words in the FIFO, then those still in the channels of `_feeds`, oldest first.
        self._pending: deque[int] = deque()
        self._feeds: deque[Channel] = deque()
        self._free_at_ns = 0
        # What was left of the current word when the machine was stopped.
        self._left_ns = 0

    @property
    def is_idle(self) -> bool:
        """Nothing in the FIFO: nothing can happen until a word comes."""
        return not self.fifo_count

    def reading(self, _now_ns: int) -> int:
        """Words in the FIFO."""
        return self.fifo_count

    def put(self, word: int, now_ns: int) -> None:
        """A word written to the FIFO by the processor."""
        if self._feeds:
            raise EmulationError("stepper: put() while a DMA channel feeds the same FIFO")
        if self.fifo_count == self._depth:
            raise EmulationError("stepper: put() into a full FIFO")
        self._wake(now_ns)
        self._pending.append(word)
        self.fifo_count += 1

    def start(self, channel: Channel, now_ns: int) -> None:
        """A channel is triggered with the words that were loaded into it."""
        if channel.loaded is None:
            raise EmulationError(f"DMA {channel.number}: started with nothing configured")
        if channel.is_busy:
            raise EmulationError(f"DMA {channel.number}: started while it is still active")
        if self._feeds:
            raise EmulationError(
                f"DMA {channel.number}: started while DMA {self._feeds[0].number} feeds the same "
                "FIFO: their words would mix",
                "chain the channels, or wait for the first to end",
            )
        self._wake(now_ns)
        self._begin(channel)
        self._refill()

    def abort(self, channel: Channel) -> None:
        """A channel is stopped; words that have reached the FIFO stay there."""
        if channel in self._feeds:
            for _ in range(channel.remaining):
                self._pending.pop()
            channel.remaining = 0
            channel.is_busy = False
            self._feeds.remove(channel)

    def pause(self, channel: Channel, now_ns: int, *, paused: bool) -> None:
        """A channel is disabled, or enabled again, with its count kept."""
        channel.is_paused = paused
        self._wake(now_ns)
        self._refill()

    def pull(self) -> None:
        """An executed pull takes the oldest word of the FIFO, which is lost."""
        if self.fifo_count:
            self._pending.popleft()
            self.fifo_count -= 1
            self._refill()

    def begin(self, now_ns: int) -> None:
        """Run, from where it was stopped."""
        if not self._is_active:
            self._free_at_ns = now_ns + self._left_ns
            self._is_active = True

    def halt(self, now_ns: int) -> None:
        """Freeze in the middle of the word."""
        if self._is_active:
            self._left_ns = max(0, self._free_at_ns - now_ns)
            self._is_active = False

    def restart(self, now_ns: int) -> None:
        """Drop the current word and go to the pull; the FIFO keeps its words."""
        self._free_at_ns = now_ns
        self._left_ns = 0

    def run(self, until_ns: int, edges_at_ns: list[int]) -> None:
        """Consume the words pulled before `until_ns`; append the moments of STEP's edges."""
        if not self._is_active:
            return
        pending = self._pending
        at_ns = self._free_at_ns
        cycle = self.cycle_ns
        while self.fifo_count and at_ns < until_ns:
            word = pending.popleft()
            self.fifo_count -= 1
            if self._feeds:
                self._refill()
            if word & 1:
                edges_at_ns.append(at_ns + cycle)
            at_ns += ((word >> 1) + _OVERHEAD_CYCLES) * cycle
        self._free_at_ns = at_ns

    def _wake(self, now_ns: int) -> None:
        # Starved since its last word ended: the next begins now, not then.
        if not self.fifo_count and self._free_at_ns < now_ns:
            self._free_at_ns = now_ns
            self.gap_count += 1

    def _begin(self, channel: Channel) -> None:
        words: Sequence[int] = channel.loaded or ()
        channel.loaded = None
        channel.remaining = len(words)
        channel.is_busy = True
        channel.is_paused = False
        self._pending.extend(words)
        self._feeds.append(channel)

    def _refill(self) -> None:
        room = self._depth - self.fifo_count
        while self._feeds:
            channel = self._feeds[0]
            if channel.is_paused:
                return
            taken = min(room, channel.remaining)
            channel.remaining -= taken
            self.fifo_count += taken
            room -= taken
            if channel.remaining:
                return
            self._feeds.popleft()
            channel.is_busy = False
            following = channel.chain
            if following is not None and following is not channel and following.loaded:
                self._begin(following)
