"""A looped bench with a memory, and a host that reads what it has written down."""

from core import ketamine, pico
from core.loop_bench import BenchClock, LoopBench
from core.memory_bench import BenchMemory
from core.pump_bench import PumpBench

from pumpcore import journal_record, panel
from pumpcore.journal_record import KINDS, NO_CHAIN, decode, follows, is_whole
from pumpcore.library import Library
from pumpcore.refusal_words import REFUSALS
from pumpcore.wire import messages
from pumpcore.wire.endpoint import Endpoint

NOW_S = 200_000_000
WATCHDOG = 3
MG = 1_000_000
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
# 40 mL of water at 1200 mL/h.
WATER = {
    "programme_number": 6,
    "rate_ul_per_h": 1_200_000,
    "volume_nl": 40_000_000,
    "syringe": 7,
    "fill_nl": 45_000_000,
}


class Pump:
    """A looped bench with a memory, from power-on until it is switched off."""

    def __init__(
        self,
        memory: BenchMemory | None,
        now_s: int = NOW_S,
        reset_cause: int = 1,
        library: Library | None = None,
    ) -> None:
        """Idle after its self-test."""
        self.bench = PumpBench(pico.profile(link__bench=True))
        self.loop = LoopBench(
            self.bench, BenchClock(), library or ketamine.library(), memory, now_s, reset_cause
        )
        self.loop.board.sink = self._hear
        self.request_id = 0
        self._endpoint = Endpoint(messages.TO_HOST)
        self._heard: list[tuple[str, dict]] = []
        self.tick(30)

    def tick(self, count: int = 1) -> None:
        """So many passes of the loop."""
        self.loop.tick(count)

    def _hear(self, buffer: bytearray, count: int) -> None:
        """See above."""
        self._endpoint.feed(buffer, count)
        message = self._endpoint.poll()
        assert message is not None, self._endpoint.last_error
        names = [field.name for field in message.fields]
        if message.name not in ("telemetry", "event", "therapy", "keyframe"):
            values = dict(zip(names, self._endpoint.values, strict=True))
            self._heard.append((message.name, values))

    def ask(self, name: str, **fields: object) -> dict:
        """The one answer to a command."""
        message = messages.by_name(name)
        defaults = {f.name: bytes(8) if f.kind == "b8" else 0 for f in message.fields}
        self.request_id += 1
        self._heard.clear()
        values = defaults | {"request_id": self.request_id} | fields
        self.loop.send(message, list(values.values()))
        self.tick()
        ((_, answer),) = self._heard
        return answer

    def refusal(self, name: str, **fields: object) -> str:
        """The refusal's name; `none` for done."""
        return REFUSALS[self.ask(name, **fields)["refusal"]].name

    def prepare(self, **order: object) -> None:
        """Staged and confirmed, and the checklist done."""
        staged = self.ask("stage", **order)
        number = staged["programme_number"]
        assert self.refusal("confirm", programme_number=number, digest=staged["digest"]) == "none"
        self.bench.kernel.preparation.checklist = panel.CHECKLIST_COMPLETE
        self.bench.fit(order["fill_nl"])

    def start(self, **order: object) -> None:
        """Prepared, and START pressed."""
        self.prepare(**order)
        self.press(panel.KEY_START)
        assert self.bench.state() == "infusing"

    def press(self, key: int) -> None:
        """Press a key and let it go."""
        self.bench.keys |= key
        self.tick(3)
        self.bench.keys &= ~key
        self.tick(3)

    def jump(self, left_ul: int) -> None:
        """Let all but so much of the programme have been given, between two ticks."""
        kernel = self.bench.kernel
        fl = kernel.programme.femtolitres_per_microstep
        kernel.motion.delivered_steps = kernel.programme.microsteps - left_ul * 10**9 // fl
        kernel.motion._seal()
        self.tick(2)

    def records(self) -> list[journal_record.Record]:
        """The whole journal, over the wire, each record whole and chained."""
        found = []
        chain = NO_CHAIN
        first = 0
        while True:
            page = self.ask("read_journal", first_sequence=first)
            for index in range(page["record_count"]):
                raw = page[f"record_{index}"]
                assert is_whole(raw)
                assert follows(raw, chain)
                found.append(decode(raw))
                chain = found[-1].chain
            first = page["first_sequence"] + page["record_count"]
            if first == page["next_sequence"]:
                return found

    def kinds(self) -> list[str]:
        """Names of the records' kinds, in order."""
        return [KINDS[record.kind].name for record in self.records()]

    def of_kind(self, name: str) -> list[journal_record.Record]:
        """The records of a kind."""
        return [record for record in self.records() if KINDS[record.kind].name == name]


def ledger_of(memory: BenchMemory, **how: int) -> dict:
    """What the next boot says."""
    return Pump(memory, **how).ask("read_ledger")
