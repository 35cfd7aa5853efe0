"""Two columns from anywhere: time and mass or volume, the unit of each in its header.

`time_s,mass_g`, `t (min);weight [mg]` and `Time h<tab>Volume mL` are read alike: the last word of
a header is its unit. Time 0 is START. A mass is made a volume; one that falls is a vessel that was
emptied by the pump, and counts upwards.
"""

import re

import numpy as np

from evenflow.flow.error import FlowError
from evenflow.flow.mass import Liquid
from evenflow.flow.measured import Measured
from evenflow.flow.table_file import TableFile

KIND = "two-column table"
COLUMNS = 2
_TIMES = {"ms": 1e-3, "s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0}
_MASSES = {"ug": 1e-6, "mg": 1e-3, "g": 1.0, "kg": 1e3}
_VOLUMES = {"nl": 1e-6, "ul": 1e-3, "ml": 1.0, "l": 1e3}
_HINT = (
    f"head the columns with a name and a unit, as time_s,mass_g; time in {' '.join(_TIMES)}, then "
    f"mass in {' '.join(_MASSES)} or volume in {' '.join(_VOLUMES)}"
)


def is_one(table: TableFile) -> bool:
    """Whether a table has two columns; whether they can be read, `read` says."""
    return len(table.columns) == COLUMNS


def read(table: TableFile, liquid: Liquid) -> Measured:
    """The series; FlowError bad_header if the units are not there."""
    first, second = table.columns
    time_unit, unit = _unit(first), _unit(second)
    if time_unit not in _TIMES or (unit not in _MASSES and unit not in _VOLUMES):
        reason = f"{table.name}: columns {first!r} and {second!r} have no units that are known"
        raise FlowError("bad_header", reason, _HINT)
    times = np.array(table.numbers(first)) * _TIMES[time_unit]
    values = np.array(table.numbers(second))
    notes, corrections = [*table.notes], {}
    if unit in _MASSES:
        values = values * _MASSES[unit] * liquid.ml_per_g
        corrections = {
            "ml_per_g": liquid.ml_per_g,
            "density_g_per_ml": liquid.density_g_per_ml,
            "air_g_per_ml": liquid.air_g_per_ml,
        }
        notes.append("no rest before or after the run is known: evaporation is not taken off")
        if values[-1] < values[0]:
            values = -values
            notes.append("the mass falls: taken as that of the vessel the pump draws from")
    else:
        values = values * _VOLUMES[unit]
    origin = f"{second} by {first}, {len(table.rows)} rows"
    return Measured(KIND, origin, times, values, None, tuple(notes), {**corrections})


def _unit(header: str) -> str:
    words = re.split(r"[\s_()\[\]/,]+", header.replace("µ", "u").replace("μ", "u").strip())
    return next((word for word in reversed(words) if word), "").lower()
