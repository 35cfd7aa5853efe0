"""Two readings in a row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pumpcore.debounce import Debounce

pytestmark = pytest.mark.requirement("DES-02")


def test_one_reading_is_a_bounce() -> None:
    switches = Debounce()
    for raw in (0b1, 0, 0b1, 0, 0):
        switches.update(raw)

        assert (switches.stable, switches.pressed) == (0, 0)


@pytest.mark.requirement("LIB-08")
def test_the_second_reading_counts_and_is_a_press_once() -> None:
    """Accepted at most 40 ms after the contact closed."""
    switches = Debounce()
    seen = []
    for raw in (0b10, 0b10, 0b10, 0, 0, 0):
        switches.update(raw)
        seen.append((switches.stable, switches.pressed))

    assert seen == [(0, 0), (0b10, 0b10), (0b10, 0), (0b10, 0), (0, 0), (0, 0)]


@given(st.lists(st.integers(0, 0x1FF), min_size=2, max_size=40))
def test_each_switch_is_debounced_for_itself(readings: list[int]) -> None:
    switches = Debounce()
    expected = 0
    pending = 0
    for raw in readings:
        switches.update(raw)
        pressed = 0
        for bit in (1 << index for index in range(9)):
            if (raw ^ expected) & bit and pending & bit:
                expected ^= bit
                pending &= ~bit
                pressed |= raw & bit
            elif (raw ^ expected) & bit:
                pending |= bit
            else:
                pending &= ~bit

        assert (expected, pressed) == (switches.stable, switches.pressed)
