"""What the device says of itself: the last telemetry, taken at its transmit pin.

The tap lies before anything that a scenario does to the line, so that a pulled plug hides nothing.
"""

from operator import itemgetter

from evenflow.client.layout import LAYOUTS, TELEMETRY_IDENT
from evenflow.scenario.vocabulary import STATE_NAMES
from pumpcore.alarms import ALARMS
from pumpcore.interlock import GIVING
from pumpcore.panel import LED_PATTERNS, SOUNDER_PATTERNS

Row = tuple[int, ...]

_COLUMNS = LAYOUTS[TELEMETRY_IDENT].columns
_RATE = _COLUMNS["commanded_ul_per_h"]
_DELIVERED = _COLUMNS["delivered_microsteps"]
_watched = itemgetter(
    _COLUMNS["state"],
    _COLUMNS["alarms_low"],
    _COLUMNS["alarms_high"],
    _COLUMNS["led"],
    _COLUMNS["sounder"],
    _COLUMNS["checklist"],
    _COLUMNS["motion"],
    _RATE,
    _RATE + 1,
)
_HIGH_SHIFT = 16
_ALARMS_PER_WORD = 30
_NAMES = {alarm.ident: str(alarm.name) for alarm in ALARMS}


class DeviceView:
    """State, alarms and signals as the device last told them."""

    def __init__(self) -> None:
        """Nothing heard: booting."""
        self.is_heard = False
        self.forget()

    def forget(self) -> None:
        """The controller was reset: it boots."""
        self.state = "boot"
        # Whether the patient is given something in it.
        self.is_giving = False
        self.alarms: tuple[str, ...] = ()
        self.led = "off"
        self.sounder = "off"
        self.checklist = 0
        self.motion = 0
        self.commanded_ul_per_h = 0
        self.delivered_microsteps = 0
        self._last: tuple[int, ...] = ()

    def take_counters(self, row: Row) -> None:
        """What changes all the time and no event depends on."""
        self.delivered_microsteps = row[_DELIVERED]

    def take(self, row: Row) -> bool:
        """One telemetry row; whether anything but counters differs from the row before."""
        self.take_counters(row)
        watched = _watched(row)
        if watched == self._last:
            return False
        self._last = watched
        self.is_heard = True
        state, low, high, led, sounder, self.checklist, self.motion, rate, rate_high = watched
        # A controller whose memory is damaged may say what no table has.
        self.is_giving = state in GIVING
        self.state = STATE_NAMES[state] if state < len(STATE_NAMES) else f"unknown_{state}"
        self.alarms = alarm_names(low | high << _ALARMS_PER_WORD)
        self.led = LED_PATTERNS[led]
        self.sounder = SOUNDER_PATTERNS[sounder]
        self.commanded_ul_per_h = rate | rate_high << _HIGH_SHIFT
        return True


def alarm_names(bits: int) -> tuple[str, ...]:
    """Names of the alarms in a mask, in order of ident."""
    return tuple(
        _NAMES.get(ident, f"unknown_{ident}")
        for ident in range(bits.bit_length())
        if bits >> ident & 1
    )
