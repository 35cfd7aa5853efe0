"""Which library counted, and since when, is in the journal."""

import pytest
from app.recorder_bench import NOW_S, STAGE, WATER, Pump
from core import ketamine
from core.memory_bench import BenchMemory

from pumpcore.journal_record import get_signed
from pumpcore.library import Library
from pumpcore.refusal_words import REFUSALS

_OTHER = bytes(range(21, 29))


@pytest.mark.requirement("LIB-04")
def test_a_library_takes_no_order_of_a_drug_after_its_last_day() -> None:
    """The pump's clock goes on while it is on; bench orders have no library."""
    installed = Library((ketamine.ENTRY,), ketamine.DIGEST, NOW_S + 5)
    pump = Pump(BenchMemory(), NOW_S, library=installed)
    assert "digest" in pump.ask("stage", **STAGE)
    assert pump.refusal("cancel", programme_number=5) == "none"
    assert pump.loop.recorder is not None
    pump.loop.recorder.clock.now_s = NOW_S + 5

    refused = pump.ask("stage", **{**STAGE, "programme_number": 7})
    assert (REFUSALS[refused["refusal"]].name, refused["bound"]) == ("library_expired", NOW_S + 5)
    assert "digest" in pump.ask("stage", **WATER)


@pytest.mark.requirement("LOG-09")
def test_each_library_is_told_with_its_hash_and_the_time_it_began() -> None:
    """LOG-09: a version, another, and the first again."""
    memory = BenchMemory()
    for hours, digest in enumerate((ketamine.DIGEST, _OTHER, ketamine.DIGEST)):
        installed = Library((ketamine.ENTRY,), digest)
        pump = Pump(memory, NOW_S + hours * 3_600, library=installed)

    told = pump.of_kind("library")
    starts = [get_signed(digest, 0) for digest in (ketamine.DIGEST, _OTHER, ketamine.DIGEST)]
    assert [record.value for record in told] == starts
    assert [record.clock_s - NOW_S for record in told] == [0, 3_600, 7_200]
