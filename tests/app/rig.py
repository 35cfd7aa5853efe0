"""A rig in one process: the real firmware on an emulated Pico, a host that answers, an operator.

Everything is virtual time. `Rig.run_until` steps the board tick by tick; what the pump says is in
`state`, `alarms` and `telemetry`, what is true is in `plant`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from evenflow import boards
from evenflow.client.batch import Batch
from evenflow.client.records import HelloReply, Staged, Telemetry
from evenflow.client.stream import Item, Stream
from evenflow.dose import library
from evenflow.emulator.board import Board
from evenflow.emulator.operator import AutoOperator
from evenflow.emulator.plant import PlantConfig
from pumpcore import syringe
from pumpcore.alarms import ALARMS
from pumpcore.interlock import STATES
from pumpcore.wire import messages
from pumpcore.wire.endpoint import Endpoint

US_PER_S = 1_000_000
NS_PER_US = 1_000


def bench_order(rate_ul_per_h: int, volume_nl: int, **others: int) -> dict[str, object]:
    """Fields of a stage message: plain rate and volume with the 50 mL syringe."""
    values: dict[str, object] = {
        field.name: bytes(8) if field.kind == "b8" else 0
        for field in messages.by_name("stage").fields
    }
    values["programme_number"] = 1
    values["syringe"] = 7
    values["rate_ul_per_h"] = rate_ul_per_h
    values["volume_nl"] = volume_nl
    values["fill_nl"] = min(volume_nl + 10_000_000, 50_000_000)
    values.update(others)
    return values


def stepped_order(*rows: tuple[int, int, int], **others: int) -> dict[str, object]:
    """Fields of a stage message whose steps are told before it; they are for `Rig(rows=…)`."""
    volume_nl = sum(row[2] for row in rows)
    order = bench_order(0, 0, step_count=len(rows))
    order["fill_nl"] = min(volume_nl + 10_000_000, 50_000_000)
    order.update(others)
    return order


def once_more(rig: "Rig", **changes: object) -> None:
    """After a completed dose: the next one from the same syringe, with what is changed of it."""
    rig.plant.press("acknowledge")
    rig.run_for(0.5)
    rig.plant.disconnect_patient()
    rig.order = {**rig.order, "fill_nl": int(rig.plant.syringe_volume_ml * 1_000_000), **changes}
    rig.prepare_again()


class Rig:
    """Board, host side and operator of one session."""

    def __init__(
        self,
        order: dict[str, object],
        runtime: str,
        *,
        rows: tuple[tuple[int, int, int], ...] = (),
        firmware: Path | None = None,
        preset_ticks_ms_before_wrap: int | None = None,
        seed: int = 1,
        profile: Mapping[str, object] | None = None,
    ) -> None:
        """Mount what the order says; nothing runs before `power_on`."""
        mounted = syringe.by_ident(int(order["syringe"]))  # type: ignore[call-overload]
        assert mounted is not None
        plant = PlantConfig(syringe=mounted.model, fill_ml=int(order["fill_nl"]) / 1e6)  # type: ignore[call-overload]
        self.board = Board(
            boards.load("pico") if profile is None else profile,
            library.compile_library(library.shipped()),
            runtime=runtime,
            seed=seed,
            plant=plant,
            firmware=firmware,
            preset_ticks_ms_before_wrap=preset_ticks_ms_before_wrap,
        )
        self.plant = self.board.plant
        self.order = order
        # Steps of the order: rate, rate at the end, volume.
        self.rows = rows
        self.telemetry: Telemetry | None = None
        self.state = "boot"
        self.alarms: set[str] = set()
        self.frames: list[bytes] = []
        self.keeps_frames = False
        self.is_pinging = True
        self._operator = AutoOperator(self.board)
        self._stream = Stream()
        self._host = Endpoint(messages.TO_DEVICE)
        self._pinged_at_us = 0
        self._request_id = 0
        self._notes = 0
        self.femtolitres_per_microstep = 0
        self._is_staged = False

    def __enter__(self) -> Self:
        """Power on."""
        self.board.power_on()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Power off."""
        self.board.close()

    @property
    def now_us(self) -> int:
        """Virtual time since power-on."""
        return self.board.now_us

    def send(self, name: str, *values: object) -> None:
        """Send a message with the next request id."""
        self._request_id += 1
        length = self._host.write(messages.by_name(name), [self._request_id, *values])
        self.board.write(bytes(self._host.outgoing[:length]))

    def tick(self) -> None:
        """One exchange, and what host and operator make of it."""
        self.board.step()
        received = self.board.read()
        if self.keeps_frames:
            self.frames.append(received)
        for item in self._stream.feed(received):
            self.hear(item)
            if isinstance(item, Batch):
                self._take(item.record(len(item) - 1))
            elif hasattr(item, "record") and isinstance(item.record, HelloReply):
                self._notes = item.record.self_test_notes
            elif hasattr(item, "record") and isinstance(item.record, Staged):
                self.femtolitres_per_microstep = item.record.femtolitres_per_microstep
                self.send("confirm", item.record.programme_number, item.record.digest)
        if self.is_pinging and self.now_us - self._pinged_at_us >= US_PER_S:
            self._pinged_at_us = self.now_us
            self.send("ping")
        if self.state == "idle" and not self._is_staged:
            self._is_staged = True
            self._stage()
        if self.telemetry is not None:
            self._operator.step(self.state, self.telemetry)
            assert self._operator.problem == ""

    def hear(self, item: Item) -> None:
        """What the pump said, for whoever wants it."""

    def run_until(self, reached: Callable[[], bool], within_s: float) -> None:
        """Tick until it is so; a failure if that takes longer than `within_s` of virtual time."""
        deadline_us = self.now_us + int(within_s * US_PER_S)
        while not reached():
            assert self.now_us < deadline_us, (
                f"{self.state} {sorted(self.alarms)} after {within_s} s; {self.board.console_text}"
            )
            self.tick()

    def run_for(self, span_s: float) -> None:
        """Tick for so long."""
        until_us = self.now_us + int(span_s * US_PER_S)
        while self.now_us < until_us:
            self.tick()

    def notes(self) -> int:
        """Bits of SELF_TEST_NOTES, as the pump tells them now."""
        self._notes = -1
        self.send("hello", messages.SCHEMA)
        self.run_until(lambda: self._notes >= 0, 2)
        return self._notes

    def start(self) -> None:
        """Everything up to the first moment in `infusing`."""
        self.run_until(lambda: self.state == "infusing", 60)

    def prepare_again(self) -> None:
        """Stage the order as it is now, and let the operator do it all again up to START."""
        self._operator = AutoOperator(self.board)
        self._stage()
        self.run_until(lambda: self.state in {"staged", "confirmed"}, 2)

    def resume(self) -> None:
        """START, twice."""
        for _ in range(2):
            self.plant.press("start")
            self.run_for(0.6)

    def last_step_at_us(self) -> float:
        """When the motor last made a step forward, 0 for never; needs `plant.records_steps`."""
        forward = (
            at / NS_PER_US
            for at, steps, enabled in reversed(self.plant.step_times)
            if enabled and steps > 0
        )
        return next(forward, 0.0)

    def _stage(self) -> None:
        number = self.order["programme_number"]
        for index, row in enumerate(self.rows):
            self.send("stage_step", number, index, *row)
        names = [field.name for field in messages.by_name("stage").fields[1:]]
        self.send("stage", *[self.order[name] for name in names])

    def _take(self, record: Telemetry) -> None:
        self.telemetry = record
        self.state = STATES[record.state]
        bits = record.alarms_low
        self.alarms = {alarm.name for alarm in ALARMS if bits >> alarm.ident & 1}
