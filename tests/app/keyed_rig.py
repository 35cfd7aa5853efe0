"""A rig whose board has a key, and whose host has it too."""

import secrets

from app.rig import Rig

from evenflow import device_key
from evenflow.client.credential import Credential
from evenflow.client.records import HelloReply, Session
from evenflow.client.stream import Item, Received
from pumpcore.wire import messages, tag
from pumpcore.wire.endpoint import Endpoint

KEY = bytes(range(100, 132))


class KeyedRig(Rig):
    """As a Rig; what it sends is tagged once there is a session."""

    def __init__(self, order: dict[str, object], runtime: str, **options: object) -> None:
        """The board's key is KEY."""
        super().__init__(order, runtime, **options)  # type: ignore[arg-type]
        self.board.device_key = KEY
        self.runtime = runtime
        self.credential: Credential | None = None
        # The answers, and whatever else is no telemetry, since somebody cleared it.
        self.heard: list[object] = []
        self._asked_at_us = -1
        self._outgoing = Endpoint(messages.TO_DEVICE)

    @property
    def tick_count(self) -> int:
        """The pump's, heard last."""
        assert self.telemetry is not None
        return self.telemetry.tick_count

    def frame(self, name: str, *values: object) -> bytes:
        """A genuine frame of this host, with its tag."""
        tagged = None
        if self.credential is not None and name not in tag.QUESTIONS:
            tagged = self.credential.tagged(self.tick_count)
        length = self._outgoing.write(messages.by_name(name), list(values), tagged)
        return bytes(self._outgoing.outgoing[:length])

    def send(self, name: str, *values: object) -> None:
        """Send a message with the next request id."""
        self._request_id += 1
        self.board.write(self.frame(name, self._request_id, *values))

    def hear(self, item: Item) -> None:
        """Open a session as soon as the pump says who it is."""
        if not isinstance(item, Received):
            return
        record = item.record
        self.heard.append(record)
        if self.credential is not None:
            return
        if isinstance(record, HelloReply):
            key = device_key.of_board(record.unique_id, KEY).of_role("operator")
            assert key is not None
            self._wanted = Credential(key, secrets.token_bytes(tag.NONCE_BYTES))
            self.send("open_session", *self._wanted.request().values())
        elif isinstance(record, Session):
            self._wanted.begin(record)
            self.credential = self._wanted

    def _stage(self) -> None:
        if self.credential is not None:
            super()._stage()
            return
        self._is_staged = False
        if self.now_us - self._asked_at_us > 1_000_000:
            self._asked_at_us = self.now_us
            super().send("hello", messages.SCHEMA)
