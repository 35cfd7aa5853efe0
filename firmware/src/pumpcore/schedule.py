"""Which rate is due where in a programme: by microsteps given, so that a pause changes nothing.

A programme of steps is a tuple of rows (rate, rate at the row's end, volume). A ramp is linear in
time and cut into K blocks of equal time, of one to two seconds each. Block k, from 0 on, has its
own mean rate, r0 + (r1 - r0)(2k + 1) / (2K), and k blocks are (2 r0 k K + (r1 - r0) k^2) /
(K^2 (r0 + r1)) of the row's volume. Volumes are added up exactly and floored to a microstep where
they are used, so that no row is short of what the one before had too much.

Whole numbers beyond 2^30 are made when a rate ends, not in between.
"""

from pumpcore import limits, units
from pumpcore._compat import TYPE_CHECKING

if TYPE_CHECKING:
    from pumpcore.programme import Programme

MAX_STEPS = 8


class Schedule:
    """Where in the programme one reader of it is: the rate there, and where that rate ends."""

    def __init__(self) -> None:
        """At the end of nothing."""
        self.rate_ul_per_h = 0
        # In microsteps of the programme.
        self.end_steps = 0
        # What comes then is a lower rate.
        self.is_next_lower = False
        self._rows: tuple = ()
        self.microsteps = 0
        self._fl = 1
        self._row = 0
        self._block = 0
        self._block_count = 1
        # Volume of the rows before.
        self._before_nl = 0

    def begin(self, programme: "Programme", at_steps: int) -> None:
        """Find the place after so many microsteps of the programme."""
        self._rows = programme.rows
        self.microsteps = programme.microsteps
        self._fl = programme.femtolitres_per_microstep
        self._row = 0
        self._before_nl = 0
        if not self._rows:
            self.rate_ul_per_h = programme.rate_ul_per_h
            self.end_steps = programme.microsteps
            self.is_next_lower = False
            return
        self._enter(0)
        while self._row + 1 < len(self._rows) and self._boundary(self._block_count) <= at_steps:
            self._before_nl += self._rows[self._row][2]
            self._enter(self._row + 1)
        low = 0
        high = self._block_count - 1
        while low < high:
            middle = (low + high) // 2
            if self._boundary(middle + 1) > at_steps:
                high = middle
            else:
                low = middle + 1
        self._block = low
        self._take()

    def advance(self, at_steps: int) -> None:
        """Go on to the rate after so many microsteps, which are no less than before."""
        if not self._rows:
            return
        while self.end_steps <= at_steps and self.end_steps < self.microsteps:
            if self._block + 1 < self._block_count:
                self._block += 1
            else:
                self._before_nl += self._rows[self._row][2]
                self._enter(self._row + 1)
            self._take()

    def _enter(self, row: int) -> None:
        self._row = row
        self._block = 0
        self._block_count = block_count(self._rows[row])

    def _take(self) -> None:
        row = self._rows[self._row]
        self.rate_ul_per_h = _mean_ul_per_h(row, self._block, self._block_count)
        self.end_steps = self._boundary(self._block + 1)
        if self._block + 1 < self._block_count:
            self.is_next_lower = row[1] < row[0]
        elif self._row + 1 < len(self._rows):
            following = self._rows[self._row + 1]
            next_ul_per_h = _mean_ul_per_h(following, 0, block_count(following))
            self.is_next_lower = next_ul_per_h < self.rate_ul_per_h
        else:
            self.is_next_lower = False

    def _boundary(self, block: int) -> int:
        """Microsteps of the programme up to the end of so many blocks of the row."""
        rate, to_rate, volume_nl = self._rows[self._row]
        count = self._block_count
        num = 2 * rate * block * count + (to_rate - rate) * block * block
        den = count * count * (rate + to_rate)
        volume_num = self._before_nl * den + volume_nl * num
        return volume_num * units.FL_PER_NL // (den * self._fl)


def _mean_ul_per_h(row: tuple, block: int, count: int) -> int:
    # To the nearest: floored, a long ramp of low rates would take too long.
    return row[0] + ((row[1] - row[0]) * (2 * block + 1) + count) // (2 * count)


def block_count(row: tuple) -> int:
    """Blocks of a row: one, if its rate does not change; else one a second, rounded down."""
    rate, to_rate, volume_nl = row
    if rate == to_rate:
        return 1
    seconds = 2 * volume_nl * units.S_PER_H // ((rate + to_rate) * units.NL_PER_UL)
    return max(seconds, 1)


def total_volume_nl(rows: tuple) -> int:
    """Of all rows."""
    return sum([row[2] for row in rows])


def highest_rate_ul_per_h(rows: tuple) -> int:
    """Of all rows, their ends included."""
    return max([max(row[0], row[1]) for row in rows])


def exact_duration_ms(rows: tuple) -> tuple:
    """Of all rows, as a fraction of ms."""
    num = 0
    den = 1
    for rate, to_rate, volume_nl in rows:
        row_den = (rate + to_rate) * units.NL_PER_UL
        num = num * row_den + 2 * volume_nl * units.MS_PER_H * den
        den *= row_den
    return num, den


def near_end_steps(programme: "Programme") -> int:
    """Microsteps that are left of the programme when its warning time is left."""
    rows = programme.rows
    if not rows:
        rows = ((programme.rate_ul_per_h, programme.rate_ul_per_h, programme.volume_nl),)
    left_ms = programme.near_end_ms
    near_nl = 0
    index = len(rows) - 1
    row_ms = _row_ms(rows[index])
    while index > 0 and row_ms <= left_ms:
        near_nl += rows[index][2]
        left_ms -= row_ms
        index -= 1
        row_ms = _row_ms(rows[index])
    # Of a ramp the mean rate over what is left of it, which ends at the row's last rate.
    rate, to_rate, _ = rows[index]
    begins_at = to_rate + (rate - to_rate) * min(left_ms, row_ms) // row_ms
    near_nl += (begins_at + to_rate) * units.NL_PER_UL * left_ms // (2 * units.MS_PER_H)
    return near_nl * units.FL_PER_NL // programme.femtolitres_per_microstep


def _row_ms(row: tuple) -> int:
    """Floored; 30 at least, for the least volume at the highest rate."""
    return 2 * row[2] * units.MS_PER_H // ((row[0] + row[1]) * units.NL_PER_UL)


def refusal(rows: tuple) -> tuple:
    """(name, bound) of what the pump cannot give of these rows; ("", 0) if it can."""
    if len(rows) > MAX_STEPS:
        return "step_count", MAX_STEPS
    for rate, to_rate, volume_nl in rows:
        for one in (rate, to_rate):
            if one < limits.MIN_RATE_UL_PER_H:
                return "rate_range", limits.MIN_RATE_UL_PER_H
            if one > limits.MAX_RATE_UL_PER_H:
                return "rate_range", limits.MAX_RATE_UL_PER_H
        if volume_nl < limits.MIN_VOLUME_NL:
            return "volume_range", limits.MIN_VOLUME_NL
    return "", 0
