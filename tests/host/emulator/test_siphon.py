"""A plunger that nothing holds, against head, friction and the line's resistance."""

import math

import pytest

from evenflow import boards
from evenflow.emulator.plant import Plant, PlantConfig
from evenflow.emulator.plant.line import PA_PER_MMHG

TICK_NS = 20_000_000
AREA_M2 = math.pi / 4 * 0.0267**2
HEAD_PA = 998.0 * 9.80665
RESISTANCE = 7e7
COMPLIANCE = 1.5e-8
FREE_ML_PER_S = (HEAD_PA - 3.0 / AREA_M2) / RESISTANCE * 1e3

BREAK_AWAY_S = RESISTANCE * COMPLIANCE * math.log(HEAD_PA / (HEAD_PA - 5.0 / AREA_M2))


def plant(**changes: object) -> Plant:
    subject = Plant(boards.load("pico"), PlantConfig(**changes), seed=1)
    subject.connect_patient()
    return subject


def run(subject: Plant, s: float, span_ns: int = TICK_NS) -> None:
    for _ in range(round(s * 1e9 / span_ns)):
        subject.advance(subject.now_ns + span_ns, 0)


def balance_nl(subject: Plant) -> float:
    stored_nl = subject.line.stored_nl
    return subject.plunger.drawn_nl - subject.patient_nl - subject.waste_nl - stored_nl


def test_free_flow_is_the_head_less_friction_over_the_resistance() -> None:
    subject = plant()
    subject.free_flow()
    run(subject, 10)
    before_ml = subject.patient_volume_ml
    run(subject, 60)

    assert subject.patient_volume_ml - before_ml == pytest.approx(FREE_ML_PER_S * 60, rel=1e-9)
    assert pytest.approx(228, abs=2) == FREE_ML_PER_S * 3600
    assert subject.switches.is_closed("plunger")
    assert balance_nl(subject) == pytest.approx(0.0, abs=1e-3)


def test_it_begins_when_the_head_has_broken_the_plunger_away() -> None:
    subject = plant()
    subject.free_flow()
    run(subject, BREAK_AWAY_S - 0.001, 1_000_000)
    assert subject.plunger.drawn_nl == 0.0

    run(subject, 0.002, 1_000_000)
    # At once the pressure rises to what the running friction holds.
    assert subject.plunger.drawn_nl == pytest.approx(2.0 / AREA_M2 * COMPLIANCE * 1e9, rel=0.01)


