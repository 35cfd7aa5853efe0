"""What the journal says of a fault: one that stops, and one that was put right."""

import pytest
from app.recorder_bench import STAGE, Pump
from core.memory_bench import BenchMemory

from pumpcore import alarms
from pumpcore.interlock import STATES


@pytest.mark.requirement("TST-14", "LOG-01")
def test_a_fault_that_stops_is_in_the_journal_by_its_name() -> None:
    memory = BenchMemory()
    pump = Pump(memory)
    pump.start(**STAGE)
    pump.tick(20)
    pump.bench.kernel.motion.moved_steps ^= 1 << 20
    pump.tick(10)
    assert pump.bench.state() == "fault"

    ident = alarms.by_name("memory_fault").ident
    assert ident in [record.code for record in pump.of_kind("alarm_raised")]
    assert STATES[pump.of_kind("state")[-1].code] == "fault"
    assert ident in [record.code for record in Pump(memory).of_kind("alarm_raised")]


@pytest.mark.requirement("TST-14")
def test_a_memory_that_answers_again_is_told_in_the_journal_and_stops_nothing() -> None:
    memory = BenchMemory()
    pump = Pump(memory)
    pump.start(**STAGE)
    memory.is_answering = False
    pump.tick(100)
    memory.is_answering = True
    pump.tick(100)

    assert pump.bench.state() == "infusing"
    assert len(pump.of_kind("memory_failed")) == 1
