"""Which light and which sound: the highest priority wins, prompts only where no alarm is."""

from pumpcore._compat import const
from pumpcore.alarms import HIGH, LOW, MEDIUM
from pumpcore.interlock import COMPLETE, CONFIRMED, GIVING, PAUSED, STAGED
from pumpcore.occurrence import Occurrences
from pumpcore.patterns import LED_TICKS, SOUNDER_TICKS, Player
from pumpcore.tick_io import Outputs

# Indices in panel.LED_PATTERNS and panel.SOUNDER_PATTERNS.
_OFF = const(0)
_RED_FLASH = const(1)
_YELLOW_FLASH = const(2)
_YELLOW = const(3)
_CYAN = const(4)
_GREEN = const(5)
_SOUND_TEST = const(4)


class Annunciator:
    """Plays light and sound patterns tick by tick."""

    def __init__(self) -> None:
        """Dark and silent."""
        self._light = Player(LED_TICKS)
        self._sound = Player(SOUNDER_TICKS)

    def signal(
        self, outputs: Outputs, occurrences: Occurrences, state: int, needs_test_sound: bool
    ) -> None:
        """Set the patterns, and the pins' levels for this tick."""
        led = _led(occurrences.light_priority(), state)
        is_lit = self._light.tick(led)
        outputs.led = led
        outputs.red_on = is_lit and _RED_FLASH <= led <= _YELLOW
        outputs.green_on = is_lit and led >= _YELLOW_FLASH
        outputs.blue_on = is_lit and led == _CYAN
        sounder = _sounder(occurrences.sound_priority(), needs_test_sound)
        outputs.sounder = sounder
        outputs.tone_on = self._sound.tick(sounder)


def _led(priority: int, state: int) -> int:
    if priority == HIGH:
        return _RED_FLASH
    if priority == MEDIUM:
        return _YELLOW_FLASH
    if priority == LOW:
        return _YELLOW
    if state in GIVING:
        return _GREEN
    if state == STAGED or state == CONFIRMED or state == PAUSED or state == COMPLETE:
        return _CYAN
    return _OFF


def _sounder(priority: int, needs_test_sound: bool) -> int:
    if priority:
        # high, medium and low stand in that order in the table of patterns
        return 1 + HIGH - priority
    return _SOUND_TEST if needs_test_sound else _OFF
