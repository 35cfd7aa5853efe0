"""The other PIO programs: heartbeat, limiter, the two counters and the reader of the HX711."""

from collections import deque
from collections.abc import Callable

from evenflow.emulator.controller.errors import EmulationError, cycle_ns

_HEARTBEAT_CYCLES = 20
_LIMITER_CYCLES_A_COUNT = 2
_LIMITER_OVERHEAD_CYCLES = 4
_FIFO_WORDS = 8


class Heartbeat:
    """Feeds the charge pump: a word n makes n + 1 periods of 20 cycles, then low until the next."""

    def __init__(self, freq_hz: int, depth: int, pin: int) -> None:
        """Stopped, with an empty FIFO."""
        self.pin = pin
        self._period_ns = _HEARTBEAT_CYCLES * cycle_ns("heartbeat", freq_hz)
        self._depth = depth
        self._is_active = False
        self._starts_at_ns: deque[int] = deque()
        self._waiting: list[int] = []
        self._busy_until_ns = -1 << 62

    def reading(self, now_ns: int) -> int:
        """Words in the FIFO: those not pulled by now."""
        starts = self._starts_at_ns
        while starts and starts[0] <= now_ns:
            starts.popleft()
        return len(starts) + len(self._waiting)

    def last_edge_at_ns(self) -> int:
        """The last falling edge that the queued words will make."""
        return self._busy_until_ns - self._period_ns // 2

    def put(self, word: int, now_ns: int) -> None:
        """A word written to the FIFO."""
        if self.reading(now_ns) >= self._depth:
            raise EmulationError("heartbeat: put() into a full FIFO")
        if not self._is_active:
            self._waiting.append(word)
            return
        start_ns = max(now_ns, self._busy_until_ns)
        self._starts_at_ns.append(start_ns)
        self._busy_until_ns = start_ns + (word + 1) * self._period_ns

    def set_active(self, active: bool, now_ns: int) -> None:
        """Run, or stop; a stop drops the word that it interrupts."""
        if active and not self._is_active:
            self._is_active = True
            waiting, self._waiting = self._waiting, []
            for word in waiting:
                self.put(word, now_ns)
        elif not active and self._is_active:
            self._is_active = False
            self.restart(now_ns)

    def restart(self, now_ns: int) -> None:
        """Drop everything: the square wave ends now."""
        self._starts_at_ns.clear()
        self._busy_until_ns = min(self._busy_until_ns, now_ns + self._period_ns // 2)


class Limiter:
    """Watches STEP: two edges closer than word * 2 + 4 cycles drop the gate until the next init."""

    def __init__(self, freq_hz: int, gate_pin: int, step_pin: int) -> None:
        """Stopped: the gate is low."""
        self.gate_pin = gate_pin
        self.step_pin = step_pin
        self._cycle_ns = cycle_ns("limiter", freq_hz)
        self._fifo: deque[int] = deque()
        self._minimum_ns = _LIMITER_OVERHEAD_CYCLES * self._cycle_ns
        self._last_edge_at_ns = -1 << 62
        self._has_tripped = False
        self._is_active = False

    def reading(self, now_ns: int) -> int:
        """Words in the FIFO."""
        return len(self._fifo)

    @property
    def gate_level(self) -> int:
        """1 while it runs and nothing was too fast."""
        return int(self._is_active and not self._has_tripped)

    def put(self, word: int, now_ns: int) -> None:
        """A word written to the FIFO; it acts once it is pulled."""
        if len(self._fifo) >= _FIFO_WORDS:
            raise EmulationError("limiter: put() into a full FIFO")
        self._fifo.append(word)

    def pull(self) -> None:
        """An executed pull: the oldest word becomes the minimum interval."""
        if self._fifo:
            cycles = self._fifo.popleft() * _LIMITER_CYCLES_A_COUNT + _LIMITER_OVERHEAD_CYCLES
            self._minimum_ns = cycles * self._cycle_ns

    def set_active(self, active: bool, now_ns: int) -> None:
        """Run or stop."""
        self._is_active = active

    def restart(self, now_ns: int) -> None:
        """The gate comes back by an init only; the next edge counts as the first."""
        self._last_edge_at_ns = -1 << 62

    def allows(self, edge_at_ns: int) -> bool:
        """Take an edge of STEP; False from the first that came too soon."""
        if edge_at_ns - self._last_edge_at_ns < self._minimum_ns and self._is_active:
            self._has_tripped = True
        self._last_edge_at_ns = edge_at_ns
        return not self._has_tripped


class Counter:
    """Counts what a source has counted, while it is active: edges, or quadrature both ways."""

    def __init__(self, source: Callable[[], int]) -> None:
        """`source` is the running count at the pins."""
        self._source = source
        self._counted = 0
        self._since = 0
        self._is_active = False

    def reading(self, now_ns: int) -> int:
        """The count modulo 2^32, as the program's register holds it."""
        counted = self._counted
        if self._is_active:
            counted += self._source() - self._since
        return counted & 0xFFFFFFFF

    def set_active(self, active: bool, now_ns: int) -> None:
        """Count from now on, or stand still."""
        if active and not self._is_active:
            self._since = self._source()
        elif not active and self._is_active:
            self._counted += self._source() - self._since
        self._is_active = active

    def restart(self, now_ns: int) -> None:
        """The count stays in its register."""


class Receiver:
    """The program `hx711`: every conversion of the sensor becomes a word of the RX FIFO."""

    def __init__(self) -> None:
        """Stopped and empty."""
        self.words: list[int] = []
        self._is_active = False

    def set_active(self, active: bool, now_ns: int) -> None:
        """Clock conversions out, or leave them."""
        self._is_active = active

    def restart(self, now_ns: int) -> None:
        """Nothing is under way that could be dropped."""

    def reading(self, now_ns: int) -> int:
        """Words in the TX FIFO: it has none."""
        return 0

    def push(self, word: int) -> None:
        """A conversion was shifted in; it is lost when the FIFO is full."""
        if self._is_active and len(self.words) < _FIFO_WORDS:
            self.words.append(word)
