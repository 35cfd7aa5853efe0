"""The display's driver against an emulated display: what stands on the glass, and what is lost."""

import pytest
from board.generic.glass import LINES, UNKNOWN, WIDTH, all_characters, text_of

from evenflow.emulator.plant.ssd1306 import Ssd1306 as Glass
from pumpboard.generic.ssd1306 import Ssd1306

ADDRESS = 0x3C
# A byte takes nine bits of 2.5 us; address, and a byte's time for start and stop.
MOST_BYTES = 1_000 * 2 // (9 * 5) - 2
RETRY, LOOK = 50, 25
PICTURE = [f"line {number} of what stands"[:WIDTH] for number in range(LINES)]


class Bus:
    """Transfers, and a display that may be off the bus."""

    def __init__(self) -> None:
        """The display answers."""
        self.glass = Glass(1)
        self.is_there = True
        # It answers to nothing but writes.
        self.status: int | None = None
        self.transfers = 0

    def writeto(self, address: int, buffer: bytearray | memoryview) -> int:
        """As machine.I2C."""
        self._begin(address)
        assert len(buffer) <= MOST_BYTES
        self.glass.take(bytes(buffer), 0, 0)
        return len(buffer)

    def readfrom_mem_into(
        self, address: int, place: int, buffer: bytearray, *, addrsize: int = 8
    ) -> None:
        """As machine.I2C."""
        self._begin(address)
        assert addrsize == 8
        self.glass.take(bytes([place]), 0, 0)
        given = self.glass.give(len(buffer), 0)
        buffer[:] = given if self.status is None else bytes([self.status])

    def _begin(self, address: int) -> None:
        self.transfers += 1
        if address != ADDRESS or not self.is_there:
            raise OSError(5)


@pytest.fixture
def bus() -> Bus:
    return Bus()


def show(display: Ssd1306, lines: list[str], most: int = 400) -> int:
    """Calls until all of them stand."""
    calls = 0
    for number, line in enumerate(lines):
        text = bytearray(line.ljust(WIDTH).encode())
        while True:
            calls += 1
            assert calls < most
            if display.show(number, text):
                break
    return calls


@pytest.mark.requirement("LIB-14")
def test_what_is_shown_stands_on_the_glass(bus: Bus) -> None:
    display = Ssd1306(bus, ADDRESS)
    assert display.is_alive
    assert not bus.glass.is_on

    calls = show(display, PICTURE)

    assert text_of(bus.glass.rows()) == PICTURE
    # Six transfers a line, and a look that finds nothing left.
    assert calls == LINES * (6 + 1)
    show(display, PICTURE)
    assert text_of(bus.glass.rows()) == PICTURE


def test_it_is_dark_until_every_dot_was_written(bus: Bus) -> None:
    display = Ssd1306(bus, ADDRESS)
    show(display, PICTURE[:-1])
    assert not any(map(any, bus.glass.rows()))

    show(display, PICTURE)
    assert text_of(bus.glass.rows()) == PICTURE


def test_every_character_has_its_own_dots_and_others_a_frame(bus: Bus) -> None:
    display = Ssd1306(bus, ADDRESS)
    characters = all_characters()
    assert len(characters) == 95
    lines = [characters[start : start + WIDTH] for start in range(0, 95, WIDTH)]
    show(display, [*lines, "\N{MICRO SIGN}", "", ""])

    read = text_of(bus.glass.rows())
    assert [line.rstrip() for line in lines] == read[:5]
    assert read[5] == 2 * UNKNOWN


@pytest.mark.parametrize("place", [0, 1, 7, 16, 17, 20])
def test_only_what_has_changed_is_sent(bus: Bus, place: int) -> None:
    display = Ssd1306(bus, ADDRESS)
    show(display, PICTURE)
    before = bus.transfers
    changed = PICTURE[3].ljust(WIDTH)
    changed = changed[:place] + "*" + changed[place + 1 :]
    show(display, [*PICTURE[:3], changed, *PICTURE[4:]])

    assert bus.transfers - before == 1
    assert text_of(bus.glass.rows())[3] == changed.rstrip()


def test_one_that_does_not_answer_is_tried_now_and_then(bus: Bus) -> None:
    bus.is_there = False
    display = Ssd1306(bus, ADDRESS)
    assert not display.is_alive
    text = bytearray(WIDTH)
    before = bus.transfers
    for _ in range(RETRY - 1):
        assert display.show(0, text)
    assert bus.transfers == before
    assert display.show(0, text)
    assert bus.transfers == before + 1

    bus.is_there = True
    for _ in range(RETRY):
        display.show(0, text)
    assert display.is_alive
    show(display, PICTURE)
    assert text_of(bus.glass.rows()) == PICTURE


def test_one_that_is_lost_in_the_middle_is_shown_anew(bus: Bus) -> None:
    display = Ssd1306(bus, ADDRESS)
    show(display, PICTURE)
    bus.is_there = False
    assert display.show(0, bytearray(b"another".ljust(WIDTH)))
    assert not display.is_alive
    bus.is_there = True
    for _ in range(RETRY):
        display.show(0, bytearray(PICTURE[0].encode()))
    show(display, PICTURE)

    assert display.is_alive
    assert text_of(bus.glass.rows()) == PICTURE


def test_one_whose_power_dipped_is_found_by_its_status(bus: Bus) -> None:
    display = Ssd1306(bus, ADDRESS)
    show(display, PICTURE)
    bus.glass.lose_power()
    assert not any(map(any, bus.glass.rows()))
    for _ in range(1 + LOOK // LINES):
        show(display, PICTURE)

    show(display, PICTURE)
    assert bus.glass.power_on_count == 2
    assert text_of(bus.glass.rows()) == PICTURE


def test_one_that_always_says_off_is_not_asked_again(bus: Bus) -> None:
    bus.status = 0xFF
    display = Ssd1306(bus, ADDRESS)
    for _ in range(50):
        show(display, PICTURE)

    assert display.is_alive
    assert text_of(bus.glass.rows()) == PICTURE


@pytest.mark.parametrize("asked", [0, 1])
def test_one_that_goes_while_it_is_asked_is_lost(bus: Bus, asked: int) -> None:
    display = Ssd1306(bus, ADDRESS)
    asks = 0

    def fail(*_given: object, **_named: object) -> None:
        nonlocal asks
        asks += 1
        if asks > asked:
            raise OSError(5)

    bus.readfrom_mem_into = fail  # the first ask comes with the switching on
    for _ in range(20):
        show(display, PICTURE)
        if not display.is_alive:
            break

    assert not display.is_alive
    assert asks == asked + 1
