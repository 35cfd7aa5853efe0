"""The pump's own display, a line at a time; whatever becomes of it, the loop goes on.

A line is made and sent every second tick, and until it stands in every tick: a change is there
after 0.2 to 1 s, and a whole new picture after 1.2 s.
"""

from pumpapp import FIRMWARE_VERSION, NOT_FOR_USE
from pumpcore._compat import TYPE_CHECKING
from pumpcore.programme import Order, Programme
from pumpcore.screen import LINES, Screen
from pumpcore.tick_io import Outputs

if TYPE_CHECKING:
    from pumpboard.display import Display


class StatusScreen:
    """What the loop shows of itself."""

    def __init__(self, display: "Display") -> None:
        """Nothing is shown yet."""
        self._display = display
        self._screen = Screen("Evenflow " + FIRMWARE_VERSION, NOT_FOR_USE)
        self._number = 0
        self._stands = False

    def adopt(self, order: Order, programme: Programme, drug: str) -> None:
        """Take an order that was staged as that programme, of which nothing is given yet."""
        self._screen.adopt(order, programme, drug)

    def tick(self, outputs: Outputs, infused_s: int) -> None:
        """Go on with a line, or let this tick pass."""
        if self._stands:
            self._stands = False
            self._number = (self._number + 1) % LINES
            return
        screen = self._screen
        screen.write(self._number, outputs, infused_s)
        self._stands = self._display.show(self._number, screen.line)
