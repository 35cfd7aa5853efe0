"""Commands on their way: request ids, answers, and what happens when none comes.

Every command is idempotent, so one without an answer is sent again, under a new tag where it has
one. What is still unanswered then is settled by telemetry, which repeats the last request that the
device took up.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evenflow.client.batch import Batch
from evenflow.client.records import Answer, Record
from evenflow.client.refusal import UncertainDelivery, refused
from pumpcore.refusals import code
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import TO_HOST, by_name
from pumpcore.wire.tag import QUESTIONS

if TYPE_CHECKING:
    from evenflow.client.credential import Credential

Fields = Mapping[str, int | bytes]

_MAX_REQUEST_ID = 0xFFFF
_NOT_NOW = (code("auth_busy"), code("asked_too_often"))


@dataclass(frozen=True, slots=True)
class Sent:
    """A frame that went to the device, without the zero."""

    command: str
    request_id: int
    frame: bytes


@dataclass(slots=True)
class _Pending:
    sent: Sent
    fields: Fields
    future: asyncio.Future[Record]
    wait_s: float
    deadline_s: float
    attempts_left: int
    was_taken_up: bool | None = field(default=None)


class Exchange:
    """Numbers commands, sends them, and gives each its answer."""

    def __init__(self, send: Callable[[Sent], None]) -> None:
        """`send` puts a frame on the line."""
        self._send = send
        self._endpoint = Endpoint(TO_HOST)
        # Under which commands are tagged, once it is open.
        self.credential: Credential | None = None
        self._pending: dict[int, _Pending] = {}
        self._last_id = 0
        self._tick_count = 0

    @property
    def is_waiting(self) -> bool:
        """Whether any answer is outstanding."""
        return bool(self._pending)

    def count_from(self, request_id: int) -> None:
        """Number on from what the device took up last, so that old requests are not mistaken."""
        self._last_id = request_id

    def post(self, command: str, fields: Fields) -> Sent:
        """Send without waiting for an answer; OutOfRange names a field that does not fit."""
        self._last_id = self._last_id % _MAX_REQUEST_ID + 1
        return self._write(command, self._last_id, fields)

    def begin(
        self, command: str, fields: Fields, now_s: float, wait_s: float, attempts: int
    ) -> asyncio.Future[Record]:
        """Send and expect an answer; sent again after `wait_s`, `attempts` times in all."""
        sent = self.post(command, fields)
        future: asyncio.Future[Record] = asyncio.get_running_loop().create_future()
        pending = _Pending(sent, fields, future, wait_s, now_s + wait_s, attempts - 1)
        self._pending[sent.request_id] = pending
        return future

    def take(self, record: Record) -> None:
        """A message of the device: perhaps an answer that is waited for."""
        request_id = getattr(record, "request_id", 0)
        pending = self._pending.get(request_id)
        if pending is None:
            return
        answer = record if isinstance(record, Answer) else None
        if answer is not None and answer.command != by_name(pending.sent.command).ident:
            # To another host on this line, which numbers its requests as this one does.
            return
        if answer is not None and answer.refusal in _NOT_NOW and pending.attempts_left:
            # Not looked at, because that tick had its code: the next one has room. Sessions and
            # long questions have fewer ticks.
            if pending.sent.command not in QUESTIONS:
                pending.deadline_s = 0.0
            return
        del self._pending[request_id]
        if pending.future.done():
            return
        if isinstance(record, Answer) and record.refusal:
            pending.future.set_exception(refused(record))
        else:
            pending.future.set_result(record)

    def observe(self, batch: Batch) -> None:
        """Telemetry: what time it is there, and whether it took up what is still unanswered."""
        self._tick_count = batch.tick_count(len(batch) - 1)
        for request_id, pending in self._pending.items():
            pending.was_taken_up = bool(pending.was_taken_up) or batch.has_request(request_id)

    def expire(self, now_s: float) -> None:
        """Send again what is overdue, or give it up as uncertain."""
        for request_id, pending in list(self._pending.items()):
            if pending.future.done():
                del self._pending[request_id]
            elif now_s >= pending.deadline_s:
                self._overdue(pending, now_s)

    def fail(self, error: BaseException) -> None:
        """The line is gone: everything unanswered fails, as uncertain where it matters."""
        for pending in self._pending.values():
            if not pending.future.done():
                pending.future.set_exception(error)
        self._pending.clear()

    def _overdue(self, pending: _Pending, now_s: float) -> None:
        sent = pending.sent
        if pending.attempts_left:
            pending.attempts_left -= 1
            pending.deadline_s = now_s + pending.wait_s
            # Only telemetry from here on tells what became of this sending.
            pending.was_taken_up = pending.was_taken_up or None
            pending.sent = self._write(sent.command, sent.request_id, pending.fields)
            return
        del self._pending[sent.request_id]
        pending.future.set_exception(
            UncertainDelivery(sent.command, sent.request_id, was_taken_up=pending.was_taken_up)
        )

    def _write(self, command: str, request_id: int, fields: Fields) -> Sent:
        message = by_name(command)
        values = [fields[row.name] for row in message.fields[1:]]
        credential = self.credential
        tagged = None
        if credential is not None and credential.is_open and command not in QUESTIONS:
            tagged = credential.tagged(self._tick_count)
        length = self._endpoint.write(message, [request_id, *values], tagged)
        sent = Sent(command, request_id, bytes(self._endpoint.outgoing[: length - 1]))
        self._send(sent)
        return sent
