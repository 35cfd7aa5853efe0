"""Journal and totals read from the real loop, over a line."""

import pytest
from core.memory_bench import BenchMemory
from host.client.bench_device import NOW_S, BenchDevice
from host.client.fake_device import FakeLine

from evenflow.client.journal import entries
from evenflow.client.pump import Pump
from evenflow.errors import Refused
from pumpcore import journal_record
from pumpcore.journal_record import RECORD_BYTES
from pumpcore.memory import JOURNAL_ADDRESS


async def connect(memory: BenchMemory | None) -> Pump:
    return await Pump.connect(FakeLine(BenchDevice(memory)))


async def test_every_record_is_read_and_judged() -> None:
    memory = BenchMemory()
    async with await connect(memory) as pump:
        device = pump.line.device
        for value in range(40):
            device.loop.recorder._note(journal_record.KEY, 0, value, 0)
            await pump.ping()
        await pump.ping()
        read = await pump.journal()
        later = await pump.journal(30)

    assert [entry.sequence for entry in read] == list(range(len(read)))
    assert [entry.kind_name for entry in read[:3]] == ["begun", "boot", "library"]
    assert len(read) > 40
    assert all(entry.is_sound for entry in read)
    assert later == read[30:]
    assert read[0].at.isoformat() == "2026-05-03T19:33:20+00:00"
    assert NOW_S == 200_000_000


@pytest.mark.parametrize(("index", "problem"), [(0, "damaged"), (17, "damaged")])
async def test_a_record_that_was_changed_is_named(index: int, problem: str) -> None:
    memory = BenchMemory()
    async with await connect(memory) as pump:
        memory.content[JOURNAL_ADDRESS + RECORD_BYTES + index] ^= 1
        read = await pump.journal()

    assert [entry.problem for entry in read[:3]] == [None, problem, None]


async def test_a_record_that_was_made_anew_breaks_the_chain() -> None:
    """LOG-06."""
    memory = BenchMemory()
    async with await connect(memory) as pump:
        forger = journal_record.Writer()
        forger.make(1, 1, 1, NOW_S, journal_record.BOOT, 1, 0, 0)
        memory.write(JOURNAL_ADDRESS + RECORD_BYTES, forger.buffer)
        read = await pump.journal()

    assert [entry.problem for entry in read[:3]] == [None, "chain_broken", "chain_broken"]


def test_records_in_each_others_places_are_named() -> None:
    writer = journal_record.Writer()
    writer.make(5, 1, 1, 0, journal_record.BOOT, 1, 0, 0)
    (entry,) = entries(6, [bytes(writer.buffer)])

    assert (entry.problem, entry.at) == ("out_of_place", None)


async def test_a_board_without_a_memory_refuses() -> None:
    async with await connect(None) as pump:
        with pytest.raises(Refused) as refused:
            await pump.journal()

    assert refused.value.code == "no_journal"


async def test_totals_are_read_and_cleared() -> None:
    memory = BenchMemory()
    async with await connect(memory) as pump:
        ledger = pump.line.device.loop.recorder.account.ledger
        ledger.add(7, 35_000_000, NOW_S)
        ledger.store()
        told = await pump.ledger()
        with pytest.raises(Refused) as refused:
            await pump.new_patient(told.generation - 1)
        answer = await pump.new_patient(told.generation)
        cleared = await pump.ledger()

    assert refused.value.code == "wrong_generation"
    assert answer.refusal_name == "none"
    assert (told.total_ng, cleared.total_ng) == (35_000_000, 0)
    assert told.stop_reason_name == "none"
