"""Sound and light, measured in milliseconds from what the player does, against their bounds."""

import pytest

from pumpcore import panel
from pumpcore.patterns import LED_TICKS, SOUNDER_TICKS, Player

TICK_MS = 20
MINUTE_TICKS = 3_000


def spans(table: tuple[tuple[int, ...], ...], pattern: int) -> list[tuple[bool, int]]:
    """(on, length in ms) for a minute; the last, cut off, is left out."""
    player = Player(table)
    found: list[tuple[bool, int]] = []
    for _ in range(MINUTE_TICKS):
        is_on = player.tick(pattern)
        if found and found[-1][0] == is_on:
            found[-1] = (is_on, found[-1][1] + TICK_MS)
        else:
            found.append((is_on, TICK_MS))
    return found[:-1]


def bursts(name: str, least_interval_ms: int) -> list[list[tuple[bool, int]]]:
    """The spans of each burst of a sounder pattern, without the intervals between them."""
    found: list[list[tuple[bool, int]]] = [[]]
    for is_on, length_ms in spans(SOUNDER_TICKS, panel.SOUNDER_PATTERNS.index(name)):
        if not is_on and length_ms >= least_interval_ms:
            found.append([])
        else:
            found[-1].append((is_on, length_ms))
    return [burst for burst in found if burst]


def test_the_tables_have_a_row_for_every_pattern() -> None:
    assert len(SOUNDER_TICKS) == len(panel.SOUNDER_PATTERNS)
    assert len(LED_TICKS) == len(panel.LED_PATTERNS)


@pytest.mark.requirement("ALM-03", "ALM-05")
def test_a_high_burst_is_three_and_two_pulses_twice() -> None:
    burst = bursts("high", 2_000)[0]
    pulses = [length for is_on, length in burst if is_on]
    gaps = [length for is_on, length in burst if not is_on]

    assert len(pulses) == 10
    assert all(75 <= pulse <= 200 for pulse in pulses)
    within = [gaps[index] for index in (0, 1, 3, 5, 6, 8)]
    assert all(50 <= gap <= 125 for gap in within)
    # Groups of three and two: 2x + t after the third and the eighth pulse, longer than within.
    assert gaps[2] == gaps[7] > 2 * max(within)
    assert 350 <= gaps[4] <= 1_300


@pytest.mark.requirement("ALM-03", "ALM-05")
@pytest.mark.parametrize(("name", "pulse_count"), [("medium", (3,)), ("low", (1, 2))])
def test_medium_is_three_pulses_and_low_one_or_two(
    name: str, pulse_count: tuple[int, ...]
) -> None:
    for burst in bursts(name, 2_000)[:3]:
        pulses = [length for is_on, length in burst if is_on]
        gaps = [length for is_on, length in burst if not is_on]

        assert len(pulses) in pulse_count
        assert all(125 <= pulse <= 250 for pulse in pulses)
        assert all(125 <= gap <= 250 for gap in gaps)


@pytest.mark.requirement("ALM-04")
@pytest.mark.parametrize(
    ("name", "least_ms", "most_ms"),
    [("high", 2_500, 15_000), ("medium", 2_500, 30_000), ("low", 15_001, 60_000)],
)
def test_bursts_are_repeated_in_range(name: str, least_ms: int, most_ms: int) -> None:
    intervals = [
        length
        for is_on, length in spans(SOUNDER_TICKS, panel.SOUNDER_PATTERNS.index(name))
        if not is_on and length > 1_300
    ]

    assert len(intervals) >= 1
    assert all(least_ms <= interval <= most_ms for interval in intervals)


@pytest.mark.requirement("ALM-02")
@pytest.mark.parametrize(
    ("name", "least_hz", "most_hz"), [("red_flash", 1.4, 2.8), ("yellow_flash", 0.4, 0.8)]
)
def test_flashes_are_in_range(name: str, least_hz: float, most_hz: float) -> None:
    found = spans(LED_TICKS, panel.LED_PATTERNS.index(name))
    on_ms, off_ms = found[0][1], found[1][1]

    assert found[0][0]
    assert least_hz <= 1_000 / (on_ms + off_ms) <= most_hz
    assert 0.2 <= on_ms / (on_ms + off_ms) <= 0.6
    assert found == [(index % 2 == 0, (on_ms, off_ms)[index % 2]) for index in range(len(found))]


@pytest.mark.requirement("ALM-02")
@pytest.mark.parametrize("name", ["yellow", "cyan", "green"])
def test_the_other_lights_are_steady(name: str) -> None:
    player = Player(LED_TICKS)

    assert all(player.tick(panel.LED_PATTERNS.index(name)) for _ in range(MINUTE_TICKS))


@pytest.mark.parametrize("table", [SOUNDER_TICKS, LED_TICKS])
def test_off_is_off(table: tuple[tuple[int, ...], ...]) -> None:
    player = Player(table)

    assert not any(player.tick(0) for _ in range(MINUTE_TICKS))


@pytest.mark.requirement("ALM-10")
def test_a_change_of_pattern_begins_it_at_once() -> None:
    """The first tick of a signal is on."""
    for table in (SOUNDER_TICKS, LED_TICKS):
        player = Player(table)
        for waited in (1, 7, 500):
            for pattern in range(1, len(table)):
                for _ in range(waited):
                    player.tick(0)
                assert player.tick(pattern)


@pytest.mark.requirement("ALM-14")
def test_the_alarm_test_pattern_is_none_of_the_alarms() -> None:
    test = panel.SOUNDER_PATTERNS.index("test")

    assert SOUNDER_TICKS.count(SOUNDER_TICKS[test]) == 1
    assert any(is_on for is_on, _ in spans(SOUNDER_TICKS, test))
