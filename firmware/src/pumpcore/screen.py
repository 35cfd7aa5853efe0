"""What stands on the pump's own display: eight lines of 21 characters.

    0   state                  time infused
    1   drug and its concentration, or what fits of the name
    2   concentration, if there was no room for it, and rate
    3   given                            mL
    4   left                             mL
    5   alarm of the highest priority, in up to three lines;
    6   how many others there are
    7

Without an alarm, line 5 says that a soft limit was overridden, and line 6 asks whether somebody
is there. Without a programme lines 1 to 4 say what this is. Volumes are those that the host shows:
whole microsteps times their volume, floored to a nanolitre, and rounded to three decimals of a
millilitre. What is not known is not there; nothing is guessed. A line takes nothing from the heap.
"""

from pumpcore import alarms, interlock
from pumpcore._compat import const
from pumpcore.alarm_text import TEXTS
from pumpcore.panel import PRESENCE_ASKED
from pumpcore.programme import Order, Programme
from pumpcore.report import MOTION_OVERRIDDEN
from pumpcore.tick_io import Outputs

WIDTH = const(21)
LINES = const(8)

_BLANK = const(32)
_ZERO = const(48)
_PLUS = const(43)
_POINT = const(46)
_COLON = const(58)
_CUT = b"~"
_FIRST_ALARM_LINE = const(5)
_IDENTS_PER_WORD = const(30)
_NO_ALARM = const(-1)

_FL_PER_NL = const(1_000_000)
_NL_PER_UL = const(1_000)
# Of microsteps, so that their product with the part of a nanolitre fits a small integer.
_MOST_STEPS = const(1_000)
_NG_PER_MG = 1_000_000
_S_PER_MIN = const(60)
_MIN_PER_H = const(60)

_GIVEN = b"given"
_LEFT = b"left"
_ML = b" mL"
_ML_PER_H = b" mL/h"
_UNIT_AT = const(16)
_SET = b"set"
_AT_MOST = b"max"
_BACK = b"back"
_NO_DRUG = b"no drug: bench"
_OVERRIDDEN = b"soft limit overridden"
_ASKED = b"CHECK if you are here"


