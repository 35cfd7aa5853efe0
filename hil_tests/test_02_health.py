"""The pump is sound before anything is asked of it."""

import pytest

from evenflow.client.pump import Pump
from evenflow.rig import hands
from evenflow.rig.measurement import Measure, Measurement


@pytest.mark.requirement("TST-01")
async def test_the_self_test_has_passed_and_no_alarm_is_active(pump: Pump) -> None:
    assert pump.identity.self_test_failures == 0
    assert hands.state_of(pump) == "idle"


@pytest.mark.requirement("DES-04")
@pytest.mark.measures(
    Measurement("free_heap", "B", 2_000, None, "least heap that is free between two collections"),
    # No bound: a moving plunger alone has one, and the alarm tick_overrun says when it is passed.
    Measurement("longest_tick", "ms", None, None, "longest since boot, moving or not"),
)
async def test_the_controller_has_heap_and_time_to_spare(pump: Pump, measure: Measure) -> None:
    found = await pump.inspect()

    measure("free_heap", found.heap_lowest_bytes)
    measure("longest_tick", found.longest_load_us / 1_000)


@pytest.mark.requirement("LOG-01")
async def test_the_journal_is_whole(pump: Pump) -> None:
    """Reading it refuses a record that is not chained to the one before."""
    entries = await pump.journal()

    assert entries
    sequences = [entry.sequence for entry in entries]
    assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
