"""What the application asks of a board, and nothing more; integers with units in their names.

What is called in every tick answers a bit of pumpcore.check_in once its work is done.
"""

from pumpcore._compat import TYPE_CHECKING, Protocol
from pumpcore.tick_io import Inputs, Outputs

if TYPE_CHECKING:
    from pumpboard.display import Display
    from pumpboard.motor_driver import MotorDriver
    from pumpcore.memory import Memory


class Clock(Protocol):
    """Time as the controller counts it; moments wrap, only differences mean anything."""

    def now_us(self) -> int:
        """A moment."""
        ...

    def span_us(self, from_us: int, to_us: int) -> int:
        """Span between two moments; valid for half the wrap."""
        ...

    def later_us(self, at_us: int, span_us: int) -> int:
        """The moment `span_us` after another."""
        ...

    def sleep_until(self, at_us: int) -> int:
        """Wait for a moment; how long it is past already, at most 0 if it was waited for."""
        ...


class Plunger(Protocol):
    """The stepper axis: queue, hardware limiter, live enable and audit counter."""

    def drive(self, outputs: Outputs) -> int:
        """Queue this tick's words and keep ENABLE alive, or stop at once; ACTED when done."""
        ...

    def stop(self) -> None:
        """Drop the queue and ENABLE now; harmless when stopped."""


class Sensors(Protocol):
    """Everything that is read once a tick."""

    def read_into(self, inputs: Inputs) -> int:
        """Fill in counters, force, analogue readings and switches; SENSED when done."""
        ...


class Panel(Protocol):
    """Light and sound."""

    def show(self, outputs: Outputs) -> int:
        """Set light and tone for this tick; SHOWN when done."""
        ...


class SlowSignals(Protocol):
    """What shares a bus: light, second sounder, and inputs that may be 100 ms old."""

    def carry(self) -> int:
        """Once a tick: write what has changed, look if it is time, never raise; CARRIED."""
        ...


class Line(Protocol):
    """The serial link, never blocking."""

    def read_into(self, buffer: bytearray) -> int:
        """Bytes that came, at most the buffer's length; how many."""
        ...

    def waiting(self) -> int:
        """Bytes that came and were not read; how many."""
        ...

    def write(self, buffer: bytearray, count: int) -> None:
        """Send the first `count` bytes."""


class Watchdog(Protocol):
    """The hardware watchdog; it cannot be stopped once started."""

    def start(self) -> None:
        """Begin to count."""

    def feed(self) -> None:
        """A whole loop has run."""


class ClockChip(Protocol):
    """Time of its own crystal and battery."""

    is_present: bool

    def has_lost_time(self) -> bool:
        """The oscillator has stopped since the time was last set."""
        ...

    def read(self) -> tuple[int, ...]:
        """(year, month, day, hour, minute, second); OSError if it is gone."""
        ...


class Board(Protocol):
    """One of each, and what the board says of itself."""

    clock: Clock
    plunger: Plunger
    sensors: Sensors
    panel: Panel
    slow_signals: SlowSignals
    # None for one with STEP and DIR alone; its nFAULT, if it has one, is a slow signal.
    motor_driver: "MotorDriver | None"
    # None on a board without one.
    display: "Display | None"
    line: Line
    watchdog: Watchdog
    clock_chip: ClockChip
    # None on a board without one: no journal, no totals.
    memory: "Memory | None"
    unique_id: bytes
    reset_cause: int
    was_watchdog_reset: bool
    failures: int

    def chance(self, count: int) -> bytes:
        """So many bytes that nobody can foretell, from the controller's own source."""
        ...
