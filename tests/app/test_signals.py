"""Light and sound as they leave the pins: colour, flash, pulses, bursts, harmonics of the tone."""

import cmath
import itertools
import math
from collections.abc import Callable
from typing import NamedTuple

import pytest
from app.rig import Rig, bench_order

_ML = 1_000_000
_NS_PER_MS = 1_000_000
_FREQUENCIES_HZ = (300, 4_000)
# Between two bursts, and longer than anything within one.
_BETWEEN_MS = 2_000


class Signal(NamedTuple):
    """What an alarm of one priority must look and sound like."""

    colour: tuple[bool, bool, bool]
    flash_hz: tuple[float, float] | None
    pulses: tuple[int, int]
    pulse_ms: tuple[int, int]
    space_ms: tuple[int, int]
    repeat_ms: tuple[int, int]


_RED = (True, False, False)
_YELLOW = (True, True, False)
_SIGNALS = {
    "high": Signal(_RED, (1.4, 2.8), (10, 10), (75, 200), (50, 125), (2_500, 15_000)),
    "medium": Signal(_YELLOW, (0.4, 0.8), (3, 3), (125, 250), (125, 250), (2_500, 30_000)),
    "low": Signal(_YELLOW, None, (1, 2), (125, 250), (125, 250), (15_001, 10**9)),
}


def _open_barrel(rig: Rig) -> None:
    rig.plant.open_barrel()


def _fall_silent(rig: Rig) -> None:
    rig.is_pinging = False


def _wait(rig: Rig) -> None:
    """Three minutes before the end of a dose of three and a half."""


# priority, alarm, its cause, seconds until it is there
_CAUSES: tuple[tuple[str, str, Callable[[Rig], None], float], ...] = (
    ("high", "barrel_open", _open_barrel, 1),
    ("medium", "link_lost", _fall_silent, 7),
    ("low", "near_end", _wait, 40),
)
_each_priority = pytest.mark.parametrize(
    ("priority", "alarm", "cause", "within_s"), _CAUSES, ids=[row[0] for row in _CAUSES]
)


def _alarming(rig: Rig, alarm: str, cause: Callable[[Rig], None], within_s: float) -> None:
    rig.start()
    cause(rig)
    rig.run_until(lambda: alarm in rig.alarms, within_s)
    assert rig.alarms == {alarm}


def _order() -> dict[str, object]:
    return bench_order(60_000, 3_500_000)


def _spans(levels: list[object]) -> list[tuple[object, int]]:
    """(level, ms) of whole spans; the first and the last are cut and left out."""
    found = [(level, 20 * len(list(group))) for level, group in itertools.groupby(levels)]
    return found[1:-1]


@pytest.mark.requirement("ALM-02")
@_each_priority
def test_the_light_has_colour_flash_and_duty_of_the_priority(
    priority: str, alarm: str, cause: Callable[[Rig], None], within_s: float
) -> None:
    signal = _SIGNALS[priority]
    with Rig(_order(), "cpython") as rig:
        _alarming(rig, alarm, cause, within_s)
        levels = []
        for _ in range(800):
            rig.tick()
            levels.append(rig.plant.light._lit)

    if signal.flash_hz is None:
        assert set(levels) == {signal.colour}
        return
    dark = (False, False, False)
    assert set(levels) == {signal.colour, dark}
    spans = _spans(levels)
    for (lit, on_ms), (_, off_ms) in itertools.pairwise(spans):
        if lit != dark:
            assert signal.flash_hz[0] <= 1_000 / (on_ms + off_ms) <= signal.flash_hz[1]
            assert 0.2 <= on_ms / (on_ms + off_ms) <= 0.6


def _bursts(edges_at_ns: list[int]) -> list[list[float]]:
    """On and off times in ms of each burst, and last the silence after it; only whole ones."""
    spans = [(later - earlier) / _NS_PER_MS for earlier, later in itertools.pairwise(edges_at_ns)]
    found: list[list[float]] = [[]]
    for index, span in enumerate(spans):
        found[-1].append(span)
        if index % 2 and span >= _BETWEEN_MS:
            found.append([])
    return found[:-1]