class Screen:
    """One line after the other, into `line`."""

    def __init__(self, title: str, warning: str) -> None:
        """What stands there without a programme."""
        self.line = bytearray(WIDTH)
        self._title = title.encode()
        self._warning = Wrapped()
        self._warning.take(warning.encode())
        self._states = [name.encode() for name in interlock.STATES]
        self._alarm_text = Wrapped()
        # Row of ALARMS that is shown, how many more there are, and for which bits.
        self._alarm = _NO_ALARM
        self._others_count = 0
        self._alarms_low = 0
        self._alarms_high = 0
        self._drug = b""
        self._concentration = b""
        self._rate_word = _SET
        self._set_ul_per_h = 0
        self._volume_nl = 0
        self._nl_per_step = 0
        self._fl_beyond = 0
        self._steps = 0
        self._given_nl = 0
        self._spare_fl = 0
        self._writers = (
            self._write_state,
            self._write_drug,
            self._write_rate,
            self._write_given,
            self._write_left,
            self._write_alarm,
            self._write_alarm,
            self._write_alarm,
        )

    def adopt(self, order: Order, programme: Programme, drug: str) -> None:
        """Take an order that was staged as that programme, of which nothing is given yet."""
        name = drug.encode() if drug else _NO_DRUG
        self._drug = name if len(name) <= WIDTH else name[: WIDTH - 1] + _CUT
        self._concentration = _concentration(order.concentration_ng_per_ml)
        if len(self._drug) + 1 + len(self._concentration) <= WIDTH:
            self._drug += b" " + self._concentration
            self._concentration = b""
        self._rate_word = _AT_MOST if programme.rows else _SET
        self._set_ul_per_h = programme.rate_ul_per_h
        self._volume_nl = programme.volume_nl
        self._nl_per_step = programme.femtolitres_per_microstep // _FL_PER_NL
        self._fl_beyond = programme.femtolitres_per_microstep % _FL_PER_NL
        self._steps = 0
        self._given_nl = 0
        self._spare_fl = 0

    def write(self, number: int, outputs: Outputs, infused_s: int) -> None:
        """Fill `line` with that one of the eight, as of this tick."""
        line = self.line
        for place in range(WIDTH):
            line[place] = _BLANK
        if 0 < number < _FIRST_ALARM_LINE and not outputs.programme_number:
            self._write_what_this_is(number)
        else:
            self._writers[number](number, outputs, infused_s)

    def _write_what_this_is(self, number: int) -> None:
        if number == 1:
            put(self.line, 0, self._title)
        else:
            self._warning.put(number - 2, self.line)

    def _write_state(self, _number: int, outputs: Outputs, infused_s: int) -> None:
        put(self.line, 0, self._states[outputs.state])
        if outputs.programme_number:
            put_time(self.line, infused_s)

    def _write_drug(self, _number: int, _outputs: Outputs, _infused_s: int) -> None:
        put(self.line, 0, self._drug)

    def _write_rate(self, _number: int, outputs: Outputs, _infused_s: int) -> None:
        """What is commanded, back or forward; before START what was ordered, and says so."""
        state = outputs.state
        put(self.line, _UNIT_AT, _ML_PER_H)
        if state == interlock.STAGED or state == interlock.CONFIRMED:
            start = _put_rate(self.line, self._set_ul_per_h) - len(self._rate_word) - 1
            put(self.line, start, self._rate_word)
        elif outputs.commanded_ul_per_h and not outputs.is_forward:
            start = _put_rate(self.line, outputs.commanded_ul_per_h) - len(_BACK) - 1
            put(self.line, start, _BACK)
        else:
            start = _put_rate(self.line, outputs.commanded_ul_per_h)
        if len(self._concentration) < start:
            put(self.line, 0, self._concentration)

    def _write_given(self, _number: int, outputs: Outputs, _infused_s: int) -> None:
        self._account(outputs.delivered_microsteps)
        put(self.line, 0, _GIVEN)
        _put_volume(self.line, self._given_nl)

    def _write_left(self, _number: int, _outputs: Outputs, _infused_s: int) -> None:
        """As of the last `given`; each is rounded by itself."""
        put(self.line, 0, _LEFT)
        left_nl = self._volume_nl - self._given_nl
        _put_volume(self.line, left_nl if left_nl > 0 else 0)

    def _account(self, steps: int) -> None:
        """Bring the volume up to so many microsteps: floor(steps * fL of one / 10^6), exactly."""
        change = steps - self._steps
        self._steps = steps
        while change:
            part = change
            if part > _MOST_STEPS:
                part = _MOST_STEPS
            elif part < -_MOST_STEPS:
                part = -_MOST_STEPS
            spare_fl = self._spare_fl + part * self._fl_beyond
            self._given_nl += part * self._nl_per_step + spare_fl // _FL_PER_NL
            self._spare_fl = spare_fl % _FL_PER_NL
            change -= part

    def _write_alarm(self, number: int, outputs: Outputs, _infused_s: int) -> None:
        if outputs.alarms_low != self._alarms_low or outputs.alarms_high != self._alarms_high:
            self._alarms_low = outputs.alarms_low
            self._alarms_high = outputs.alarms_high
            self._choose()
        if self._alarm != _NO_ALARM:
            self._alarm_text.put(number - _FIRST_ALARM_LINE, self.line)
            if number == LINES - 1 and self._others_count:
                start = _put_number(self.line, WIDTH, self._others_count, 1)
                self.line[start - 1] = _PLUS
        elif number == _FIRST_ALARM_LINE and outputs.motion & MOTION_OVERRIDDEN:
            put(self.line, 0, _OVERRIDDEN)
        elif number == _FIRST_ALARM_LINE + 1 and outputs.checklist & PRESENCE_ASKED:
            put(self.line, 0, _ASKED)

    def _choose(self) -> None:
        """The first of the highest priority, and how many more there are."""
        chosen = _NO_ALARM
        highest = 0
        count = 0
        for row in range(len(TEXTS)):
            alarm = alarms.ALARMS[row]
            if self._is_active(alarm.ident):
                count += 1
                if alarm.priority > highest:
                    highest = alarm.priority
                    chosen = row
        self._alarm = chosen
        self._others_count = count - 1
        if chosen != _NO_ALARM:
            self._alarm_text.take(TEXTS[chosen])

    def _is_active(self, ident: int) -> int:
        if ident < _IDENTS_PER_WORD:
            return self._alarms_low >> ident & 1
        return self._alarms_high >> (ident - _IDENTS_PER_WORD) & 1


