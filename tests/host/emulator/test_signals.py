"""Names of light and sound, from pin levels alone."""

import pytest

from evenflow.emulator.plant.signals import Light, Sounder
from pumpcore.panel import SOUNDER_PATTERNS
from pumpcore.patterns import SOUNDER_TICKS, Player

TICK_NS = 20_000_000
OFF = (False, False, False)


@pytest.mark.parametrize(
    ("lit", "name"),
    [
        ((True, False, False), "red_flash"),
        ((False, True, False), "green"),
        ((False, True, True), "cyan"),
        (OFF, "off"),
    ],
)
def test_a_colour_names_its_pattern(lit: tuple[bool, bool, bool], name: str) -> None:
    light = Light()
    light.set(lit, 0)

    assert light.name(0) == name


def test_yellow_is_a_flash_until_it_has_lasted_longer_than_one() -> None:
    light = Light()
    light.set((True, True, False), 0)

    assert light.name(820_000_000) == "yellow_flash"
    assert light.name(2_000_000_000) == "yellow"


@pytest.mark.parametrize("name", [name for name in SOUNDER_PATTERNS if name != "off"])
def test_the_firmwares_own_patterns_are_told_apart(name: str) -> None:
    sounder = Sounder()
    player = Player(SOUNDER_TICKS)
    pattern = SOUNDER_PATTERNS.index(name)
    for tick in range(3_000):
        sounder.set(on=player.tick(pattern), now_ns=tick * TICK_NS)
        sounder.settle(tick * TICK_NS)

    pulse_counts = {"high": 10, "medium": 3, "low": 2, "test": 3}
    assert {burst[0] for burst in sounder.bursts} == {name}
    assert {burst.pulse_count for burst in sounder.bursts} == {pulse_counts[name]}
    assert len(sounder.bursts) >= 2


def test_it_is_off_between_pulses() -> None:
    sounder = Sounder()
    sounder.set(on=True, now_ns=0)
    assert sounder.name != "off"

    sounder.set(on=False, now_ns=120_000_000)
    assert sounder.name == "off"
    assert sounder.edges_at_ns == [0, 120_000_000]
