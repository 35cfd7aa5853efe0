"""A fixture's loop: look at the stamps, play what follows from them, listen, tell; every 5 ms.

Nothing here is dosed or guarded: a fixture has no motor and no patient. What it cannot keep up
with it counts and tells, so that nobody takes a capture with holes for a whole one.
"""

from pumpapp.fixture_commands import FixtureCommands
from pumpapp.fixture_follow import Follower
from pumpapp.fixture_force import ForceSource
from pumpapp.fixture_stamps import Teller
from pumpcore._compat import TYPE_CHECKING, const
from pumpcore.fixture.endpoint import FixtureEndpoint
from pumpcore.fixture.messages import CLOCK_MASK, by_name
from pumpcore.profile import Profile
from pumpcore.wire.messages import TO_DEVICE

if TYPE_CHECKING:
    from pumpboard.rp2.fixture_board import FixtureBoard
    from pumpcore.wire.messages import Message

_PASS_US = const(5_000)
_STATUS_PASSES = const(20)
_MOST_BYTES = const(64)
# 320 ns a tick: 25 ticks are 8 us.
_TICKS_NUM = const(25)
_TICKS_SHIFT = const(3)
_COUNT_MASK = const(0x3FFFFFFF)

_HELLO = by_name("hello")
_HELLO_REPLY = by_name("hello_reply")
_ANSWER = by_name("answer")
_STATUS = by_name("status")
_CONVERSION = by_name("conversion")


class FixtureLoop:
    """One pass after the other."""

    def __init__(self, board: "FixtureBoard", profile: Profile) -> None:
        """The clock of the stamps begins here."""
        self._board = board
        self._follower = Follower(board, profile)
        self._force = ForceSource(board, profile)
        self._teller = Teller(board)
        parts = (self._follower, self._force, self._teller)
        self._commands = FixtureCommands(board, profile, *parts)
        self._endpoint = FixtureEndpoint(TO_DEVICE)
        self._received = bytearray(_MOST_BYTES)
        # Of a frame, what the line had no room for.
        self._unsent = b""
        self._passes = 0
        self._at_ticks = 0
        self._rest = 0
        board.capture.start()
        self._last_at_us = board.clock.now_us()
        self._due_at_us = self._last_at_us

    def run(self) -> None:
        """For ever."""
        board = self._board
        board.watchdog.start()
        while True:
            self.tick()
            board.watchdog.feed()
            self._due_at_us = board.clock.later_us(self._due_at_us, _PASS_US)
            if board.clock.sleep_until(self._due_at_us) > _PASS_US:
                self._due_at_us = board.clock.now_us()

    def tick(self) -> None:
        """One pass."""
        clock = self._board.clock
        now_us = clock.now_us()
        elapsed_us = clock.span_us(self._last_at_us, now_us)
        self._last_at_us = now_us
        parts = elapsed_us * _TICKS_NUM + self._rest
        self._rest = parts & (1 << _TICKS_SHIFT) - 1
        self._at_ticks = self._at_ticks + (parts >> _TICKS_SHIFT) & CLOCK_MASK
        self._follower.update()
        self._force.update(elapsed_us, self._at_ticks)
        self._listen()
        self._tell()

    def _listen(self) -> None:
        """Carry out what has come; while a frame waits for the line, so do commands."""
        uart = self._board.uart
        waiting = uart.any()
        if self._unsent or not waiting:
            return
        count = uart.readinto(self._received, min(waiting, _MOST_BYTES)) or 0
        for index in range(count):
            message = self._endpoint.take(self._received[index])
            if message is not None:
                self._answer(message.name, self._endpoint.values)

    def _answer(self, name: str, values: list) -> None:
        if name == _HELLO.name:
            self._send(_HELLO_REPLY, self._commands.hello(values[0]))
            return
        refusal = self._commands.execute(name, values[1:])
        self._send(_ANSWER, [values[0], refusal, self._at_ticks])

    def _tell(self) -> None:
        """As much as the line takes; what waits longest for it goes first."""
        if self._unsent:
            self._unsent = self._rest_of(self._unsent, len(self._unsent))
        self._passes += 1
        if self._passes >= _STATUS_PASSES and not self._unsent:
            self._passes = 0
            self._send(_STATUS, self._status())
        length = self._teller.write(self._endpoint) if not self._unsent else 0
        while length:
            self._unsent = self._rest_of(self._endpoint.outgoing, length)
            length = self._teller.write(self._endpoint) if not self._unsent else 0
        while not self._unsent and self._force.taken:
            self._send(_CONVERSION, list(self._force.taken.pop(0)))

    def _send(self, message: "Message", values: list) -> None:
        length = self._endpoint.write(message, values)
        outgoing = self._endpoint.outgoing
        if self._unsent:
            # Two answers to one look at the line; rare, and short.
            self._unsent += bytes(outgoing[:length])
        else:
            self._unsent = self._rest_of(outgoing, length)

    def _rest_of(self, frame: bytes | bytearray, length: int) -> bytes:
        written = self._board.uart.write(frame, length) or 0
        return bytes(frame[written:length])

    def _status(self) -> list:
        follower, force, teller = self._follower, self._force, self._teller
        return [
            self._at_ticks,
            follower.levels,
            self._commands.outputs,
            force.force_mn,
            1 if teller.is_capturing else 0,
            1 if follower.is_following else 0,
            follower.step_count,
            self._board.encoder.count,
            self._board.buzzer.count(),
            force.taken_count & 0xFFFF,
            force.missed_count & 0xFFFF,
            teller.stamp_count & _COUNT_MASK,
            teller.lost_count & _COUNT_MASK,
            follower.unfollowed_count & 0xFFFF,
            1 if self._board.capture.has_stalled() else 0,
        ]