class Wrapped:
    """A text of up to three lines, broken between words."""

    def __init__(self) -> None:
        """Empty."""
        self._text = b""
        self._starts = bytearray(3)
        self._ends = bytearray(3)

    def take(self, text: bytes) -> None:
        """Break that text; a test holds every alarm's to three lines."""
        self._text = text
        start = 0
        for row in range(3):
            end = _line_end(text, start)
            self._starts[row] = start
            self._ends[row] = end
            start = end + 1 if end < len(text) else end

    def put(self, row: int, line: bytearray) -> None:
        """Write one of its lines."""
        text = self._text
        start = self._starts[row]
        for place in range(self._ends[row] - start):
            line[place] = text[start + place]


def _line_end(text: bytes, start: int) -> int:
    """Where a line that begins there ends: at the last blank within reach."""
    end = start + WIDTH
    if end >= len(text):
        return len(text)
    while end > start and text[end] != _BLANK:
        end -= 1
    return end if end > start else start + WIDTH


def put(line: bytearray, at: int, text: bytes) -> None:
    """Write a text that fits from a place on."""
    for place in range(len(text)):
        line[at + place] = text[place]


def put_time(line: bytearray, span_s: int) -> None:
    """h:mm:ss at the end of a line."""
    minutes = span_s // _S_PER_MIN
    start = _put_number(line, WIDTH, span_s % _S_PER_MIN, 2) - 1
    line[start] = _COLON
    start = _put_number(line, start, minutes % _MIN_PER_H, 2) - 1
    line[start] = _COLON
    _put_number(line, start, minutes // _MIN_PER_H, 1)


def _put_volume(line: bytearray, volume_nl: int) -> None:
    put(line, WIDTH - len(_ML), _ML)
    volume_ul = (volume_nl + _NL_PER_UL // 2) // _NL_PER_UL
    _put_decimals(line, WIDTH - len(_ML), volume_ul, 3, 1_000)


def _put_rate(line: bytearray, rate_ul_per_h: int) -> int:
    """Two decimals, or the third if it is not zero; where it begins."""
    if rate_ul_per_h % 10:
        return _put_decimals(line, _UNIT_AT, rate_ul_per_h, 3, 1_000)
    return _put_decimals(line, _UNIT_AT, rate_ul_per_h // 10, 2, 100)


def _put_decimals(line: bytearray, end: int, value: int, decimals: int, scale: int) -> int:
    """A number whose last digits are decimals, up to a place; where it begins."""
    end = _put_number(line, end, value % scale, decimals) - 1
    line[end] = _POINT
    return _put_number(line, end, value // scale, 1)


def _put_number(line: bytearray, end: int, value: int, digits: int) -> int:
    """A number of at least so many digits, up to a place; where it begins."""
    while value or digits > 0:
        end -= 1
        line[end] = _ZERO + value % 10
        value //= 10
        digits -= 1
    return end


def _concentration(ng_per_ml: int) -> bytes:
    """In mg/mL with the decimals that it has; empty without a drug. On commands only."""
    if not ng_per_ml:
        return b""
    text = str(ng_per_ml // _NG_PER_MG)
    beyond = ng_per_ml % _NG_PER_MG
    if beyond:
        text += "." + ("%06d" % beyond).rstrip("0")
    return (text + " mg/mL").encode()
