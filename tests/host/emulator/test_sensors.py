"""What the plant shows beside force and position: barrel, warmth, contact, switches, faults."""

import pytest

from evenflow import boards
from evenflow.emulator.plant import Plant, PlantConfig
from evenflow.emulator.plant.adc import read_u16
from evenflow.emulator.plant.barrel import outer_mm
from evenflow.emulator.plant.temperature import sensor_v

NS_PER_MS = 1_000_000
# Of a 12-bit converter, in read_u16's figures.
CODE = 16


def plant(**changes: object) -> Plant:
    return Plant(boards.load("pico"), PlantConfig(**changes), seed=1)


def levels(subject: Plant, name: str, ms: int) -> list[bool]:
    seen = []
    for _ in range(ms):
        subject.advance(subject.now_ns + NS_PER_MS, 0)
        subject.fire_due()
        seen.append(subject.switches.is_closed(name))
    return seen


def test_a_reading_of_the_converter_spans_sixteen_bits() -> None:
    assert [read_u16(share, 12) for share in (-0.1, 0.0, 1.0, 1.1)] == [0, 0, 65_535, 65_535]
    assert read_u16(0.5, 12) == 2048 << 4 | 2048 >> 8


def test_the_controller_s_sensor_gives_the_voltage_of_its_data_sheet() -> None:
    assert sensor_v(27.0) == pytest.approx(0.706)
    assert sensor_v(85.0) == pytest.approx(0.706 - 58 * 0.001721)


def test_warmth_inside_is_seen_by_its_sensor_and_by_the_force_bridge() -> None:
    subject = plant(force_n_per_c=0.1, force_noise_n=0.0)
    taken: list[int] = []
    subject.force.listener = taken.append
    subject.temperature(65)
    subject.advance(50 * NS_PER_MS, 0)

    assert subject.raw_temperature == pytest.approx(sensor_v(65.0) / 3.3 * 65_535, abs=CODE)
    assert taken == [pytest.approx(40_000, abs=225)]


def test_each_syringe_has_its_diameter_and_an_open_clamp_none() -> None:
    subject = plant()
    assert outer_mm(26_700, 1.2) == pytest.approx(29.1)
    assert subject.raw_barrel == pytest.approx(29.1 / 40 * 65_535, abs=CODE)

    subject.swap_syringe("bd-plastipak-20")
    assert subject.raw_barrel == pytest.approx(21.53 / 40 * 65_535, abs=CODE)
    subject.open_barrel()
    assert subject.raw_barrel == 65_535


def test_a_supervised_line_tells_open_from_cut() -> None:
    subject = plant()
    assert subject.raw_contact == pytest.approx(1.0 / 5.7 * 65_535, abs=CODE)
    subject.contact_open()
    assert subject.raw_contact == pytest.approx(5.7 / 10.4 * 65_535, abs=CODE)
    subject.contact_cut()
    assert subject.raw_contact == 65_535

    subject.contact_close()
    assert subject.raw_contact == pytest.approx(1.0 / 5.7 * 65_535, abs=CODE)


@pytest.mark.parametrize("name", ["plunger", "barrel"])
def test_a_switch_bounces_every_ms_and_then_stays(name: str) -> None:
    subject = plant(switch_bounce_ms=6.0)
    {"plunger": subject.unseat_plunger, "barrel": subject.open_barrel}[name]()
    assert not subject.switches.is_closed(name)

    assert levels(subject, name, 8) == [True, False, True, False, True, False, False, False]


def test_a_switch_that_is_thrown_back_while_it_bounces_stays_where_it_went() -> None:
    subject = plant(switch_bounce_ms=6.0)
    subject.open_barrel()
    levels(subject, "barrel", 1)
    subject.close_barrel()

    assert levels(subject, "barrel", 8)[-3:] == [True, True, True]


def test_without_bounce_a_switch_schedules_nothing() -> None:
    subject = plant()
    subject.open_barrel()

    assert subject.next_event_at_ns() is None


def test_a_driver_s_fault_takes_the_motor_s_power_until_the_supply_is_cycled() -> None:
    subject = plant()
    subject.enable.is_gate_high = True
    subject.enable.last_edge_at_ns = 1 << 60
    subject.motor_fault()
    assert subject.has_motor_fault
    assert not subject.motor_enabled

    subject.power_cut()
    subject.power_restore()
    assert not subject.has_motor_fault
    assert subject.motor_enabled


def test_a_sounder_whose_wire_is_off_is_silent_and_takes_no_current() -> None:
    subject = plant()
    subject.buzzer.set(on=True, now_ns=0)
    assert subject.buzzer.has_current
    subject.advance(120 * NS_PER_MS, 0)
    subject.sounder_open()
    assert (subject.sounder, subject.buzzer.has_current) == ("off", False)

    subject.buzzer.set(on=False, now_ns=200 * NS_PER_MS)
    subject.buzzer.set(on=True, now_ns=300 * NS_PER_MS)
    assert subject.sounder == "off"
    assert subject.buzzer.edges_at_ns == [0, 120 * NS_PER_MS]
