"""The HX711 at an SPI."""

import pytest

from evenflow.emulator.controller.converter import Converter
from evenflow.emulator.controller.errors import EmulationError

PULSES = b"\xaa" * 6 + b"\x80"


def test_a_bit_comes_with_each_pulse_and_is_read_twice() -> None:
    subject = Converter()
    assert subject.level == 1
    subject.push(0xA50FF1)
    assert subject.level == 0

    read = int.from_bytes(subject.transfer(PULSES), "big")

    bits = f"{read:056b}"
    assert bits[0:48:2] == bits[1:48:2] == f"{0xA50FF1:024b}"
    assert bits[48:] == "1" * 8
    assert subject.level == 1


def test_a_newer_conversion_takes_the_place_of_one_that_nobody_fetched() -> None:
    subject = Converter()
    subject.push(0xFFFFFF)
    subject.push(0)

    assert subject.transfer(PULSES)[:6] == bytes(6)


def test_without_a_conversion_the_line_is_high() -> None:
    assert Converter().transfer(PULSES) == b"\xff" * 7


@pytest.mark.parametrize("sent", [b"\xaa" * 6, b"\xaa" * 7, b"\xaa" * 6 + b"\x81"])
def test_another_count_of_pulses_or_a_clock_left_high_is_refused(sent: bytes) -> None:
    with pytest.raises(EmulationError, match="pulses"):
        Converter().transfer(sent)


def test_a_transfer_of_zeros_fetches_nothing() -> None:
    subject = Converter()
    subject.push(5)
    subject.transfer(bytes(7))

    assert subject.level == 0
