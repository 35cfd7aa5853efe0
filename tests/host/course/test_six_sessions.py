"""A course of six sessions on one emulated pump, and what file, ledger and records make of it.

Two sessions have a pause, one is given up, one is held by vital signs, one loses its power and is
finished with the rest of its dose, and one that comes too early is refused. The library is the
shipped one, but for infusions of ten minutes. Between two sessions the pump is off: each has a
board of its own, with the memory of the one before, and a clock that is days later.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from host.course import courses
from host.session.scripted import SilentView

from evenflow import boards
from evenflow.course import calendar, status
from evenflow.course import file as course_file
from evenflow.dose import library
from evenflow.dose.order import from_table
from evenflow.dose.plan import Plan, plan
from evenflow.emulator import Board, PlantConfig
from evenflow.errors import Refused
from evenflow.link import EmulatedLine
from evenflow.session import ending, vitals_file
from evenflow.session.course_part import CoursePart
from evenflow.session.opening import Opened
from evenflow.session.run import Session
from evenflow.session.view import Progress
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.store import create
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
MG_PER_ML = 2.0
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
    """One pump over weeks: its memory, and what its plants and its records say of each run."""

    folder: Path
    course: Path
    memory: bytes = b""
    in_truth_mg: list[float] = field(default_factory=list)
    in_record_mg: list[float] = field(default_factory=list)
    outcomes: list[str] = field(default_factory=list)
    alarms: list[set[str]] = field(default_factory=list)

    async def run(
        self,
        at: datetime,
        order: Plan,
        acts: dict[float, Callable[[Board], None]] | None = None,
        *,
        vitals: str = "",
        has_course: bool = True,
    ) -> None:
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
        view = Acts(acts or {})
        view.board = board
        opened = Opened(EmulatedLine(board, "emulated:pico", speed=None), board)
        rows = [row.split(",") for row in vitals.splitlines()]
        findings = vitals_file.read(rows, "vitals") if rows else None
        part = CoursePart(order, self.course if has_course else None, lambda: at)
        with create(self.folder / f"{at:%Y%m%dT%H%M}.db") as store:
            try:
                session = Session(order, opened, store, view, findings=findings, course=part)
                summary = await session.run()
            finally:
                self.memory = bytes(board.plant.memory.content)
            kept = Archive(store).session(summary.session_id)["summary"]
        self.outcomes.append(summary.outcome)
        self.alarms.append({one.name for one in summary.tracker.alarms})
        self.in_truth_mg.append(board.plant.patient_volume_ml * MG_PER_ML)
        self.in_record_mg.append((kept["given"]["low_mg"] + kept["given"]["high_mg"]) / 2)

    def ledger(self) -> list[Row]:
        """Of the pump's own sessions, the oldest first, read from its memory."""
        ledger = SessionLedger(_Bytes(self.memory))
        assert ledger.open()
        return [ledger.row(index) for index in range(ledger.count)]


class _Bytes:
    """A memory to look into."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read_into(self, address: int, buffer: bytearray) -> None:
        buffer[:] = self._content[address : address + len(buffer)]


async def _no_judgement(*_: object) -> None:
    """Of a host that does not ask."""


VITALS = """\
at_min,sbp,dbp,hr,spo2,sedation
baseline,124,78,70,98,alert
4,190,112,104,97,alert
6,132,82,76,98,alert
"""


async def test_a_course_of_six_ends_with_ledger_calendar_and_records_that_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ending, "UNATTENDED_S", 170)
    planned = courses.course(start="2026-12-01T10:00")
    path = tmp_path / "course.toml"
    course_file.save(planned, path)
    pump = Pump(tmp_path, path)
    days = [one.at_utc for one in planned.planned]
    pause = {120.0: press("stop"), 180.0: press("start", "start")}
    hold = {370.0: press("acknowledge"), 375.0: press("start", "start")}

    await pump.run(days[0], ordered())
    await pump.run(days[1], ordered(), pause)
    await pump.run(days[2], ordered(), {240.0: press("stop")})
    early = days[2] + timedelta(hours=20)
    with pytest.raises(Refused, match="24 h"):
        await pump.run(early, ordered())
    # Nor without the file, nor by a host that asks neither file nor ledger.
    with pytest.raises(Refused, match="24 h"):
        await pump.run(early, ordered(), has_course=False)
    with monkeypatch.context() as patch:
        patch.setattr(CoursePart, "judge", _no_judgement)
        with pytest.raises(Refused, match="the pump refused stage: too soon"):
            await pump.run(early, ordered(), has_course=False)
    await pump.run(days[3], ordered(), pause)
    await pump.run(days[4], ordered(), hold, vitals=VITALS)
    await pump.run(days[5], ordered(), {240.0: cut})
    await pump.run(days[5] + timedelta(minutes=20), ordered("0.15 mg/kg", "6 min"))

    assert pump.outcomes == [
        *("complete", "complete", "stopped", "complete", "complete", "restarted", "complete"),
    ]
    # Truth is read from the plant; every record is of one run.
    truth_mg = pump.in_truth_mg
    expected_mg = [WHOLE_MG, WHOLE_MG, 7.0, WHOLE_MG, WHOLE_MG, 7.0, 10.5]
    assert truth_mg == pytest.approx(expected_mg, rel=0.01)
    assert pump.in_record_mg == pytest.approx(truth_mg, rel=0.01)
    # The ledger has six sessions: the rest of the sixth is no session of its own.
    sessions_mg = [*truth_mg[:5], truth_mg[5] + truth_mg[6]]
    rows = pump.ledger()
    assert [row.number for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row.given_ng / 1e6 for row in rows] == pytest.approx(sessions_mg, rel=0.01)
    # So has the calendar, read from the file that seven runs have written to.
    course = course_file.load(path)
    found = status.status(course, days[5] + timedelta(hours=3), RULES)
    assert [line.state for line in found.lines] == [status.GIVEN] * 6
    assert found.unplanned == ()
    by_file_mg = [
        sum(float(item.given.removesuffix(" mg")) for item in (line.item, *line.rests) if item)
        for line in found.lines
    ]
    assert by_file_mg == pytest.approx(sessions_mg, rel=0.01)
    assert [item.device_session for item in course.history] == [1, 2, 3, 4, 5, 6, 6]
    assert calendar.ics(course).count(b"BEGIN:VEVENT") == 6
    # In the fifth the plunger stood, from the signs until healthy ones and two acts.
    assert "vitals_limit" in pump.alarms[4]
    assert "vitals_limit" not in pump.alarms[3]
