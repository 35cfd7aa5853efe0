"""A host that judges nothing, at a pump that holds the shipped drug library."""

from app.recorder_bench import NOW_S, Pump
from core.memory_bench import BenchMemory

from evenflow.dose.library import compile_library, shipped
from pumpapp import drug_library
from pumpcore.library import Library
from pumpcore.programme import MASS_PER_KG
from pumpcore.refusal_words import REFUSALS
from pumpcore.units import MS_PER_MIN, NG_PER_KG
from pumpcore.wire import messages
from pumpcore.wire.endpoint import Endpoint

KG = NG_PER_KG
MIN = MS_PER_MIN
# The reference order: 0.5 mg/kg for 70 kg over 40 min at 2 mg/mL.
ORDER = {
    "programme_number": 5,
    "library": shipped().digest,
    "entry": 1,
    "dose_form": MASS_PER_KG,
    "dose_value": 500_000,
    "weight_ng": 70 * KG,
    "concentration_ng_per_ml": 2_000_000,
    "duration_ms": 40 * MIN,
    "syringe": 7,
    "fill_nl": 20_000_000,
    "patient": b"patient1",
}
HEALTHY = {
    "systolic_mmhg": 120,
    "diastolic_mmhg": 75,
    "heart_rate_per_min": 70,
    "oxygen_percent": 98,
    "sedation": 1,
}


def installed(**changes: int) -> Library:
    """The shipped library as the pump has it; changes are those of each entry."""
    held = drug_library.parse(compile_library(shipped()))
    entries = tuple(entry._replace(**changes) for entry in held.entries)
    return Library(entries, held.digest, held.valid_until_s, held.version)


def nothing(field: messages.Field) -> int | bytes:
    """A value of that field's kind that says nothing."""
    kind = messages.KINDS[field.kind]
    return bytes(kind.size_bytes) if kind.low is None else 0


class Hostile(Pump):
    """The pump, and whether its plunger was driven; keys are pressed by whoever stands there."""

    def __init__(
        self, memory: BenchMemory | None = None, now_s: int = NOW_S, **changes: int
    ) -> None:
        """Idle after its self-test; the memory is another pump's if one is given."""
        self.key_refusals: list[str] = []
        super().__init__(memory or BenchMemory(), now_s, library=installed(**changes))

    @property
    def steps(self) -> int:
        """Edges on STEP, ever."""
        return self.bench.stepper.edge_count

    @property
    def state(self) -> str:
        """By name."""
        return self.bench.state()

    def offer(self, **changes: object) -> str:
        """The refusal of an order; `none` if it was staged."""
        answer = self.ask("stage", **{**ORDER, **changes})
        return "none" if "digest" in answer else REFUSALS[answer["refusal"]].name

    def begin(self, **changes: object) -> None:
        """An order that is within everything, up to the first steps."""
        self.start(**{**ORDER, **changes})
        self.tick(100)
        assert self.steps > 0

    def finish(self) -> None:
        """To the end of the dose, but for a microlitre in no time."""
        self.jump(1)
        while self.state != "complete":
            self.tick()

    def _hear(self, buffer: bytearray, count: int) -> None:
        reader = Endpoint(messages.TO_HOST)
        reader.feed(buffer, count)
        message = reader.poll()
        if message is not None and message.name == "event":
            names = [field.name for field in message.fields]
            values = dict(zip(names, reader.values, strict=True))
            self.key_refusals.append(REFUSALS[values["code"]].name)
        super()._hear(buffer, count)
