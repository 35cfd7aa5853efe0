"""The plant as a whole: volume balance, who gets the fluid, potentiometer, ENABLE."""

import random

import pytest

from evenflow import boards
from evenflow.emulator.plant import Plant, PlantConfig
from evenflow.errors import WrongUsage

TICK_NS = 20_000_000
UL_PER_MICROSTEP = 0.17497


def plant(**changes: object) -> Plant:
    return Plant(boards.load("pico"), PlantConfig(**changes), seed=3)


def run(subject: Plant, ticks: int, microsteps: int = 0) -> None:
    for _ in range(ticks):
        subject.advance(subject.now_ns + TICK_NS, microsteps)


@pytest.mark.parametrize(("valve_mmhg", "ticks"), [(0.0, 360_000), (30.0, 90_000)])
def test_volume_balance_closes_within_a_nanolitre_over_a_session(
    valve_mmhg: float, ticks: int
) -> None:
    subject = plant(anti_siphon_mmhg=valve_mmhg)
    chance = random.Random(2)
    filled_nl = [subject.plunger.residual_nl]

    def refill() -> None:
        filled_nl.append(20e6 - subject.plunger.residual_nl)
        subject.set_fill(20.0)

    stimuli = [
        subject.occlude,
        subject.release_occlusion,
        subject.connect_patient,
        subject.unseat_plunger,
        subject.seat_plunger,
        lambda: subject.back_pressure(chance.uniform(-100, 300)),
        lambda: subject.air(chance.uniform(1, 500)),
        subject.free_flow,
        subject.disconnect_patient,
        refill,
    ]
    for tick in range(ticks):
        if chance.random() < 0.001:
            chance.choice(stimuli)()
        subject.advance(subject.now_ns + TICK_NS, 1 if tick % 4 else -1)

    air_nl = subject.patient_air_nl + subject.waste_air_nl
    fluid_nl = subject.patient_nl + subject.waste_nl
    total_nl = fluid_nl + air_nl + subject.line.stored_nl
    assert air_nl > 0.0
    assert abs(subject.plunger.drawn_nl + subject.exchanged_nl - total_nl) < 1.0
    assert abs(sum(filled_nl) - subject.plunger.residual_nl - subject.plunger.drawn_nl) < 1.0


def test_fluid_goes_to_waste_until_the_patient_is_connected() -> None:
    subject = plant()
    run(subject, 1000, 2)
    run(subject, 1000)
    assert subject.patient_volume_ml == 0.0
    wasted_ml = subject.waste_volume_ml
    assert wasted_ml == pytest.approx(2000 * UL_PER_MICROSTEP / 1000, abs=0.04)

    subject.connect_patient()
    run(subject, 1000, 2)
    run(subject, 1000)
    assert subject.patient_volume_ml == pytest.approx(2000 * UL_PER_MICROSTEP / 1000, abs=0.002)
    assert subject.waste_volume_ml == wasted_ml


@pytest.mark.parametrize("mmhg", [-100, 100])
def test_back_pressure_acts_once_connected_and_is_nobody_s_dose(mmhg: int) -> None:
    subject = plant(back_pressure_mmhg=mmhg)
    run(subject, 1000, 2)
    run(subject, 1000)
    assert subject.line_pressure_mmhg == pytest.approx(0.0, abs=1e-6)

    subject.connect_patient()
    run(subject, 1000)
    assert subject.line_pressure_mmhg == pytest.approx(mmhg, abs=1e-6)
    assert subject.patient_volume_ml == pytest.approx(0.0, abs=1e-6)
    run(subject, 1000, 2)
    run(subject, 1000)
    assert subject.patient_volume_ml == pytest.approx(2000 * UL_PER_MICROSTEP / 1000, abs=0.002)


def test_backlash_and_friction_are_missing_from_the_first_volume_only() -> None:
    subject = plant()
    run(subject, 4000, 1)
    run(subject, 1000)

    # 50 um of play and 3 um of wound-up drive, times the area
    missing_ul = 53 * 559.9 / 1000
    assert subject.waste_volume_ml * 1000 == pytest.approx(
        4000 * UL_PER_MICROSTEP - missing_ul, abs=1.0
    )


def test_the_potentiometer_falls_to_zero_with_the_rest() -> None:
    subject = plant(fill_ml=20.0)
    # 20 mL in 26.7 mm are 35.72 mm of 120 mm
    assert subject.raw_position == pytest.approx(35.72 / 120 * 65535, abs=20)
    before = subject.raw_position
    run(subject, 1000, 10)
    assert before - subject.raw_position == pytest.approx((3.125 - 0.05) / 120 * 65535, abs=20)

    subject.set_fill(0.0)
    assert subject.raw_position == 0


def test_an_open_grip_delivers_nothing_while_the_carriage_moves() -> None:
    subject = plant()
    run(subject, 500, 2)
    subject.unseat_plunger()
    run(subject, 2000)
    before = (subject.waste_volume_ml, subject.syringe_volume_ml, subject.raw_position)
    run(subject, 500, 2)

    assert (subject.waste_volume_ml, subject.syringe_volume_ml) == before[:2]
    assert subject.raw_position < before[2]
    assert subject.force_n == 0.0


def test_force_is_friction_and_pressure_on_the_area() -> None:
    subject = plant()
    subject.occlude()
    run(subject, 1000, 2)

    area_m2 = subject.plunger.area_um2 * 1e-12
    assert subject.force_n == pytest.approx(3.0 + subject.line.pressure_pa * area_m2)
    assert subject.line_pressure_mmhg > 100
    subject.unseat_plunger()
    assert subject.force_n == 0.0


def test_enable_needs_a_young_edge_and_an_open_gate() -> None:
    subject = plant()
    subject.enable.is_gate_high = True
    subject.enable.last_edge_at_ns = 30_000_000
    run(subject, 1)
    assert subject.motor_enabled
    subject.advance(34_999_999, 0)
    assert subject.motor_enabled
    subject.advance(35_000_000, 0)
    assert not subject.motor_enabled

    subject.enable.last_edge_at_ns = 40_000_000
    assert subject.motor_enabled
    subject.enable.is_gate_high = False
    assert not subject.motor_enabled


def test_a_key_is_let_go_after_its_time() -> None:
    subject = plant()
    subject.press("check", 200)
    assert subject.switches.is_closed("check")
    assert subject.next_event_at_ns() == 200_000_000

    subject.advance(200_000_000, 0)
    subject.fire_due()
    assert not subject.switches.is_closed("check")
    assert subject.next_event_at_ns() is None


def test_unknown_names_are_refused() -> None:
    subject = plant()
    with pytest.raises(WrongUsage, match="no key 'go'"):
        subject.press("go")
    with pytest.raises(WrongUsage, match="no syringe 'big'"):
        subject.swap_syringe("big")
    with pytest.raises(WrongUsage, match="fill 51"):
        subject.set_fill(51)


def test_the_same_seed_gives_the_same_noise() -> None:
    def readings(seed: int) -> list[int]:
        subject = Plant(boards.load("pico"), PlantConfig(), seed)
        taken: list[int] = []
        subject.force.listener = taken.append
        run(subject, 100)
        return taken

    assert readings(5) == readings(5)
    assert readings(5) != readings(6)
