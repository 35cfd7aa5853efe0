"""A sounder that is silent while it should sound, pattern by pattern."""

import pytest

from pumpcore import panel
from pumpcore.patterns import SOUNDER_TICKS, Player
from pumpcore.sounder_check import SounderCheck

TICK_MS = 20
PATTERNS = panel.SOUNDER_PATTERNS[1:]
# A peak hold of 0.2 s, looked at every 100 ms, accepted at the second reading in a row.
HOLD_MS = 200
LOOK_TICKS = 5


class Scene:
    """The check, a pattern that plays, and a sounder that may be silent."""

    def __init__(self, pattern: str, phase_ticks: int = 0) -> None:
        """Everything in order."""
        self.check = SounderCheck()
        self.is_silent = False
        self.is_watched = True
        self.pattern = panel.SOUNDER_PATTERNS.index(pattern)
        self._player = Player(SOUNDER_TICKS)
        self._ticks = phase_ticks
        self._held_ms = 0
        self._is_seen = False
        self._is_stable = False

    def tick(self) -> bool:
        """Whether it is faulty after this tick."""
        is_on = self._player.tick(self.pattern)
        self._held_ms = HOLD_MS if is_on and not self.is_silent else self._held_ms - TICK_MS
        self._ticks += 1
        self._is_stable = self._is_seen
        if self._ticks % LOOK_TICKS == 0:
            self._is_seen = self._held_ms > 0
        self.check.tick(TICK_MS, is_on=is_on, is_heard=self._is_stable, is_watched=self.is_watched)
        return self.check.is_faulty

    def faulty_after_s(self, seconds: float) -> float | None:
        """When it is, within so long."""
        for tick in range(1, round(seconds * 1_000 / TICK_MS) + 1):
            if self.tick():
                return tick * TICK_MS / 1_000
        return None


@pytest.mark.requirement("ALM-15", "ALM-14")
@pytest.mark.parametrize("phase", range(LOOK_TICKS))
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_sounder_that_sounds_is_never_faulty(pattern: str, phase: int) -> None:
    assert Scene(pattern, phase).faulty_after_s(60) is None


@pytest.mark.requirement("ALM-15", "ALM-14")
@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_first_burst_that_nobody_hears_is_a_fault(pattern: str) -> None:
    """Before it has ended: what is left of it sounds from the second one."""
    scene = Scene(pattern)
    scene.is_silent = True

    assert scene.faulty_after_s(5) == pytest.approx(0.8, abs=0.3)


@pytest.mark.requirement("ALM-15")
def test_380_ms_of_tone_are_the_bound() -> None:
    check = SounderCheck()
    for _ in range(18):
        check.tick(TICK_MS, is_on=True, is_heard=False, is_watched=True)
    assert not check.is_faulty
    check.tick(TICK_MS, is_on=False, is_heard=False, is_watched=True)
    assert not check.is_faulty
    check.tick(TICK_MS, is_on=True, is_heard=False, is_watched=True)
    assert check.is_faulty


@pytest.mark.requirement("ALM-15")
def test_silence_where_nothing_should_sound_is_no_fault() -> None:
    check = SounderCheck()
    for _ in range(1_000):
        check.tick(TICK_MS, is_on=False, is_heard=False, is_watched=True)

    assert not check.is_faulty


@pytest.mark.requirement("ALM-15")
def test_what_nobody_listens_to_is_not_judged() -> None:
    """The expander does not answer: that is another alarm."""
    scene = Scene("high")
    scene.is_silent = True
    scene.is_watched = False
    assert scene.faulty_after_s(30) is None
    scene.is_watched = True

    assert scene.faulty_after_s(10) is not None


@pytest.mark.requirement("ALM-15")
def test_it_is_mended_by_200_ms_that_are_heard_without_a_break() -> None:
    scene = Scene("high")
    scene.is_silent = True
    scene.faulty_after_s(5)
    check = scene.check
    for _ in range(9):
        check.tick(TICK_MS, is_on=True, is_heard=True, is_watched=True)
    assert check.is_faulty
    check.tick(TICK_MS, is_on=True, is_heard=False, is_watched=True)
    for _ in range(9):
        check.tick(TICK_MS, is_on=True, is_heard=True, is_watched=True)
    assert check.is_faulty
    check.tick(TICK_MS, is_on=True, is_heard=True, is_watched=True)
    assert not check.is_faulty


@pytest.mark.requirement("ALM-15")
def test_a_sounder_that_fails_between_two_alarms_is_found_at_the_next() -> None:
    scene = Scene("medium")
    assert scene.faulty_after_s(5) is None
    scene.is_silent = True

    assert scene.faulty_after_s(12) is not None
