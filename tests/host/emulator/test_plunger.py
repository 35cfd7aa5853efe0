"""Friction behind an elastic drive, and what the plunger sweeps."""

import math

import pytest

from evenflow.emulator.plant.plunger import Plunger

BORE_UM = 26_700
AREA_UM2 = math.pi / 4 * BORE_UM**2
NL_PER_UM = AREA_UM2 * 1e-6
MICROSTEP_UM = 0.3125
DWELL_NS = 10_000_000_000


def plunger(residual_nl: float = 20e6) -> Plunger:
    subject = Plunger(stiffness_n_per_um=1.0, running_n=3.0, break_away_n=5.0, dwell_ns=DWELL_NS)
    subject.mount(BORE_UM, residual_nl, 60e6)
    return subject


def test_it_rests_until_the_drive_overcomes_the_break_away_friction() -> None:
    subject = plunger()
    swept_nl = [subject.push(MICROSTEP_UM, 0) for _ in range(17)]

    # 5 N at 1 N/um and 0.3125 um a microstep: the 17th exceeds it, and the force falls to 3 N.
    assert swept_nl[:16] == [0.0] * 16
    assert swept_nl[16] == pytest.approx((17 * MICROSTEP_UM - 3.0) * NL_PER_UM)
    assert subject.friction_n == 3.0


def test_while_it_runs_each_microstep_sweeps_its_volume() -> None:
    subject = plunger()
    subject.push(10.0, 0)

    assert subject.push(MICROSTEP_UM, DWELL_NS // 2) == pytest.approx(0.175 * 1000, rel=1e-3)
    assert subject.friction_n == 3.0


def test_after_a_rest_it_sticks_again() -> None:
    subject = plunger()
    subject.push(10.0, 0)

    assert subject.push(MICROSTEP_UM, DWELL_NS + 1) == 0.0
    assert subject.friction_n == pytest.approx(3.0 + MICROSTEP_UM)


def test_pulled_back_it_first_unwinds_the_spring() -> None:
    subject = plunger()
    subject.push(10.0, 0)
    residual_nl = subject.residual_nl

    assert subject.push(-5.0, 0) == 0.0
    assert subject.push(-2.0, 0) == pytest.approx(-1.0 * NL_PER_UM)
    assert subject.residual_nl > residual_nl


def test_an_empty_syringe_gives_no_more_and_the_drive_winds_up() -> None:
    subject = plunger(residual_nl=NL_PER_UM)
    swept_nl = subject.push(20.0, 0)

    assert swept_nl == pytest.approx(NL_PER_UM)
    assert subject.residual_nl == 0.0
    assert subject.push(10.0, 0) == 0.0
    assert subject.friction_n == pytest.approx(29.0)


def test_an_open_grip_moves_nothing() -> None:
    subject = plunger()
    subject.push(10.0, 0)
    subject.unseat()

    assert subject.push(100.0, 0) == 0.0
    assert subject.friction_n == 0.0
    subject.seat()
    assert subject.push(10.0, 0) > 0.0


def test_a_sticky_stopper_creeps_by_leaps_of_its_stickiness_over_the_stiffness() -> None:
    subject = plunger()
    subject.stick_n = 1.0
    subject.stick_dwell_ns = 50_000_000
    subject.push(10.0, 0)
    interval_ns = 630_000_000
    leaps = [
        (at, swept_nl / NL_PER_UM)
        for at in range(1, 320)
        if (swept_nl := subject.push(MICROSTEP_UM, at * interval_ns))
    ]

    # 1 N at 1 N/um is passed by the fourth microstep.
    assert [at for at, _ in leaps] == list(range(4, 320, 4))
    assert [um for _, um in leaps] == pytest.approx([4 * MICROSTEP_UM] * len(leaps))


def test_a_sticky_stopper_runs_smoothly_when_steps_follow_fast() -> None:
    subject = plunger()
    subject.stick_n = 1.0
    subject.stick_dwell_ns = 50_000_000
    subject.push(10.0, 0)

    assert all(subject.push(MICROSTEP_UM, at * 40_000_000) for at in range(1, 100))


def test_what_was_drawn_is_what_the_syringe_lost() -> None:
    subject = plunger()
    for index in range(5_000):
        subject.push(MICROSTEP_UM if index % 100 else -50 * MICROSTEP_UM, index * 20_000_000)

    assert subject.drawn_nl == pytest.approx(20e6 - subject.residual_nl, abs=1e-3)
