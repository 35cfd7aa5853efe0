"""A whole ketamine session, recorded, verified, and executed again from its record."""

import asyncio
from collections.abc import Coroutine
from pathlib import Path

import pytest

from evenflow.client.pump import Pump
from evenflow.client.records import Ledger, Staged
from evenflow.dose.plan import Plan
from evenflow.rig import hands
from evenflow.rig.measurement import Measure, Measurement
from evenflow.rig.rig import Rig
from evenflow.rig.weighing import Weighing
from evenflow.session.comparison import Compared
from evenflow.session.opening import Opened
from evenflow.session.run import Session
from evenflow.session.view import Happening, Progress
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.replay import replay
from evenflow.telemetry.store import create, open_existing
from evenflow.telemetry.verify import verify

pytestmark = [pytest.mark.needs("balance", "panel"), pytest.mark.timeout(900)]

_ORDER = {
    "patient": {"id": "rig-0001", "weight": "70 kg"},
    "therapy": {
        "care_area": "mood-clinic",
        "drug": "ketamine",
        "concentration": "2 mg/mL",
        "dose": "0.5 mg/kg",
        "duration": "40 min",
    },
    "session": {"observe": "120 min"},
}
_DOSE_MG = 35.0
_MG_PER_ML = 2.0


class Person:
    """Agrees to what pump and host computed, and remembers what happened."""

    def __init__(self) -> None:
        """Nothing has happened."""
        self.happenings: list[str] = []

    def say(self, words: str) -> None:
        """Nobody listens."""

    def happened(self, event: Happening) -> None:
        """Remember it."""
        self.happenings.append(event.name)

    def progress(self, now: Progress) -> None:
        """Nobody looks."""

    async def patient(self, ledger: Ledger) -> str:
        """Another one: the totals begin anew."""
        del ledger
        return "new"

    async def agrees(self, plan: Plan, staged: Staged, compared: list[Compared]) -> bool:
        """The digest is right."""
        del plan, staged
        return all(one.agrees for one in compared)


@pytest.mark.lasts("2 h")
@pytest.mark.requirement("FLO-06", "LOG-08")
@pytest.mark.measures(
    Measurement("dose", "mg", 34.65, 35.35, "of 35.0 mg ordered, by weight"),
    Measurement("replayed_ticks", "", 300_000, None, "executed again, each equal to its record"),
)
async def test_a_ketamine_session_gives_35_mg_and_its_record_is_executed_again(
    rig: Rig, measure: Measure, tmp_path: Path
) -> None:
    async with hands.connected(rig, measure.notes) as pump:
        planned = hands.ordered(_ORDER, hands.filling(pump, rig.mounted.model))
    record = tmp_path / "record.db"
    with create(record) as store:
        session = Session(planned, Opened(await rig.open_line(), None), store, Person())
        working: asyncio.Future[Weighing] = asyncio.get_running_loop().create_future()
        session.when_confirmed = lambda pump: chain(operate(rig, pump), working)
        running = asyncio.create_task(session.run())
        await asyncio.wait((running, working), return_when=asyncio.FIRST_EXCEPTION)
        weighing = await working
        summary = await running
    measure("dose", await weighing.take() * _MG_PER_ML)

    assert summary.outcome == "complete", summary.error
    with open_existing(record) as store:
        archive = Archive(store)
        assert verify(archive, summary.session_id) == []
        executed = replay(archive, summary.session_id)
        assert executed.is_equal, executed
        measure("replayed_ticks", executed.tick_count)


def chain(work: Coroutine[object, object, Weighing], end: asyncio.Future[Weighing]) -> None:
    """Do it beside all else; its result or its error is the future's."""

    def take(task: asyncio.Task[Weighing]) -> None:
        error = task.exception()
        if error is None:
            end.set_result(task.result())
        else:
            end.set_exception(error)

    asyncio.create_task(work).add_done_callback(take)


async def operate(rig: Rig, pump: Pump) -> Weighing:
    """Prepare, weigh, start, and stay with the patient until the session ends."""
    await hands.prepare(rig, pump)
    weighing = Weighing(rig, pump)
    await weighing.take()
    await hands.start(rig, pump)
    await hands.stay(rig, pump)
    return weighing
