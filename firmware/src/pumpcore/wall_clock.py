"""What time it is by the clock chip: read once at boot, then its own square wave is counted.

Seconds since 2020-01-01 fit the small integers of a 32-bit MicroPython until 2054; 0 is unknown.
Nothing can set this clock ahead while the pump is on. That it was set ahead while the pump was off
cannot be told from time that passed; back, and lost, is the ledger's business.
"""

from pumpcore._compat import const

FIRST_YEAR = const(2020)
_LAST_YEAR = const(2053)
_EDGES_PER_S = const(1_024)
_COUNTER_MASK = const(0xFFFF)
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FEBRUARY = const(2)


def seconds_of(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    """Seconds since 2020-01-01 00:00:00; 0 if there is no such date and time."""
    bounds = (
        (year, FIRST_YEAR, _LAST_YEAR),
        (month, 1, len(_MONTH_DAYS)),
        (hour, 0, 23),
        (minute, 0, 59),
        (second, 0, 59),
    )
    for value, low, high in bounds:
        if not low <= value <= high:
            return 0
    if not 1 <= day <= _days_of(year, month):
        return 0
    years = year - FIRST_YEAR
    # Every fourth year is a leap year here, and the first of them is one.
    days = years * 365 + (years + 3) // 4 + day - 1
    for before in range(1, month):
        days += _days_of(year, before)
    return ((days * 24 + hour) * 60 + minute) * 60 + second


def _days_of(year: int, month: int) -> int:
    is_leap = month == _FEBRUARY and year % 4 == 0
    return _MONTH_DAYS[month - 1] + (1 if is_leap else 0)


class WallClock:
    """`now_s`, kept going by `tick` at least once a minute."""

    def __init__(self, now_s: int) -> None:
        """The chip's time now; 0 stays unknown."""
        self.now_s = now_s
        self._count = -1
        self._edges = 0

    def tick(self, reference_count: int) -> None:
        """Take the counter of the square wave's edges, modulo 65536: it wraps in 64 s."""
        if self._count >= 0:
            self._edges += (reference_count - self._count) & _COUNTER_MASK
            if self._edges >= _EDGES_PER_S:
                if self.now_s:
                    self.now_s += self._edges // _EDGES_PER_S
                self._edges %= _EDGES_PER_S
        self._count = reference_count
