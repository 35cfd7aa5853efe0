"""The other end of the line of a looped bench: one command a tick, and its one answer."""

from collections.abc import Callable

from core import ketamine, pico
from core.loop_bench import BenchClock, LoopBench
from core.memory_bench import BenchMemory
from core.pump_bench import PumpBench

from pumpcore.refusal_words import REFUSALS
from pumpcore.wire import messages
from pumpcore.wire.endpoint import Endpoint

STAGE = {
    "programme_number": 5,
    "library": ketamine.DIGEST,
    "entry": ketamine.IDENT,
    "dose_form": 1,
    "dose_value": 500_000,
    "weight_ng": 70 * 10**12,
    "concentration_ng_per_ml": 2_000_000,
    "duration_ms": 2_400_000,
    "syringe": 7,
    "fill_nl": 20_000_000,
}

Answer = dict[str, object]
Tagged = Callable[[bytearray, int], int]
_UNASKED = ("telemetry", "therapy", "keyframe")


class LinkHost:
    """Asks, and hears."""

    def __init__(self, **flags: bool) -> None:
        """Idle after its self-test; the flags are those of the board's link."""
        flags = {"link__bench": True} | flags
        bench = PumpBench(pico.profile(**flags))
        self.loop = LoopBench(bench, BenchClock(), ketamine.library(), BenchMemory())
        self.loop.board.sink = self._hear
        self.bench = bench
        self._endpoint = Endpoint(messages.TO_HOST)
        self._outgoing = Endpoint(messages.TO_HOST)
        self._heard: list[tuple[str, Answer]] = []
        self.loop.tick(30)

    def _hear(self, buffer: bytearray, count: int) -> None:
        self._endpoint.feed(buffer, count)
        message = self._endpoint.poll()
        assert message is not None, self._endpoint.last_error
        names = [field.name for field in message.fields]
        values = dict(zip(names, self._endpoint.values, strict=True))
        self._heard.append((message.name, values))

    def frame(self, name: str, tagged: Tagged | None = None, **fields: object) -> bytes:
        """A whole frame; fields that are not given are zeros, the request's number 77."""
        message = messages.by_name(name)
        defaults = {field.name: _nothing(field.kind) for field in message.fields}
        values = defaults | {"request_id": 77} | fields
        length = self._outgoing.write(message, list(values.values()), tagged)
        return bytes(self._outgoing.outgoing[:length])

    def hear(self, *frames: bytes) -> list[tuple[str, Answer]]:
        """What the pump says to these, all in one tick; telemetry left out."""
        self._heard.clear()
        for frame in frames:
            self.loop.board.receive(frame, len(frame))
        self.loop.tick()
        return [heard for heard in self._heard if heard[0] not in _UNASKED]

    def ask(self, name: str, tagged: Tagged | None = None, **fields: object) -> tuple[str, Answer]:
        """The one answer to a command, and its message."""
        (answer,) = self.hear(self.frame(name, tagged, **fields))
        assert answer[1]["request_id"] == fields.get("request_id", 77)
        return answer

    def refusal(self, name: str, tagged: Tagged | None = None, **fields: object) -> str:
        """The refusal's name; `none` for done."""
        answer_name, answer = self.ask(name, tagged, **fields)
        assert answer_name == "answer"
        assert answer["command"] == messages.by_name(name).ident
        return refusal_of(answer)

    def start(self) -> Answer:
        """Stage, confirm, prepare and press START; what `stage` was answered."""
        bench = self.bench
        _, staged = self.ask("stage", **STAGE)
        self.ask("confirm", programme_number=5, digest=staged["digest"])
        bench.kernel.preparation.checklist = 7
        bench.fit(20_000_000)
        bench.keys = 4
        self.loop.tick(4)
        bench.keys = 0
        return staged

    def telemetry(self) -> Answer:
        """The last there was."""
        return [values for name, values in self._heard if name == "telemetry"][-1]


def refusal_of(answer: Answer) -> str:
    """The name of what an `answer` says."""
    code = answer["refusal"]
    assert isinstance(code, int)
    return str(REFUSALS[code].name)


def _nothing(kind: str) -> int | bytes:
    return bytes(messages.KINDS[kind].size_bytes) if kind[0] == "b" else 0
