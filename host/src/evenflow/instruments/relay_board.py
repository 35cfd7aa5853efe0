"""USB relay boards of the LCUS family (LCUS-1, -2, -4, -8): a serial port, four bytes a frame.

    A0 channel state sum     state 1 closes, 0 opens; sum is that of the other three, modulo 256
    FF                       answered with a line a channel, `CH1: ON`, by the boards that know it

What cannot be confirmed: that a contact has moved. The answer to FF is what the board's own
controller believes; a welded contact or a dead coil is seen only by what the contact switches.
Boards without that answer (many LCUS-1) confirm nothing at all: they need `confirm = "none"`. The
protocol has no identity.
"""

import re

from evenflow.instruments import giving_back
from evenflow.instruments.clock import Clock, MonotonicClock
from evenflow.instruments.instrument import Identity, InstrumentError
from evenflow.instruments.transport import Setting, Transport, open_transport

CONFIRM = ("text", "none")
MAX_CHANNELS = 8
_START, _QUERY = 0xA0, b"\xff"
# These boards lose a frame that comes on the heels of another.
_PAUSE_S = 0.1
# Lines of one answer come on the heels of each other: 10 ms at 9600 baud.
_MORE_S = 0.2
_STATE = re.compile(r"CH(?P<channel>\d): ?(?P<state>ON|OFF) *")


class RelayBoard:
    """One board; see Relays."""

    def __init__(
        self, line: Transport, clock: Clock, channel_count: int, answer_s: float, *, confirms: bool
    ) -> None:
        """Take over an open line; `begin` makes it ready."""
        self.channel_count = channel_count
        self._line = line
        self._clock = clock
        self._answer_s = answer_s
        self._confirms = confirms
        self._found: dict[int, bool] = {}
        self._moved: set[int] = set()
        self._is_in_step = True

    async def begin(self) -> None:
        """Learn how the contacts stand, where the board tells."""
        if self._confirms:
            self._found = await self._states()
            await self._make_sure_of_the_count()

    async def identity(self) -> Identity:
        """Nothing: the protocol has no such question."""
        return Identity("", "", "", "")

    async def set(self, channel: int, *, closed: bool) -> None:
        """Open or close a contact; with confirmation, returns when the board says that it is."""
        if not 1 <= channel <= self.channel_count:
            reason = f"{self._line.name}: has contacts 1 to {self.channel_count}, not {channel}"
            raise InstrumentError("instrument_limit", reason, "see channel_count in the rig file")
        self._moved.add(channel)
        await self._move(channel, closed=closed)

    async def close(self) -> None:
        """Contacts that were moved go back to where they were, or open where that is unknown.

        All of them are tried: one that is welded must not leave the others closed.
        """
        moved, self._moved = sorted(self._moved), set()
        back = (self._move(channel, closed=self._found.get(channel, False)) for channel in moved)
        try:
            await giving_back.all_of(back)
        finally:
            await self._line.close()

    async def _move(self, channel: int, *, closed: bool) -> None:
        await self._line.write(frame(channel, closed=closed))
        await self._clock.sleep(_PAUSE_S)
        if self._confirms and (await self._states())[channel] != closed:
            word = "closed" if closed else "opened"
            reason = f"{self._line.name}: contact {channel} was {word}; the board says it is not"
            raise InstrumentError("instrument_refused", reason, "check the board's power")

    async def _states(self) -> dict[int, bool]:
        if not self._is_in_step:
            await self._let_late_answers_come()
        self._is_in_step = False
        self._line.forget()
        await self._line.write(_QUERY)
        states: dict[int, bool] = {}
        for channel in range(1, self.channel_count + 1):
            line = await self._line.read_line(self._answer_s)
            found = _STATE.fullmatch(line)
            if found is None or int(found["channel"]) != channel:
                reason = f"{self._line.name}: answered {line!r} for contact {channel}"
                hint = "check kind and channel_count in the rig file"
                raise InstrumentError("instrument_answer", reason, hint)
            states[channel] = found["state"] == "ON"
        self._is_in_step = True
        return states

    async def _make_sure_of_the_count(self) -> None:
        try:
            line = await self._line.read_line(_MORE_S)
        except InstrumentError as error:
            if error.code == "instrument_silent":
                return
            raise
        reason = f"{self._line.name}: answered {line!r} after contact {self.channel_count}"
        raise InstrumentError("instrument_answer", reason, "correct channel_count in the rig file")

    async def _let_late_answers_come(self) -> None:
        """Answers have neither name nor number: only silence tells that none is on its way."""
        await self._line.write(_QUERY)
        for _ in range(4 * MAX_CHANNELS):
            try:
                await self._line.read_line(self._answer_s)
            except InstrumentError as error:
                if error.code == "instrument_silent":
                    return
                if error.code != "instrument_answer":
                    raise


def frame(channel: int, *, closed: bool) -> bytes:
    """The four bytes that move a contact."""
    content = (_START, channel, int(closed))
    return bytes((*content, sum(content) % 256))


async def open_relay_board(
    address: str,
    clock: Clock | None = None,
    *,
    channel_count: int,
    confirm: str = "text",
    baud: int = 9600,
    answer_ms: int = 1000,
) -> RelayBoard:
    """An open board, its contacts as they were found."""
    line = await open_transport(address, f"relays {address}", Setting(baud))
    board = RelayBoard(
        line,
        clock or MonotonicClock(),
        channel_count,
        answer_ms / 1000,
        confirms=confirm == "text",
    )
    try:
        await board.begin()
    except BaseException:
        await line.close()
        raise
    return board
