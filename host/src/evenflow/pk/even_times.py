"""Times at an even distance, which can be walked by multiplication."""

from collections.abc import Sequence
from math import isfinite
from typing import overload

from evenflow.pk.error import InvalidTime


class EvenTimes(Sequence[float]):
    """Times in min from `start_min`, `step_min` apart; InvalidTime unless they go forward."""

    __slots__ = ("start_min", "step_min", "time_count")

    def __init__(self, start_min: float, step_min: float, time_count: int) -> None:
        """Two hours at 1 s are EvenTimes(0, 1 / 60, 7201)."""
        if not (isfinite(start_min) and isfinite(step_min)) or step_min <= 0 or time_count < 1:
            raise InvalidTime(
                "time_invalid",
                f"even times from {start_min} min, {step_min} min apart, {time_count} of them",
                "give a finite start, a step above 0, and a count above 0",
            )
        self.start_min = start_min
        self.step_min = step_min
        self.time_count = time_count

    def __len__(self) -> int:
        return self.time_count

    @overload
    def __getitem__(self, index: int) -> float: ...
    @overload
    def __getitem__(self, index: slice) -> list[float]: ...
    def __getitem__(self, index: int | slice) -> float | list[float]:
        whole = range(self.time_count)[index]
        if isinstance(whole, range):
            return [self.start_min + one * self.step_min for one in whole]
        return self.start_min + whole * self.step_min
