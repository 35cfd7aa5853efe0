"""Screw, nut with play, and encoder."""

import math

import pytest

from evenflow import boards
from evenflow.emulator.plant.drive import Drive


def drive(backlash_um: float = 50.0) -> Drive:
    return Drive(boards.load("pico"), backlash_um, stall_n=120.0)


def test_a_turn_of_the_screw_is_its_lead() -> None:
    subject = drive(backlash_um=0.0)

    assert subject.step(3200, 0.0) == pytest.approx(1000.0)
    assert subject.carriage_um == pytest.approx(1000.0)


def test_backlash_is_taken_up_before_the_carriage_moves_and_again_after_a_reversal() -> None:
    subject = drive()

    assert subject.step(160, 0.0) == 0.0
    assert subject.step(16, 0.0) == pytest.approx(5.0)
    assert subject.step(-160, 0.0) == 0.0
    assert subject.step(-32, 0.0) == pytest.approx(-10.0)


def test_a_wobbling_screw_errs_once_a_turn_by_two_pi_amplitudes_over_the_lead() -> None:
    subject = drive(backlash_um=0.0)
    subject.cyclic_um = 5.0
    moved_um = [subject.step(1, 0.0) for _ in range(3200)]

    assert max(moved_um) / 0.3125 - 1 == pytest.approx(2 * math.pi * 5 / 1000, rel=1e-3)
    assert min(moved_um) / 0.3125 - 1 == pytest.approx(-2 * math.pi * 5 / 1000, rel=1e-3)
    assert sum(moved_um) == pytest.approx(1000.0)
    assert sum(moved_um[:800]) == pytest.approx(255.0)


def test_the_encoder_counts_the_screw_both_ways() -> None:
    subject = drive()
    subject.step(3200, 0.0)
    assert subject.encoder_count == 400

    subject.step(-3208, 0.0)
    assert subject.encoder_count == -1


def test_a_stalled_motor_loses_steps_that_were_commanded() -> None:
    subject = drive(backlash_um=0.0)
    subject.is_stalled = True

    assert subject.step(800, 0.0) == 0.0
    assert (subject.step_count, subject.encoder_count) == (800, 0)
    subject.is_stalled = False
    subject.step(8, 0.0)
    assert subject.encoder_count == 1


def test_too_much_force_stalls_it_forwards_only() -> None:
    subject = drive(backlash_um=0.0)

    assert subject.step(8, 121.0) == 0.0
    assert subject.step(-8, 121.0) == pytest.approx(-2.5)


def test_a_frozen_encoder_stays_and_jumps_when_it_is_released() -> None:
    subject = drive()
    subject.step(800, 0.0)
    subject.freeze_encoder()
    subject.step(800, 0.0)
    assert subject.encoder_count == 100

    subject.is_encoder_frozen = False
    assert subject.encoder_count == 200
