"""Text tables that people name: their lines, their columns as numbers, what is wrong by its line.

Lines that begin with `#` are remarks. Columns are divided by commas, semicolons or tabs.
"""

import csv
from dataclasses import dataclass, replace
from math import isfinite

from evenflow.flow.error import FlowError

_DIVIDERS = "\t;,"
REMARK = "#"
_CUT = "line {} has no end: taken as cut in the writing, and "


@dataclass(frozen=True, slots=True)
class TableFile:
    """Names of columns, and rows with the number of their line; `notes` says what was left out."""

    name: str
    columns: tuple[str, ...]
    rows: list[tuple[int, list[str]]]
    remarks: tuple[str, ...]
    notes: tuple[str, ...] = ()
    is_last_cut: bool = False

    def texts(self, column: str) -> list[str]:
        """A column as it is written."""
        at = self.columns.index(column)
        return [cells[at] for _, cells in self.rows]

    def numbers(self, column: str) -> list[float]:
        """A column as finite numbers; FlowError bad_row names the line."""
        at = self.columns.index(column)
        found = []
        for line, cells in self.rows:
            try:
                value = float(cells[at])
            except ValueError:
                value = float("nan")
            if not isfinite(value):
                raise self.wrong(line, f"{column}: {cells[at]!r} is no finite number")
            found.append(value)
        return found

    def uncut(self) -> "TableFile":
        """Without a last row that has no end, of a file whose writer ends every line.

        It may have been cut off in the midst of a number, and 9.9 was to be 9.98.
        """
        if not self.is_last_cut:
            return self
        note = _CUT.format(self.rows[-1][0]) + "left out"
        kept = replace(self, rows=self.rows[:-1], is_last_cut=False)
        return replace(kept, notes=(*self.notes, note))

    def wrong(self, line: int, what: str) -> FlowError:
        """The error of a line."""
        return FlowError("bad_row", f"{self.name}:{line}: {what}", "correct or remove the line")


def read(raw: bytes, name: str) -> TableFile:
    """The table in a file's bytes; a last line that lacks cells and its end is left out."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as invalid:
        reason = f"{name}: not UTF-8 text (byte {invalid.start})"
        raise FlowError("unknown_kind", reason, "save it as UTF-8") from invalid
    lines = text.splitlines()
    is_cut = bool(text) and not text.endswith(("\n", "\r"))
    remarks = tuple(line[1:].strip() for line in lines if line.startswith(REMARK))
    used = [
        (number, line)
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.startswith(REMARK)
    ]
    if not used:
        raise FlowError("unknown_kind", f"{name}: no table in it", "name a file of readings")
    header = used[0][1]
    divider = next((one for one in _DIVIDERS if one in header), ",")
    cells = [_cells(line, divider) for _, line in used]
    columns = tuple(one.strip() for one in cells[0])
    rows = [(number, row) for (number, _), row in zip(used[1:], cells[1:], strict=True)]
    notes = []
    is_last_cut = is_cut and bool(rows) and rows[-1][0] == len(lines)
    if is_last_cut and (len(rows[-1][1]) < len(columns) or not rows[-1][1][-1].strip()):
        notes.append(_CUT.format(rows.pop()[0]) + "left out")
        is_last_cut = False
    table = TableFile(name, columns, rows, remarks, tuple(notes), is_last_cut)
    for line, row in rows:
        if len(row) != len(columns):
            raise table.wrong(line, f"{len(row)} cells, but {len(columns)} columns")
    if not rows:
        raise FlowError("series_short", f"{name}: no rows below its header", "record again")
    return table


def _cells(line: str, divider: str) -> list[str]:
    """Most tables have no quotes, and a trace has a million lines."""
    if '"' not in line:
        return line.split(divider)
    return next(csv.reader([line], delimiter=divider))
