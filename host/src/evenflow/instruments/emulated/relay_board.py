"""An emulated LCUS relay board: it moves contacts that a callable hears of."""

from collections.abc import Callable

BEHAVIOURS = {
    "stuck": "hears the frame and moves nothing, and says so",
    "mute": "as boards that do not know the query: moves contacts, answers nothing",
}
_START, _QUERY, _LENGTH = 0xA0, 0xFF, 4


class EmulatedRelayBoard:
    """One board; `behaviour` is a word of BEHAVIOURS or served.BEHAVIOURS, or empty.

    Contacts in `welded` stay as they are, and the board says so.
    """

    def __init__(
        self, channel_count: int = 2, moved: Callable[[int, bool], None] = lambda *_: None
    ) -> None:
        """All contacts open; `moved` hears each that changes, with whether it is closed."""
        self.behaviour = ""
        self.is_closed = [False] * channel_count
        self.welded: set[int] = set()
        self._moved = moved
        self._received = b""

    def heard(self, received: bytes) -> bytes:
        """Moves what whole frames say, and answers to queries."""
        self._received += received
        answer = b""
        while self._received:
            if self._received[0] == _START:
                if len(self._received) < _LENGTH:
                    break
                self._move(self._received[:_LENGTH])
                self._received = self._received[_LENGTH:]
                continue
            if self._received[0] == _QUERY and self.behaviour != "mute":
                answer += self._states()
            self._received = self._received[1:]
        return answer

    def _move(self, frame: bytes) -> None:
        _, channel, state, check = frame
        is_sound = check == sum(frame[:-1]) % 256 and 1 <= channel <= len(self.is_closed)
        if not is_sound or self.behaviour == "stuck" or channel in self.welded:
            return
        closed = state == 1
        if self.is_closed[channel - 1] != closed:
            self.is_closed[channel - 1] = closed
            self._moved(channel, closed)

    def _states(self) -> bytes:
        return b"".join(
            f"CH{index}: {'ON' if is_closed else 'OFF'}\r\n".encode("ascii")
            for index, is_closed in enumerate(self.is_closed, start=1)
        )
