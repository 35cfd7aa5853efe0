"""sense, tick, act, report, feed the watchdog last: 50 times a second, for ever.

Every part of a tick checks in when its work is done (pumpcore.check_in), and the watchdog is fed
by all of them or not at all. What may wait and takes long, a collection of garbage, a part of the
flash and a keyframe, waits for a tick without a long command, and never shares one.

What runs every tick is cut small: a function with more than eleven words for variables and stack
takes them from MicroPython's heap, which is searched for room each time.
"""

from pumpapp.commands import LINK_IS_OPEN, Commands
from pumpboard.ports import Board
from pumpcore import check_in
from pumpcore._compat import TYPE_CHECKING, collect_garbage, const, listen_for_ctrl_c
from pumpcore.interlock import BOOT, NO_JOB, is_engaged
from pumpcore.kernel import Kernel
from pumpcore.limits import TICK_US
from pumpcore.tick_io import Inputs, Outputs
from pumpcore.wire import messages
from pumpcore.wire.endpoint import Endpoint

if TYPE_CHECKING:
    from pumpapp.flash_image import FlashImage
    from pumpapp.recorder import Recorder

# A flood on the link costs a bounded part of the tick.
MAX_LINK_BYTES_PER_TICK = const(256)
# Ten seconds at rest; commands cost at most a few kilobytes each.
_COLLECT_TICKS = const(500)
_COLLECT_BYTES = const(32_768)
# From here on no long command is taken, so that one tick of motion has the time for it.
_PRESSED_BYTES = const(40_960)
# A part of a file every two seconds: in an hour 900 KB, three times what a board holds.
_FLASH_TICKS = const(100)
_FLASH_LATE_TICKS = const(500)
_CTRL_C = const(3)
_NO_KEY = const(-1)
_MAX_FRAMES = const(0xFF)
_MAX_LOAD_US = const(0xFFFF)
_MAX_ELAPSED_US = const(0xFFFFFF)

# Waiting behind those: what a tick at line rate brings is more, and a host's own words are less.
_FLOOD_BYTES = const(512)
# All that the ring holds.
_MOST_PIECES = const(8)
# Done and answered in a tick: eight steps, their programme, and one more.
_MOST_COMMANDS = const(10)
# Behind those: a host says it once, and again half a second later.
_MOST_STOPS = const(2)

_EVENT = messages.by_name("event")
STOP = messages.by_name("stop")


