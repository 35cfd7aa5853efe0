"""The bore that a syringe has on one pump, from volumes that were commanded and then weighed.

What came, over what was commanded, is the square of the true bore over the one that the pump
believed: bore = believed * sqrt(measured / commanded). An error of the lead screw goes into it as
well, which is right for this syringe on this pump and wrong on any other. A correction beyond 5 %
of the volume is a wrong syringe, a leak or a slip of the pen, and is refused; so are dispenses
that do not agree with each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import NamedTuple

from evenflow.flow.error import FlowError
from pumpcore import syringe, units

FEWEST = 3
# Of the volume, against the syringe's nominal bore. The pump itself takes 3 % of the bore, which
# is 6 % of the volume.
MOST_PERCENT = 5.0
# No syringe of the table gives as much, and no balance at hand sees as little.
LEAST_ML, MOST_ML = 0.001, 100.0
# Of one dispense from the mean of all.
MOST_RESIDUAL_PERCENT = 1.0


class Dispense(NamedTuple):
    """What was commanded, and what was found; `weighed_g` is None where a volume was read."""

    commanded_ml: float
    volume_ml: float
    weighed_g: float | None


@dataclass(frozen=True, slots=True)
class Correction:
    """`error_percent` is of the volume that came, the uncertainty twice its standard error."""

    model: str
    nominal_um: int
    believed_um: int
    bore_um: int
    error_percent: float
    residual_percent: float
    uncertainty_percent: float

    @property
    def against_nominal_percent(self) -> float:
        """Of the volume, what the correction makes of the nominal bore."""
        return 100.0 * ((self.bore_um / self.nominal_um) ** 2 - 1.0)

    @property
    def order_line(self) -> str:
        """What an order says in its table [syringe]."""
        return f'bore = "{self.bore_um / units.UM_PER_MM:.3f} mm"'


def correction(
    model: str, dispenses: Sequence[Dispense], believed_um: int | None = None
) -> Correction:
    """The correction of that syringe; `believed_um` is the bore of the order, if it had one.

    Raises FlowError by name: unknown_syringe, calibration_few, volume_range, calibration_range,
    calibration_spread.
    """
    mounted = syringe.by_model(model)
    if mounted is None:
        models = ", ".join(str(row.model) for row in syringe.SYRINGES)
        raise FlowError("unknown_syringe", f"unknown syringe {model!r}", f"known are {models}")
    nominal_um = int(mounted.bore_um)
    believed = nominal_um if believed_um is None else believed_um
    if len(dispenses) < FEWEST:
        reason = f"{len(dispenses)} dispenses are too few"
        raise FlowError("calibration_few", reason, f"weigh {FEWEST} at least")
    for number, one in enumerate(dispenses, 1):
        if not all(LEAST_ML <= value <= MOST_ML for value in one[:2]):
            reason = f"dispense {number}: {one.volume_ml:g} mL of {one.commanded_ml:g} mL"
            raise FlowError("volume_range", reason, f"both must be {LEAST_ML} to {MOST_ML:g} mL")
    commanded_ml = sum(one.commanded_ml for one in dispenses)
    ratio = sum(one.volume_ml for one in dispenses) / commanded_ml
    ratios = [one.volume_ml / one.commanded_ml for one in dispenses]
    mean = sum(ratios) / len(ratios)
    deviation = sqrt(sum((one - mean) ** 2 for one in ratios) / (len(ratios) - 1))
    found = Correction(
        model,
        nominal_um,
        believed,
        round(believed * sqrt(ratio)),
        100.0 * (ratio - 1.0),
        100.0 * max(abs(one / ratio - 1.0) for one in ratios),
        100.0 * 2.0 * deviation / sqrt(len(ratios)) / ratio,
    )
    _require_plausible(found)
    return found


def _require_plausible(found: Correction) -> None:
    percent = found.against_nominal_percent
    if abs(percent) > MOST_PERCENT:
        raise FlowError(
            "calibration_range",
            f"the volume is {percent:+.2f} % off that of a {found.model}, more than "
            f"{MOST_PERCENT:g} %",
            "is it this syringe, full, without air and leaks, and are the figures right?",
        )
    if found.residual_percent > MOST_RESIDUAL_PERCENT:
        raise FlowError(
            "calibration_spread",
            f"a dispense is {found.residual_percent:.2f} % off the mean of all, more than "
            f"{MOST_RESIDUAL_PERCENT:g} %",
            "purge, take up the slack, let the line's end stay in the liquid, and dispense more",
        )
