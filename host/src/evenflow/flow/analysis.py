"""Which figures a measurement allows: of its start, its second hour, its therapy, its alarms.

What the record does not reach is left out, with the reason. A trumpet needs a flow that goes on:
an infusion that ends before two hours has none, and is held against its five-minute marks instead.
Of the standard's windows, those that the span or its gaps do not allow are left out as well; a
window that was asked for is not left out but refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evenflow.flow import accuracy, bolus, occlusion, startup_curve, trumpet_curve
from evenflow.flow.error import FlowError
from evenflow.flow.measured import Measured
from evenflow.flow.series import S_PER_MIN, Series, largest_gap_s, require_positive, series

# Between deliveries of a series of boluses.
BOLUS_REST_S = 30.0
_FINE_S = 1.0


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of a measurement; None is what it says itself, or the standard's."""

    rate_ml_per_h: float | None = None
    from_s: float | None = None
    to_s: float | None = None
    windows_min: Sequence[float] | None = None
    sample_s: float = trumpet_curve.SAMPLE_S
    therapy_s: float | None = None
    bolus_ml: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What was found; `left_out` says why a part is None, or a window is not there.

    `largest_gap_s` is the longest time without a reading, of all of the measurement.
    """

    measured: Measured
    rate_ml_per_h: float
    startup: startup_curve.Startup | None
    time_to_90_percent_s: float | None
    resolution_s: float
    trumpet: trumpet_curve.Trumpet | None
    therapy: tuple[accuracy.Mark, ...]
    occlusions: tuple[occlusion.Occlusion, ...]
    boluses: bolus.Boluses | None
    left_out: dict[str, str]
    largest_gap_s: float

    @property
    def mean_error_percent(self) -> float | None:
        """What a limit is held against: of the second hour, else of the therapy's end."""
        if self.trumpet is not None:
            return self.trumpet.long_run_percent
        return self.therapy[-1].error_percent if self.therapy else None


def analyse(measured: Measured, wish: Wish | None = None) -> Analysis:
    """All that it allows; FlowError no_rate if nobody says what was set."""
    wish = wish or Wish()
    require_positive("a sample interval of", wish.sample_s, "sample_range")
    one = series(measured.time_s, measured.volume_ml)
    gap_s = largest_gap_s(one, float(one.time_s[0]), float(one.time_s[-1]))
    rate = wish.rate_ml_per_h or measured.rate_ml_per_h
    left_out: dict[str, str] = {}
    boluses = _boluses(measured, wish)
    if rate is None and boluses is None:
        reason = f"{measured.kind}: no one rate was set, or it does not say which"
        raise FlowError("no_rate", reason, "say it with --rate, in mL/h")
    if boluses is not None:
        left_out = dict.fromkeys(("startup", "trumpet", "therapy"), "a series of boluses")
        nothing = (None, None, 0.0, None, (), ())
        return Analysis(measured, rate or 0.0, *nothing, boluses, left_out, gap_s)
    rate = float(rate or 0.0)
    occlusions = _occlusions(measured)
    flowed_s = min([_end_s(measured), *(one.flow_ended_s for one in occlusions)])
    found_startup, there_s, fine_s = _startup(measured, one, rate, flowed_s, wish, left_out)
    return Analysis(
        measured,
        rate,
        found_startup,
        there_s,
        fine_s,
        _trumpet(measured, rate, wish, left_out),
        _therapy(measured, rate, wish, left_out, is_occluded=bool(occlusions)),
        occlusions,
        None,
        left_out,
        gap_s,
    )


def _end_s(measured: Measured) -> float:
    """Until when it flowed, as far as is known."""
    end_s = float(measured.time_s[-1])
    return end_s if measured.infused_s is None else min(end_s, measured.infused_s)


