"""SSD1306: a display of 128 by 64 dots on I2C (datasheet Rev. 1.1, 8.1.5, 8.7, 9 and 10).

A write begins with a control byte: with Co set one command byte or one byte of dots follows, and
then another control byte; without, all the rest is the one or the other. Dots go to the page and
column that page, horizontal or vertical addressing points to. A read gives the status: bit 6 is
set while the display is off. Power-on leaves the memory as it is, which is anything, and every
setting as after a reset.

The module is mounted as usual: with segments and lines turned over (A1, C8) its picture is
upright. It is dark while it is off, or without its charge pump. Not emulated: scrolling, fading,
zoom; they are refused, and so is a command that the chip does not have.
"""

import random

WIDTH, HEIGHT = 128, 64
_PAGES = HEIGHT // 8
_COMMAND_FOLLOWS, _DOT_FOLLOWS, _COMMANDS_FOLLOW, _DOTS_FOLLOW = 0x80, 0xC0, 0x00, 0x40
_STATUS_OFF = 1 << 6
_HORIZONTAL, _VERTICAL, _PAGE = 0, 1, 2

# Commands with arguments: how many, beside those of a range below.
_ARGUMENTS = {
    0x20: 1,  # addressing mode
    0x21: 2,  # columns
    0x22: 2,  # pages
    0x81: 1,  # contrast
    0x8D: 1,  # charge pump
    0xA8: 1,  # multiplex ratio
    0xD3: 1,  # offset
    0xD5: 1,  # clock
    0xD9: 1,  # pre-charge
    0xDA: 1,  # pins
    0xDB: 1,  # VCOMH
}
_PLAIN = (0x2E, 0xA0, 0xA1, 0xA4, 0xA5, 0xA6, 0xA7, 0xAE, 0xAF, 0xC0, 0xC8, 0xE3)
_CHARGE_PUMP_ON = 0x14


class UnknownCommand(ValueError):
    """A command that the chip does not have, or that is not emulated."""


class Ssd1306:
    """The chip and its glass; `rows` is what a person sees."""

    def __init__(self, seed: int) -> None:
        """As after power-on; `seed` chooses what its memory holds then."""
        self._chance = random.Random(seed)
        self.power_on_count = 0
        # Pages of columns; the lowest bit is the topmost dot.
        self.memory = [bytearray(WIDTH) for _ in range(_PAGES)]
        self.settings: dict[int, int] = {}
        self.longest_write_bytes = 0
        self.lose_power()

    def lose_power(self) -> None:
        """Off and on: dark, with settings as after a reset and anything in its memory."""
        self.power_on_count += 1
        for page in self.memory:
            page[:] = self._chance.randbytes(WIDTH)
        self.settings = {0x81: 0x7F, 0x8D: 0, 0xA8: 63, 0xD3: 0}
        self.is_on = False
        self._mode = _PAGE
        self._is_turned_x = self._is_turned_y = False
        self._is_inverted = self._is_all_lit = False
        self._start_line = 0
        self._columns, self._pages = (0, WIDTH - 1), (0, _PAGES - 1)
        self._column = self._page = 0
        self._pending: list[int] = []

    # ---- the bus ------------------------------------------------------------------------------

    def take(self, values: bytes, _now_ns: int, _byte_ns: int) -> None:
        """A write: control bytes, and what they announce."""
        self.longest_write_bytes = max(self.longest_write_bytes, len(values))
        self._pending = []
        at = 0
        while at < len(values):
            control = values[at]
            if control in (_COMMANDS_FOLLOW, _DOTS_FOLLOW):
                for value in values[at + 1 :]:
                    self._accept(value, is_dots=control == _DOTS_FOLLOW)
                return
            if control not in (_COMMAND_FOLLOWS, _DOT_FOLLOWS):
                raise UnknownCommand(f"control byte 0x{control:02x}")
            for value in values[at + 1 : at + 2]:
                self._accept(value, is_dots=control == _DOT_FOLLOWS)
            at += 2

    def give(self, count: int, _now_ns: int) -> bytes:
        """A read: the status, again and again."""
        return bytes([0 if self.is_on else _STATUS_OFF]) * count

    def _accept(self, value: int, *, is_dots: bool) -> None:
        if is_dots:
            self.memory[self._page][self._column] = value
            self._advance()
            return
        self._pending.append(value)
        command, *arguments = self._pending
        if len(arguments) == _ARGUMENTS.get(command, 0):
            self._pending = []
            self._obey(command, arguments)

    def _advance(self) -> None:
        if self._mode == _PAGE:
            self._column = (self._column + 1) % WIDTH
        elif self._mode == _HORIZONTAL:
            self._column = _next(self._column, self._columns)
            if self._column == self._columns[0]:
                self._page = _next(self._page, self._pages)
        else:
            self._page = _next(self._page, self._pages)
            if self._page == self._pages[0]:
                self._column = _next(self._column, self._columns)

    def _obey(self, command: int, arguments: list[int]) -> None:
        if command <= 0x0F:
            self._column = self._column & 0xF0 | command
        elif command <= 0x1F:
            self._column = self._column & 0x0F | (command & 7) << 4
        elif 0x40 <= command <= 0x7F:
            self._start_line = command & 63
        elif 0xB0 <= command <= 0xB7:
            self._page = command & 7
        elif command == 0x20:
            self._mode = arguments[0] & 3
        elif command == 0x21:
            self._columns = (arguments[0] & 127, arguments[1] & 127)
            self._column = self._columns[0]
        elif command == 0x22:
            self._pages = (arguments[0] & 7, arguments[1] & 7)
            self._page = self._pages[0]
        elif command in _ARGUMENTS:
            self.settings[command] = arguments[0]
        elif command in _PLAIN:
            self._switch(command)
        else:
            raise UnknownCommand(f"command 0x{command:02x}")

    def _switch(self, command: int) -> None:
        if command in (0xAE, 0xAF):
            self.is_on = command == 0xAF
        elif command in (0xA0, 0xA1):
            self._is_turned_x = command == 0xA1
        elif command in (0xC0, 0xC8):
            self._is_turned_y = command == 0xC8
        elif command in (0xA4, 0xA5):
            self._is_all_lit = command == 0xA5
        elif command in (0xA6, 0xA7):
            self._is_inverted = command == 0xA7

    # ---- the glass ----------------------------------------------------------------------------

    def rows(self) -> list[list[bool]]:
        """The dots that are lit, 64 rows of 128 from the top left."""
        is_lit = self.is_on and self.settings[0x8D] == _CHARGE_PUMP_ON
        return [[is_lit and self._dot(x, y) for x in range(WIDTH)] for y in range(HEIGHT)]

    def _dot(self, x: int, y: int) -> bool:
        if self._is_all_lit:
            return True
        # A module whose picture is not turned over shows it upside down.
        column = x if self._is_turned_x else WIDTH - 1 - x
        line = y if self._is_turned_y else HEIGHT - 1 - y
        line = (line + self._start_line + self.settings[0xD3]) % HEIGHT
        return bool(self.memory[line // 8][column] >> line % 8 & 1) != self._is_inverted


def _next(place: int, bounds: tuple[int, int]) -> int:
    return bounds[0] if place == bounds[1] else place + 1
