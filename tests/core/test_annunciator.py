"""Light and sound by priority and state."""

import pytest

from pumpcore import alarms, panel
from pumpcore.annunciator import Annunciator
from pumpcore.interlock import STATES
from pumpcore.occurrence import Occurrences
from pumpcore.tick_io import Outputs

ALARMS = {"high": alarms.MOTOR_STALL, "medium": alarms.LINK_LOST, "low": alarms.NEAR_END}


def signalled(bits: int, state: str = "idle", *, needs_test_sound: bool = False) -> Outputs:
    occurrences = Occurrences()
    occurrences.update(bits, 0, 20)
    outputs = Outputs()
    Annunciator().signal(outputs, occurrences, STATES.index(state), needs_test_sound)
    return outputs


def colours(outputs: Outputs) -> tuple[bool, bool, bool]:
    return bool(outputs.red_on), bool(outputs.green_on), bool(outputs.blue_on)


@pytest.mark.requirement("ALM-02", "ALM-10", "ALM-11")
@pytest.mark.parametrize(
    ("priority", "led", "rgb"),
    [
        ("high", "red_flash", (True, False, False)),
        ("medium", "yellow_flash", (True, True, False)),
        ("low", "yellow", (True, True, False)),
    ],
)
@pytest.mark.parametrize("state", STATES)
def test_an_alarm_has_its_colour_and_sound_in_every_state(
    priority: str, led: str, rgb: tuple[bool, bool, bool], state: str
) -> None:
    """In the first tick, and whatever else is shown."""
    outputs = signalled(ALARMS[priority], state, needs_test_sound=True)

    assert panel.LED_PATTERNS[outputs.led] == led
    assert colours(outputs) == rgb
    assert panel.SOUNDER_PATTERNS[outputs.sounder] == priority
    assert outputs.tone_on


@pytest.mark.parametrize("state", STATES)
def test_without_an_alarm_the_light_tells_the_state(state: str) -> None:
    outputs = signalled(0, state)
    held = {"staged", "confirmed", "paused", "complete"}
    expected = "green" if state in ("infusing", "kvo") else "cyan" if state in held else "off"

    assert panel.LED_PATTERNS[outputs.led] == expected
    assert (
        colours(outputs)
        == {
            "green": (False, True, False),
            "cyan": (False, True, True),
            "off": (False, False, False),
        }[expected]
    )
    assert outputs.sounder == 0
    assert not outputs.tone_on


@pytest.mark.requirement("ALM-14")
def test_the_alarm_test_sounds_where_no_alarm_does() -> None:
    outputs = signalled(0, "confirmed", needs_test_sound=True)

    assert panel.SOUNDER_PATTERNS[outputs.sounder] == "test"
    assert outputs.tone_on
