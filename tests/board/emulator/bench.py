"""The real firmware with a host of a few lines and the automatic operator, for tests."""

from pathlib import Path
from types import SimpleNamespace

from evenflow import boards
from evenflow.dose import library, order, plan
from evenflow.emulator import AutoOperator, Board
from pumpcore.interlock import STATES
from pumpcore.wire import messages
from pumpcore.wire.endpoint import Endpoint

ORDERS = Path(__file__).resolve().parents[3] / "examples" / "orders"
TELEMETRY = messages.by_name("telemetry")
FIELDS = [field.name for field in TELEMETRY.fields]
PING_US = 900_000


class Bench:
    """A host of a few lines: stages, confirms, pings, and keeps the latest telemetry."""

    def __init__(
        self, runtime: str, order_name: str, board: str | Path = "pico", **others: object
    ) -> None:
        """Of a board that is still off."""
        planned = plan.plan(order.load(ORDERS / order_name))
        compiled = library.compile_library(library.shipped())
        self.board = Board(boards.load(board), compiled, runtime=runtime, **others)
        self.operator = AutoOperator(self.board)
        self.latest: dict[str, int] = {}
        self.sent = bytearray()
        self._stage = planned.stage_values(1)
        self._endpoint = Endpoint(messages.TO_HOST)
        self._request_id = 1
        self._ping_at_us = 0
        self._has_staged = False

    @property
    def state(self) -> str:
        return STATES[self.latest.get("state", 0)]

    def run_until(self, state: str, within_s: float) -> None:
        until_us = self.board.now_us + within_s * 1_000_000
        while self.state != state:
            assert self.board.now_us < until_us, f"still {self.state}: {self.operator.problem}"
            self.step()

    def run_for(self, span_s: float) -> None:
        until_us = self.board.now_us + span_s * 1_000_000
        while self.board.now_us < until_us:
            self.step()

    def step(self) -> None:
        board = self.board
        board.step()
        if board.now_us >= self._ping_at_us:
            self._ping_at_us = board.now_us + PING_US
            self._send("ping", {})
        received = board.read()
        self.sent += received
        for start in range(0, len(received), 200):
            part = received[start : start + 200]
            self._endpoint.feed(part, len(part))
            message = self._endpoint.poll()
            while message is not None:
                self._take(message)
                message = self._endpoint.poll()

    def _take(self, message: messages.Message) -> None:
        values = list(self._endpoint.values)
        if message.name == "telemetry":
            self.latest = dict(zip(FIELDS, values, strict=False))
            view = SimpleNamespace(checklist=self.latest["checklist"])
            self.operator.step(self.state, view)
            if self.state == "idle" and not self._has_staged:
                self._has_staged = True
                self._send("stage", self._stage)
        elif message.name == "staged":
            digest = values[len(message.kinds) - 1]
            self._send("confirm", {"programme_number": 1, "digest": digest})

    def _send(self, name: str, values: dict[str, object]) -> None:
        message = messages.by_name(name)
        self._request_id += 1
        given = {**values, "request_id": self._request_id}
        length = self._endpoint.write(message, [given[field.name] for field in message.fields])
        self.board.write(bytes(self._endpoint.outgoing[:length]))
