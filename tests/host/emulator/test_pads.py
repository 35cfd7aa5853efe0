"""Which pad each pin of a board is."""

import pytest

from evenflow import boards
from evenflow.emulator import pads
from evenflow.emulator.pads import FIRST_ANALOGUE, UNCONNECTED, Pads
from evenflow.errors import WrongUsage
from pumpcore.board.keys import KEYS, Key

pytestmark = pytest.mark.requirement("PRC-05")


@pytest.mark.parametrize(("name", "count"), [("esp32s3", 28), ("pyboard-d", 29)])
def test_the_pins_of_a_board_file_are_its_pads(name: str, count: int) -> None:
    profile = boards.load(name)
    of = Pads(profile)
    wired = ("pin_in", "pin_out", "pin_adc")
    named = [key for key in KEYS if key.kind in wired and key.name in profile]
    places = {key.name: of.of(key.name) for key in named}

    assert len(named) == count
    assert len(set(places.values())) == len(named)
    for key in named:
        is_analogue = places[key.name] >= FIRST_ANALOGUE
        assert is_analogue == (key.kind == "pin_adc")
        assert of.pin(places[key.name]) == profile[key.name]
    assert max(places.values()) < UNCONNECTED


@pytest.mark.parametrize("name", ["pico", "pico2"])
def test_a_pico_s_pads_are_its_pins(name: str) -> None:
    profile = boards.load(name)
    of = Pads(profile)

    assert of.table is None
    assert of.of("plunger.step_pin") == profile["plunger.step_pin"]
    assert of.pin(17) == 17


def test_pins_that_nothing_is_wired_to_share_a_pad(monkeypatch: pytest.MonkeyPatch) -> None:
    idle = tuple(Key(name, "pin_idle", (), "") for name in ("bits.clock_pin", "bits.word_pin"))
    monkeypatch.setattr(pads, "KEYS", (*KEYS, *idle))
    of = Pads({**boards.load("esp32s3"), "bits.clock_pin": 33, "bits.word_pin": 34})

    assert [of.of(key.name) for key in idle] == [UNCONNECTED, UNCONNECTED]


@pytest.mark.parametrize(("name", "pin"), [("pico", "PA1"), ("pyboard-d", None)])
def test_what_is_no_pin_is_refused(name: str, pin: object) -> None:
    profile = {**boards.load(name), "panel.alive_pin": pin}

    with pytest.raises(WrongUsage, match=r"panel\.alive_pin: .* is not a pin"):
        Pads(profile).of("panel.alive_pin")


def test_a_board_with_more_signals_than_pads_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    more = tuple(Key(f"more.{place}_pin", "pin_in", (), "") for place in range(3))
    monkeypatch.setattr(pads, "KEYS", (*KEYS, *more))
    profile = {**boards.load("esp32s3"), **{key.name: 30 + at for at, key in enumerate(more)}}

    with pytest.raises(WrongUsage, match=r"more\.2_pin: .* no pad left for pin 32"):
        Pads(profile)
