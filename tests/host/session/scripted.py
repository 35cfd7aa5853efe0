"""A scripted pump that infuses: for sessions that go wrong in ways no sound pump does."""

from pathlib import Path
from typing import TYPE_CHECKING

from host.client.fake_device import FakeDevice, FakeLine

from evenflow.boards import load as load_board
from evenflow.client.records import Ledger, Staged
from evenflow.dose.order import from_table
from evenflow.dose.plan import Plan, plan
from evenflow.session.comparison import Compared
from evenflow.session.opening import Opened
from evenflow.session.run import Session
from evenflow.session.view import Happening, Progress
from evenflow.telemetry.store import Store
from pumpcore import syringe, units

if TYPE_CHECKING:
    from collections.abc import Callable

RATE_UL_PER_H = 600_000
VOLUME_NL = 1_000_000
THERAPY = {"care_area": "bench", "rate": "600 mL/h", "volume": "1 mL"}
# 6 s at 600 mL/h.
INFUSION_TICKS = 300
# Of a pump that was on before: who it is, its state, where its journal is, and its totals.
FIRST_ASKED = ("hello", "read_keyframe", "read_ledger", "hello", "read_ledger")


def bench_plan(override: str | None = None, *, kvo: str = "", **session: str) -> Plan:
    """1 mL at 600 mL/h on the bench, from a 50 mL syringe; then perhaps a flow after it."""
    content: dict[str, object] = {
        "schema": 1,
        "therapy": THERAPY | ({"kvo": kvo} if kvo else {}),
        "syringe": {"model": "bd-plastipak-50", "fill": "20 mL"},
    }
    if session:
        content["session"] = {"observe": "1 min", **session}
    return plan(from_table(content, "bench"), override)


def staged_fields(order: Plan) -> dict[str, int | bytes]:
    """What a sound pico answers to that plan."""
    profile = load_board("pico")
    mounted = syringe.by_model(order.order.syringe_model)
    per_turn = profile["plunger.steps_per_turn"] * profile["plunger.microsteps"]
    fl = syringe.femtolitres_per_microstep(mounted.bore_um, profile["plunger.lead_um"], per_turn)
    volume_nl = order.figures.pumped_volume_nl
    return {
        "mass_ng": int(order.figures.mass_ng or 0),
        "volume_nl": volume_nl,
        "rate_ul_per_h": order.figures.pumped_rate_ul_per_h,
        "microsteps": volume_nl * units.FL_PER_NL // fl,
        "femtolitres_per_microstep": fl,
        "digest": order.digest,
    }


class InfusingDevice(FakeDevice):
    """Starts by itself ten ticks after the confirmation, and infuses until told otherwise."""

    def __init__(self, order: Plan, **knobs: object) -> None:
        """`events` are called at their tick after START."""
        super().__init__(staged=staged_fields(order), **knobs)
        self.board_name = "pico"
        self.events: dict[int, Callable[[InfusingDevice], None]] = {}
        self.ticks_since_start = -10
        self.infused_ticks = 0
        self.on_tick = InfusingDevice.infuse

    def infuse(self) -> None:
        """One tick of the script."""
        if self.state not in ("confirmed", "infusing", "paused", "held", "kvo", "complete"):
            return
        self.ticks_since_start += 1
        if self.ticks_since_start == 0:
            self.state = "infusing"
        if self.state == "infusing" and self.ticks_since_start > 0:
            self.move()
        if self.ticks_since_start in self.events:
            self.events[self.ticks_since_start](self)

    def move(self) -> None:
        """One three-hundredth of the volume; the last one completes it."""
        self.infused_ticks += 1
        total = int(self.staged["microsteps"])
        delivered = total * self.infused_ticks // INFUSION_TICKS
        self.fields["delivered_microsteps"] = delivered
        self.fields["step_count"] = delivered % 65_536
        self.fields["encoder_count"] = delivered // 8
        self.fields["commanded_ul_per_h"] = RATE_UL_PER_H
        if delivered == total:
            self.state = "complete"
            self.fields["stop_reason"] = 3


class SilentView:
    """Remembers what it was told."""

    def __init__(self, *, answer: bool = True) -> None:
        """`answer` to the question of the digest."""
        self.answer = answer
        self.lines: list[str] = []
        self.events: list[Happening] = []
        self.shown: list[Progress] = []
        self.asked: list[Staged] = []
        self.patient_answer = "same"
        self.ledgers: list[Ledger] = []

    def say(self, words: str) -> None:
        """Remember."""
        self.lines.append(words)

    def happened(self, event: Happening) -> None:
        """Remember."""
        self.events.append(event)

    def progress(self, now: Progress) -> None:
        """Remember."""
        self.shown.append(now)

    async def patient(self, ledger: Ledger) -> str:
        """Answer as told."""
        self.ledgers.append(ledger)
        return self.patient_answer

    async def agrees(self, plan: Plan, staged: Staged, compared: list[Compared]) -> bool:
        """Answer as told."""
        del plan, compared
        self.asked.append(staged)
        return self.answer

    @property
    def names(self) -> list[str]:
        """Names of the events."""
        return [event.name for event in self.events]


def session(
    order: Plan, device: FakeDevice, store: Store, view: SilentView
) -> tuple[Session, FakeLine]:
    """A session on a line to the device."""
    line = FakeLine(device)
    return Session(order, Opened(line, None), store, view), line


def order_file(folder: Path, text: str) -> Path:
    """An order on disk."""
    path = folder / "order.toml"
    path.write_text(text, encoding="utf-8")
    return path
