"""A course of six sessions on one emulated pump, and what file, ledger and records make of it.

Two sessions have a pause, one is given up, one is held by vital signs, one loses its power and is
finished with the rest of its dose, and one that comes too early is refused by the pump alone. The
library is the shipped one, but for infusions of four minutes. Between two sessions the pump is off:
each has a board of its own, with the memory of the one before, and a clock that is days later.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from host.course import courses
from host.session.scripted import SilentView

from evenflow import boards
from evenflow.course import calendar, record, status
from evenflow.course.decision import DeviceSession, may_begin
from evenflow.course.file import Course
from evenflow.dose import library
from evenflow.dose.order import from_table
from evenflow.dose.plan import Plan, plan
from evenflow.emulator import Board, PlantConfig
from evenflow.errors import Refused
from evenflow.link import EmulatedLine
from evenflow.session import ending
from evenflow.session.opening import Opened
from evenflow.session.run import Session
from evenflow.session.summary import Summary
from evenflow.session.view import Progress
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.store import create
from pumpcore import units
from pumpcore.session_ledger import Row, SessionLedger

pytestmark = [
    pytest.mark.requirement("KET-08", "KET-10", "KET-13", "KET-14"),
    pytest.mark.timeout(600),
]

SHIPPED = library.content_of(library.SHIPPED).decode()
SHORT = library.read(
    SHIPPED.replace('hard_low  = { value = "30 min"', 'hard_low  = { value = "4 min"', 1)
    .replace('soft_low  = { value = "40 min"', 'soft_low  = { value = "4 min"', 1)
    .replace(
        'value = "15 min"\ngrade = "P"\nsource = "about',
        'value = "3 min"\ngrade = "P"\nsource = "about',
        1,
    )
    .encode(),
    "short.toml",
)
RULES = courses.RULES
WHOLE_MG = 17.5
REASON = "a simulated course"


def ordered(dose: str = "0.25 mg/kg", duration: str = "10 min") -> Plan:
    """17.5 mg in ten minutes: 8.75 mL at 52.5 mL/h."""
    content = {
        "schema": 1,
        "patient": {"id": "demo-0001", "weight": "70 kg"},
        "therapy": {
            "care_area": "mood-clinic",
            "drug": "ketamine",
            "concentration": "2 mg/mL",
            "dose": dose,
            "duration": duration,
        },
        "syringe": {"model": "bd-plastipak-20", "fill": "14 mL"},
        "session": {"observe": "15 min"},
    }
    return plan(from_table(content, "course", SHORT), REASON, SHORT)


class Acts(SilentView):
    """Does to the board what is due, by the time since START."""

    def __init__(self, acts: dict[float, Callable[[Board], None]]) -> None:
        """Of a session that goes as ordered, none."""
        super().__init__()
        self.board: Board | None = None
        self._due = sorted(acts.items(), key=lambda item: item[0])

    def progress(self, now: Progress) -> None:
        """Do it."""
        super().progress(now)
        if now.since_start_s is None or self.board is None:
            return
        while self._due and now.since_start_s >= self._due[0][0]:
            self._due.pop(0)[1](self.board)


def press(*keys: str) -> Callable[[Board], None]:
    """One key after the other, a second apart."""

    def act(board: Board) -> None:
        for index, key in enumerate(keys):
            board.plant.after_ms(1_000 * index + 1, lambda key=key: board.plant.press(key))

    return act


def cut(board: Board) -> None:
    """Power goes, and comes back."""
    board.power_off()
    board.power_on()


@dataclass
class Pump:
    """One pump over weeks: its memory, its days, and what its plants gave."""

    folder: Path
    memory: bytes = b""
    given_mg: list[float] = field(default_factory=list)
    records_mg: list[float] = field(default_factory=list)
    summaries: list[Summary] = field(default_factory=list)

    async def run(
        self, at: datetime, order: Plan, acts: dict[float, Callable[[Board], None]]
    ) -> Summary:
        """One session that begins then."""
        board = Board(
            boards.load("pico"),
            library.compile_library(SHORT),
            runtime="cpython",
            plant=PlantConfig(
                syringe="bd-plastipak-20", fill_ml=14.0, clock_chip_unix_s=int(at.timestamp())
            ),
        )
        if self.memory:
            board.plant.memory.content[:] = self.memory
        board.power_on()
        view = Acts(acts)
        view.board = board
        line = EmulatedLine(board, "emulated:pico", speed=None)
        name = self.folder / f"{at:%Y%m%dT%H%M}.db"
        with create(name) as store:
            try:
                summary = await Session(order, Opened(line, board), store, view).run()
            finally:
                self.memory = bytes(board.plant.memory.content)
            kept = Archive(store).session(summary.session_id)["summary"]
        self.given_mg.append(board.plant.patient_volume_ml * 2)
        self.records_mg.append((kept["given"]["low_mg"] + kept["given"]["high_mg"]) / 2)
        self.summaries.append(summary)
        return summary

    def rows(self) -> list[Row]:
        """Of the pump's own ledger, the oldest first, read from its memory."""
        ledger = SessionLedger(_Bytes(self.memory))
        assert ledger.open()
        return [ledger.row(index) for index in range(ledger.count)]


class _Bytes:
    """A memory to look into."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read_into(self, address: int, buffer: bytearray) -> None:
        buffer[:] = self._content[address : address + len(buffer)]


async def test_a_course_of_six_ends_with_ledger_calendar_and_records_that_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "UNATTENDED_S", 120)
    course = courses.course(start="2026-12-01T10:00")
    pump = Pump(tmp_path)
    days = [one.at_utc for one in course.planned]
    pause = {120.0: press("stop"), 180.0: press("start", "start")}

    for number, acts in enumerate(({}, pause, {240.0: press("stop")})):
        course = await session(pump, course, days[number], acts)

    with pytest.raises(Refused, match="too soon"):
        await pump.run(days[2] + timedelta(hours=20), ordered(), {})
    assert pump.given_mg[3:] == []

    course = await session(
        pump, course, days[3], {200.0: press("stop"), 300.0: press("start", "start")}
    )
    course = await session(pump, course, days[4], {})
    at = days[5]
    first = await pump.run(at, ordered(), {240.0: cut})
    print(first.outcome, pump.rows())
    rest = pump.run(at + timedelta(minutes=20), ordered("0.15 mg/kg", "6 min"), {})
    await rest
    print(pump.given_mg, pump.records_mg, [s.outcome for s in pump.summaries], pump.rows())


async def session(
    pump: Pump, course: Course, at: datetime, acts: dict[float, Callable[[Board], None]]
) -> Course:
    """One of the course that may begin; recorded in its file."""
    summary = await pump.run(at, ordered(), acts)
    row = pump.rows()[-1]
    outcome = "complete" if summary.outcome == "complete" else "aborted"
    given = record.Given(
        at, f"{pump.records_mg[-1]:.3f} mg", outcome, summary.session_id, row.number
    )
    return record.added(course, given, at + timedelta(hours=2))
