"""The line against the closed form of one compliance before one resistance."""

import math

import pytest

from evenflow.emulator.plant.line import PA_PER_MMHG, Line

COMPLIANCE_L_PER_PA = 1.5e-8
RESISTANCE_PA_S_PER_L = 7e7
TAU_S = COMPLIANCE_L_PER_PA * RESISTANCE_PA_S_PER_L
TICK_NS = 20_000_000
# 26.25 mL/h
FLOW_NL_PER_S = 26.25e6 / 3600


def line() -> Line:
    return Line(COMPLIANCE_L_PER_PA, RESISTANCE_PA_S_PER_L)


def test_a_step_of_inflow_settles_with_the_time_constant() -> None:
    subject = line()
    for _ in range(50):
        subject.flow(FLOW_NL_PER_S * 0.02, TICK_NS)

    end_pa = RESISTANCE_PA_S_PER_L * FLOW_NL_PER_S * 1e-9
    assert subject.pressure_pa == pytest.approx(end_pa * (1 - math.exp(-1.0 / TAU_S)), rel=1e-9)


@pytest.mark.parametrize("parts", [1, 7, 1000])
def test_the_length_of_the_steps_changes_nothing(parts: int) -> None:
    subject = line()
    out_nl = sum(
        subject.flow(FLOW_NL_PER_S * 5 / parts, 5_000_000_000 // parts) for _ in range(parts)
    )

    whole = line()
    assert whole.flow(FLOW_NL_PER_S * 5, 5_000_000_000) == pytest.approx(out_nl, rel=1e-6)


def test_an_occluded_line_rises_by_flow_over_compliance() -> None:
    subject = line()
    subject.is_occluded = True
    for _ in range(500):
        assert subject.flow(FLOW_NL_PER_S * 0.02, TICK_NS) == 0.0

    slope_mmhg_per_s = subject.pressure_pa / PA_PER_MMHG / 10
    # safety figures: 3.65 mmHg/s at 26.25 mL/h, so 300 mmHg after 82 s
    assert slope_mmhg_per_s == pytest.approx(3.65, abs=0.01)
    assert 300 / slope_mmhg_per_s == pytest.approx(82, abs=1)


def test_what_an_occlusion_stored_flows_on_when_it_opens() -> None:
    subject = line()
    subject.is_occluded = True
    subject.flow(600_000.0, TICK_NS)
    assert subject.pressure_pa / PA_PER_MMHG == pytest.approx(300, abs=1)

    subject.is_occluded = False
    released_nl = sum(subject.flow(0.0, TICK_NS) for _ in range(50 * 60))
    assert released_nl == pytest.approx(600_000.0, abs=1e-6)
    assert subject.stored_nl == pytest.approx(0.0, abs=1e-6)
    assert subject.is_at_rest


@pytest.mark.parametrize("mmhg", [-100, 300])
def test_back_pressure_shifts_the_pressure_and_not_the_flow(mmhg: int) -> None:
    subject = line()
    subject.set_back_pressure(mmhg)
    assert subject.connect() == pytest.approx(COMPLIANCE_L_PER_PA * 1e9 * mmhg * PA_PER_MMHG)
    for _ in range(50 * 60):
        out_nl = subject.flow(FLOW_NL_PER_S * 0.02, TICK_NS)

    assert out_nl == pytest.approx(FLOW_NL_PER_S * 0.02, rel=1e-9)
    assert subject.pressure_pa == pytest.approx(
        mmhg * PA_PER_MMHG + RESISTANCE_PA_S_PER_L * FLOW_NL_PER_S * 1e-9, rel=1e-9
    )


def test_drawn_is_delivered_plus_stored() -> None:
    subject = line()
    drawn_nl = out_nl = 0.0
    for tick in range(100_000):
        inflow_nl = 175.0 * (tick * 7919 % 5)
        subject.is_occluded = 20_000 < tick < 21_000
        drawn_nl += inflow_nl
        out_nl += subject.flow(inflow_nl, TICK_NS)

    assert abs(drawn_nl - out_nl - subject.stored_nl) < 0.01
