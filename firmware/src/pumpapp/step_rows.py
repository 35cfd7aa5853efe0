"""The steps of the programme that is staged next, as they came in, one message each.

They are kept until a step with index 0 begins anew, so that a `stage` may be repeated.
"""

from pumpcore.programme import Refused
from pumpcore.refusals import code
from pumpcore.schedule import MAX_STEPS

_DONE = code("none")
_STEP_COUNT = code("step_count")
_STEP_ORDER = code("step_order")
_STEP_NUMBER = code("step_number")


class StepRows:
    """Rows of one programme number, in order, without a gap."""

    def __init__(self) -> None:
        """None."""
        self._number = 0
        self._rows: tuple = ()

    def take(self, values: list) -> int:
        """The values of a stage_step message; a refusal code."""
        number = values[1]
        index = values[2]
        row = (values[3], values[4], values[5])
        if index >= MAX_STEPS:
            return _STEP_COUNT
        if index == 0:
            self._number = number
            self._rows = (row,)
            return _DONE
        if number != self._number:
            return _STEP_NUMBER
        if index < len(self._rows) and self._rows[index] == row:
            return _DONE
        if index != len(self._rows):
            return _STEP_ORDER
        self._rows += (row,)
        return _DONE

    def of(self, number: int, count: int) -> tuple:
        """The rows of that programme; Refused unless there are so many of them."""
        if count == 0:
            return ()
        if not self._rows:
            raise Refused("step_missing", count)
        if number != self._number:
            raise Refused("step_number")
        if len(self._rows) != count:
            raise Refused("step_missing", count)
        return self._rows
