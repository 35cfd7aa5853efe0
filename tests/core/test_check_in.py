"""The parts of a tick that must check in."""

import pytest

from pumpcore import check_in


@pytest.mark.requirement("TST-07")
def test_every_part_has_a_bit_of_its_own_and_all_are_fed_by_all() -> None:
    bits = [value for name, value in vars(check_in).items() if name.isupper() and name != "ALL"]

    assert sorted(bits) == [1 << index for index in range(len(bits))]
    # What watches the motor driver is there on some boards alone.
    assert sum(bits) == check_in.ALL | check_in.WATCHED
    assert not check_in.ALL & check_in.WATCHED
