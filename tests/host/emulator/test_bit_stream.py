"""The I2S transmitter at STEP, to the bit."""

import pytest

from evenflow.emulator.controller.bit_stream import BitStream
from evenflow.emulator.controller.errors import EmulationError

PART = 128
PART_NS = PART * 8_000
ROOM = 10 * PART
START_NS = 5_000_000


def stream() -> BitStream:
    return BitStream(2, ROOM, PART, START_NS)


def edges(subject: BitStream, until_ns: int) -> list[int]:
    found: list[int] = []
    subject.run(until_ns, found)
    return found


def test_what_is_written_to_an_idle_one_begins_with_the_next_part() -> None:
    subject = stream()
    subject.write(PART, [(0, 1 << 31), (1, 0b11 << 4)], START_NS + 3 * PART_NS + 1)

    begun_ns = START_NS + 4 * PART_NS
    assert subject.gap_count == 1
    assert edges(subject, begun_ns + PART_NS) == [begun_ns, begun_ns + 58_000]
    assert subject.is_idle


def test_what_is_written_in_time_follows_without_a_gap() -> None:
    subject = stream()
    for part in range(4):
        subject.write(PART, [(31, 1)], START_NS + part * PART_NS)

    assert subject.gap_count == 0
    assert edges(subject, START_NS + 10 * PART_NS) == [
        START_NS + part * PART_NS - 1_000 for part in range(1, 5)
    ]


def test_ones_side_by_side_are_one_pulse_across_frames_and_writes() -> None:
    subject = stream()
    subject.write(PART, [(0, 1), (1, 1 << 31), (31, 1)], START_NS)
    subject.write(PART, [(0, 1 << 31)], START_NS)

    assert edges(subject, START_NS + 2 * PART_NS) == [START_NS + 31_000, START_NS + 1_023_000]


def test_a_frame_of_zeros_between_ends_a_pulse() -> None:
    subject = stream()
    subject.write(PART, [(0, 1), (2, 1 << 31)], START_NS)
    subject.write(PART, [(0, 1 << 31)], START_NS)

    assert edges(subject, START_NS + 2 * PART_NS) == [
        START_NS + 31_000,
        START_NS + 64_000,
        START_NS + PART_NS,
    ]


def test_the_reply_tells_how_much_is_left() -> None:
    subject = stream()
    subject.write(2 * PART, [], START_NS)

    assert subject.reading(START_NS) == 2_048
    assert subject.reading(START_NS + 2_047_001) == 1
    assert subject.reading(START_NS + 9 * PART_NS) == 0


def test_a_part_that_is_not_full_is_refused() -> None:
    with pytest.raises(EmulationError, match="no multiple of the 128"):
        stream().write(PART + 4, [], START_NS)
