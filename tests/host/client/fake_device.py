"""A scripted pump for unit tests: answers as told, and misbehaves as told. No emulated hardware.

Time is virtual: one tick of 20 ms for each that a read's horizon asks for.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from evenflow.client.pump import Pump
from evenflow.errors import LinkError
from pumpcore.interlock import STATES
from pumpcore.refusals import code
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.frame import seal
from pumpcore.wire.messages import SCHEMA, TO_DEVICE, by_name

TICK_US = 20_000
DIGEST = b"digest!!"
_QUESTIONS = ("hello", "ping", "inspect", "read_ledger", "read_sessions", "read_keyframe")


@dataclass
class FakeDevice:
    """What it says and does; every knob may be turned while it runs."""

    schema: bytes = SCHEMA
    firmware: str = "0.1.0"
    board_name: str = "fake"
    link_flags: int = 5
    self_test_failures: int = 0
    is_silent: bool = False
    sends_telemetry: bool = True
    ignores: set[str] = field(default_factory=set)
    loses_answers_to: set[str] = field(default_factory=set)
    refuses: dict[str, tuple[str, int]] = field(default_factory=dict)
    staged: dict[str, int | bytes] = field(default_factory=dict)
    ledger: dict[str, int] = field(default_factory=dict)
    sessions: dict[str, int | bytes] = field(default_factory=dict)
    garble: Callable[[bytes], bytes] = bytes
    fields: dict[str, int] = field(default_factory=dict)
    on_tick: Callable[["FakeDevice"], None] = lambda _: None
    taken_up: list[tuple[str, list]] = field(default_factory=list)
    tick_count: int = 0
    last_request_id: int = 0

    def __post_init__(self) -> None:
        """Ready at once, idle."""
        self.endpoint = Endpoint(TO_DEVICE)
        self.state = "idle"

    @property
    def commands(self) -> list[str]:
        """Names of what was taken up, pings left out."""
        return [name for name, _ in self.taken_up if name != "ping"]

    def tick(self, received: bytes) -> bytes:
        """Take what came, and say what a pump says in a tick."""
        said = b""
        self.endpoint.feed(received, len(received))
        while (message := self.endpoint.poll()) is not None:
            said += self._execute(message.name, list(self.endpoint.values))
        self.on_tick(self)
        self.tick_count += 1
        if self.sends_telemetry:
            said += self.frame("telemetry", self._telemetry())
        return b"" if self.is_silent else self.garble(said)

    def frame(self, name: str, fields: Mapping[str, object]) -> bytes:
        """A whole frame; fields left out are 0."""
        message = by_name(name)
        values = [fields.get(row.name, _zero(row.kind)) for row in message.fields]
        length = self.endpoint.write(message, values)
        return bytes(self.endpoint.outgoing[:length])

    def _execute(self, name: str, values: list) -> bytes:
        if name in self.ignores:
            return b""
        self.taken_up.append((name, values))
        if name not in _QUESTIONS:
            self.last_request_id = values[0]
        answer = self._answer(name, values)
        return b"" if name in self.loses_answers_to else answer

    def _answer(self, name: str, values: list) -> bytes:
        request_id = values[0]
        if name in self.refuses:
            reason, bound = self.refuses[name]
            return self._plain_answer(name, request_id, code(reason), bound)
        if name == "hello":
            return self.frame("hello_reply", {"request_id": request_id, **self._identity()})
        if name == "read_ledger":
            return self.frame("ledger", {"request_id": request_id, **self.ledger})
        if name == "read_sessions":
            return self.frame("session_page", {"request_id": request_id, **self.sessions})
        if name == "inspect":
            return self.frame("inspection", {"request_id": request_id, "heap_bytes": 177_000})
        if name == "stage":
            self.state = "staged"
            self.fields["programme_number"] = values[1]
            number = {"programme_number": values[1], "digest": DIGEST}
            return self.frame("staged", {"request_id": request_id, **number, **self.staged})
        states = {"confirm": "confirmed", "cancel": "idle"}
        self.state = states.get(name, self.state)
        if name == "stop" and self.state == "infusing":
            self.state = "paused"
        return self._plain_answer(name, request_id, 0, 0)

    def _plain_answer(self, name: str, request_id: int, refusal: int, bound: int) -> bytes:
        return self.frame(
            "answer",
            {
                "request_id": request_id,
                "command": by_name(name).ident,
                "refusal": refusal,
                "tick_count": self.tick_count,
                "bound": bound,
            },
        )

    def _identity(self) -> dict[str, object]:
        return {
            "schema": self.schema,
            "firmware": self.firmware,
            "board": self.board_name,
            "interpreter": "none",
            "link_flags": self.link_flags,
            "self_test_failures": self.self_test_failures,
            "reset_cause": 1,
            "state": STATES.index(self.state),
            "banner": "NOT FOR USE ON PEOPLE",
        }

    def _telemetry(self) -> dict[str, int]:
        return {
            "tick_count": self.tick_count,
            "elapsed_us": TICK_US,
            "state": STATES.index(self.state),
            "last_request_id": self.last_request_id,
            **self.fields,
        }


def _zero(kind: str) -> int | bytes | str:
    if kind.startswith("t"):
        return ""
    return bytes(int(kind[1:])) if kind.startswith("b") else 0


async def connect(device: FakeDevice) -> Pump:
    """A pump that has said hello to the device."""
    return await Pump.connect(FakeLine(device))


def sealed(payload: bytes) -> bytes:
    """Any payload as a whole frame."""
    buffer = bytearray(1) + payload + bytes(10)
    return bytes(buffer[: seal(buffer, 1 + len(payload))])


STAGE = {
    field.name: bytes(8) if field.kind == "b8" else 0
    for field in by_name("stage").fields
    if field.name != "request_id"
} | {"programme_number": 3}


class FakeLine:
    """A line to a FakeDevice; see evenflow.link.Line."""

    is_emulated = True
    device_key = None
    name = "fake"

    def __init__(self, device: FakeDevice) -> None:
        """Open."""
        self.device = device
        self.written = b""
        self.breaks_at_tick: int | None = None
        self.is_closed = False
        self.elapsed_ticks = 0
        self._to_device = b""

    def clock_s(self) -> float:
        """Virtual time."""
        return self.elapsed_ticks * TICK_US / 1_000_000

    async def read(self, horizon_s: float) -> bytes:
        """As many ticks as the horizon holds, at least one."""
        received = b""
        for _ in range(max(1, round(horizon_s * 1_000_000 / TICK_US))):
            if self.breaks_at_tick is not None and self.device.tick_count >= self.breaks_at_tick:
                raise LinkError("link_lost", "port fake: went away", "look at the pump")
            self._to_device, received_now = b"", self.device.tick(self._to_device)
            received += received_now
            self.elapsed_ticks += 1
        await asyncio.sleep(0)
        return received

    def write(self, frame: bytes) -> None:
        """To the device, at its next tick."""
        self.written += frame
        self._to_device += frame

    async def close(self) -> None:
        """Remember that it was closed."""
        self.is_closed = True