class Loop:
    """One tick after the other on a grid of 20 ms."""

    def __init__(
        self,
        board: Board,
        kernel: Kernel,
        endpoint: Endpoint,
        commands: Commands,
        recorder: "Recorder | None" = None,
        flash: "FlashImage | None" = None,
    ) -> None:
        """Everything a tick needs is made here; a board without a memory has no recorder."""
        self.inputs = Inputs()
        self.tick_count = 0
        self._board = board
        self._kernel = kernel
        self._endpoint = endpoint
        self._commands = commands
        self._recorder = recorder
        self._flash = flash
        self._flash_ticks = 0
        self._motor_driver = board.motor_driver
        self._must_check_in = check_in.ALL
        if self._motor_driver is not None:
            self._must_check_in |= check_in.WATCHED
        self._received = bytearray(MAX_LINK_BYTES_PER_TICK)
        self._event = [0] * len(_EVENT.kinds)
        self._last_at_us = board.clock.now_us()
        self._due_at_us = self._last_at_us
        self._still_ticks = 0
        self._guarded_state = BOOT

    def run(self) -> None:
        """For ever; an exception stops the plunger and ends in `fault`, still ticking."""
        while True:
            try:
                self.tick()
            except (Exception, KeyboardInterrupt) as error:
                self._stop_for(error)
            try:
                self._wait()
            except (Exception, KeyboardInterrupt) as error:
                self._stop_for(error)

    def _stop_for(self, error: BaseException) -> None:
        """The last resort is STOP, then tell; Ctrl-C leads to the prompt of a bench alone."""
        self._board.plunger.stop()
        self._kernel.fail()
        print("software fault:", repr(error))
        if isinstance(error, KeyboardInterrupt) and self._commands.link_flags & LINK_IS_OPEN:
            raise error

    def tick(self) -> None:
        """One pass: sense, tick, act, report, feed the watchdog last."""
        board = self._board
        began_at_us = board.clock.now_us()
        inputs = self.inputs
        elapsed_us = board.clock.span_us(self._last_at_us, began_at_us)
        self._last_at_us = began_at_us
        # A longer tick than the record can tell is an overrun all the same.
        inputs.elapsed_us = elapsed_us if elapsed_us <= _MAX_ELAPSED_US else _MAX_ELAPSED_US
        done = board.sensors.read_into(inputs)
        done |= self._listen()
        outputs = self._kernel.tick(inputs)
        if outputs.is_decided:
            outputs.is_decided = False
            done |= check_in.DECIDED
        if outputs.state != self._guarded_state:
            self._guard_console(outputs.state)
        done |= board.plunger.drive(outputs)
        done |= board.panel.show(outputs)
        done |= self._record(outputs)
        done |= self._report(outputs)
        done |= board.slow_signals.carry()
        if self._motor_driver is not None:
            done |= self._motor_driver.carry()
        if self._commands.screen is not None:
            self._commands.screen.tick(outputs, self._commands.therapy.infused_s)
        self._tidy()
        self.tick_count += 1
        self._look_at_load(began_at_us)
        if done == self._must_check_in:
            board.watchdog.feed()

    def _look_at_load(self, began_at_us: int) -> None:
        clock = self._board.clock
        load_us = clock.span_us(began_at_us, clock.now_us())
        load_us = load_us if load_us <= _MAX_LOAD_US else _MAX_LOAD_US
        self.inputs.load_us = load_us
        self._commands.longest_load_us = max(self._commands.longest_load_us, load_us)

    def _guard_console(self, state: int) -> None:
        """A bench has its prompt, but nobody ends at the console what may be an infusion."""
        self._guarded_state = state
        if self._commands.link_flags & LINK_IS_OPEN:
            listen_for_ctrl_c(_NO_KEY if is_engaged(state) else _CTRL_C)

    def _listen(self) -> int:
        before = self._endpoint.frame_count
        # A collection of garbage leaves this tick no time; the line's ring keeps two.
        must_wait = (
            self._commands.spent_bytes >= _COLLECT_BYTES and self._kernel.motion.job != NO_JOB
        )
        received = 0 if must_wait else self._board.line.read_into(self._received)
        if received:
            self._hear(received)
            if received == MAX_LINK_BYTES_PER_TICK:
                self._skim()
        frames = self._endpoint.frame_count - before
        self.inputs.link_frame_count = frames if frames < _MAX_FRAMES else _MAX_FRAMES
        return check_in.LISTENED

    def _hear(self, received: int) -> None:
        endpoint = self._endpoint
        endpoint.feed(self._received, received)
        left = _MOST_COMMANDS + _MOST_STOPS
        message = endpoint.poll()
        while message is not None:
            # What is more than a host says is not answered; a STOP is done all the same.
            if left > _MOST_STOPS or (left and message is STOP and endpoint.may_count()):
                left -= 1
                length = self._commands.execute(message, self.tick_count)
                if length:
                    self._board.line.write(endpoint.outgoing, length)
            message = endpoint.poll()

    def _skim(self) -> None:
        """If more waits than can be parsed, make room, and let no STOP be lost among it."""
        endpoint = self._endpoint
        line = self._board.line
        left = _MOST_PIECES if line.waiting() > _FLOOD_BYTES else 0
        while left:
            received = line.read_into(self._received)
            if endpoint.skim(self._received, received):
                length = self._commands.execute(STOP, self.tick_count)
                line.write(endpoint.outgoing, length)
            left = left - 1 if received == MAX_LINK_BYTES_PER_TICK else 0

    def _record(self, outputs: Outputs) -> int:
        recorder = self._recorder
        if recorder is None:
            return check_in.RECORDED
        spent_bytes = recorder.tick(self.inputs, outputs, self.tick_count)
        self._kernel.surroundings.has_journal_failed = recorder.has_failed
        if spent_bytes:
            self._commands.spent_bytes += spent_bytes
        return check_in.RECORDED if recorder.seen_tick == self.tick_count else 0

    def _report(self, outputs: Outputs) -> int:
        endpoint = self._endpoint
        length = endpoint.write_telemetry(
            self.tick_count, self.inputs, outputs, self._commands.last_request_id
        )
        self._board.line.write(endpoint.outgoing, length)
        therapy = self._commands.therapy
        if therapy.tick(self.inputs, outputs):
            length = therapy.write(endpoint, self.tick_count, outputs)
            self._board.line.write(endpoint.outgoing, length)
        if self._kernel.events.count:
            self._report_events()
        # Last of all: what was told before it is in it.
        self._report_keyframe()
        return check_in.REPORTED

    def _report_keyframe(self) -> None:
        keyframe = self._commands.keyframe
        if keyframe is None:
            return
        tick_count = self.tick_count
        if keyframe.tick(tick_count, is_busy=self._commands.long_at_tick == tick_count):
            endpoint = self._endpoint
            self._board.line.write(endpoint.outgoing, keyframe.write(endpoint))

    def _report_events(self) -> None:
        kernel = self._kernel
        values = self._event
        for index in range(kernel.events.count):
            values[0] = self.tick_count
            values[1] = kernel.events.kinds[index]
            values[2] = kernel.events.codes[index]
            values[3] = kernel.events.values[index]
            self._board.line.write(self._endpoint.outgoing, self._endpoint.write(_EVENT, values))
        kernel.events.count = 0

    def _tidy(self) -> None:
        """Collect garbage while the plunger stands, or after many commands, the queue just filled.

        A tick without a command makes none, so that only commands, records and the files of the
        flash bring a collection near.
        """
        commands = self._commands
        motion = self._kernel.motion
        if motion.spent_bytes:
            commands.spent_bytes += motion.spent_bytes
            motion.spent_bytes = 0
        is_still = self._kernel.motion.job == NO_JOB
        if is_still:
            self._still_ticks += 1
            is_due = self._still_ticks >= _COLLECT_TICKS
        else:
            is_due = commands.spent_bytes >= _COLLECT_BYTES
        if self._flash is not None and self._flash_ticks < _FLASH_LATE_TICKS:
            self._flash_ticks += 1
        is_flash_due = self._flash_ticks >= _FLASH_TICKS
        if not is_due and not is_flash_due:
            return
        if commands.keyframe is not None and commands.keyframe.is_taken:
            return
        commands.is_pressed = (
            commands.spent_bytes >= _PRESSED_BYTES or self._flash_ticks == _FLASH_LATE_TICKS
        )
        if commands.long_at_tick == self.tick_count and not is_still:
            return
        if is_due:
            self._collect(is_still=is_still)
        else:
            self._check_flash()
        commands.is_pressed = False

    def _collect(self, *, is_still: bool) -> None:
        self._still_ticks = 0
        self._commands.spent_bytes = 0
        if is_still:
            # On an RP2040 this takes 8 ms and the collection 22: together too much of a tick that
            # moves.
            self._commands.look_at_heap()
        collect_garbage()

    def _check_flash(self) -> None:
        flash = self._flash
        if flash is None:
            return
        self._flash_ticks = 0
        flash.step()
        self._commands.spent_bytes += flash.spent_bytes
        if flash.spoilt_name:
            print("flash: %s is not as it was stored" % flash.spoilt_name)
            flash.spoilt_name = ""
            self._kernel.fail_memory()

    def _wait(self) -> None:
        clock = self._board.clock
        self._due_at_us = clock.later_us(self._due_at_us, TICK_US)
        if clock.sleep_until(self._due_at_us) > TICK_US:
            # Far behind: start a new grid instead of a burst of late ticks.
            self._due_at_us = clock.now_us()
