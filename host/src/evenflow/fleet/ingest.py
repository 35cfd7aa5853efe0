"""Takes in what bridges send, stores it, and only then answers.

What has come in the meantime is stored in one transaction. While the database is away nothing is
answered: the bridges wait, and send again what was not taken up.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass

import aiomqtt

from evenflow import __version__
from evenflow.errors import CheckFailed, LinkError, Refused
from evenflow.fleet import broker, names
from evenflow.fleet.batch import Answer, Batch, Garbled, decoded, encoded_answers
from evenflow.fleet.inbox import Inbox
from evenflow.fleet.line import Say

# Of one transaction.
GROUP_BYTES = 4 * 1024 * 1024
GROUP_COUNT = 256


@dataclass(frozen=True, slots=True)
class Taken:
    """What an ingest has done since it was started."""

    is_connected: bool
    batches: int
    rows_stored: int
    sessions_closed: int
    refused: int
    garbled: int


class Ingest:
    """`run` it once; `taken` at any time."""

    def __init__(
        self, inbox: Inbox, target: broker.Broker, site: str, name: str, say: Say
    ) -> None:
        """The inbox and its store stay the caller's."""
        self._inbox = inbox
        self._target = target
        self._site = site
        self._name = name
        self._say = say
        self._is_connected = False
        self._batch_count = 0
        self._refused_count = 0
        self._garbled_count = 0

    def taken(self) -> Taken:
        """Now."""
        return Taken(
            is_connected=self._is_connected,
            batches=self._batch_count,
            rows_stored=self._inbox.stored_rows,
            sessions_closed=self._inbox.closed_sessions,
            refused=self._refused_count,
            garbled=self._garbled_count,
        )

    async def run(self) -> None:
        """Until cancelled; Refused if the broker does not let us in at the first attempt."""
        waits = broker.Waits()
        has_been_let_in = False
        presence = broker.Presence(
            names.ingest_online(self._site, self._name), {"evenflow": __version__}
        )
        identifier = f"evenflow-ingest-{self._site}-{self._name}"
        while True:
            try:
                async with broker.connected(self._target, identifier, presence) as client:
                    has_been_let_in = True
                    waits.went_well()
                    self._is_connected = True
                    await broker.subscribe(client, names.rows(self._site, "+", "+"))
                    # Whoever waits for an answer sends again at once.
                    await broker.announce(client, presence)
                    self._say("connected", f"connected to {self._target}")
                    await self._serve(client)
            except Refused as error:
                if not has_been_let_in:
                    raise
                self._say(error.code, error.reason)
            except LinkError as error:
                self._say(error.code, error.reason)
            finally:
                self._is_connected = False
            await asyncio.sleep(waits.next_s())

    async def _serve(self, client: aiomqtt.Client) -> None:
        messages = client.messages
        async for first in messages:
            group = [first]
            length = len(broker.payload_of(first))
            while len(messages) and length < GROUP_BYTES and len(group) < GROUP_COUNT:
                group.append(await anext(messages))
                length += len(broker.payload_of(group[-1]))
            await self._take(client, group)

    async def _take(self, client: aiomqtt.Client, group: list[aiomqtt.Message]) -> None:
        """Store, then answer."""
        senders: list[str] = []
        batches: list[Batch] = []
        for message in group:
            topic = str(message.topic)
            try:
                batch = decoded(broker.payload_of(message))
            except Garbled as error:
                self._garbled_count += 1
                self._say(error.code, f"on {topic}: {error.reason}")
                continue
            senders.append(topic.split("/")[names.BRIDGE_PART])
            batches.append(batch)
        if not batches:
            return
        answers: dict[str, list[Answer]] = defaultdict(list)
        for sender, answer in zip(senders, await self._stored(batches), strict=True):
            answers[sender].append(answer)
            if answer.code:
                self._refused_count += 1
                words = f"session {answer.session_id} from {sender} is refused: {answer.reason}"
                self._say(answer.code, words)
        self._batch_count += len(batches)
        await asyncio.gather(
            *(
                client.publish(
                    names.stored(self._site, sender), encoded_answers(answers), broker.QOS
                )
                for sender, answers in answers.items()
            )
        )

    async def _stored(self, batches: list[Batch]) -> list[Answer]:
        """However long the database is away."""
        waits = broker.Waits()
        while True:
            try:
                return await asyncio.to_thread(self._inbox.take, batches)
            except CheckFailed as error:
                self._say(error.code, error.reason)
                await asyncio.sleep(waits.next_s())
