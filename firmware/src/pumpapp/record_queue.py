"""Records that wait to be written: a ring of columns, made once.

As many as the busiest tick makes twice over; when it is full, the newest are lost and counted.
"""

from pumpcore._compat import const

_SIZE = const(32)


class RecordQueue:
    """The oldest record is at `first` of each column, if `count` is above 0."""

    def __init__(self) -> None:
        """Empty."""
        self.first = 0
        self.count = 0
        self.lost_count = 0
        self.ticks = [0] * _SIZE
        self.clocks_s = [0] * _SIZE
        self.kinds = [0] * _SIZE
        self.codes = [0] * _SIZE
        self.values = [0] * _SIZE
        self.bounds = [0] * _SIZE

    def put(self, tick: int, clock_s: int, kind: int, code: int, value: int, bound: int) -> None:
        """Add a record, or count it as lost."""
        if self.count == _SIZE:
            self.lost_count += 1
            return
        at = (self.first + self.count) % _SIZE
        self.ticks[at] = tick
        self.clocks_s[at] = clock_s
        self.kinds[at] = kind
        self.codes[at] = code
        self.values[at] = value
        self.bounds[at] = bound
        self.count += 1

    def drop_first(self) -> None:
        """The oldest is written."""
        self.first = (self.first + 1) % _SIZE
        self.count -= 1

    def take_lost(self) -> int:
        """How many were lost since the last call."""
        lost_count = self.lost_count
        self.lost_count = 0
        return lost_count
