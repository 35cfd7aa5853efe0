"""A scenario's trace as a measurement: the emulated plant's own volume, which is the truth there.

Time counts from the last row before the first step of the infusion (`state`, `step_count`), so at
most one row's distance early, a tenth of a second.
"""

import numpy as np

from evenflow.flow.error import FlowError
from evenflow.flow.measured import Measured, first_end_s
from evenflow.flow.series import Floats
from evenflow.flow.table_file import TableFile

KIND = "scenario trace"
NEEDED = (
    "t_s",
    "state",
    "patient_volume_ml",
    "line_pressure_mmhg",
    "step_count",
    "commanded_ml_per_h",
    "alarms",
)
_INFUSING = "infusing"


def is_one(table: TableFile) -> bool:
    """Whether a table has a trace's columns."""
    return set(NEEDED) <= set(table.columns)


def read(table: TableFile) -> Measured:
    """From the first infusion on; FlowError series_short if there is none."""
    states = table.texts("state")
    if _INFUSING not in states:
        reason = f"{table.name}: it never infuses"
        raise FlowError("series_short", reason, "name the trace of a run that does")
    begin = states.index(_INFUSING)
    steps = np.array(table.numbers("step_count"))
    moved = np.flatnonzero(steps[begin:] != steps[begin])
    start = begin + (int(moved[0]) - 1 if moved.size else 0)
    times = np.array(table.numbers("t_s"))[start:]
    volumes = np.array(table.numbers("patient_volume_ml"))[start:]
    pressures = np.array(table.numbers("line_pressure_mmhg"))[start:]
    # Two edges may have one moment as it is written; the later row has all of it.
    last = np.concatenate((times[1:] > times[:-1], [True]))
    alarms, kept_states = (
        tuple(text for text, is_last in zip(column[start:], last, strict=True) if is_last)
        for column in (table.texts("alarms"), states)
    )
    since_s = np.round(times[last] - times[0], 4)
    rates = np.array(table.numbers("commanded_ml_per_h"))[start:]
    return Measured(
        KIND,
        f"the emulated plant's own volume, {int(last.sum())} rows",
        since_s,
        volumes[last] - volumes[0],
        _constant(rates[np.array(states[start:]) == _INFUSING]),
        table.notes,
        pressure_mmhg=pressures[last],
        alarms=alarms,
        states=kept_states,
        infused_s=first_end_s(since_s, np.array(kept_states) == _INFUSING),
    )


def _constant(rates: Floats) -> float | None:
    """The rate while it infuses; None if there are several, or none."""
    given = rates[rates > 0]
    return float(given[0]) if given.size and (given == given[0]).all() else None
