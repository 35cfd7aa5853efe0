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
        self._names = table.names
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
        at = 0
        for index in range(len(owners)):
            owner = owners[index]
            for _ in range(counts[index]):
                name = names[at]
                at += 1
                values[at] = getattr(owner, name)
        return at + 1

    def _take_items(self, items: tuple, most: int, at: int) -> int:
        values = self.values
        count = len(items)
        values[at] = count
        for index in range(most):
            at += 1
            values[at] = items[index] if index < count else 0
        return at + 1

    def _take_rows(self, rows: tuple, at: int) -> None:
        values = self.values
        values[at] = len(rows)
        for index in range(MAX_ROWS):
            for place in range(ROW_LENGTH):
                at += 1
                values[at] = rows[index][place] if index < len(rows) else 0
