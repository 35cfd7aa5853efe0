"""SSD1306: a display of 128 by 64 dots on I2C, as eight lines of 21 characters.

Commands are those of the datasheet (Rev. 1.1), 9 and 10; set up as for the usual module of that
size. A tick's transfer is four characters at most, or the settings: 33 bytes with the address,
0.8 ms. After power-on its memory holds anything: it is switched on once every dot was written.

A display that has lost its power and is back shows nothing and says so in its status, which is
asked for now and then; it is set up anew, as is one that did not answer, tried every two seconds.
One whose status says `off` as soon as it was switched on cannot be asked.
"""

from pumpboard.generic.font import COLUMNS, FIRST, GLYPHS, LAST, OTHER
from pumpboard.generic.i2c import I2cBus
from pumpcore._compat import const

WIDTH = const(21)
LINES = const(8)

# Control bytes: a command follows, only commands do, only dots do (8.1.5.2).
_COMMAND = const(0x80)
_COMMANDS = const(0x00)
_DOTS = const(0x40)
_PAGE = const(0xB0)
_COLUMN_LOW = const(0x00)
_COLUMN_HIGH = const(0x10)
_ON = const(0xAF)
_IS_OFF = const(0x40)
# Off; clock, 64 lines, no offset, from line 0 on; charge pump; page addressing; turned over both
# ways, as modules are built; pins, contrast, pre-charge, VCOMH; from memory, not inverted, no
# scrolling.
_SETTINGS = (
    b"\x00\xae\xd5\x80\xa8\x3f\xd3\x00\x40\x8d\x14\x20\x02\xa1\xc8\xda\x12\x81\xcf\xd9\xf1\xdb\x40"
    b"\xa4\xa6\x2e"
)

_CELL = const(6)
_MOST_CHARACTERS = const(4)
# Right of the last character, so that a line is 128 columns.
_MARGIN = const(2)
_HEAD = const(7)
# No character, so that whatever is wanted is written.
_UNKNOWN = const(0xFF)
_ALL_LINES = const(0xFF)
# Of lines that stand: at a line every second tick, once a second and every two seconds.
_LOOK_LINES = const(25)
_RETRY_LINES = const(50)


class Ssd1306:
    """What is shown, character by character; takes nothing from the heap once it is made."""

    def __init__(self, bus: I2cBus, address: int) -> None:
        """Set it up, dark; `is_alive` tells whether it answered."""
        self.is_alive = False
        self._bus = bus
        self._address = address
        self._shown = bytearray(WIDTH * LINES)
        # Lines that have been written since it was set up.
        self._written = 0
        self._is_on = False
        self._can_tell = True
        self._count = 0
        self._settings = bytearray(_SETTINGS)
        self._on = bytearray((_COMMANDS, _ON))
        self._status = bytearray(1)
        self._part = bytearray(_HEAD + _MOST_CHARACTERS * _CELL + _MARGIN)
        whole = memoryview(self._part)
        # By characters, and again with the margin; made once, because a slice allocates.
        self._parts = [whole[: _HEAD + count * _CELL] for count in range(_MOST_CHARACTERS + 1)]
        self._ends = [
            whole[: _HEAD + count * _CELL + _MARGIN] for count in range(_MOST_CHARACTERS + 1)
        ]
        self._set_up()

    def show(self, number: int, text: bytearray) -> bool:
        """Go on with a line of 21 characters; whether it stands, or nobody is there to show it."""
        if not self.is_alive:
            self._count += 1
            if self._count >= _RETRY_LINES:
                self._set_up()
            return True
        if self._is_on and self._count >= _LOOK_LINES:
            self._look()
            return False
        start = number * WIDTH
        place = self._first_difference(start, text)
        if place < WIDTH:
            self._write(start, place, text)
            return not self.is_alive
        self._count += 1
        self._written |= 1 << number
        if self._written == _ALL_LINES and not self._is_on:
            self._switch_on()
        return True

    def _first_difference(self, start: int, text: bytearray) -> int:
        shown = self._shown
        place = 0
        while place < WIDTH and shown[start + place] == text[place]:
            place += 1
        return place

    def _write(self, start: int, place: int, text: bytearray) -> None:
        """Characters of a line from a place on, as many as a tick may take."""
        count = WIDTH - place
        views = self._ends
        if count > _MOST_CHARACTERS:
            count = _MOST_CHARACTERS
            views = self._parts
        self._aim(start // WIDTH, place * _CELL)
        self._draw(place, count, text)
        if self._send(views[count]):
            self._note(start + place, place, count, text)

    def _draw(self, place: int, count: int, text: bytearray) -> None:
        part = self._part
        at = _HEAD
        while count:
            _draw_character(part, at, text[place])
            place += 1
            count -= 1
            at += _CELL
        if place == WIDTH:
            part[at] = 0
            part[at + 1] = 0

    def _note(self, at: int, place: int, count: int, text: bytearray) -> None:
        """These stand on the display now."""
        shown = self._shown
        while count:
            shown[at] = text[place]
            at += 1
            place += 1
            count -= 1

    def _aim(self, page: int, column: int) -> None:
        part = self._part
        part[0] = _COMMAND
        part[1] = _PAGE | page
        part[2] = _COMMAND
        part[3] = _COLUMN_LOW | column & 15
        part[4] = _COMMAND
        part[5] = _COLUMN_HIGH | column >> 4
        part[6] = _DOTS

    def _look(self) -> None:
        """Ask whether it is on; one that is not has been without power."""
        self._count = 0
        if not self._can_tell:
            return
        try:
            self._bus.readfrom_mem_into(self._address, _COMMANDS, self._status)
        except OSError:
            self._lose()
            return
        if self._status[0] & _IS_OFF:
            self._set_up()

    def _switch_on(self) -> None:
        if not self._send(self._on):
            return
        self._is_on = True
        try:
            self._bus.readfrom_mem_into(self._address, _COMMANDS, self._status)
        except OSError:
            self._lose()
            return
        self._can_tell = not self._status[0] & _IS_OFF

    def _set_up(self) -> None:
        for place in range(WIDTH * LINES):
            self._shown[place] = _UNKNOWN
        self._written = 0
        self._is_on = False
        self._count = 0
        self.is_alive = self._send(self._settings)

    def _send(self, buffer: bytearray | memoryview) -> bool:
        try:
            self._bus.writeto(self._address, buffer)
        except OSError:
            self._lose()
            return False
        return True

    def _lose(self) -> None:
        self.is_alive = False
        self._count = 0


def _draw_character(part: bytearray, at: int, character: int) -> None:
    glyphs = GLYPHS
    source = (character - FIRST) * COLUMNS
    if not FIRST <= character <= LAST:
        glyphs = OTHER
        source = 0
    end = at + COLUMNS
    while at < end:
        part[at] = glyphs[source]
        at += 1
        source += 1
    part[at] = 0
