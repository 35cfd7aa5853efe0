"""What leaves the host of a scenario: numbered, tagged where the pump asks for it, sent again.

Every command is idempotent, so one without an answer is sent again, under a new tag where it needs
one. The pump checks one tag a tick: tagged commands leave two ticks apart, and a STOP before them.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from evenflow.client.records import HelloReply, Session
from evenflow.scenario.authority import Authority
from evenflow.scenario.cable import Cable
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import TO_HOST, by_name

_ANSWER_WAIT_US = 1_000_000
ATTEMPTS = 5
# Above are those of a flood.
_FLOOD_IDS = 0xF000
_APART_US = 40_000
_OFFERS_APART_US = 600_000
_STOP = "stop"
_OPEN = "open_session"
_UNANSWERED = ("ping", "hello")

Values = Mapping[str, int | bytes | str]


@dataclass(slots=True)
class Pending:
    """A command on its way."""

    command: str
    fields: Values
    due_us: int
    attempts_left: int


class Post:
    """The commands of one host, on their way through its cable."""

    def __init__(
        self,
        cable: Cable,
        authority: Authority,
        stopping: Callable[[], None],
        given_up: Callable[[int, Pending], None],
    ) -> None:
        """`stopping` is called when a STOP is given, `given_up` for what was never answered."""
        self.now_us = 0
        # What each request was for, by its id.
        self.purposes: dict[int, str] = {}
        self._cable = cable
        self._authority = authority
        self._stopping = stopping
        self._given_up = given_up
        self._endpoint = Endpoint(TO_HOST)
        self._pending: dict[int, Pending] = {}
        # What waits for a session, or for its tick.
        self._outbox: deque[int] = deque()
        self._outbox_due_us = 0
        self._open_due_us = 0
        self._last_id = 0
        self._tick_count = 0

    def send(self, command: str, fields: Values, purpose: str) -> None:
        """Send it, as soon as the pump can take it."""
        self._last_id = self._last_id % _FLOOD_IDS + 1
        self.purposes[self._last_id] = purpose
        pending = Pending(command, fields, self.now_us + _ANSWER_WAIT_US, ATTEMPTS - 1)
        if command not in _UNANSWERED:
            self._pending[self._last_id] = pending
        if command == _STOP:
            self._stopping()
        self._give(self._last_id, pending)

    def answered(self, request_id: int | None, record: object) -> Pending | None:
        """What came from the pump, and what it answers."""
        pending = None if request_id is None else self._pending.pop(request_id, None)
        if isinstance(record, HelloReply):
            self._authority.meet(record)
            if self._authority.needs_session(_STOP):
                # Before there is a command that would have to wait for it.
                self._open(_STOP)
        elif pending is not None and pending.command == _OPEN:
            if isinstance(record, Session):
                self._authority.begin(record)
            else:
                self._authority.give_up()
        return pending

    def follow(self, tick_count: int) -> bool:
        """What time it is at the pump; whether it was restarted."""
        is_restarted = tick_count < self._tick_count
        self._tick_count = tick_count
        if is_restarted:
            self._authority.forget()
        return is_restarted

    def clear(self) -> None:
        """The host's program died, and with it all that it knew."""
        self._authority.forget()
        self._pending.clear()
        self._outbox.clear()

    def tick(self, now_us: int) -> None:
        """Send what is due."""
        self.now_us = now_us
        if self._pending:
            self._send_again()
        if self._outbox and now_us >= self._outbox_due_us:
            self._send_next()

    def _give(self, request_id: int, pending: Pending) -> None:
        is_stop = pending.command == _STOP
        must_wait = self._authority.needs_session(_STOP) if is_stop else True
        if not self._authority.is_needed(pending.command) or not must_wait:
            self._write(request_id, pending)
        elif is_stop:
            self._outbox.appendleft(request_id)
        elif request_id not in self._outbox:
            self._outbox.append(request_id)
            self._send_if_free()

    def _send_if_free(self) -> None:
        """At once, if nothing went before it and no session is missing."""
        if len(self._outbox) == 1 and self.now_us >= self._outbox_due_us:
            self._send_next()

    def _send_next(self) -> None:
        """The first that waits, or the session that it needs."""
        request_id = self._outbox[0]
        pending = self._pending.get(request_id)
        if pending is not None and self._authority.needs_session(pending.command):
            self._open(pending.command)
            return
        self._outbox.popleft()
        if pending is not None:
            self._outbox_due_us = self.now_us + _APART_US
            self._write(request_id, pending)

    def _open(self, command: str) -> None:
        """Ask for the session that a command needs; a pump offers two a second at most."""
        if self.now_us < self._open_due_us:
            return
        request = self._authority.request(command)
        if request is not None:
            self._open_due_us = self.now_us + _OFFERS_APART_US
            self.send(_OPEN, request, "host")

    def _write(self, request_id: int, pending: Pending) -> None:
        message = by_name(pending.command)
        known: Values = {**pending.fields, "request_id": request_id}
        values = [known[field.name] for field in message.fields]
        tagged = self._authority.tagged(pending.command, self._tick_count)
        length = self._endpoint.write(message, values, tagged)
        self._cable.send(pending.command, bytes(self._endpoint.outgoing[:length]))

    def _send_again(self) -> None:
        for request_id, pending in list(self._pending.items()):
            if self.now_us < pending.due_us:
                continue
            if pending.attempts_left:
                pending.attempts_left -= 1
                pending.due_us = self.now_us + _ANSWER_WAIT_US
                self._give(request_id, pending)
                continue
            del self._pending[request_id]
            if pending.command == _OPEN:
                self._authority.give_up()
            else:
                self._given_up(request_id, pending)
