"""Follows what this host records, and sends it until the ingest says that it is stored.

Of each session one batch at a time is under way: it is sent again until it is answered, and the
answer says where to go on. So neither broker nor ingest need keep anything, nothing grows while
one of them is away, and a message that comes twice, late or never changes nothing.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count

import aiomqtt

from evenflow import __version__
from evenflow.errors import CheckFailed, LinkError, Refused
from evenflow.fleet import broker, names, pump
from evenflow.fleet.batch import (
    NOWHERE,
    Answer,
    Garbled,
    Position,
    decoded_answers,
    encoded,
)
from evenflow.fleet.line import Line, Say, Tally
from evenflow.fleet.outbox import Outbox, Source, question

# At most this many batches are under way, of 256 KiB each before compression.
AT_ONCE = 16
# Where there are very many records, so many times what a look took is left to other work.
_LOOK_SHARE = 4
_STATE_S = 10.0
_FIRST_ANSWER_S = 5.0
_LONGEST_ANSWER_S = 60.0
_REFUSED_S = 2.0
_LONGEST_REFUSED_S = 300.0
# With `once`: sent again so often, in case the fault was on the way.
_REFUSALS_AT_MOST = 2


class Bridge:
    """`run` it once; `tally` at any time."""

    def __init__(
        self,
        outbox: Outbox,
        target: broker.Broker,
        site: str,
        name: str,
        say: Say,
        every_s: float = 1.0,
    ) -> None:
        """The outbox stays the caller's; it is looked into so often."""
        self._every_s = every_s
        self._outbox = outbox
        self._target = target
        self._site = site
        self._name = name
        self._say = say
        self._lines: dict[str, Line] = {}
        self._by_record: dict[str, list[Line]] = {}
        self._newest: dict[str, Source] = {}
        self._ingests: set[str] = set()
        self._numbers = count(time.time_ns())
        self._is_connected = False
        self._has_looked = False
        self._rows_stored = 0
        self._bytes_sent = 0
        self._stirred = asyncio.Event()
        self._said: set[tuple[str, str]] = set()

    def tally(self) -> Tally:
        """Now."""
        refused = [f"{place}: {why.reason}" for place, why in self._outbox.refused.items()]
        lines = self._lines.values()
        refused += [
            f"session {line.source.session_id}: {line.refusal.reason}"
            for line in lines
            if line.refusal is not None
        ]
        return Tally(
            is_connected=self._is_connected,
            ingests=tuple(sorted(self._ingests)),
            sessions=len(self._lines),
            complete=sum(line.is_complete for line in lines),
            unsettled=len(self._unsettled()),
            rows_behind=sum(line.rows_behind for line in lines),
            rows_stored=self._rows_stored,
            bytes_sent=self._bytes_sent,
            refused=tuple(refused),
        )

    async def run(self, *, is_once: bool = False, patience_s: float = 60.0) -> None:
        """Until cancelled; with `is_once` until all that there is is stored, or was refused.

        LinkError then, if for so long nothing got any further. Refused if the broker does not
        let us in, whether once or at the first attempt.
        """
        work = asyncio.create_task(self._keep_connected())
        try:
            if is_once:
                await self._finished(work, patience_s)
            else:
                await work
        finally:
            work.cancel()
            await asyncio.wait([work])

    async def _finished(self, work: asyncio.Task[None], patience_s: float) -> None:
        while not self._is_done():
            self._stirred.clear()
            stirred = asyncio.create_task(self._stirred.wait())
            done, _ = await asyncio.wait(
                [stirred, work], timeout=patience_s, return_when=asyncio.FIRST_COMPLETED
            )
            stirred.cancel()
            if work in done:
                work.result()
            if not done:
                who = "the ingest does not answer" if self._is_connected else "no broker"
                unsettled = len(self._unsettled())
                what = (
                    f"{unsettled} sessions may not be stored whole"
                    if unsettled
                    else "nothing was sent"
                )
                raise LinkError(
                    "not_stored",
                    f"{self._target}: {who} for {patience_s:.0f} s; {what}",
                    "all of it is still in the record; start broker and ingest, and try again",
                )

    def _unsettled(self) -> list[Line]:
        """Sessions of which it is not known that all there is is stored."""
        lines = self._lines.values()
        return [line for line in lines if not line.is_settled or line.rows_behind]

    def _is_done(self) -> bool:
        return self._has_looked and all(
            line.is_settled or line.refusal_count >= _REFUSALS_AT_MOST
            for line in self._lines.values()
        )

    # The connection.

    async def _keep_connected(self) -> None:
        waits = broker.Waits()
        has_been_let_in = False
        presence = broker.Presence(
            names.bridge_online(self._site, self._name), {"evenflow": __version__}
        )
        identifier = f"evenflow-bridge-{self._site}-{self._name}"
        while True:
            try:
                async with broker.connected(self._target, identifier, presence) as client:
                    has_been_let_in = True
                    waits.went_well()
                    self._is_connected = True
                    self._say("connected", f"connected to {self._target}")
                    await self._serve(client, presence)
            except Refused as error:
                if not has_been_let_in:
                    raise
                self._say(error.code, error.reason)
            except LinkError as error:
                self._say(error.code, error.reason)
            finally:
                self._is_connected = False
                self._ingests.clear()
            await asyncio.sleep(waits.next_s())

    async def _serve(self, client: aiomqtt.Client, presence: broker.Presence) -> None:
        await broker.subscribe(
            client, names.stored(self._site, self._name), names.ingest_online(self._site, "+")
        )
        await broker.announce(client, presence)
        room = asyncio.Semaphore(AT_ONCE)
        lost: list[BaseException] = []
        try:
            async with asyncio.TaskGroup() as group:

                def follow(line: Line) -> None:
                    group.create_task(self._follow(client, line, room))

                for line in self._lines.values():
                    follow(line)
                group.create_task(self._hear(client))
                group.create_task(self._look(follow))
        except* aiomqtt.MqttError as errors:
            lost += errors.exceptions
        if lost:
            raise lost[0]

    async def _hear(self, client: aiomqtt.Client) -> None:
        """Answers, and ingests that come or go."""
        to_us = names.stored(self._site, self._name)
        async for message in client.messages:
            topic = str(message.topic)
            payload = broker.payload_of(message)
            if topic != to_us:
                self._ingest_seen(topic.split("/")[-2], is_online=broker.says_online(payload))
                continue
            try:
                answers = decoded_answers(payload)
            except Garbled as error:
                self._say(error.code, f"on {topic}: {error.reason}")
                continue
            for answer in answers:
                self._answer(answer)

    def _answer(self, answer: Answer) -> None:
        line = self._lines.get(answer.session_id)
        # One to a batch that was sent before this one is late, and says what is known.
        if line is None or line.number != answer.number:
            return
        line.fill(answer)

    def _ingest_seen(self, name: str, *, is_online: bool) -> None:
        if not is_online:
            self._ingests.discard(name)
            return
        self._ingests.add(name)
        # It may not have heard what is under way.
        for line in self._lines.values():
            line.fill(None)

    async def _look(self, follow: Callable[[Line], None]) -> None:
        """New sessions are followed, and what has grown is looked at again."""
        while True:
            spent_s = -time.monotonic()
            for record, sources in self._outbox.look():
                for source in sources:
                    if self._is_new(source):
                        line = self._lines[source.session_id] = Line(source)
                        self._by_record.setdefault(str(record.where), []).append(line)
                        follow(line)
                for line in self._by_record.get(str(record.where), ()):
                    line.changed.set()
                # What others do meanwhile is not looking.
                spent_s += time.monotonic()
                await asyncio.sleep(0)
                spent_s -= time.monotonic()
            spent_s += time.monotonic()
            for place, why in self._outbox.refused.items():
                self._say_once(place, why.code, why.reason)
            if not self._has_looked:
                self._has_looked = True
                self._stirred.set()
            await asyncio.sleep(max(self._every_s - spent_s, _LOOK_SHARE * spent_s))

    def _is_new(self, source: Source) -> bool:
        there = self._lines.get(source.session_id)
        if there is not None:
            words = f"{source.record.where}: session {source.session_id} is in another record too"
            self._say_once(f"{source.record.where} {source.session_id}", "session_twice", words)
            return False
        newest = self._newest.get(source.unique_id)
        if newest is None or newest.started_at <= source.started_at:
            self._newest[source.unique_id] = source
        return True

    # One session.

    async def _follow(self, client: aiomqtt.Client, line: Line, room: asyncio.Semaphore) -> None:
        position: Position | None = None
        waits = broker.Waits(_REFUSED_S, _LONGEST_REFUSED_S)
        while not line.is_complete:
            line.changed.clear()
            async with room:
                batch = self._next(line, position)
                answer = None if batch is None else await self._answered(client, line, *batch)
            if answer is not None and (answer.code or answer.position == position):
                self._refused(line, answer)
                position = None
                await asyncio.sleep(waits.next_s())
                continue
            if answer is not None:
                waits.went_well()
                line.refusal = None
                if position is not None:
                    self._rows_stored += answer.position.row_count - position.row_count
                position = answer.position
                line.is_complete = position.is_closed
                self._stirred.set()
            if answer is None or line.is_drained:
                self._settled(line)
                await self._tell(client, line)
                await line.changed.wait()
        self._settled(line)
        await self._tell(client, line)
        line.heard = None

    def _settled(self, line: Line) -> None:
        line.is_settled = True
        line.is_drained = False
        line.rows_behind = 0
        self._stirred.set()

    def _next(self, line: Line, position: Position | None) -> tuple[int, bytes] | None:
        """Number and bytes of what is to be sent now: a question where the position is not known.

        None if there is nothing, or nothing that can be read.
        """
        number = next(self._numbers)
        source = line.source
        try:
            if position is None:
                return number, encoded(question(source, number))
            content = self._outbox.following(source, position, number)
            line.read(content)
            return None if content.is_empty else (number, encoded(content.batch))
        except CheckFailed as error:
            line.refusal = Answer(source.session_id, number, NOWHERE, error.code, error.reason)
            self._say_once(source.session_id, error.code, error.reason)
            return None

    async def _answered(
        self, client: aiomqtt.Client, line: Line, number: int, payload: bytes
    ) -> Answer:
        """The answer, however often it has to be sent."""
        topic = names.rows(self._site, self._name, line.source.session_id)
        waits = broker.Waits(_FIRST_ANSWER_S, _LONGEST_ANSWER_S)
        while True:
            answer = line.waits_for(number)
            await client.publish(topic, payload, broker.QOS)
            self._bytes_sent += len(payload)
            try:
                async with asyncio.timeout(waits.next_s()):
                    found = await answer
            except TimeoutError:
                continue
            if found is not None:
                return found

    def _refused(self, line: Line, answer: Answer) -> None:
        """Say why; without a reason it is the record here that lacks what would follow."""
        if not answer.code:
            reason = "rows are missing in the record here, and those after them cannot be stored"
            answer = replace(answer, code="missing", reason=reason)
        line.refusal = answer
        line.refusal_count += 1
        self._stirred.set()
        self._say(answer.code, f"session {answer.session_id} is refused: {answer.reason}")

    async def _tell(self, client: aiomqtt.Client, line: Line) -> None:
        """The pump as it was last heard, if this is its newest session and there is news."""
        source = line.source
        if self._newest.get(source.unique_id) is not source:
            return
        try:
            if line.heard is None or line.heard[1] is None:
                line.heard = self._outbox.last_heard(source)
            content = pump.described(source.about, *line.heard, self._name)
        except CheckFailed as error:
            self._say_once(source.session_id, error.code, error.reason)
            return
        now_s = time.monotonic()
        key = pump.key(content)
        if line.told != (client, key) or now_s - line.told_at_s >= _STATE_S:
            line.told = client, key
            line.told_at_s = now_s
            topic = names.pump(self._site, self._name, source.unique_id)
            await client.publish(topic, pump.as_text(content), broker.QOS, retain=True)

    def _say_once(self, place: str, code: str, words: str) -> None:
        if (place, code) not in self._said:
            self._said.add((place, code))
            self._say(code, words)