def _startup(
    measured: Measured,
    one: Series,
    rate: float,
    flowed_s: float,
    wish: Wish,
    left_out: dict[str, str],
) -> tuple[startup_curve.Startup | None, float | None, float]:
    until_s = min(startup_curve.UNTIL_S, flowed_s) // wish.sample_s * wish.sample_s
    # Where readings are dense, the rise is timed by the second.
    is_dense = float(np.median(np.diff(measured.time_s))) <= _FINE_S / 2
    fine_s = _FINE_S if is_dense else wish.sample_s
    try:
        found, fine = (
            startup_curve.startup(
                measured.time_s, measured.volume_ml, rate, until_s=until_s, sample_s=sample_s
            )
            for sample_s in (wish.sample_s, fine_s)
        )
    except FlowError as error:
        left_out["startup"] = error.reason
        return None, None, fine_s
    there_s = fine.time_to_90_percent_s
    # Between two readings nobody knows when it came.
    gap_s = largest_gap_s(one, 0.0, fine.until_s if there_s is None else there_s + fine_s)
    return found, there_s, max(fine_s, gap_s)


def _trumpet(
    measured: Measured, rate: float, wish: Wish, left_out: dict[str, str]
) -> trumpet_curve.Trumpet | None:
    is_asked = wish.from_s is not None or wish.to_s is not None
    if not is_asked and _end_s(measured) < trumpet_curve.SECOND_HOUR_S[1] - 1e-6:
        left_out["trumpet"] = (
            f"the flow lasted {_end_s(measured) / S_PER_MIN:.1f} min, and the second hour needs "
            "120; another span is chosen with --from and --to"
        )
        return None
    times, volumes, sample_s = measured.time_s, measured.volume_ml, wish.sample_s
    from_s, to_s = (wish.from_s, wish.to_s) if is_asked else trumpet_curve.SECOND_HOUR_S
    windows_min = wish.windows_min
    if windows_min is None:
        unfit = trumpet_curve.unfit_windows(
            times, volumes, from_s=from_s, to_s=to_s, sample_s=sample_s
        )
        windows_min = [one for one in trumpet_curve.WINDOWS_MIN if one not in unfit]
        if not windows_min:
            left_out["trumpet"] = "; ".join(error.reason for error in unfit.values())
            return None
        for window_min, error in unfit.items():
            left_out[f"window of {window_min:g} min"] = error.reason
    return trumpet_curve.trumpet(
        times,
        volumes,
        rate,
        windows_min=windows_min,
        from_s=from_s,
        to_s=to_s,
        sample_s=sample_s,
    )


def _therapy(
    measured: Measured,
    rate: float,
    wish: Wish,
    left_out: dict[str, str],
    *,
    is_occluded: bool,
) -> tuple[accuracy.Mark, ...]:
    duration_s = wish.therapy_s
    if duration_s is None and is_occluded:
        left_out["therapy"] = "an occlusion interrupted it"
        return ()
    if duration_s is None:
        duration_s = measured.infused_s
        if duration_s is None or duration_s < accuracy.MARK_S:
            left_out["therapy"] = "its end is not known; say how long it was with --therapy"
            return ()
        # The last step is a little before the state that follows it; whole seconds are its length.
        duration_s = float(round(duration_s))
    return accuracy.therapy(measured.time_s, measured.volume_ml, rate, duration_s=duration_s)


def _occlusions(measured: Measured) -> tuple[occlusion.Occlusion, ...]:
    if measured.pressure_mmhg is None:
        return ()
    return occlusion.occlusions(
        measured.time_s,
        measured.volume_ml,
        measured.pressure_mmhg,
        measured.alarms,
        measured.states,
    )


def _boluses(measured: Measured, wish: Wish) -> bolus.Boluses | None:
    if wish.bolus_ml is None:
        return None
    volumes = bolus.delivered(
        measured.time_s, measured.volume_ml, wish.bolus_ml, rest_s=BOLUS_REST_S
    )
    return bolus.boluses(volumes, wish.bolus_ml)
