"""Device time: what telemetry says, and nominal ticks for those that were lost."""

from datetime import UTC, datetime

import pytest
from host.telemetry.frames import batch

from evenflow.telemetry.timeline import Gap, Moment, Timeline, wall_text


@pytest.mark.requirement("LOG-05")
def test_time_is_the_sum_of_what_the_ticks_say() -> None:
    timeline = Timeline()

    timeline.add(batch(100, 101, elapsed_us=20_010))
    gaps = timeline.add(batch(102))

    assert timeline.now == Moment(102, 60_020)
    assert timeline.now.t_s == 0.06002
    assert timeline.before_us == 40_020
    assert gaps == []


def test_lost_ticks_count_as_nominal_ones_and_are_told() -> None:
    timeline = Timeline()
    timeline.add(batch(0))

    gaps = timeline.add(batch(3, 4, 9))

    assert gaps == [
        Gap(Moment(3, 80_000), 0, 2, is_restart=False),
        Gap(Moment(9, 200_000), 2, 4, is_restart=False),
    ]
    assert timeline.now == Moment(9, 200_000)


@pytest.mark.requirement("LOG-05")
def test_a_device_that_counts_anew_goes_on_in_time() -> None:
    timeline = Timeline()
    timeline.add(batch(500, 501))

    (gap,) = timeline.add(batch(0, 1))

    assert gap.is_restart
    assert gap.at == Moment(0, 60_000)
    assert timeline.now == Moment(1, 80_000)


def test_each_row_of_the_last_batch_has_its_moment() -> None:
    timeline = Timeline()
    added = batch(7, 8, 11)
    timeline.add(added)

    assert timeline.moment(added, 0) == Moment(7, 20_000)
    assert timeline.moment(added, 1) == Moment(8, 40_000)
    assert timeline.moment(added, 2) == Moment(11, 100_000)


def test_wall_time_is_utc_with_milliseconds() -> None:
    assert wall_text(datetime(2026, 1, 5, 9, 0, 0, 1999, UTC)) == "2026-01-05T09:00:00.001Z"
