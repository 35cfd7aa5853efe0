"""The board's key on the flash, and what commands need under it.

The key is put there by `evenflow flash` at the console, and by nobody over the link: no message
carries one. Who can open the board's flash can read it.
"""

import binascii

from pumpboard.ports import Board
from pumpcore._compat import TYPE_CHECKING, const
from pumpcore.link_guard import LinkGuard
from pumpcore.refusals import code
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.tag import KEY_BYTES, NONCE_BYTES, ROLES, key_name

if TYPE_CHECKING:
    from pumpapp.recorder import Recorder

# A flood of refused commands makes a record a minute.
_NOTE_TICKS = const(3_000)
_BUSY = code("auth_busy")
_NO_ROLE = code("auth_role")


class LinkKeys:
    """The sessions under one key."""

    def __init__(self, device_key: bytes, board: Board, recorder: "Recorder | None") -> None:
        """The board brings its id, and chance; the recorder, where there is one, a journal."""
        self.guard = LinkGuard(device_key, board.unique_id, board.chance(1)[0])
        self._name = key_name(device_key)
        self._board = board
        self._recorder = recorder
        self._noted_at = -_NOTE_TICKS

    def open_session(self, values: list, tick_count: int) -> tuple[int, list]:
        """A refusal code, and what to answer to these values of `open_session` if it is 0."""
        if values[1] >= len(ROLES):
            return _NO_ROLE, []
        if not self.guard.may_offer(tick_count):
            return _BUSY, []
        chance = self._board.chance(NONCE_BYTES)
        proof = self.guard.offer(values[1], values[2], chance, tick_count)
        return 0, [values[0], self.guard.number, self._name, chance, proof]

    def judge(self, endpoint: Endpoint, tick_count: int, roles: int, *, is_stop: bool) -> int:
        """A refusal code for the message polled last; bits of the roles that may do it."""
        guard = self.guard
        refusal = guard.judge(
            endpoint.payload, endpoint.tag_at, tick_count, roles, is_stop=is_stop
        )
        if refusal and tick_count - self._noted_at >= _NOTE_TICKS:
            self._noted_at = tick_count
            if self._recorder is not None:
                self._recorder.note_refused(refusal, guard.failure_count)
        return refusal


def parse(content: bytes) -> bytes:
    """The key that a file holds in hexadecimal; ValueError if that is none."""
    key = binascii.unhexlify(content.strip())
    if len(key) != KEY_BYTES:
        raise ValueError("not a key of %d bytes" % KEY_BYTES)
    return key
