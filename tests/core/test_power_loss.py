"""When the power-loss alarm is armed."""

import pytest

from pumpcore.interlock import STATES
from pumpcore.power_loss import is_armed


@pytest.mark.requirement("ALM-16", "PWR-03")
def test_it_is_armed_from_the_first_programme_on_and_in_a_fault() -> None:
    unarmed = [name for index, name in enumerate(STATES) if not is_armed(index)]

    assert unarmed == ["boot", "self_test", "idle"]
