"""Pure functions from a programme to another, and what the band makes of each."""

import pytest

from evenflow.pk import InvalidInfusion, InvalidTime, measured, predict
from evenflow.pk.many import band_names
from evenflow.pk.what_if import WhatIf, aborted, doubled, outcome, paused, pushed

PLAN = [(0.0, 40.0, 0.875)]
TWO = [(0.0, 10.0, 1.0), (15.0, 40.0, 0.5)]


def test_an_abort_ends_everything() -> None:
    assert aborted(PLAN, 20) == [(0, 20, 0.875)]
    assert aborted(TWO, 12) == [(0, 10, 1)]
    assert aborted(TWO, 60) == TWO


def test_after_a_pause_the_rest_follows_at_its_own_rate() -> None:
    assert paused(PLAN, 20, 10) == [(0, 20, 0.875), (30, 50, 0.875)]
    assert paused(TWO, 5, 10) == [(0, 5, 1), (15, 20, 1), (25, 50, 0.5)]
    assert paused(TWO, 12, 10) == [(0, 10, 1), (25, 50, 0.5)]
    assert paused(PLAN, 60, 10) == PLAN


@pytest.mark.parametrize("at_min", [1.0, 10.0, 12.0, 20.0, 39.0])
def test_a_pause_neither_adds_nor_takes(at_min: float) -> None:
    mass = sum((stop - start) * rate for start, stop, rate in paused(TWO, at_min, 7))

    assert mass == pytest.approx(22.5)


def test_double_and_all_at_once() -> None:
    assert doubled(TWO) == [(0, 10, 2), (15, 40, 1)]
    assert pushed(40) == [(0, 1, 40)]


@pytest.mark.parametrize("moment", [0.0, -1.0, float("nan"), float("inf")])
def test_moments_that_are_none_are_refused(moment: float) -> None:
    with pytest.raises(InvalidTime):
        aborted(PLAN, moment)
    with pytest.raises(InvalidTime):
        paused(PLAN, 20, moment)
    with pytest.raises(InvalidInfusion):
        pushed(moment)


def test_an_outcome_has_each_model_s_own_peak_and_the_level_at_the_end() -> None:
    found = outcome(WhatIf("the plan", tuple(PLAN)), weight_kg=70, until_min=120)

    ends = [
        predict(name, weight_kg=70, infusions=PLAN, times_min=[40, 120]) for name in band_names()
    ]
    assert found.mass_mg == pytest.approx(35)
    assert found.peak_min == 40
    assert found.peak_ng_per_ml == pytest.approx((min(ends)[0], max(ends)[0]), rel=1e-12)
    last = [end for _, end in ends]
    assert found.end_ng_per_ml == pytest.approx((min(last), max(last)), rel=1e-12)


def test_a_peak_between_two_minutes_is_found_where_the_rate_ends() -> None:
    found = outcome(WhatIf("short", ((0.0, 30.5, 1.0),)), weight_kg=70, until_min=120)

    assert found.peak_min == 30.5


def test_a_double_dose_is_twice_as_high() -> None:
    once = outcome(WhatIf("once", tuple(PLAN)), weight_kg=70, until_min=120)
    twice = outcome(WhatIf("twice", tuple(doubled(PLAN))), weight_kg=70, until_min=120)

    assert twice.peak_ng_per_ml == pytest.approx([2 * one for one in once.peak_ng_per_ml])


def test_what_was_measured_says_where_it_is_from() -> None:
    rows = measured()

    assert [row.citation for row in rows if row.is_of(0.5, 40)] == [
        "Zanos 2018 Table 1 (PMC6020109), citing Zarate 2006",
        "Zanos 2018 Table 1 (PMC6020109), citing Krystal 1994",
    ]
    for row in rows:
        assert row.citation
        assert row.grade in {"F", "U"}
        assert 0 < row.low_ng_per_ml <= row.high_ng_per_ml
    assert not any(row.is_of(0.4, 40) or row.is_of(0.5, 60) for row in rows)
