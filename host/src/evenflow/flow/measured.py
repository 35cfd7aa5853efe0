"""A volume over time as any source gives it, and how far it can be believed."""

from dataclasses import dataclass, field

from evenflow.flow.series import Floats

PUMPS_OWN_WORD = (
    "THE PUMP'S OWN COUNT, NOT A MEASUREMENT: steps times the volume that the pump believes a "
    "step to have. Lead screw, bore, friction and leaks do not show. Weigh it to know."
)


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Time from START in s, volume at the patient's end in mL.

    `is_measured` is False for the pump's own count. Pressures, alarms and states have as many
    rows, or none. `rate_ml_per_h` is what was set, None where the source does not say.
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
    is_measured: bool = True
