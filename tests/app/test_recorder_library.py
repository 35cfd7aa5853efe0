"""Which library counted, and since when, is in the journal."""

import pytest
from app.recorder_bench import NOW_S, Pump
from core import ketamine
from core.memory_bench import BenchMemory

from pumpcore.journal_record import get_signed
from pumpcore.library import Library

_OTHER = bytes(range(21, 29))


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
