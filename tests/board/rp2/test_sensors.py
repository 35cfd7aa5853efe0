"""Counters and sensors, on a chip that remembers what was done to it."""

import sys

import pytest
from board.rp2.driven import GATE, driver, make_expander, make_plunger, make_sensors
from board.rp2.fakes import EXPANDER, Chip

from pumpcore import panel
from pumpcore.tick_io import Inputs


def test_the_audit_reads_the_complement_of_x(chip: Chip) -> None:
    plunger = make_plunger(chip)
    chip.named("edge_count").x = -(70_000 + 1)

    assert plunger.audit.count() == 70_000 & 0xFFFF


@pytest.mark.parametrize(("x_a", "x_b", "moved"), [(-5, 0, 5), (0, 4, 4), (3, -4, -7)])
def test_the_encoder_adds_up_both_halves(chip: Chip, x_a: int, x_b: int, moved: int) -> None:
    machine = sys.modules["machine"]
    counter = driver("counter").QuadratureCounter(4, machine.Pin(6), machine.Pin(7))
    before = counter.count()
    chip.machines[4].x, chip.machines[5].x = x_a, x_b

    assert (counter.count() - before) & 0xFFFF == moved & 0xFFFF
    assert [(m.in_base.number, m.jmp_pin.number) for m in chip.machines.values()] == [
        (6, 7),
        (7, 6),
    ]


MAINS = 24
GPIOA = 0x12
SWITCH_PINS = {
    "plunger_seated": 10,
    "barrel_closed": 11,
    "key_start": 12,
    "key_stop": 13,
    "key_acknowledge": 14,
    "key_audio_pause": 15,
    "key_prime": 16,
    "key_check": 17,
}


def test_a_switch_closed_to_ground_is_its_bit_of_the_panel(chip: Chip) -> None:
    chip.levels[MAINS] = 0
    del chip.i2c_places[EXPANDER]
    sensors = make_sensors(chip, make_expander())
    inputs = Inputs()
    seen = {}
    for name, pin in SWITCH_PINS.items():
        chip.levels[pin] = 0
        sensors.read_into(inputs)
        seen[name] = inputs.switches
        chip.levels[pin] = 1

    assert seen == {name: 1 << panel.SWITCHES.index(name) for name in SWITCH_PINS}


def test_the_gate_s_bit_is_true_when_it_is_open(chip: Chip) -> None:
    chip.levels[MAINS] = 0
    del chip.i2c_places[EXPANDER]
    sensors = make_sensors(chip, make_expander())
    inputs = Inputs()

    sensors.read_into(inputs)
    shut = inputs.switches
    chip.levels[GATE] = 1
    sensors.read_into(inputs)

    assert (shut, inputs.switches) == (0, panel.GATE_INTACT)


def test_every_reading_lands_in_its_field(chip: Chip) -> None:
    sensors = make_sensors(chip, make_expander())
    chip.machines[1].x = -12
    chip.machines[4].x = -31
    chip.machines[6].x = -1_025
    chip.machines[7].rx.append(77)
    chip.adc_u16 = {26: 40_000, 27: 30_000, 28: 20_000, 29: 10_000, 4: 5_000}
    inputs = Inputs()

    sensors.read_into(inputs)

    assert (inputs.step_count, inputs.encoder_count, inputs.reference_count) == (11, 30, 1_024)
    assert (inputs.raw_force, inputs.force_sample_count) == (77, 1)
    assert (inputs.raw_position, inputs.raw_barrel, inputs.raw_contact) == (40_000, 30_000, 20_000)
    assert (inputs.raw_battery, inputs.raw_temperature) == (10_000, 5_000)


def test_what_changes_slowly_is_read_at_once_and_then_once_a_second(chip: Chip) -> None:
    sensors = make_sensors(chip, make_expander())
    inputs = Inputs()
    read_in = []
    for tick in range(101):
        chip.log.clear()
        sensors.read_into(inputs)
        sources = [entry[1] for entry in chip.did("adc")]
        assert sources[:3] == [26, 27, 28]
        if sources[3:] == [29, 4]:
            read_in.append(tick)

    assert read_in == [0, 50, 100]


def test_mains_and_the_expander_s_inputs_have_their_bits(chip: Chip) -> None:
    port = make_expander()
    sensors = make_sensors(chip, port)
    inputs = Inputs()
    seen = []
    for levels in (1, 2, 4):
        chip.i2c_places[EXPANDER][GPIOA] = levels
        for _ in range(5):
            port.carry()
        sensors.read_into(inputs)
        seen.append(inputs.switches & ~panel.MAINS_PRESENT & ~panel.EXPANDER_ALIVE)
    chip.levels[MAINS] = 0
    sensors.read_into(inputs)

    assert seen == [panel.AIR_SEEN, panel.DRIVER_FAULT, panel.SOUNDER_HEARD]
    assert inputs.switches == panel.SOUNDER_HEARD | panel.EXPANDER_ALIVE


@pytest.mark.parametrize(
    ("word", "count"),
    [(0, 0), (1, 1), (0x7FFFFF, 8_388_607), (0x800000, -8_388_608), (0xFFFFFF, -1)],
)
def test_a_conversion_has_the_sign_of_its_24th_bit(chip: Chip, word: int, count: int) -> None:
    force = driver("sensors").ForceSensor(8, 9)
    chip.named("hx711").rx.append(word)

    force.update()

    assert force.raw_count == count


def test_the_last_conversion_is_kept_and_all_are_counted_modulo_256(chip: Chip) -> None:
    force = driver("sensors").ForceSensor(8, 9)
    for index in range(300):
        chip.named("hx711").rx.append(index)
        force.update()
    force.update()

    assert (force.raw_count, force.sample_count) == (299, 300 & 0xFF)