@pytest.mark.parametrize("parts", [1, 10, 10_000])
def test_the_length_of_the_spans_changes_nothing(parts: int) -> None:
    subject = plant()
    subject.free_flow()
    run(subject, 60, 60_000_000_000 // parts)

    stored_ml = 5.0 / AREA_M2 * COMPLIANCE * 1e3
    expected_ml = stored_ml + (60 - BREAK_AWAY_S) * FREE_ML_PER_S
    assert subject.patient_volume_ml == pytest.approx(expected_ml, rel=1e-7)


def test_friction_keeps_a_small_syringe() -> None:
    subject = plant(syringe="bd-plastipak-10", fill_ml=8.0)
    subject.free_flow()
    run(subject, 60)

    assert subject.plunger.drawn_nl == 0.0
    # The line gives what it had stored, down to the head.
    assert subject.patient_volume_ml == pytest.approx(HEAD_PA * COMPLIANCE * 1e3, rel=1e-6)


def test_it_ends_with_the_syringe() -> None:
    subject = plant(fill_ml=2.0)
    subject.free_flow()
    run(subject, 90)

    assert subject.syringe_volume_ml == 0.0
    assert subject.patient_volume_ml == pytest.approx(2.0 + HEAD_PA * COMPLIANCE * 1e3, rel=1e-6)
    assert subject.line.is_at_rest


@pytest.mark.parametrize("end", ["seat_plunger", "occlude"])
def test_a_grip_or_a_clamp_ends_it(end: str) -> None:
    subject = plant()
    subject.free_flow()
    run(subject, 10)
    {"seat_plunger": subject.seat_plunger, "occlude": subject.occlude}[end]()
    drawn_nl = subject.plunger.drawn_nl
    run(subject, 60)

    assert subject.plunger.drawn_nl == drawn_nl
    assert balance_nl(subject) == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("is_open_first", [True, False])
def test_pressure_behind_an_occlusion_pushes_a_released_plunger_back(
    *, is_open_first: bool
) -> None:
    subject = plant()
    subject.occlude()
    subject.line.pressure_pa = 300 * PA_PER_MMHG
    if is_open_first:
        subject.unseat_plunger()
        run(subject, 1)
        assert subject.line.pressure_pa == pytest.approx(3.0 / AREA_M2)
        assert subject.syringe_volume_ml > 20.5
    subject.release_occlusion()
    run(subject, 30)

    # What friction still holds reaches the patient, instead of 0.6 mL.
    expected_pa = 3.0 / AREA_M2 if is_open_first else 300 * PA_PER_MMHG
    assert subject.patient_nl == pytest.approx(expected_pa * COMPLIANCE * 1e9, rel=1e-6)


def test_back_pressure_fills_a_released_syringe_no_further_than_it_holds() -> None:
    subject = plant(fill_ml=49.0)
    subject.unseat_plunger()
    subject.back_pressure(300)
    run(subject, 60)

    assert subject.syringe_volume_ml == pytest.approx(50.0)
    assert subject.line.pressure_pa == pytest.approx(300 * PA_PER_MMHG)


@pytest.mark.parametrize("mmhg", [-100, 0, 100, 300])
def test_a_held_plunger_delivers_its_rate_at_any_back_pressure(mmhg: float) -> None:
    subject = plant(backlash_um=0.0)
    subject.back_pressure(mmhg)
    volumes_ml: list[float] = []
    for _ in range(2):
        for _ in range(3_000):
            subject.advance(subject.now_ns + TICK_NS, 1)
        volumes_ml.append(subject.patient_volume_ml)

    # A minute after the change nothing is left of it.
    step_ml = 0.3125e-6 * AREA_M2 * 1e6
    assert volumes_ml[1] - volumes_ml[0] == pytest.approx(3_000 * step_ml, rel=1e-9)
    assert subject.line_pressure_mmhg - mmhg == pytest.approx(
        RESISTANCE * step_ml / 1e3 / 0.02 / PA_PER_MMHG, rel=1e-9
    )


def test_a_valve_above_the_head_keeps_a_released_syringe() -> None:
    subject = plant(anti_siphon_mmhg=80.0)
    subject.free_flow()
    run(subject, 600)

    assert subject.patient_nl == subject.plunger.drawn_nl == 0.0


def test_a_valve_below_the_head_slows_it_by_its_opening_pressure() -> None:
    subject = plant(anti_siphon_mmhg=10.0, break_away_friction_n=3.0)
    subject.free_flow()
    run(subject, 30)
    before_ml = subject.patient_volume_ml
    run(subject, 60)

    slower_ml_per_s = 10 * PA_PER_MMHG / RESISTANCE * 1e3
    expected_ml = (FREE_ML_PER_S - slower_ml_per_s) * 60
    assert subject.patient_volume_ml - before_ml == pytest.approx(expected_ml, rel=1e-6)


@pytest.mark.parametrize("air_ul", [0.0, 500.0])
def test_through_a_valve_a_held_plunger_delivers_its_rate_and_the_line_keeps_its_pressure(
    air_ul: float,
) -> None:
    subject = plant(anti_siphon_mmhg=80.0, backlash_um=0.0)
    if air_ul:
        subject.air(air_ul)
    for _ in range(3_000):
        subject.advance(subject.now_ns + TICK_NS, 1)
    before_nl = subject.patient_nl
    for _ in range(3_000):
        subject.advance(subject.now_ns + TICK_NS, 1)
    step_nl = 0.3125e-6 * AREA_M2 * 1e12

    assert subject.patient_nl - before_nl == pytest.approx(3_000 * step_nl, rel=1e-6)
    run(subject, 60)
    assert subject.line_pressure_mmhg == pytest.approx(80.0)
    assert subject.line.is_at_rest
    assert balance_nl(subject) == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("parts", [1, 7, 1_000])
def test_when_a_valve_opens_and_shuts_within_a_span_is_solved_for(parts: int) -> None:
    line = plant(anti_siphon_mmhg=80.0).line
    span_ns = 21_000_000_000 // parts
    in_nl = sum(line.flow(700_000.0 / parts, span_ns) for _ in range(parts))
    back_nl = sum(line.flow(-700_000.0 / parts, span_ns) for _ in range(parts))

    # 80 mmHg are stored before it opens; then 33 uL/s leave, and none comes back.
    lead_s = 80 * PA_PER_MMHG * COMPLIANCE / 0.7e-3 * 21
    tau_s = RESISTANCE * COMPLIANCE
    flow = 700_000.0 / 21
    open_s = 21 - lead_s
    assert in_nl == pytest.approx(
        flow * (open_s - tau_s * (1 - math.exp(-open_s / tau_s))), rel=1e-6
    )
    # While it is pulled, flow goes on until 2 exp(-t / tau) = 1.
    assert back_nl == pytest.approx(flow * tau_s * (1 - math.log(2)), rel=1e-3)
