"""The port expander by itself, and what the plant hangs on it."""

import pytest

from evenflow import boards
from evenflow.emulator.plant import Plant, PlantConfig
from evenflow.emulator.plant.expander import Expander

IODIRA, IODIRB, IPOLA, GPPUA, GPIOA, GPIOB, OLATA, OLATB = 0, 1, 2, 0x0C, 0x12, 0x13, 0x14, 0x15
NS_PER_MS = 1_000_000


def plant() -> Plant:
    return Plant(boards.load("pico"), PlantConfig(), seed=1)


def write(chip: Expander, register: int, *values: int) -> None:
    chip.take(bytes([register, *values]), 0, 0)


def read(chip: Expander, register: int) -> int:
    chip.take(bytes([register]), 0, 0)
    return chip.give(1, 0)[0]


def set_up(subject: Plant) -> Expander:
    """As the firmware does."""
    chip = subject.expander
    write(chip, OLATB, 0)
    write(chip, IODIRA, 0xFF, 0xE0, 0x02)
    write(chip, GPPUA, 0x02)
    return chip


def test_nothing_is_driven_before_its_pins_are_outputs() -> None:
    subject = plant()
    write(subject.expander, OLATB, 0x1F)
    assert (subject.led, subject.power_loss_alarm.is_armed) == ("off", False)

    write(subject.expander, IODIRB, 0xE0)
    assert subject.power_loss_alarm.is_armed
    assert read(subject.expander, GPIOB) == 0x1F


def test_writing_a_port_writes_its_latches() -> None:
    chip = set_up(plant())
    write(chip, GPIOB, 2)

    assert read(chip, OLATB) == 2


@pytest.mark.parametrize(
    ("levels", "led"),
    [(1, "red_flash"), (2, "green"), (6, "cyan"), (3, "yellow_flash"), (0, "off")],
)
def test_port_b_is_the_light(levels: int, led: str) -> None:
    subject = plant()
    write(set_up(subject), OLATB, levels)

    assert subject.led == led


def test_either_sounder_sounds_and_an_open_wire_silences_the_first_alone() -> None:
    subject = plant()
    chip = set_up(subject)
    subject.sounder_open()
    subject.buzzer.set(on=True, now_ns=0)
    assert subject.sounder == "off"
    write(chip, OLATB, 8)
    assert subject.sounder != "off"

    subject.advance(120 * NS_PER_MS, 0)
    write(chip, OLATB, 0)
    assert subject.sounder == "off"
    assert subject.buzzer.edges_at_ns == [0, 120 * NS_PER_MS]
    assert not subject.buzzer.is_heard(subject.now_ns)


def test_the_second_sounder_goes_on_when_the_first_ends() -> None:
    subject = plant()
    write(set_up(subject), OLATB, 8)
    subject.buzzer.set(on=True, now_ns=0)
    subject.buzzer.set(on=False, now_ns=0)

    assert subject.buzzer.is_on


def test_the_feedback_holds_what_it_heard_for_200_ms() -> None:
    subject = plant()
    chip = set_up(subject)
    assert read(chip, GPIOA) == 0
    subject.buzzer.set(on=True, now_ns=0)
    assert read(chip, GPIOA) == 4
    subject.buzzer.set(on=False, now_ns=0)

    subject.advance(199 * NS_PER_MS, 0)
    assert read(chip, GPIOA) == 4
    subject.advance(200 * NS_PER_MS, 0)
    assert read(chip, GPIOA) == 0


def test_a_driver_s_fault_pulls_its_line_low_which_reads_high() -> None:
    subject = plant()
    chip = set_up(subject)
    subject.motor_fault()
    assert read(chip, GPIOA) == 2

    write(chip, IPOLA, 0)
    assert read(chip, GPIOA) == 0


def test_air_at_the_detector_is_seen() -> None:
    subject = plant()
    chip = set_up(subject)
    subject.bubbles.inject(100_000.0, 0.0)
    subject.bubbles.travel(350_000.0, 0.0)

    assert read(chip, GPIOA) == 1


def test_without_power_every_register_is_gone_and_the_latch_stays() -> None:
    subject = plant()
    chip = set_up(subject)
    write(chip, OLATB, 0x19)
    subject.power_cut()

    assert (subject.led, subject.sounder) == ("off", "off")
    assert (read(chip, IODIRB), read(chip, OLATB)) == (0xFF, 0)
    assert subject.power_loss_alarm.is_armed


def test_a_battery_s_third_is_what_the_converter_sees() -> None:
    subject = plant()
    full = subject.raw_battery
    subject.battery(10)
    subject.advance(200 * NS_PER_MS, 0)

    assert full == pytest.approx(4.18 / 9.9 * 65_535, abs=16)
    assert subject.raw_battery == pytest.approx(3.48 / 9.9 * 65_535, abs=16)
