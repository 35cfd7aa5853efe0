"""The power-loss alarm by itself: timer, latch, capacitor."""

import pytest

from evenflow.emulator.plant.power_loss_alarm import PowerLossAlarm

S = 1_000_000_000


def alarm(*, is_armed: bool = True) -> PowerLossAlarm:
    """Its last edge was at one second."""
    made = PowerLossAlarm(180.0)
    made.arm(0, is_armed=is_armed)
    made.take_level(1, S)
    return made


def test_it_sounds_from_a_second_and_a_half_after_the_last_edge_to_the_next() -> None:
    made = alarm()
    made.take_level(1, 2 * S)
    assert not made.is_sounding(5 * S // 2 - 1)
    assert made.is_sounding(5 * S // 2)

    made.take_level(0, 4 * S)
    assert not made.is_sounding(4 * S)
    assert made.sounded_s(5 * S) == 1.5


def test_without_its_latch_it_never_sounds() -> None:
    assert alarm(is_armed=False).sounded_s(100 * S) == 0


def test_disarming_ends_it_and_arming_late_begins_at_once() -> None:
    made = alarm()
    made.arm(4 * S, is_armed=False)
    made.arm(10 * S, is_armed=True)

    assert made.is_sounding(10 * S)
    assert made.sounded_s(11 * S) == 2.5


@pytest.mark.parametrize("look_s", [200, 1_000])
def test_the_capacitor_lasts_for_its_time_and_fills_with_the_rail(look_s: int) -> None:
    made = alarm()
    made.supply(2 * S, is_on=False)
    assert made.sounded_s(look_s * S) == 180
    assert not made.is_sounding(look_s * S)

    made.supply(look_s * S, is_on=True)
    assert made.is_sounding(look_s * S)
    made.supply((look_s + 10) * S, is_on=False)
    assert made.sounded_s((look_s + 500) * S) == 180 + 10 + 180
