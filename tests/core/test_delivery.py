"""Encoder against time x rate, without the pacer or the audit."""

import pytest

from pumpcore.delivery import Delivery

FL = 174_969_530
COUNTS, STEPS = 400, 3_200
TICK_US = 20_000


def behind_after(rate_ul_per_h: int, percent: int, seconds: float) -> Delivery:
    """A screw that turns at so many percent of the rate."""
    delivery = Delivery(COUNTS, STEPS)
    delivery.begin(rate_ul_per_h, FL)
    turned = 0
    fl_per_count = FL * STEPS // COUNTS
    for tick in range(1, round(seconds * 50) + 1):
        due_fl = rate_ul_per_h * 10**9 * tick * TICK_US * percent // (3_600 * 10**6 * 100)
        counts = due_fl // fl_per_count - turned
        turned += counts
        delivery.tick(TICK_US, counts)
    return delivery


@pytest.mark.requirement("OVR-03", "OVR-04")
@pytest.mark.parametrize("rate", [100, 1_000, 26_250, 400_000, 1_200_000])
def test_the_right_rate_is_neither_ahead_nor_behind(rate: int) -> None:
    """FLO-01: to within one count of the encoder, for an hour."""
    delivery = behind_after(rate, 100, 3_600)
    count_us = 3.6 * FL * STEPS / COUNTS / rate

    assert -TICK_US <= delivery.behind_us <= count_us + TICK_US
    assert not delivery.is_behind()
    assert not delivery.is_ahead()


@pytest.mark.requirement("OVR-04")
@pytest.mark.parametrize(("rate", "after_s"), [(26_250, 13.7), (5_000, 72), (400_000, 0.9)])
def test_a_screw_that_stands_is_behind_by_100_ul(rate: int, after_s: float) -> None:
    """OVR-04."""
    assert not behind_after(rate, 0, after_s * 0.98).is_behind()
    assert behind_after(rate, 0, after_s * 1.02).is_behind()


@pytest.mark.requirement("OVR-04")
def test_a_tenth_too_little_is_behind_by_100_ul() -> None:
    assert not behind_after(26_250, 90, 130).is_behind()
    assert behind_after(26_250, 90, 141).is_behind()


@pytest.mark.requirement("OVR-03")
@pytest.mark.parametrize(("rate", "percent"), [(26_250, 105), (26_250, 200), (1_000, 105)])
def test_five_percent_too_much_over_two_minutes_is_ahead(rate: int, percent: int) -> None:
    """OVR-03."""
    share = (percent - 100) / 100
    count_s = 3.6 * FL * STEPS / COUNTS / rate / 1e6
    limit_s = max(6, 0.25 + 2 * count_s)
    slack_s = count_s * 2 / share
    assert not behind_after(rate, percent, limit_s / share - slack_s).is_ahead()
    assert behind_after(rate, percent, limit_s / share + slack_s).is_ahead()


@pytest.mark.requirement("OVR-03")
def test_100_ul_too_much_are_ahead_at_any_rate() -> None:
    """OVR-03: 1.2 s at 300 mL/h."""
    assert not behind_after(300_000, 200, 1.1).is_ahead()
    assert behind_after(300_000, 200, 1.3).is_ahead()


@pytest.mark.requirement("PRC-05")
def test_it_never_grows_beyond_a_small_integer() -> None:
    delivery = Delivery(COUNTS, STEPS)
    delivery.begin(100, FL)
    for _ in range(2_000):
        delivery.tick(1_000_000, 0)

    assert delivery.behind_us < 1 << 30
    assert delivery.is_behind()


@pytest.mark.requirement("OVR-03")
def test_at_a_low_rate_two_counts_of_the_encoder_are_within_its_resolution() -> None:
    """At 0.1 mL/h a count is 50 s; the third one is ahead."""
    delivery = Delivery(COUNTS, STEPS)
    delivery.begin(100, FL)
    told = []
    for _ in range(3):
        delivery.tick(0, 1)
        told.append(delivery.is_ahead())

    assert told == [False, False, True]
    assert type(delivery._most_ahead_us) is int


@pytest.mark.requirement("OVR-03", "OVR-04")
def test_a_turn_takes_its_exact_time_and_a_new_beginning_forgets_it() -> None:
    delivery = Delivery(COUNTS, STEPS)
    exact_us = 18 * FL * STEPS // (5 * 26_250)
    for _ in range(2):
        delivery.begin(26_250, FL)
        assert delivery.behind_us == 0
        delivery.tick(exact_us, COUNTS)
        assert delivery.behind_us == 0
        # Not a whole number of steps a count, and of microseconds a step.
        delivery.tick(TICK_US, 1)

    assert delivery.behind_us == TICK_US + exact_us - 18 * FL * STEPS * (COUNTS + 1) // (
        5 * 26_250 * COUNTS
    )


@pytest.mark.requirement("OVR-03", "OVR-04")
@pytest.mark.parametrize("rate", [100, 26_250, 1_200_000])
def test_the_bound_itself_is_too_much(rate: int) -> None:
    delivery = Delivery(COUNTS, STEPS)
    delivery.begin(rate, FL)
    delivery.tick(delivery._most_behind_us, 0)
    assert delivery.is_behind()
    delivery.tick(-1, 0)
    assert not delivery.is_behind()
    delivery.behind_us = -delivery._most_ahead_us
    assert delivery.is_ahead()
    delivery.behind_us += 1
    assert not delivery.is_ahead()
