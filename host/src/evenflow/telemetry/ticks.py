"""A session's telemetry, a row for each tick, some thousands at a time: figures, and in words."""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt

from evenflow.client.columns import Columns, Integers, decode
from evenflow.client.records import Telemetry
from evenflow.telemetry.archive import Archive
from pumpcore.limits import TICK_US
from pumpcore.wire.messages import by_name

FIELDS = {str(field.name): str(field.doc) for field in by_name("telemetry").fields}
# Beside the figures, what they mean, and the fields by which it is known.
NAMES = {
    "state_name": ("state",),
    "stop_reason_name": ("stop_reason",),
    "alarm_names": ("alarms_low", "alarms_high"),
    "led_name": ("led",),
    "sounder_name": ("sounder",),
}
TIME = "t_us"
COLUMNS = (TIME, *FIELDS, *NAMES)

_PIECES_AT_ONCE = 400

# By the columns' names; arrays of integers, of texts for names.
Ticks = dict[str, npt.NDArray[np.generic]]


def ticks(archive: Archive, session_id: str) -> Iterator[Ticks]:
    """Every tick heard, in order; `t_us` as in the events.

    CheckFailed names a piece whose bytes are not those that were written.
    """
    pieces = archive.pieces(session_id)
    last_tick_count: int | None = None
    while several := list(islice(pieces, _PIECES_AT_ONCE)):
        found = decode(b"".join(content for _, content in several))
        if not len(found):
            continue
        times = _times(found, several, last_tick_count)
        last_tick_count = int(found.fields["tick_count"][-1])
        yield {TIME: times, **found.fields, **_names(found.fields)}


def _times(
    found: Columns, pieces: list[tuple[int, bytes]], last_tick_count: int | None
) -> Integers:
    """Each piece says when it begins; ticks that were lost count as nominal ones."""
    counts = found.fields["tick_count"]
    first = counts[0] - 1 if last_tick_count is None else last_tick_count
    missing = np.diff(counts, prepend=first) - 1
    spans = found.fields["elapsed_us"] + np.maximum(missing, 0) * TICK_US
    sums = np.cumsum(spans)
    ends = np.cumsum([len(content) for _, content in pieces])
    piece_of = np.searchsorted(ends, found.starts, side="right")
    # Of each row, the first one in its piece.
    firsts = np.searchsorted(piece_of, piece_of)
    begins = np.array([start_us for start_us, _ in pieces], np.int64)[piece_of]
    times: Integers = begins + sums - (sums - spans)[firsts]
    return times


def _names(fields: dict[str, Integers]) -> Ticks:
    """Words for each row; what is the same in many is worded once."""
    found: Ticks = {}
    for name, by in NAMES.items():
        key = fields[by[0]].copy()
        for other in by[1:]:
            key = (key << 32) | fields[other]
        _, firsts, places = np.unique(key, return_index=True, return_inverse=True)
        words = [_word(name, fields, int(index)) for index in firsts]
        found[name] = np.array(words, np.str_)[places]
    return found


def _word(name: str, fields: dict[str, Integers], index: int) -> str:
    record = Telemetry(**{field: int(fields[field][index]) for field in FIELDS})
    words = getattr(record, name)
    return words if isinstance(words, str) else " ".join(words)
