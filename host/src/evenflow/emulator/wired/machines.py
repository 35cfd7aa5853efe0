"""The PIO programs of a fixture at the level of words, at exact moments.

Cycle counts are those of the real programs, which tests of their own check cycle by cycle.
"""

from collections import deque
from collections.abc import Callable

from evenflow.emulator.controller.errors import EmulationError, cycle_ns

# Before the first look, and from one look to the next; after a change one look is left out.
_STAMP_FIRST_CYCLES = 6
_STAMP_CYCLES = 8
_LOOKS_AFTER_CHANGE = 2
_CLOCK_MASK = (1 << 29) - 1
_HOLD_OVERHEAD_CYCLES = 4
# A and B to the place in the cycle of four, A first.
_PLACES = {0: 0, 1: 1, 3: 2, 2: 3}
# What an encoder counts from one place to another.
_STEPS = (0, 1, None, -1)


class StampMachine:
    """`step_stamp`: a word for each change that it sees; DMA takes them all."""

    def __init__(self, freq_hz: int) -> None:
        """Halted."""
        self.words: deque[int] = deque()
        # A push has met a full FIFO: set by tests, for DMA never lets it come to that.
        self.has_stalled = False
        self._cycle_ns = cycle_ns("step_stamp", freq_hz)
        self._first_ns = 0
        self._is_active = False
        self._levels = -1
        self._next_look = 0

    def reading(self, _now_ns: int) -> int:
        """FDEBUG's bit."""
        return int(self.has_stalled)

    def received(self) -> int:
        """Stamps that wait."""
        return len(self.words)

    def take(self, count: int) -> None:
        """Carried by DMA."""
        for _ in range(count):
            self.words.popleft()

    def begin(self, now_ns: int) -> None:
        """Look from now on."""
        self._first_ns = now_ns + _STAMP_FIRST_CYCLES * self._cycle_ns
        self._is_active = True

    def put(self, _word: int, _now_ns: int) -> None:
        """Refused."""
        raise EmulationError("step_stamp: takes no words")

    def see(self, changes: list[tuple[int, int]], levels: int, until_ns: int) -> None:
        """Changes up to a moment, each with the levels after it; `levels` are those before."""
        if not self._is_active:
            return
        for at_ns, after in [*changes, (until_ns, -1)]:
            look = self._look_before(at_ns)
            if look >= self._next_look and levels != self._levels:
                self._stamp(levels)
            if after >= 0:
                levels = after
                self._next_look = max(self._next_look, look + 1)

    def _look_before(self, at_ns: int) -> int:
        """The number of the last look that does not see a change of that moment."""
        return (at_ns - self._first_ns - 1) // (_STAMP_CYCLES * self._cycle_ns)

    def _stamp(self, levels: int) -> None:
        # The clock has counted once before the first look.
        clock = 0xFFFFFFFE - self._next_look
        self.words.append(levels << 29 | clock & _CLOCK_MASK)
        self._levels = levels
        self._next_look += _LOOKS_AFTER_CHANGE


class ConversionPlayer:
    """`hx711_play`: offers a word, and is told when the pump has clocked it out."""

    def __init__(self) -> None:
        """Nothing to offer."""
        self.offered: int | None = None
        self._pushed_count = 0

    def reading(self, _now_ns: int) -> int:
        """Words in the TX FIFO: one is pulled as soon as it comes."""
        return 0

    def received(self) -> int:
        """Words that say that one was taken."""
        return self._pushed_count

    def take(self, count: int) -> None:
        """Read by the processor."""
        self._pushed_count -= count

    def begin(self, _now_ns: int) -> None:
        """Run."""

    def put(self, word: int, _now_ns: int) -> None:
        """A conversion; EmulationError while another waits."""
        if self.offered is not None:
            raise EmulationError("hx711_play: a second conversion while one waits")
        self.offered = word >> 8 & 0xFFFFFF

    def clock_out(self) -> int | None:
        """The pump takes what is offered."""
        word, self.offered = self.offered, None
        if word is not None:
            self._pushed_count += 1
        return word


class QuadraturePlayer:
    """`quadrature_play`: levels that come one after the other; `count` is what an encoder says."""

    def __init__(self, freq_hz: int) -> None:
        """Both low."""
        self.count = 0
        self._cycle_ns = cycle_ns("quadrature_play", freq_hz)
        self._place = 0
        # Moments at which words are pulled, and their levels.
        self._queue: deque[tuple[int, int]] = deque()
        self._free_at_ns = 0

    def reading(self, now_ns: int) -> int:
        """Words in the TX FIFO."""
        self.run(now_ns)
        return len(self._queue)

    def received(self) -> int:
        """It pushes nothing."""
        return 0

    def take(self, _count: int) -> None:
        """Nothing."""

    def begin(self, _now_ns: int) -> None:
        """Run."""

    def put(self, word: int, now_ns: int) -> None:
        """Levels, and how long they last."""
        start_ns = max(now_ns, self._free_at_ns)
        self._queue.append((start_ns, word & 3))
        self._free_at_ns = start_ns + ((word >> 2) + _HOLD_OVERHEAD_CYCLES) * self._cycle_ns

    def run(self, now_ns: int) -> None:
        """Let the levels come that are due."""
        while self._queue and self._queue[0][0] <= now_ns:
            place = _PLACES[self._queue.popleft()[1]]
            step = _STEPS[(place - self._place) % len(_STEPS)]
            if step is None:
                raise EmulationError("quadrature_play: both signals change at once")
            self.count += step
            self._place = place


class BuzzerCounter:
    """`edge_count` on the pump's sounder."""

    def __init__(self, source: Callable[[], int]) -> None:
        """`source` counts the rising edges."""
        self._source = source

    def reading(self, _now_ns: int) -> int:
        """By what X has changed: down by one an edge."""
        return -self._source() & 0xFFFFFFFF

    def received(self) -> int:
        """What it pushes the overlay keeps."""
        return 0

    def take(self, _count: int) -> None:
        """Nothing."""

    def begin(self, _now_ns: int) -> None:
        """Run."""

    def put(self, _word: int, _now_ns: int) -> None:
        """Refused."""
        raise EmulationError("edge_count: takes no words")


FixtureMachine = StampMachine | ConversionPlayer | QuadraturePlayer | BuzzerCounter
