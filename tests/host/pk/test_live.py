"""What a session delivered as infusions, and the band that goes along with it."""

import time

import pytest

from evenflow.pk import InvalidInfusion, InvalidTime, LiveBand, UnknownModel, delivered, predict
from evenflow.pk.many import band_names

CONCENTRATION_NG_PER_ML = 2e6
# 26.25 mL/h by samples of 1 s: to 20 min, a pause of 10 min, to 50 min; then nothing.
PLAN = {"weight_kg": 70, "planned_mass_ng": 35e6, "rate_ng_per_min": 875e3}


def flow_nl(second: int) -> float:
    running = min(second, 1200) + min(max(second - 1800, 0), 1200)
    return running * 26.25e6 / 3600


SAMPLES = [(float(second), flow_nl(second)) for second in range(7201)]


def test_samples_become_infusions_of_the_same_mass() -> None:
    found = delivered(SAMPLES, CONCENTRATION_NG_PER_ML)

    assert len(found) == 2400
    assert sum((stop - start) * rate for start, stop, rate in found) == pytest.approx(
        35, rel=1e-12
    )
    assert found[0] == pytest.approx((0, 1 / 60, 0.875))
    assert found[1200] == pytest.approx((30, 30 + 1 / 60, 0.875))


def test_what_the_plunger_took_back_is_given_only_once() -> None:
    samples = [(0, 0.0), (60, 10e6), (120, 9e6), (180, 9.5e6), (240, 10.5e6)]

    # 10 mL, then the half millilitre beyond where it was; 2 mg/mL
    assert delivered(samples, CONCENTRATION_NG_PER_ML) == [
        pytest.approx((0, 1, 20)),
        pytest.approx((3, 4, 1)),
    ]


def test_what_the_first_sample_has_was_given_before() -> None:
    assert delivered([(60, 5e6), (120, 6e6)], 1e6) == [pytest.approx((1, 2, 1))]
    assert delivered([], 1e6) == delivered([(0, 0.0)], 1e6) == []


@pytest.mark.parametrize(
    ("sample", "error"), [((1.0, 5.0), InvalidTime), ((2.0, float("nan")), InvalidInfusion)]
)
def test_samples_that_make_no_sense_are_refused(
    sample: tuple[float, float], error: type[Exception]
) -> None:
    with pytest.raises(error):
        delivered([(1.0, 0.0), sample], 1e6)


def test_the_live_band_is_what_predict_makes_of_the_whole_history() -> None:
    live = LiveBand(**PLAN)
    infusions = delivered(SAMPLES, CONCENTRATION_NG_PER_ML)
    checked = 0
    for second, volume_nl in SAMPLES[1:]:
        level = live.advance(second, volume_nl * CONCENTRATION_NG_PER_ML / 1e6)
        if second % 600:
            continue
        checked += 1
        columns = [
            predict(name, weight_kg=70, infusions=infusions, times_min=[second / 60])[0]
            for name in band_names()
        ]
        assert level.ng_per_ml == pytest.approx((min(columns), max(columns)), rel=1e-9)
    assert checked == 12


def test_the_end_is_when_the_rest_is_given_at_the_plan_s_rate() -> None:
    # After 20 min and a pause of 10: 17.5 mg are left, for 20 min more.
    live = LiveBand(**PLAN)
    live.advance(1200, 17.5e6)
    level = live.advance(1800, 17.5e6)

    assert level.end_s == pytest.approx(3000)
    planned = [(0, 20, 0.875), (30, 50, 0.875)]
    ends = [
        predict(name, weight_kg=70, infusions=planned, times_min=[50])[0] for name in band_names()
    ]
    assert level.end_ng_per_ml == pytest.approx((min(ends), max(ends)), rel=1e-9)


def test_with_the_dose_given_the_end_is_now() -> None:
    level = LiveBand(**PLAN).advance(2400, 35.1e6)

    assert (level.end_s, level.end_ng_per_ml) == (2400, level.ng_per_ml)


def test_only_the_models_that_are_named() -> None:
    level = LiveBand(**PLAN, names=["hijazi-2003"]).advance(2400, 35e6)
    (expected,) = predict("hijazi-2003", weight_kg=70, infusions=[(0, 40, 0.875)], times_min=[40])

    assert level.ng_per_ml == pytest.approx((expected, expected), rel=1e-12)
    with pytest.raises(UnknownModel):
        LiveBand(**PLAN, names=["klamp"])


def test_an_update_takes_less_than_a_millisecond() -> None:
    live = LiveBand(**PLAN)
    spans = []
    for second in range(1, 101):
        began = time.perf_counter()
        live.advance(second, second * 14583)
        spans.append(time.perf_counter() - began)

    assert min(spans) < 1e-3


@pytest.mark.parametrize(
    ("to_s", "mass_ng", "error"),
    [
        (60, 2e6, InvalidTime),
        (59, 2e6, InvalidTime),
        (float("nan"), 2e6, InvalidTime),
        (61, 0.9e6, InvalidInfusion),
        (61, float("nan"), InvalidInfusion),
    ],
)
def test_neither_time_nor_mass_goes_back(
    to_s: float, mass_ng: float, error: type[Exception]
) -> None:
    live = LiveBand(**PLAN)
    before = live.advance(60, 1e6)
    with pytest.raises(error):
        live.advance(to_s, mass_ng)

    assert (live.at_s, live.mass_ng) == (before.at_s, before.mass_ng)


@pytest.mark.parametrize(
    "changed", [{"planned_mass_ng": -1}, {"rate_ng_per_min": 0}, {"planned_mass_ng": float("inf")}]
)
def test_a_plan_that_is_none_is_refused(changed: dict[str, float]) -> None:
    with pytest.raises(InvalidInfusion):
        LiveBand(**{**PLAN, **changed})
