"""Bubbles: when they are where, what the detector sees, and what gas adds to the compliance."""

import pytest

from evenflow import boards
from evenflow.emulator.plant import Plant, PlantConfig
from evenflow.emulator.plant.air import Bubbles
from evenflow.emulator.plant.gas import ATMOSPHERE_PA, Gas
from evenflow.emulator.plant.line import PA_PER_MMHG, Line

TICK_NS = 20_000_000
LINE_NL = 1_500_000.0
DETECTOR_NL = 300_000.0
NL_PER_STEP = 174.97


def bubbles() -> Bubbles:
    return Bubbles(LINE_NL, DETECTOR_NL, least_nl=5_000.0, gas=Gas())


def plant(**changes: object) -> Plant:
    config = PlantConfig(backlash_um=0.0, **changes)
    return Plant(boards.load("pico"), config, seed=1)


def run(subject: Plant, ticks: int, microsteps: int = 0) -> None:
    for _ in range(ticks):
        subject.advance(subject.now_ns + TICK_NS, microsteps)


def test_a_bubble_is_at_the_detector_for_its_own_volume_of_flow() -> None:
    subject = bubbles()
    subject.inject(60_000.0, 0.0)
    seen = []
    for _ in range(400):
        subject.travel(1_000.0, 0.0)
        seen.append(subject.sees_air)

    assert seen.index(True) == 299
    assert seen.count(True) == 60
    assert subject.detected_nl == pytest.approx(60_000.0)


@pytest.mark.parametrize("span_nl", [60.0, 7_000.0, 2_000_000.0])
def test_it_leaves_after_the_line_s_volume_whatever_the_length_of_the_spans(
    span_nl: float,
) -> None:
    subject = bubbles()
    subject.inject(60_000.0, 0.0)
    gone_nl = passed_nl = 0.0
    while passed_nl < LINE_NL + 60_000.0:
        expected_nl = min(max(passed_nl - LINE_NL, 0.0), 60_000.0)
        assert gone_nl == pytest.approx(expected_nl, abs=1e-3)
        gone_nl += subject.travel(span_nl, 0.0)[0]
        passed_nl += span_nl

    assert gone_nl == pytest.approx(60_000.0)
    assert subject.train == []


def test_backwards_it_comes_back_the_same_way() -> None:
    subject = bubbles()
    subject.inject(60_000.0, 0.0)
    subject.travel(DETECTOR_NL + 20_000.0, 0.0)
    assert subject.sees_air

    subject.travel(-30_000.0, 0.0)
    assert not subject.sees_air
    assert subject.detected_nl == pytest.approx(0.0)


def test_a_second_bubble_queues_behind_the_first() -> None:
    subject = bubbles()
    subject.inject(60_000.0, 0.0)
    subject.inject(10_000.0, 0.0)
    subject.travel(DETECTOR_NL + 65_000.0, 0.0)

    assert subject.sees_air
    assert subject.detected_nl == pytest.approx(65_000.0)
    subject.travel(6_000.0, 0.0)
    assert not subject.sees_air


def test_the_detector_misses_the_smallest_bubbles() -> None:
    subject = bubbles()
    subject.inject(4_900.0, 0.0)
    subject.travel(DETECTOR_NL + 2_000.0, 0.0)

    assert not subject.sees_air


def test_air_reaches_the_patient_beside_the_fluid_and_not_as_fluid() -> None:
    subject = plant(break_away_friction_n=3.0)
    subject.connect_patient()
    run(subject, 500, 2)
    subject.air(60)
    at_s = None
    began_ns = subject.now_ns
    for _ in range(12_000):
        run(subject, 1, 2)
        if at_s is None and subject.sees_air:
            at_s = (subject.now_ns - began_ns) / 1e9
    run(subject, 3_000)

    # 300 uL at two microsteps a tick, to one tick
    assert at_s == pytest.approx(DETECTOR_NL / (2 * NL_PER_STEP) * 0.02, abs=0.02)
    assert subject.air_volume_ml == pytest.approx(0.06, abs=1e-4)
    total_ml = subject.patient_volume_ml + subject.air_volume_ml
    assert total_ml == pytest.approx(subject.drawn_volume_ml, abs=1e-6)


def test_gas_yields_by_the_law_of_boyle_and_mariotte() -> None:
    gas = Gas()
    gas.enter(1_000.0, 0.0)

    assert gas.stored_nl(0.0) == pytest.approx(0.0, abs=1e-9)
    assert gas.stored_nl(ATMOSPHERE_PA) == pytest.approx(500.0)
    slope = (gas.stored_nl(20_001.0) - gas.stored_nl(19_999.0)) / 2
    assert gas.compliance_nl_per_pa(20_000.0) == pytest.approx(slope, rel=1e-6)


def test_gas_that_comes_under_pressure_has_yielded_nothing_yet() -> None:
    gas = Gas()
    atm_nl = gas.enter(1_000.0, ATMOSPHERE_PA)

    assert atm_nl == pytest.approx(2_000.0)
    assert gas.stored_nl(ATMOSPHERE_PA) == pytest.approx(0.0)
    assert gas.leave(atm_nl, 1_000.0, 0.0) == pytest.approx(-1_000.0)


def line_with_gas() -> Line:
    subject = Line(1.5e-8, 7e7)
    subject.gas.enter(1_000_000.0, 0.0)
    return subject


def test_a_blocked_line_with_gas_stores_what_it_is_given() -> None:
    subject = line_with_gas()
    subject.is_occluded = True
    for _ in range(1_000):
        subject.flow(600.0, TICK_NS)

    assert subject.stored_nl == pytest.approx(600_000.0, abs=1e-3)
    # 600 uL into 1.5e-8 L/Pa alone are 300 mmHg; 1 mL of gas takes a third of it.
    assert subject.pressure_pa / PA_PER_MMHG == pytest.approx(200, abs=15)


def test_the_error_of_a_tick_s_span_is_small() -> None:
    def released_pa(parts: int) -> float:
        subject = line_with_gas()
        subject.pressure_pa = 300 * PA_PER_MMHG
        for _ in range(50 * parts):
            subject.flow(0.0, TICK_NS // parts)
        return subject.pressure_pa

    assert released_pa(1) == pytest.approx(released_pa(100), rel=1e-3)
    assert released_pa(1) != released_pa(100)


def test_released_gas_gives_back_what_it_had_stored() -> None:
    subject = line_with_gas()
    subject.pressure_pa = 300 * PA_PER_MMHG
    stored_nl = subject.stored_nl
    out_nl = subject.flow(0.0, TICK_NS)
    while not subject.is_at_rest:
        out_nl += subject.flow(0.0, TICK_NS)

    assert out_nl == pytest.approx(stored_nl, abs=1e-3)
