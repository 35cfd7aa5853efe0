"""Decides whether a command may be done: who has a key, in which role, and that it is fresh.

A session is offered to whoever asks, and replaces the one before it only with the first command
that proves the key: so nobody without a key ends another's session. The newest that did is the
one that counts; there is one writer.
"""

from pumpcore._compat import const
from pumpcore.memory import get
from pumpcore.refusals import code
from pumpcore.wire import tag

# A command that was longer on its way is refused.
FRESH_TICKS = const(250)
# Between two offers of a session: what they cost is not the sender's to choose.
OFFER_TICKS = const(25)
# So many wrong codes in a row, and then a pause that doubles with each further one.
FREE_FAILURES = const(3)
FIRST_PAUSE_TICKS = const(50)
LONGEST_PAUSE_TICKS = const(3_000)

_MOST_DOUBLINGS = const(6)
_LAST_NUMBER = const(255)
# Places in `numbers`.
_HELD = const(0)
_OFFERED = const(1)
_MISSING = code("auth_missing")
_SESSION = code("auth_session")
_REPLAYED = code("auth_replayed")
_STALE = code("auth_stale")
_BUSY = code("auth_busy")
_WRONG = code("auth_wrong")
_PAUSE = code("auth_pause")
_ROLE = code("auth_role")
REFUSED = (_MISSING, _SESSION, _REPLAYED, _STALE, _BUSY, _WRONG, _PAUSE, _ROLE)


class _Session:
    """One that was offered."""

    def __init__(self, number: int, role_bit: int, key: tag.Key) -> None:
        """No command in it yet."""
        self.number = number
        self.role_bit = role_bit
        self.key = key
        self.counter = 0


class LinkGuard:
    """Of a board with a key. `failure_count` counts refused tags since boot, modulo 2^16."""

    def __init__(self, device_key: bytes, unique_id: bytes, number: int = 0) -> None:
        """No session yet; the first has a number after that one, another after each boot."""
        self.failure_count = 0
        # Of the sessions that there are, held and offered; 0 where there is none.
        self.numbers = bytearray(2)
        self._device_key = device_key
        self._unique_id = unique_id
        self._held: _Session | None = None
        self._offered: _Session | None = None
        self._number = number
        self._offered_at = -OFFER_TICKS
        # Ticks of the last code that was made, for STOP and for all else.
        self._stop_at = -1
        self._made_at = -1
        self._wrong_count = 0
        self._paused_until = 0

    def may_offer(self, tick_count: int) -> bool:
        """Whether the last offer is long enough ago."""
        return tick_count - self._offered_at >= OFFER_TICKS

    def offer(self, role: int, host_nonce: bytes, device_nonce: bytes, tick_count: int) -> bytes:
        """A session for that role, an index in tag.ROLES; the pump's proof. See `number`."""
        self._offered_at = tick_count
        self._number = self._number % _LAST_NUMBER + 1
        if self._number == self.numbers[_HELD]:
            self._number = self._number % _LAST_NUMBER + 1
        self.numbers[_OFFERED] = self._number
        key = tag.role_key(self._device_key, tag.ROLES[role])
        key_of_session = tag.session_key(key, self._unique_id, host_nonce, device_nonce)
        self._offered = _Session(self._number, 1 << role, key_of_session)
        return tag.proof(key_of_session)

    @property
    def number(self) -> int:
        """Of the session that was offered last; 0 for none."""
        return self._number

    def judge(
        self, payload: bytearray, tag_at: int, tick_count: int, roles: int, *, is_stop: bool
    ) -> int:
        """A refusal code, 0 if the command may be done.

        Its message begins at byte 1 of `payload`, its tag at `tag_at`, 0 if it has none. `roles`
        are bits of those that may. STOP is free of roles and pauses, and has a code of its own a
        tick: whatever else comes, at most two are made.
        """
        session = self._session(payload[tag_at]) if tag_at else None
        if session is None:
            refusal = _SESSION if tag_at else _MISSING
        else:
            refusal = _unlikely(session, payload, tag_at, tick_count)
            if not refusal:
                refusal = self._too_soon(session, tick_count, is_stop)
            if not refusal:
                may = is_stop or bool(session.role_bit & roles)
                refusal = self._proven(session, payload, tag_at, tick_count, may)
        if refusal:
            self.failure_count = (self.failure_count + 1) & 0xFFFF
        return refusal

    def _session(self, number: int) -> _Session | None:
        for session in (self._held, self._offered):
            if session is not None and session.number == number:
                return session
        return None

    def _too_soon(self, session: _Session, tick_count: int, is_stop: bool) -> int:
        """A refusal code if this tick has no room for another code, or is one of a pause.

        Pauses are for sessions that nobody has proven: who has, is not to be kept out by others.
        """
        if is_stop:
            if tick_count == self._stop_at:
                return _BUSY
            self._stop_at = tick_count
            return 0
        if session is not self._held and tick_count < self._paused_until:
            return _PAUSE
        if tick_count == self._made_at:
            return _BUSY
        self._made_at = tick_count
        return 0

    def _proven(
        self, session: _Session, payload: bytearray, tag_at: int, tick_count: int, may: bool
    ) -> int:
        """A refusal code if the code is wrong; else the session is the one that counts.

        Not if its role may not: that ends nobody's session. One of a tick to come counts as sent,
        so that it is not done when that tick is there.
        """
        mac_at = tag_at + tag.MAC_AT
        made = tag.mac(session.key, memoryview(payload)[1:mac_at])
        if not tag.is_equal(made, payload, mac_at):
            if session is not self._held:
                self._pause(tick_count)
            return _WRONG
        session.counter = get(payload, tag_at + 1, 4)
        if get(payload, tag_at + 5, 4) > tick_count:
            return _STALE
        if not may:
            return _ROLE
        self._held = session
        self.numbers[_HELD] = session.number
        if session is self._offered:
            self._offered = None
            self.numbers[_OFFERED] = 0
        self._wrong_count = 0
        self._paused_until = 0
        return 0

    def _pause(self, tick_count: int) -> None:
        self._wrong_count += 1
        further = self._wrong_count - FREE_FAILURES
        if further >= 0:
            pause = FIRST_PAUSE_TICKS << min(further, _MOST_DOUBLINGS)
            self._paused_until = tick_count + min(pause, LONGEST_PAUSE_TICKS)


def _unlikely(session: _Session, payload: bytearray, tag_at: int, tick_count: int) -> int:
    """A refusal code for what needs no key to be seen: not the next one, or not of now."""
    if get(payload, tag_at + 1, 4) <= session.counter:
        return _REPLAYED
    if tick_count - get(payload, tag_at + 5, 4) > FRESH_TICKS:
        return _STALE
    return 0
