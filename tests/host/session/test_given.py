"""Bounds of what was given: the count unless something says otherwise, and never the wrong way."""

from dataclasses import replace

import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from evenflow.session.facts import Facts
from evenflow.session.given import Evidence, given

FACTS = Facts(
    volume_nl=17_500_000,
    kvo_nl=0,
    rate_ul_per_h=26_250,
    fill_nl=20_000_000,
    area_um2=559_902_496,
    femtolitres_per_microstep=174_969_530,
    concentration_ng_per_ml=2_000_000,
    stops_on_link_loss=False,
    observe_s=7200.0,
    encoder_steps_num=3200,
    encoder_steps_den=400,
)
SOUND = Evidence(
    counted_nl=8_000_000,
    by_encoder_nl=8_000_000,
    left_nl=12_000_000,
    pressure_mmhg=10.0,
    pressure_at_stop_mmhg=0.0,
    is_moving=False,
    is_link_lost=False,
    has_restarted=False,
    alarms=frozenset(),
)


def bounds(**changed: object) -> tuple[int, int]:
    """The bounds with part of the evidence changed."""
    found = given(FACTS, replace(SOUND, **changed))
    return found.low_nl, found.high_nl


def test_without_a_doubt_the_count_is_what_was_given() -> None:
    found = given(FACTS, SOUND)

    assert (found.low_nl, found.high_nl, found.why) == (8_000_000, 8_000_000, "")
    assert found.is_certain


def test_a_lost_link_while_infusing_may_give_the_whole_programme() -> None:
    assert bounds(is_link_lost=True, is_moving=True) == (8_000_000, 17_500_000)
    assert bounds(is_link_lost=True, is_moving=False) == (8_000_000, 8_000_000)


@pytest.mark.requirement("SYR-07")
def test_with_a_flow_after_the_end_that_may_have_been_given_too() -> None:
    facts = replace(FACTS, kvo_nl=1_000_000)
    lost = replace(SOUND, is_link_lost=True, is_moving=True)

    assert given(facts, lost).high_nl == 18_500_000
    assert given(facts, replace(lost, counted_nl=18_000_000)).low_nl == 18_000_000
    stops = replace(facts, stops_on_link_loss=True)
    assert given(stops, replace(lost, counted_nl=18_499_000)).high_nl == 18_500_000


def test_a_pump_that_stops_on_link_loss_gives_five_seconds_more_at_most() -> None:
    facts = replace(FACTS, stops_on_link_loss=True)

    found = given(facts, replace(SOUND, is_link_lost=True, is_moving=True))
    near_end = given(
        facts, replace(SOUND, is_link_lost=True, is_moving=True, counted_nl=17_499_000)
    )

    # 26.25 mL/h for 5.08 s
    assert found.high_nl - found.low_nl == pytest.approx(37_042, abs=2)
    assert near_end.high_nl == 17_500_000


def test_a_restart_may_have_given_what_the_queue_held() -> None:
    low, high = bounds(has_restarted=True)

    # 26.25 mL/h for 100 ms
    assert low == 8_000_000
    assert high - low == pytest.approx(729, abs=1)


def test_a_stall_gave_what_the_encoder_saw() -> None:
    assert bounds(alarms=frozenset({"motor_stall"}), by_encoder_nl=7_900_000) == (
        7_900_000,
        8_000_000,
    )
    assert bounds(alarms=frozenset({"motor_stall"}), by_encoder_nl=None) == (0, 8_000_000)


def test_over_delivery_gave_anything_between_count_and_encoder() -> None:
    alarm = frozenset({"over_delivery"})

    assert bounds(alarms=alarm, by_encoder_nl=8_300_000) == (8_000_000, 8_300_000)
    assert bounds(alarms=alarm, by_encoder_nl=7_800_000) == (7_800_000, 8_000_000)


def test_a_blocked_line_holds_back_what_its_pressure_stores() -> None:
    low, high = bounds(alarms=frozenset({"occlusion_downstream"}), pressure_mmhg=300.0)

    # 40 kPa at 21 nL/Pa
    assert high == 8_000_000
    assert high - low == pytest.approx(840_000, rel=0.01)


def test_a_loose_syringe_may_have_run_empty() -> None:
    assert bounds(alarms=frozenset({"plunger_unseated"})) == (8_000_000, 20_000_000)
    assert bounds(alarms=frozenset({"barrel_open"})) == (8_000_000, 20_000_000)


def test_what_the_line_had_stored_may_have_flowed_back_into_a_loose_syringe() -> None:
    loose = frozenset({"plunger_unseated"})
    low, high = bounds(alarms=loose, pressure_at_stop_mmhg=100.0)

    # 100 mmHg into 2.1e-8 L/Pa
    assert (low, high) == (pytest.approx(7_720_000, abs=1_000), 20_000_000)


@over(
    counted=st.integers(0, 17_500_000),
    encoder=st.none() | st.integers(-1000, 20_000_000),
    left=st.integers(-1000, 20_000_000),
    pressure=st.floats(-100, 2000),
    flags=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    alarms=st.sets(
        st.sampled_from(
            [
                "motor_stall",
                "over_delivery",
                "occlusion_downstream",
                "plunger_unseated",
                "near_end",
            ]
        )
    ),
)
def test_the_count_always_lies_between_the_bounds(
    counted: int,
    encoder: int | None,
    left: int,
    pressure: float,
    flags: tuple[bool, bool, bool],
    alarms: set[str],
) -> None:
    is_moving, is_link_lost, has_restarted = flags
    found = given(
        FACTS,
        Evidence(
            counted_nl=counted,
            by_encoder_nl=encoder,
            left_nl=left,
            pressure_mmhg=pressure,
            pressure_at_stop_mmhg=pressure,
            is_moving=is_moving,
            is_link_lost=is_link_lost,
            has_restarted=has_restarted,
            alarms=frozenset(alarms),
        ),
    )

    assert 0 <= found.low_nl <= counted <= found.high_nl
    assert found.is_certain or found.why
