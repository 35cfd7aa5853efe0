"""One line, read by one task that does everything else in between.

It hands telemetry out, gives answers to those who wait, keeps the link alive and notices silence.
All waiting is on the line's clock, so that an emulated board's hours pass in seconds.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from evenflow.client.batch import Batch
from evenflow.client.exchange import Exchange, Sent
from evenflow.client.handshake import check_alien
from evenflow.client.records import Telemetry
from evenflow.client.stream import Alien, Item, Stream
from evenflow.errors import LinkError
from evenflow.link import Line
from pumpcore.limits import TICK_US

Listener = Callable[[Item | Sent], None]
Claim = Callable[[Telemetry], bool]

TICK_S = TICK_US / 1_000_000
# The host says at least this often that it is there.
KEEP_ALIVE_S = 1.0
# Telemetry comes 50 times a second: this much silence is a lost link.
SILENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class _Awaited:
    claim: Claim
    deadline_s: float
    future: asyncio.Future[Telemetry]


class Conversation:
    """What a Pump is made of; nothing here knows what the messages mean."""

    def __init__(self, line: Line) -> None:
        """Over an open line; nothing is read before `begin`."""
        self.line = line
        self.stream = Stream()
        self.exchange = Exchange(self._send)
        self.horizon_s = TICK_S
        # A cable may be put back: whoever can wait for that sets more.
        self.silence_s = SILENCE_S
        self.when_silent: Callable[[], None] | None = None
        self._is_silent = False
        self.is_acquainted = False
        # A reader beside the host that counts says nothing of itself, not even that it is there.
        self.is_reader = False
        self.failure: BaseException | None = None
        self.ended = asyncio.Event()
        self.latest: Batch | None = None
        self.listeners: list[Listener] = []
        self.queues: list[asyncio.Queue[Batch]] = []
        self._awaited: list[_Awaited] = []
        self._heard_at_s = self._sent_at_s = line.clock_s()
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Start reading."""
        self._task = asyncio.create_task(self._read(), name=f"reader of {self.line.name}")
        self._task.add_done_callback(self._finish)

    async def close(self) -> None:
        """Stop reading and give the line back; sends nothing."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        await self.line.close()

    def meet(self) -> None:
        """Hello was answered: from here on silence is a lost link, and the link is kept alive."""
        self.is_acquainted = True
        self._heard_at_s = self.line.clock_s()

    def awaited(self, claim: Claim, within_s: float) -> asyncio.Future[Telemetry]:
        """The first telemetry of which the claim holds; TimeoutError on the line's clock."""
        future: asyncio.Future[Telemetry] = asyncio.get_running_loop().create_future()
        if self.ended.is_set():
            future.set_exception(self.failure or _closed(self.line.name))
        else:
            self._awaited.append(_Awaited(claim, self.line.clock_s() + within_s, future))
        return future

    async def _read(self) -> None:
        while True:
            chunk = await self.line.read(self._horizon_s())
            items = self.stream.feed(chunk) if chunk else []
            for item in items:
                self._take(item)
                if isinstance(item, Batch):
                    for queue in self.queues:
                        await queue.put(item)
            self._look_at_the_clock()

    def _horizon_s(self) -> float:
        """How long the line may gather: one tick while somebody waits for an answer."""
        if self.exchange.is_waiting:
            return TICK_S
        until_due_s = self._sent_at_s + KEEP_ALIVE_S - self.line.clock_s()
        return max(TICK_S, min(self.horizon_s, until_due_s))

    def _take(self, item: Item) -> None:
        if isinstance(item, Alien):
            if not self.is_acquainted:
                check_alien(item.payload)
        else:
            self._heard_at_s = self.line.clock_s()
        for listener in tuple(self.listeners):
            listener(item)
        if isinstance(item, Batch):
            self.exchange.observe(item)
            self._judge(item)
            self.latest = item
        elif not isinstance(item, Alien):
            self.exchange.take(item.record)

    def _judge(self, batch: Batch) -> None:
        if not self._awaited:
            return
        before = None if self.latest is None else self.latest.rows[-1]
        for index in sorted({*batch.changes(before), len(batch) - 1}):
            record = batch.record(index)
            for awaited in self._awaited:
                if not awaited.future.done() and awaited.claim(record):
                    awaited.future.set_result(record)

    def _look_at_the_clock(self) -> None:
        now_s = self.line.clock_s()
        self.exchange.expire(now_s)
        for awaited in self._awaited:
            if now_s >= awaited.deadline_s and not awaited.future.done():
                awaited.future.set_exception(TimeoutError())
        self._awaited = [awaited for awaited in self._awaited if not awaited.future.done()]
        if not self.is_acquainted:
            return
        self._judge_silence(now_s - self._heard_at_s)
        if now_s - self._sent_at_s >= KEEP_ALIVE_S and not self.is_reader:
            self.exchange.post("ping", {})

    def _judge_silence(self, silent_s: float) -> None:
        if silent_s > self.silence_s:
            raise LinkError(
                "link_lost",
                f"port {self.line.name}: nothing heard from the pump for {self.silence_s:g} s",
                "look at the pump; its own keys work without the link",
            )
        was_silent, self._is_silent = self._is_silent, silent_s > SILENCE_S
        if self._is_silent and not was_silent and self.when_silent is not None:
            self.when_silent()

    def _send(self, sent: Sent) -> None:
        self.line.write(sent.frame + b"\0")
        self._sent_at_s = self.line.clock_s()
        for listener in tuple(self.listeners):
            listener(sent)

    def _finish(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            self.failure = task.exception()
        error = self.failure or _closed(self.line.name)
        self.ended.set()
        self.exchange.fail(error)
        for awaited in self._awaited:
            if not awaited.future.done():
                awaited.future.set_exception(error)


def _closed(name: str) -> LinkError:
    return LinkError("link_closed", f"port {name}: closed on this side", "connect again")
