"""Why the plunger stands, by number and by name."""

import pytest

from pumpcore.alarms import ALARMS, IDENTS_PER_WORD
from pumpcore.stop_reason import (
    FIRST_ALARM_REASON,
    STOP_REASONS,
    WAITED_TOO_LONG,
    of_alarms,
    stop_reason_name,
)

pytestmark = pytest.mark.requirement("LOG-01")


def test_every_reason_has_a_name() -> None:
    assert [stop_reason_name(reason) for reason in range(6)] == list(STOP_REASONS)
    assert WAITED_TOO_LONG == 5
    for alarm in ALARMS:
        assert stop_reason_name(FIRST_ALARM_REASON + alarm.ident) == alarm.name


@pytest.mark.parametrize("reason", [6, 15, 16 + 2 * IDENTS_PER_WORD])
def test_a_number_that_is_no_reason_has_no_name(reason: int) -> None:
    with pytest.raises(IndexError):
        stop_reason_name(reason)


def test_of_several_alarms_the_lowest_ident_is_the_reason() -> None:
    assert of_alarms(0b1100, 0b1) == FIRST_ALARM_REASON + 2
    assert of_alarms(1, 0) == FIRST_ALARM_REASON
    assert of_alarms(0, 0b1010) == FIRST_ALARM_REASON + IDENTS_PER_WORD + 1
