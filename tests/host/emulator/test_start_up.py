"""Start-up of a line that nobody has primed, against the published delays."""

import pytest

from evenflow import boards
from evenflow.emulator.plant import Plant, PlantConfig
from evenflow.emulator.plant.slack import Slack, series

# 1 mg on a balance: what counts as the first fluid.
FIRST_NL = 1_000.0
NS_PER_MIN = 60e9


def plant(syringe: str = "bd-plastipak-50", fill_ml: float = 20.0, **changes: object) -> Plant:
    config = PlantConfig(syringe=syringe, fill_ml=fill_ml, primed=False, **changes)
    return Plant(boards.load("pico"), config, seed=1)


def step_ns(subject: Plant, ml_per_h: float) -> int:
    step_nl = subject.plunger.area_um2 * subject.drive.um_per_microstep * 1e-6
    return round(step_nl / (ml_per_h * 1e6) * 3600e9)


def first_fluid_min(subject: Plant, ml_per_h: float, longest_min: float) -> float:
    subject.connect_patient()
    began_ns, span_ns = subject.now_ns, step_ns(subject, ml_per_h)
    while subject.patient_nl < FIRST_NL:
        assert subject.now_ns - began_ns < longest_min * NS_PER_MIN
        subject.advance(subject.now_ns + span_ns, 1)
    return (subject.now_ns - began_ns) / NS_PER_MIN


def purge(subject: Plant, ml: float, ml_per_h: float = 200.0) -> None:
    span_ns = step_ns(subject, ml_per_h)
    while subject.waste_volume_ml < ml:
        subject.advance(subject.now_ns + span_ns, 1)
    subject.advance(subject.now_ns + 60_000_000_000, 0)


def test_slack_closes_once_and_passes_on_the_rest() -> None:
    subject = Slack(10.0)

    assert subject.take_up(6.0) == 0.0
    assert subject.take_up(-2.0) == 0.0
    assert subject.take_up(9.0) == pytest.approx(3.0)
    assert subject.gap_um == 0.0


def test_springs_in_series_are_softer_than_either() -> None:
    assert series(1000.0, 125.0) == pytest.approx(1 / (1 / 1000 + 1 / 125))


@pytest.mark.parametrize(
    ("syringe", "fill_ml", "ml_per_h", "low_min", "high_min"),
    [
        ("bd-plastipak-50", 20.0, 1.0, 6.8, 57.0),
        ("bd-plastipak-50", 20.0, 0.1, 74.5 - 26.6, 74.5 + 26.6),
        ("bd-plastipak-10", 8.0, 1.0, 3.6 - 0.9, 3.6 + 0.9),
    ],
)
def test_first_fluid_of_an_unprimed_line_comes_when_it_was_published_to(
    syringe: str, fill_ml: float, ml_per_h: float, low_min: float, high_min: float
) -> None:
    # At 0.1 mL/h steps are seconds apart; the plunger does not rest between them.
    subject = plant(syringe, fill_ml, break_away_dwell_s=30.0)
    delay_min = first_fluid_min(subject, ml_per_h, longest_min=2 * high_min)

    assert low_min <= delay_min <= high_min


def test_the_delay_is_that_of_the_closed_form() -> None:
    subject = plant()
    delay_min = first_fluid_min(subject, 1.0, longest_min=60.0)

    # slack, backlash of the board file, and 5 N into 1000 and 125 N/mm
    missing_um = 190 + 50 + 5 / 1000 * 1000 + 5 / 125 * 1000
    missing_ml = missing_um * subject.plunger.area_um2 * 1e-12
    assert delay_min == pytest.approx(missing_ml * 60, abs=0.1)


def test_a_purge_of_two_ml_brings_first_fluid_to_about_a_minute() -> None:
    subject = plant()
    purge(subject, 2.0)

    assert 0.3 <= first_fluid_min(subject, 1.0, longest_min=5.0) <= 1.1


def test_another_syringe_has_its_own_slack() -> None:
    subject = plant()
    purge(subject, 1.0)
    subject.set_fill(20.0)

    assert first_fluid_min(subject, 1.0, longest_min=60.0) > 5.0


def test_a_primed_line_gives_its_first_fluid_after_the_backlash() -> None:
    subject = Plant(boards.load("pico"), PlantConfig(backlash_um=0.0), seed=1)

    assert first_fluid_min(subject, 1.0, longest_min=2.0) < 0.3
