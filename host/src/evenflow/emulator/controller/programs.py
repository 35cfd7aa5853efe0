"""The other PIO programs: heartbeat, limiter, the counters and the reader of the HX711.

Cycle counts are those of the real programs, which tests of their own check cycle by cycle.
"""

from collections import deque
from collections.abc import Callable

from evenflow.emulator.controller.errors import EmulationError, cycle_ns

_BEAT_CYCLES = 20
_BEAT_OVERHEAD_CYCLES = 2
_GUARD_LOOP_CYCLES = 2
_GUARD_OVERHEAD_CYCLES = 28
_RX_FIFO_WORDS = 8
_LONG_AGO_NS = -(1 << 62)


class Heartbeat:
    """Feeds the charge pump: a word n makes n + 1 periods of 20 cycles, then it is low.

    The first rise comes two cycles after the word was pulled.
    """

    def __init__(self, freq_hz: int, depth: int, pin: int) -> None:
        """Halted, with an empty FIFO."""
        self.pin = pin
        cycle = cycle_ns("heartbeat", freq_hz)
        self._period_ns = _BEAT_CYCLES * cycle
        self._overhead_ns = _BEAT_OVERHEAD_CYCLES * cycle
        self._depth = depth
        self._is_active = False
        # Words and the moments at which they are pulled; in `_halted` they wait for that.
        self._queue: deque[tuple[int, int]] = deque()
        self._halted: deque[int] = deque()
        self._busy_until_ns = _LONG_AGO_NS

    def reading(self, now_ns: int) -> int:
        """Words in the FIFO: those not pulled by now."""
        queue = self._queue
        while queue and queue[0][0] <= now_ns:
            queue.popleft()
        return len(queue) + len(self._halted)

    def last_edge_at_ns(self) -> int:
        """The last falling edge that the queued words will make."""
        return self._busy_until_ns - self._period_ns // 2

    def put(self, word: int, now_ns: int) -> None:
        """A word written to the FIFO."""
        if self.reading(now_ns) >= self._depth:
            raise EmulationError("heartbeat: put() into a full FIFO")
        if not self._is_active:
            self._halted.append(word)
            return
        start_ns = max(now_ns, self._busy_until_ns)
        self._queue.append((start_ns, word))
        self._busy_until_ns = start_ns + self._overhead_ns + (word + 1) * self._period_ns

    def pull(self) -> None:
        """An executed pull takes the oldest word of a halted machine's FIFO, which is lost."""
        if self._halted:
            self._halted.popleft()

    def begin(self, now_ns: int) -> None:
        """Run: the words in the FIFO are pulled one after the other."""
        if not self._is_active:
            self._is_active = True
            halted, self._halted = self._halted, deque()
            for word in halted:
                self.put(word, now_ns)

    def halt(self, now_ns: int) -> None:
        """The square wave ends now; the word that is interrupted is lost here, the others wait."""
        if self._is_active:
            self._is_active = False
            self._halted = deque(word for start_ns, word in self._queue if start_ns > now_ns)
            self._queue.clear()
            self._busy_until_ns = min(self._busy_until_ns, now_ns + self._period_ns // 2)

    def restart(self, now_ns: int) -> None:
        """Drop the current word and go to the pull; the FIFO keeps its words."""
        if self._is_active:
            self.halt(now_ns)
            self.begin(now_ns)


class Limiter:
    """The gate opens when a word n came, and shuts on an edge less than 2n + 28 cycles after one.

    It stays shut until the machine is restarted and another word comes.
    """

    def __init__(self, freq_hz: int, gate_pin: int) -> None:
        """Halted: the gate is low."""
        self.gate_pin = gate_pin
        self.gate_level = 0
        self._cycle_ns = cycle_ns("limiter", freq_hz)
        self._fifo: deque[int] = deque()
        self._minimum_ns = 0
        self._last_edge_at_ns = _LONG_AGO_NS
        self._is_active = False
        self._is_waiting = True
        self._has_tripped = False

    def reading(self, _now_ns: int) -> int:
        """Words in the FIFO."""
        return len(self._fifo)

    def put(self, word: int, _now_ns: int) -> None:
        """A word written to the FIFO: the first one after a restart arms the limiter."""
        self._fifo.append(word)
        self._advance()

    def pull(self) -> None:
        """An executed pull takes the oldest word of the FIFO: the interval, once it is armed.

        Before that it is lost.
        """
        if not self._fifo:
            return
        word = self._fifo.popleft()
        if self._is_active and not self._is_waiting:
            self._adopt(word)

    def set_pins(self, level: int) -> None:
        """An executed `set(pins, level)`."""
        self.gate_level = level

    def begin(self, _now_ns: int) -> None:
        """Run."""
        self._is_active = True
        self._advance()

    def halt(self, _now_ns: int) -> None:
        """Stop watching; the gate keeps its level."""
        self._is_active = False

    def restart(self, _now_ns: int) -> None:
        """Wait for a word again; the gate keeps its level until then."""
        self._is_waiting = True
        self._has_tripped = False
        self._last_edge_at_ns = _LONG_AGO_NS
        self._advance()

    def allows(self, edge_at_ns: int) -> bool:
        """Take an edge of STEP; False from the first that came too soon."""
        if not self._is_active or self._is_waiting:
            return self.gate_level == 1
        if edge_at_ns - self._last_edge_at_ns < self._minimum_ns:
            self._has_tripped = True
            self.gate_level = 0
        self._last_edge_at_ns = edge_at_ns
        return not self._has_tripped

    def _advance(self) -> None:
        if self._is_active and self._is_waiting and self._fifo:
            self._adopt(self._fifo.popleft())
            self._is_waiting = False
            self.gate_level = 1

    def _adopt(self, word: int) -> None:
        cycles = word * _GUARD_LOOP_CYCLES + _GUARD_OVERHEAD_CYCLES
        self._minimum_ns = cycles * self._cycle_ns


class Counter:
    """`edge_count` and `quadrature_half`: by what register X has changed while it was active."""

    def __init__(self, source: Callable[[], int]) -> None:
        """`source` is the running change at the pins."""
        self._source = source
        self._counted = 0
        self._since = 0
        self._is_active = False

    def reading(self, _now_ns: int) -> int:
        """The change of X modulo 2^32."""
        if self._is_active:
            return self._counted + self._source() - self._since & 0xFFFFFFFF
        return self._counted & 0xFFFFFFFF

    def begin(self, _now_ns: int) -> None:
        """Count from now on."""
        if not self._is_active:
            self._since = self._source()
            self._is_active = True

    def halt(self, _now_ns: int) -> None:
        """Stand still."""
        if self._is_active:
            self._counted += self._source() - self._since
            self._is_active = False

    def restart(self, _now_ns: int) -> None:
        """X keeps its count."""


class Receiver:
    """The program `hx711`: every conversion of the sensor becomes a word of the RX FIFO."""

    def __init__(self) -> None:
        """Halted and empty."""
        self.words: list[int] = []
        self._is_active = False

    def reading(self, _now_ns: int) -> int:
        """Words in the TX FIFO: it has none."""
        return 0

    def begin(self, _now_ns: int) -> None:
        """Clock conversions out from now on."""
        self._is_active = True

    def halt(self, _now_ns: int) -> None:
        """Leave conversions where they are."""
        self._is_active = False

    def restart(self, _now_ns: int) -> None:
        """No conversion is under way that could be lost."""

    def push(self, word: int) -> None:
        """A conversion was clocked out; it is lost when the FIFO is full."""
        if self._is_active and len(self.words) < _RX_FIFO_WORDS:
            self.words.append(word)


Machine = Heartbeat | Limiter | Counter | Receiver
