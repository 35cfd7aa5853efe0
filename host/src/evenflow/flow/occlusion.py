"""How long a blocked line took to alarm, and what it gave when it was opened again.

From a record that has pressure and alarms beside the volume, such as a scenario's trace. The flow
ended where the volume rose for the last time before the alarm; what came after the alarm, while
the plunger was not yet infusing again, was released by the line. With no plunger's state at hand
the whole rest of the record counts, so let it end before the infusion goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenflow.flow.error import FlowError
from evenflow.flow.series import Floats, Numbers, series

ALARM = "occlusion_downstream"
SEPARATOR = ";"
_INFUSING = "infusing"
# Less than this is no flow: a tenth of the smallest motion of the pump.
_STANDS_ML = 1e-5


@dataclass(frozen=True, slots=True)
class Occlusion:
    """One occlusion, in the record's own time."""

    flow_ended_s: float
    alarm_s: float
    alarm_pressure_mmhg: float
    peak_pressure_mmhg: float
    released_ml: float

    @property
    def time_to_alarm_s(self) -> float:
        """From the end of the flow at the patient to the alarm."""
        return self.alarm_s - self.flow_ended_s


def occlusions(
    time_s: Numbers,
    volume_ml: Numbers,
    pressure_mmhg: Numbers,
    alarms: Sequence[str],
    states: Sequence[str] = (),
    *,
    alarm: str = ALARM,
) -> tuple[Occlusion, ...]:
    """Each time that the alarm came; `alarms` has the active ids of each row, with `;` between.

    Raises FlowError by name if rows lack something.
    """
    one = series(time_s, volume_ml)
    pressures = series(time_s, pressure_mmhg).volume_ml
    for name, texts in (("alarms", alarms), ("states", states)):
        if len(texts) != one.time_s.size and (texts or name == "alarms"):
            reason = f"{one.time_s.size} times, but {len(texts)} {name}"
            raise FlowError("length_differs", reason, "give one for each time")
    is_active = np.array([alarm in text.split(SEPARATOR) for text in alarms])
    starts = np.flatnonzero(is_active & ~np.concatenate(([False], is_active[:-1])))
    may_flow = np.array([text == _INFUSING for text in states] or [False] * one.time_s.size)
    bounds = [*starts, one.time_s.size][1:]
    return tuple(
        _one(one.time_s, one.volume_ml, pressures, int(at), _end(may_flow, int(at), int(bound)))
        for at, bound in zip(starts, bounds, strict=True)
    )


def _end(may_flow: "np.typing.NDArray[np.bool_]", at: int, bound: int) -> int:
    """Where the infusion goes on after the alarm, or the next one comes."""
    standing = at
    while standing < bound and may_flow[standing]:
        standing += 1
    again = np.flatnonzero(may_flow[standing:bound])
    return standing + int(again[0]) if again.size else bound


def _one(times: Floats, volumes: Floats, pressures: Floats, at: int, end: int) -> Occlusion:
    flowed = np.flatnonzero(volumes[: at + 1] <= volumes[at] - _STANDS_ML)
    ended = int(flowed[-1]) + 1 if flowed.size else 0
    after = slice(at, max(end, at + 1))
    return Occlusion(
        float(times[ended]),
        float(times[at]),
        float(pressures[at]),
        float(pressures[ended : after.stop].max()),
        float(volumes[after].max() - volumes[at]),
    )
