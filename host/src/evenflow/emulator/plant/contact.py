"""External contact at the end of a supervised line, which tells an open contact from a cut wire.

    closed: R_end,   open: R_end + R_open,   cut: infinite;   raw = R / (R + R_pull)

The resistors sit at the contact, 1 and 4.7 kOhm, and 4.7 kOhm pull the line up at the pump, as in
alarm systems (plausible). Exact at any moment.
"""

from evenflow.emulator.plant.adc import read_u16

CLOSED = "closed"
OPEN = "open"
CUT = "cut"
_END_OHM = 1_000.0
_OPEN_OHM = 4_700.0
_PULL_OHM = 4_700.0


class ExternalContact:
    """The contact and its line."""

    def __init__(self) -> None:
        """Closed."""
        self.state = CLOSED

    def raw(self, bits: int) -> int:
        """The line's voltage as read_u16 gives it."""
        if self.state == CUT:
            return read_u16(1.0, bits)
        ohm = _END_OHM if self.state == CLOSED else _END_OHM + _OPEN_OHM
        return read_u16(ohm / (ohm + _PULL_OHM), bits)
