"""Every fact of a board is required, bounded, and free of contradictions."""

import pytest
from core import pico

from pumpcore import syringe
from pumpcore.profile import KEYS, MAX_MICROSTEP_UM, microsteps_per_turn, problems

pytestmark = pytest.mark.requirement("DES-08")


def test_the_shipped_board_is_sound() -> None:
    assert problems(pico.profile()) == []
    assert microsteps_per_turn(pico.profile()) == 3_200


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_every_key_is_required(key: object) -> None:
    profile = pico.profile()
    del profile[key.name]

    assert problems(profile) == [f"{key.name}: missing; {key.doc or 'required'}"]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_every_value_is_of_its_kind_and_within_its_bounds(key: object) -> None:
    wrong = {
        "text": (1, "", "x" * (key.high + 1), None),
        "bool": (0, 1, "true", None),
    }.get(key.kind, (key.low - 1, key.high + 1, True, 1.0, "1", None))
    for value in wrong:
        profile = pico.profile()
        profile[key.name] = value
        found = problems(profile)

        assert len(found) == 1, value
        assert found[0].startswith(f"{key.name}: ")


def test_an_unknown_key_is_refused() -> None:
    profile = pico.profile()
    profile["plunger.colour"] = 1

    assert problems(profile) == ["plunger.colour: unknown key; remove it or correct its name"]


def test_all_problems_are_told_at_once() -> None:
    profile = pico.profile(plunger__lead_um=0, force__zero_count=None)
    del profile["board.name"]

    assert len(problems(profile)) == 3


def test_a_pin_has_one_owner() -> None:
    profile = pico.profile(panel__buzzer_pin=6)

    assert problems(profile) == ["panel.buzzer_pin: pin 6 is already encoder.a_pin"]


def test_the_encoders_pins_stand_in_a_row() -> None:
    assert len(problems(pico.profile(encoder__b_pin=23))) == 1


def test_the_encoder_is_no_finer_than_a_microstep() -> None:
    assert problems(pico.profile(encoder__counts_per_turn=3_200)) == []
    assert len(problems(pico.profile(encoder__counts_per_turn=3_201))) == 1


@pytest.mark.requirement("FLO-09")
def test_a_microstep_delivers_at_most_two_microlitres() -> None:
    """And every figure of the pacer stays a small integer on the device."""
    sound = pico.profile(plunger__lead_um=9_600, plunger__microsteps=16)
    assert problems(sound) == []
    coarse = pico.profile(plunger__lead_um=9_601, plunger__microsteps=16)
    assert len(problems(coarse)) == 1

    widest_um = 26_700 * (1000 + syringe.MAX_CALIBRATION_PERMILLE) // 1000
    fl = syringe.femtolitres_per_microstep(widest_um, MAX_MICROSTEP_UM, 1)
    assert fl <= 2_000_000_000
    assert 45 * fl // 100 < 1 << 30
