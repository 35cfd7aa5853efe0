"""The whole state of the kernel after one tick, as figures from which another kernel can go on.

Figures in this order: the layout, the plain variables of `keyframe_table`, its sequences, each
with its length before it and filled up with zeros, and the programme's rows in the same way.
"""

from array import array

from pumpcore._compat import FIGURE, TYPE_CHECKING, const

if TYPE_CHECKING:
    from pumpcore.kernel import Kernel
    from pumpcore.keyframe_table import Table

ROW_LENGTH = const(3)
MAX_ROWS = const(8)
_PROGRAMME = const(0)


class Keyframe:
    """The last state that was taken, in `values`; made once, taken without an object."""

    def __init__(self, kernel: "Kernel", table: "Table", layout: int) -> None:
        """Nothing taken yet."""
        self.count = 1 + len(table.names) + 1 + ROW_LENGTH * MAX_ROWS
        for _, _, most in table.sequences:
            self.count += 1 + most
        self.values = array(FIGURE, [0] * self.count)
        self.values[0] = layout
        self._kernel = kernel
        self._owners = table.owners
        self._counts = bytes(table.counts)
        # One before the first, as the layout is before the values.
        self._names = ("",) + tuple(table.names)
        self._sequences = table.sequences

    def take(self) -> None:
        """Take the state as it is now; between two ticks."""
        self._owners[_PROGRAMME] = self._kernel.programme
        at = self._take_plain()
        for index in range(len(self._sequences)):
            place, name, most = self._sequences[index]
            at = self._take_items(getattr(self._owners[place], name), most, at)
        self._take_rows(self._kernel.programme.rows, at)

    def _take_plain(self) -> int:
        # One function, because each call that finds no room on the stack takes it from the heap.
        values = self.values
        names = self._names
        owners = self._owners
        counts = self._counts
        # A name of the function is found sooner than one of all modules.
        read = getattr
        begin = 1
        for index in range(len(owners)):
            owner = owners[index]
            end = begin + counts[index]
            for at in range(begin, end):
                values[at] = read(owner, names[at])
            begin = end
        return begin

    def _take_items(self, items: tuple, most: int, at: int) -> int:
        values = self.values
        count = len(items)
        before = values[at]
        values[at] = count
        at += 1
        for index in range(count):
            values[at + index] = items[index]
        # What a longer one has left there.
        for index in range(count, before):
            values[at + index] = 0
        return at + most

    def _take_rows(self, rows: tuple, at: int) -> None:
        values = self.values
        before = values[at]
        values[at] = len(rows)
        at += 1
        end = at + ROW_LENGTH * before
        for index in range(len(rows)):
            row = rows[index]
            for place in range(ROW_LENGTH):
                values[at] = row[place]
                at += 1
        for stale in range(at, end):
            values[stale] = 0
