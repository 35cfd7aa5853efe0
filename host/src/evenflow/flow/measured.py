"""A volume over time as any source gives it, and how far it can be believed."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from evenflow.flow.series import Floats

PUMPS_OWN_WORD = (
    "THE PUMP'S OWN COUNT, NOT A MEASUREMENT: steps times the volume that the pump believes a "
    "step to have. Lead screw, bore, friction and leaks do not show. Weigh it to know."
)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Time from START in s, volume at the patient's end in mL.

    `is_measured` is False for the pump's own count. Pressures, alarms and states have as many
    rows, or none. `rate_ml_per_h` is what was set and `infused_s` when the pump first left the
    state infusing; both are None where the source does not say.
    """

    kind: str
    origin: str
    time_s: Floats
    volume_ml: Floats
    rate_ml_per_h: float | None
    notes: tuple[str, ...] = ()
    corrections: dict[str, float | None] = field(default_factory=dict)
    pressure_mmhg: Floats | None = None
    alarms: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    infused_s: float | None = None
    is_measured: bool = True


def first_end_s(time_s: Floats, infuses: npt.NDArray[np.bool_]) -> float | None:
    """When it first stopped to infuse; None if it did not."""
    begun = int(np.argmax(infuses))
    stopped = np.flatnonzero(~infuses[begun:])
    return float(time_s[begun + stopped[0]]) if stopped.size else None
