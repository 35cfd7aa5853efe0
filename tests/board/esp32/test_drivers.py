"""The ESP32-S3's counters, converters and reset causes, on a chip that a test describes."""

import importlib
import random
import sys
from types import ModuleType

import pytest
from board.esp32.conftest import STEP, WAVE, A, B, Chip

from pumpcore import reset_cause


def driver(name: str, package: str = "esp32") -> ModuleType:
    return importlib.import_module(f"pumpboard.{package}.{name}")


def pin(number: int) -> object:
    return sys.modules["machine"].Pin(number)


@pytest.mark.requirement("PRC-05")
def test_edges_are_counted_across_the_limits_of_a_unit(chip: Chip) -> None:
    counter = driver("counter").EdgeCounter(0, pin(STEP), 80)
    rng = random.Random(3)
    expected = counter.count()
    for _ in range(30):
        moved = rng.choice((0, 1, 15_999, rng.randrange(16_000)))
        chip.pulses[STEP] += moved
        expected = (expected + moved) & 0xFFFF

        assert counter.count() == expected


@pytest.mark.requirement("PRC-05")
def test_an_encoder_is_counted_both_ways_across_the_limits(chip: Chip) -> None:
    counter = driver("counter").QuadratureCounter(1, pin(A), pin(B))
    rng = random.Random(4)
    expected = counter.count()
    for place in range(40):
        # Forward for a long way, then back as far beyond the start.
        moved = rng.randrange(9_000) * (1 if place < 15 else -1)
        chip.encoder_count += moved
        expected = (expected + moved) & 0xFFFF

        assert counter.count() == expected


def test_a_filter_is_shorter_than_what_it_lets_through(chip: Chip) -> None:
    counter = driver("counter")
    counter.EdgeCounter(0, pin(STEP), counter.STEP_FILTER)
    counter.QuadratureCounter(1, pin(A), pin(B))
    counter.EdgeCounter(2, pin(WAVE), counter.SLOW_FILTER)

    # In cycles of 80 MHz: a pulse of STEP takes 2 us, half of 1024 Hz 488 us.
    assert chip.filters[0] <= 2 * 80
    assert chip.filters[1] == chip.filters[2] <= 1_023


@pytest.mark.parametrize(("uv", "raw"), [(0, 0), (1_650_000, 32_767), (3_100_000, 61_562)])
def test_a_voltage_is_told_against_3_3_v(chip: Chip, uv: int, raw: int) -> None:
    chip.uv[5] = uv

    assert driver("sensors").Converter(5).read_u16() == pytest.approx(raw, abs=3)


@pytest.mark.parametrize("celsius", [-10, 0, 27, 55, 80])
def test_a_temperature_is_told_as_an_rp2040_s_sensor_does(chip: Chip, celsius: int) -> None:
    chip.celsius = celsius
    volts = 0.706 - 0.001721 * (celsius - 27)

    raw = driver("sensors").Temperature().read_u16()

    assert raw == pytest.approx(volts / 3.3 * 65_535, abs=2)


@pytest.mark.parametrize(
    ("told", "cause"),
    [
        (1, reset_cause.POWER_ON),
        (2, reset_cause.SOFTWARE),
        (3, reset_cause.WATCHDOG),
        (4, reset_cause.UNKNOWN),
        (5, reset_cause.SOFTWARE),
        (0, reset_cause.UNKNOWN),
    ],
)
def test_a_reset_has_the_cause_that_the_port_tells(chip: Chip, told: int, cause: int) -> None:
    chip.reset_cause = told

    assert driver("reset").read() == cause


def test_pads_are_read_one_after_the_other(chip: Chip) -> None:
    pads = driver("pads", "generic").Pads()
    bits = [pads.add(number) for number in (35, 48, 6)]
    chip.levels.update({35: 1, 6: 1})

    assert bits == [1, 2, 4]
    assert pads.levels() == 5


def test_an_output_s_pad_is_heard_again(chip: Chip) -> None:
    place = 0x60009004 + 4 * STEP
    chip.registers[place] = 0x1000
    driver("pad").Ear(STEP).open()

    assert chip.registers[place] == 0x1200
