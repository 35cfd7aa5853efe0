"""A pump at the other end of a line: who it is, its telemetry, and commands to it."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Self, TypeVar

from evenflow.client.conversation import SILENCE_S, Claim, Conversation, Listener
from evenflow.client.credential import Credential, any_role, key_for
from evenflow.client.exchange import Fields
from evenflow.client.handshake import LINK_NEEDS_KEY, check_schema, not_evenflow
from evenflow.client.journal import Entry, entries, raw_records
from evenflow.client.library_parts import installation, parts
from evenflow.client.records import (
    Answer,
    HelloReply,
    Inspection,
    JournalPage,
    Ledger,
    Record,
    Session,
    SessionPage,
    Staged,
    Telemetry,
)
from evenflow.client.refusal import UncertainDelivery
from evenflow.client.stream import Stream
from evenflow.errors import LinkError, Refused
from evenflow.link import Line, open_line
from pumpcore.session_ledger import Row, decode
from pumpcore.vital_signs import VitalSigns
from pumpcore.wire import tag
from pumpcore.wire.messages import SCHEMA

if TYPE_CHECKING:
    from evenflow.client.batch import Batch

_Reply = TypeVar(
    "_Reply", HelloReply, Staged, Answer, Inspection, JournalPage, Ledger, Session, SessionPage
)

_ANSWER_WAIT_S = 0.5
_ATTEMPTS = 3
_HELLO_ATTEMPTS = 4
# From here on.
_READERS_IDS = 0x8000
# What a STOP is refused for that a session of one's own helps against.
_UNAUTHORISED = ("auth_missing", "auth_session", "auth_replayed", "auth_stale", "auth_wrong")
# The self-test, and how long it takes at most.
_TESTING, _SELF_TEST_S = ("boot", "self_test"), 5.0
# A reader of telemetry this far behind holds the line's reading up, so that nothing is lost.
_MAX_WAITING_BATCHES = 64


def rows_of(page: SessionPage) -> list[Row]:
    """Those that count, the newest first."""
    rows = (page.row_0, page.row_1, page.row_2, page.row_3, page.row_4)
    return [decode(raw) for raw in rows[: page.row_count]]


class Pump:
    """Connect with `async with await Pump.connect(address) as pump:`."""

    def __init__(self, line: Line, *, read_only: bool = False) -> None:
        """Over an open line; `begin` starts reading, `hello` makes sure who is there.

        A pump that is read only is asked and listened to, on a line that hosts may share: what
        would change something is refused here, and no ping says that a host is there.
        """
        self.line = line
        self._conversation = Conversation(line)
        self._conversation.is_reader = read_only
        if read_only:
            # Not those of the host that counts, whose answers are heard here, too.
            first = _READERS_IDS + secrets.randbelow(_READERS_IDS // 2)
            self._conversation.exchange.count_from(first)
        self._identity: HelloReply | None = None

    @classmethod
    async def connect(
        cls, address: str | Line, *, speed: float | None = 1.0, read_only: bool = False
    ) -> Self:
        """Open the line and say hello; LinkError or Refused if no pump of this schema answers.

        `speed` is an emulated board's, in its seconds a second; None is as fast as it goes.
        """
        line = await open_line(address, speed=speed) if isinstance(address, str) else address
        pump = cls(line, read_only=read_only)
        try:
            pump.begin()
            await pump.hello()
        except BaseException:
            await pump.close()
            raise
        return pump

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    def begin(self) -> None:
        """Start reading."""
        self._conversation.begin()

    async def close(self) -> None:
        """Give the line back. Sends nothing: a pump that infuses goes on."""
        await self._conversation.close()

    @property
    def identity(self) -> HelloReply:
        """What the pump said of itself in hello."""
        if self._identity is None:
            raise LinkError("no_hello", f"port {self.line.name}: no hello yet", "connect first")
        return self._identity

    @property
    def latest(self) -> Telemetry | None:
        """The newest telemetry; None before the first."""
        batch = self._conversation.latest
        return None if batch is None else batch.record(-1)

    @property
    def stream(self) -> Stream:
        """Counts of frames and of what was wrong with others."""
        return self._conversation.stream

    @property
    def failure(self) -> BaseException | None:
        """What ended the link; None while it lasts, and when it was closed here."""
        return self._conversation.failure

    @property
    def horizon_s(self) -> float:
        """How much of the line's time may pass before telemetry is handed on; one tick at first.

        A longer one costs an emulated board less. Commands are answered at once all the same.
        """
        return self._conversation.horizon_s

    @horizon_s.setter
    def horizon_s(self, horizon_s: float) -> None:
        self._conversation.horizon_s = horizon_s

    def outlast(self, silence_s: float, tell: Callable[[], None]) -> None:
        """Give the link up only after so much silence; `tell` it sooner, once each time."""
        self._conversation.silence_s = silence_s
        self._conversation.when_silent = tell

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have everything received and sent handed to `listener`, in order; returns the undoing.

        An error that it raises ends the reading, and is the pump's `failure`.
        """
        listeners = self._conversation.listeners
        listeners.append(listener)
        return lambda: listeners.remove(listener)

    async def telemetry(self) -> AsyncGenerator[Telemetry, None]:
        """Every record from now on; ends when the pump is closed, raises what ended the link."""
        conversation = self._conversation
        queue: asyncio.Queue[Batch] = asyncio.Queue(_MAX_WAITING_BATCHES)
        conversation.queues.append(queue)
        ended = asyncio.create_task(conversation.ended.wait())
        try:
            while True:
                batch = asyncio.create_task(queue.get())
                await asyncio.wait((batch, ended), return_when=asyncio.FIRST_COMPLETED)
                if not batch.done():
                    batch.cancel()
                    break
                for record in batch.result():
                    yield record
        finally:
            ended.cancel()
            conversation.queues.remove(queue)
        if self.failure is not None:
            raise self.failure

    async def wait_for(self, claim: Claim, within_s: float) -> Telemetry:
        """The first telemetry of which the claim holds; TimeoutError on the line's clock.

        Claims about state, stop reason, alarms, checklist and programme are judged at every tick,
        others once in a horizon.
        """
        return await self._conversation.awaited(claim, within_s)

    async def ended(self) -> None:
        """Wait until the link is lost or the pump closed; see `failure`."""
        await self._conversation.ended.wait()

    # Commands. Refused with the device's reason, or UncertainDelivery.

    async def hello(self) -> HelloReply:
        """Ask who is there, for two seconds of the line's time."""
        try:
            reply = await self.who(_HELLO_ATTEMPTS)
        except UncertainDelivery as silence:
            stream = self.stream
            raise not_evenflow(self.line.name, stream.frame_count, stream.errors) from silence
        self._identity = reply
        self._conversation.meet()
        record = await self._conversation.awaited(lambda _: True, SILENCE_S)
        if not self._conversation.is_reader:
            self._conversation.exchange.count_from(record.last_request_id)
        return reply

    async def who(self, attempts: int = _ATTEMPTS) -> HelloReply:
        """Ask who is there, as after a gap: perhaps another pump. Changes nothing here."""
        reply = await self._command("hello", {"schema": SCHEMA}, HelloReply, attempts)
        check_schema(reply.schema, reply.firmware)
        return reply

    async def authorise(self, role: str = tag.ROLES[0], *, attempts: int = _ATTEMPTS) -> None:
        """Begin a session in that role, if the pump needs one; Refused without this host's key.

        Commands do it of themselves. It ends another host's session with its first command.
        """
        if not self.identity.link_flags & LINK_NEEDS_KEY:
            return
        key = key_for(self.identity, role, self.line.device_key)
        credential = Credential(key, secrets.token_bytes(tag.NONCE_BYTES))
        credential.begin(
            await self._command("open_session", credential.request(), Session, attempts)
        )
        self._conversation.exchange.credential = credential

    async def ready(self) -> HelloReply:
        """Wait until the self-test has ended, and ask again: the reply has its result."""
        with suppress(TimeoutError):
            await self.wait_for(lambda now: now.state_name not in _TESTING, _SELF_TEST_S)
        return await self.hello()

    async def stage(self, fields: Fields, steps: Sequence[Fields] = ()) -> Staged:
        """Offer a programme; `fields` are those of the message, without the request id.

        `steps` are those of its `stage_step` messages, which go before it.
        """
        for step in steps:
            await self._command("stage_step", step, Answer)
        return await self._command("stage", fields, Staged)

    async def confirm(self, programme_number: int, digest: bytes) -> Answer:
        """Agree to the staged programme by its digest."""
        fields: Fields = {"programme_number": programme_number, "digest": digest}
        return await self._command("confirm", fields, Answer)

    async def cancel(self, programme_number: int) -> Answer:
        """Drop a programme that is not running."""
        return await self._command("cancel", {"programme_number": programme_number}, Answer)

    async def stop(self, *, attempts: int = _ATTEMPTS) -> Answer:
        """Stop the plunger. Works before hello, and, without a key, whatever schema it speaks."""
        try:
            return await self._command("stop", {}, Answer, attempts)
        except Refused as refused:
            if refused.code not in _UNAUTHORISED:
                raise
        await self.hello()
        await self.authorise(any_role(self.identity, self.line.device_key), attempts=attempts)
        return await self._command("stop", {}, Answer, attempts)

    async def acknowledge(self) -> Answer:
        """Acknowledge every active alarm."""
        return await self._command("acknowledge", {}, Answer)

    async def audio_pause(self) -> Answer:
        """Silence the active alarms for at most two minutes."""
        return await self._command("audio_pause", {}, Answer)

    async def ping(self) -> Answer:
        """Ask for a sign of life."""
        return await self._command("ping", {}, Answer)

    async def inspect(self) -> Inspection:
        """How the controller is doing: heap, longest tick, frames refused."""
        return await self._command("inspect", {}, Inspection)

    async def read_keyframe(self) -> Answer:
        """Have the pump tell its whole state from the next tick on; it goes to the listeners."""
        return await self._command("read_keyframe", {}, Answer)

    async def ledger(self) -> Ledger:
        """What this patient was given, and the last programme; Refused without a memory."""
        return await self._command("read_ledger", {}, Ledger)

    async def journal(self, first_sequence: int = 0) -> list[Entry]:
        """The pump's journal from a record on, oldest first; Refused without a memory."""
        raw: list[bytes] = []
        # What is written while this reads is not waited for.
        end: int | None = None
        while True:
            page = await self._journal_page(first_sequence + len(raw))
            if page.first_sequence != first_sequence + len(raw):
                # Older ones were overwritten.
                first_sequence = page.first_sequence
                raw.clear()
            end = page.next_sequence if end is None else end
            raw.extend(raw_records(page))
            if not page.record_count or first_sequence + len(raw) >= end:
                return entries(first_sequence, raw)

    async def _journal_page(self, first_sequence: int) -> JournalPage:
        return await self._command("read_journal", {"first_sequence": first_sequence}, JournalPage)

    async def new_patient(self, generation: int) -> Answer:
        """Clear the totals that `ledger` told with that generation: for another patient only."""
        return await self._command("new_patient", {"generation": generation}, Answer)

    async def presence(self) -> Answer:
        """Somebody is with the patient."""
        return await self._command("presence", {}, Answer)

    async def vitals(self, signs: VitalSigns, *, override: bool = False) -> Answer:
        """Vital signs of the patient, 0 where not measured; `override` passes a soft baseline."""
        fields: Fields = {
            "systolic_mmhg": signs.systolic,
            "diastolic_mmhg": signs.diastolic,
            "heart_rate_per_min": signs.heart_rate,
            "oxygen_percent": signs.oxygen,
            "sedation": signs.sedation,
            "override": int(override),
        }
        return await self._command("vitals", fields, Answer)

    async def install_library(
        self, compiled: bytes, taken: Callable[[int, int], None] | None = None
    ) -> HelloReply:
        """Install a compiled drug library; Refused, and the one before stays.

        `taken` is told how many parts the pump has, and of how many. What it says of itself then.
        """
        last = installation(compiled)
        pieces = list(parts(compiled))
        for count, part in enumerate(pieces, 1):
            await self._command("library_part", part, Answer)
            if taken is not None:
                taken(count, len(pieces))
        await self._command("install_library", last, Answer)
        return await self.hello()

    async def sessions(self) -> list[Row]:
        """The last sessions by the pump's own ledger, the newest first."""
        return rows_of(await self.session_page())

    async def session_page(self) -> SessionPage:
        """The same as the pump sends it, with its counts; Refused without a memory."""
        return await self._command("read_sessions", {}, SessionPage)

    async def settle(self, error: UncertainDelivery, within_s: float) -> bool:
        """Whether telemetry shows that the pump took up the command of `error`."""
        if error.was_taken_up:
            return True
        try:
            await self.wait_for(lambda now: now.last_request_id == error.request_id, within_s)
        except TimeoutError:
            return False
        return True

    async def _command(
        self, name: str, fields: Fields, kind: type[_Reply], attempts: int = _ATTEMPTS
    ) -> _Reply:
        conversation = self._conversation
        if conversation.ended.is_set():
            raise self.failure or LinkError(
                "link_closed", f"port {self.line.name}: closed on this side", "connect again"
            )
        if self._conversation.is_reader and name not in tag.QUESTIONS:
            raise Refused(
                "read_only",
                f"{name}: this host only listens to the pump",
                "connect without --read-only; one host gives commands",
            )
        await self._require_role(name)
        now_s = self.line.clock_s()
        reply: Record = await conversation.exchange.begin(
            name, fields, now_s, _ANSWER_WAIT_S, attempts
        )
        if isinstance(reply, kind):
            return reply
        raise LinkError(
            "wrong_answer",
            f"{name}: the pump answered with {reply.MESSAGE}",
            "switch the pump off and on; if it happens again, flash it",
        )

    async def _require_role(self, name: str) -> None:
        """A session in a role that may, before the first command that needs one."""
        roles = tag.roles_of(name)
        credential = self._conversation.exchange.credential
        if not roles or self._identity is None:
            return
        if credential is None or not roles >> tag.ROLES.index(credential.role) & 1:
            await self.authorise(
                next(role for bit, role in enumerate(tag.ROLES) if roles >> bit & 1)
            )