@pytest.mark.requirement("ALM-03", "ALM-04", "ALM-05")
@_each_priority
def test_the_sounder_has_pulses_spaces_and_repeats_of_the_priority(
    priority: str, alarm: str, cause: Callable[[Rig], None], within_s: float
) -> None:
    signal = _SIGNALS[priority]
    with Rig(_order(), "cpython") as rig:
        rig.start()
        heard = len(rig.plant.buzzer.edges_at_ns)
        cause(rig)
        rig.run_until(lambda: alarm in rig.alarms, within_s)
        rig.run_for(60)
        edges_at_ns = rig.plant.buzzer.edges_at_ns[heard:]

    bursts = _bursts(edges_at_ns)
    assert len(bursts) >= 2
    for burst in bursts:
        *rest, repeat_ms = burst
        pulses, spaces = rest[::2], rest[1::2]
        assert signal.pulses[0] <= len(pulses) <= signal.pulses[1]
        assert all(signal.pulse_ms[0] <= pulse <= signal.pulse_ms[1] for pulse in pulses)
        assert signal.repeat_ms[0] <= repeat_ms <= signal.repeat_ms[1]
        if priority == "high":
            # 3, 2, and after a pause 3, 2 again.
            assert 350 <= spaces[4] <= 1_300
            assert spaces[2] == spaces[7] > 2 * spaces[0]
            spaces = [spaces[index] for index in (0, 1, 3, 5, 6, 8)]
        assert all(signal.space_ms[0] <= space <= signal.space_ms[1] for space in spaces)


@pytest.mark.requirement("ALM-06")
@_each_priority
def test_the_tone_has_a_fundamental_and_harmonics_that_carry(
    priority: str, alarm: str, cause: Callable[[Rig], None], within_s: float
) -> None:
    with Rig(_order(), "cpython") as rig:
        _alarming(rig, alarm, cause, within_s)
        controller = rig.board.controller
        rig.run_until(lambda: rig.plant.buzzer.is_on, 30)
        frequency_hz, duty_u16 = controller.pwm[controller.wiring.buzzer]

    assert 150 <= frequency_hz <= 1_000
    heard = _harmonics_db(duty_u16 / 65_536)
    carrying = [
        number
        for number, level_db in heard.items()
        if abs(level_db) <= 15
        and _FREQUENCIES_HZ[0] <= number * frequency_hz <= _FREQUENCIES_HZ[1]
    ]
    assert len(carrying) >= 4


def _harmonics_db(duty: float) -> dict[int, float]:
    """Levels of a rectangular wave's harmonics against its fundamental, by Fourier's sum."""
    samples = 4_096
    wave = [1.0 if index < duty * samples else 0.0 for index in range(samples)]
    levels = [
        abs(
            sum(
                level * cmath.exp(-2j * math.pi * number * index / samples)
                for index, level in enumerate(wave)
                if level
            )
        )
        for number in range(1, 27)
    ]
    return {
        number: 20 * math.log10(level / levels[0] + 1e-12)
        for number, level in enumerate(levels, 1)
    }


def test_a_square_wave_would_not_carry() -> None:
    """Half duty has odd harmonics only: three within 15 dB, its fundamental counted."""
    assert sum(abs(level_db) <= 15 for level_db in _harmonics_db(0.5).values()) == 3


@pytest.mark.requirement("ALM-11")
@pytest.mark.parametrize("order", [("medium", "high"), ("high", "medium")])
def test_the_higher_of_two_alarms_is_seen_whichever_came_first(order: tuple[str, str]) -> None:
    causes = {row[0]: row for row in _CAUSES}
    with Rig(_order(), "cpython") as rig:
        rig.start()
        for priority in order:
            _, alarm, cause, within_s = causes[priority]
            cause(rig)
            rig.run_until(lambda alarm=alarm: alarm in rig.alarms, within_s)
        rig.run_for(1)
        colours = set()
        for _ in range(100):
            rig.tick()
            colours.add(rig.plant.light._lit)

        assert colours == {_RED, (False, False, False)}
        assert rig.alarms == {"barrel_open", "link_lost"}
