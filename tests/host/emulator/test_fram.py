"""The memory by itself: places, wear, and what a cut of power leaves."""

import pytest

from evenflow.emulator.plant.fram import Fram

BYTE_NS = 22_500
# Address and place, then the first byte: its acknowledge comes with the fourth.
FIRST_NS = 4 * BYTE_NS


def memory(cuts: list[int] | None = None) -> Fram:
    return Fram(16, ([] if cuts is None else cuts).append)


def test_a_read_goes_on_from_the_place_and_the_end_leads_to_the_beginning() -> None:
    made = memory()
    made.take(b"\x00\x0eabcd", 0, BYTE_NS)
    made.take(b"\x00\x0f", 0, BYTE_NS)

    assert made.give(2, 0) == b"bc"
    assert made.give(1, 0) == b"d"
    assert bytes(made.content) == b"cd" + bytes(12) + b"ab"
    assert (made.write_count, made.written_byte_count) == (1, 4)


@pytest.mark.parametrize(("kept", "early_ns"), [(0, 1), (1, 0), (1, 1 - BYTE_NS), (3, 0), (4, 0)])
def test_a_cut_keeps_what_was_acknowledged_by_then(kept: int, early_ns: int) -> None:
    made = memory()
    made.take(b"\x00\x02wxyz", 0, BYTE_NS)
    made.take(b"\x00\x02abcd", 1_000_000, BYTE_NS)
    made.lose_power(1_000_000 + FIRST_NS + max(kept - 1, 0) * BYTE_NS - early_ns)

    assert bytes(made.content[2:6]) == b"abcd"[:kept] + b"wxyz"[kept:]


def test_a_write_that_is_over_stays_whatever_comes() -> None:
    made = memory()
    made.take(b"\x00\x00ab", 0, BYTE_NS)
    made.lose_power(1_000_000)
    made.lose_power(0)

    assert bytes(made.content[:2]) == b"ab"


def test_a_cut_that_was_asked_for_comes_with_its_byte_once() -> None:
    cuts: list[int] = []
    made = memory(cuts)
    made.take(b"\x00\x00ab", 0, BYTE_NS)
    made.cut_power_in(3)
    made.take(b"\x00\x00ab", 0, BYTE_NS)
    assert cuts == []

    made.take(b"\x00\x00ab", 0, BYTE_NS)
    made.take(b"\x00\x00abcd", 0, BYTE_NS)
    assert cuts == [FIRST_NS]
