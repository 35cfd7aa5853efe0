"""The real loop and commands over a pump bench: every port of a board, without hardware.

Runs on MicroPython too, after the source of pump_bench.py, and makes no objects in a tick.
"""

from pumpapp.commands import Commands
from pumpapp.keyframe_report import KeyframeReport
from pumpapp.loop import Loop
from pumpapp.recorder import Recorder
from pumpcore import check_in
from pumpcore.keyframe_table import LAYOUT, Table
from pumpcore.library import Library
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import TO_DEVICE, Message


class BenchClock:
    """Virtual time that moves only while the loop sleeps; it does not wrap."""

    def __init__(self) -> None:
        """At zero."""
        self.at_us = 0

    def now_us(self) -> int:
        """A moment."""
        return self.at_us

    def span_us(self, from_us: int, to_us: int) -> int:
        """Span between two moments."""
        return to_us - from_us

    def later_us(self, at_us: int, span_us: int) -> int:
        """The moment `span_us` after another."""
        return at_us + span_us

    def sleep_until(self, at_us: int) -> int:
        """Move time there; how far it is past already."""
        late_us = self.at_us - at_us
        self.at_us = max(self.at_us, at_us)
        return late_us


class BenchBoard:
    """Plunger, sensors, panel, line and watchdog in one, around a pump bench."""

    def __init__(self, bench: object, clock: object) -> None:
        """A sound board after power-on."""
        self.bench = bench
        self.clock = clock
        self.plunger = self.sensors = self.panel = self.line = self.watchdog = self
        self.slow_signals = self
        self.motor_driver = None
        self.display = None
        self.unique_id = b"bench-01"
        self.reset_cause = 0
        self.was_watchdog_reset = False
        self.failures = 0
        self.clock_chip = None
        self.memory = None
        self.fed_count = 0
        self.written_count = 0
        self.sink = None
        self._incoming = bytearray(4_096)
        self._incoming_count = 0

    def chance(self, count: int) -> bytes:
        """Not much of it, but another each time."""
        return bytes([(self.bench.tick_count + index) & 0xFF for index in range(count)])

    def read_into(self, target: object) -> int:
        """Readings into inputs, or received bytes into a buffer."""
        if not isinstance(target, bytearray):
            self.bench.inputs = target
            self.bench.sense(target.elapsed_us)
            return check_in.SENSED
        count = min(self._incoming_count, len(target))
        for index in range(count):
            target[index] = self._incoming[index]
        self._incoming_count -= count
        for index in range(self._incoming_count):
            self._incoming[index] = self._incoming[index + count]
        return count

    def waiting(self) -> int:
        """Bytes that are left."""
        return self._incoming_count

    def receive(self, frame: bytearray, count: int) -> None:
        """Let these bytes be there in the next tick."""
        for index in range(count):
            self._incoming[self._incoming_count + index] = frame[index]
        self._incoming_count += count

    def drive(self, outputs: object) -> int:
        """Let the stepper do what the kernel decided."""
        self.bench.act(outputs)
        return check_in.ACTED

    def stop(self) -> None:
        """Drop the stepper's queue."""
        self.bench.stepper.drop()

    def show(self, _outputs: object) -> int:
        """Light and sound are seen in the outputs."""
        return check_in.SHOWN

    def carry(self) -> int:
        """Slow signals are the bench's own."""
        return check_in.CARRIED

    def write(self, buffer: bytearray, count: int) -> None:
        """Hand sent bytes to the sink, if there is one."""
        self.written_count += count
        if self.sink is not None:
            self.sink(buffer, count)

    def start(self) -> None:
        """Nothing bites here."""

    def feed(self) -> None:
        """Count that a whole loop has run."""
        self.fed_count += 1


class LoopBench:
    """A booted loop and the host's end of its line."""

    def __init__(
        self,
        bench: object,
        clock: object,
        library: Library,
        memory: object = None,
        now_s: int = 0,
        reset_cause: int = 1,
        flash: object = None,
    ) -> None:
        """Wire everything together as pumpapp.main does; without a memory there is no journal."""
        self.bench = bench
        self.board = BenchBoard(bench, clock)
        self.endpoint = Endpoint(TO_DEVICE)
        self.board.memory = memory
        self.board.reset_cause = reset_cause
        kernel = bench.kernel
        kernel.boot(0, False)
        self.recorder = None
        if memory is not None:
            self.recorder = Recorder(memory, kernel, library, now_s, reset_cause)
        self.commands = Commands(
            kernel, self.endpoint, self.board, bench.profile, library, self.recorder
        )
        self.commands.keyframe = KeyframeReport(kernel, Table(kernel), LAYOUT)
        self.loop = Loop(self.board, kernel, self.endpoint, self.commands, self.recorder, flash)
        self._host = Endpoint(TO_DEVICE)

    def tick(self, count: int = 1) -> None:
        """So many passes of the loop, 20 ms apart."""
        for _ in range(count):
            self.loop.tick()
            self.loop._wait()

    def send(self, message: Message, values: list) -> None:
        """Let a message of the host be there in the next tick."""
        self.board.receive(self._host.outgoing, self._host.write(message, values))
