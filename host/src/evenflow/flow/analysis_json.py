"""An analysis as the object that `evenflow flow analyse --json` prints, schema 1."""

from typing import Any

from evenflow import NOT_FOR_USE
from evenflow.flow.analysis import Analysis
from evenflow.flow.commercial import STATED

SCHEMA = 1


def content(found: Analysis) -> dict[str, Any]:
    """Plain numbers, texts and lists; what was left out is null, with its reason beside it."""
    measured = found.measured
    return {
        "schema": SCHEMA,
        "notice": NOT_FOR_USE,
        "source": {
            "kind": measured.kind,
            "origin": measured.origin,
            "is_measured": measured.is_measured,
            "notes": list(measured.notes),
            "corrections": measured.corrections,
            "from_s": float(measured.time_s[0]),
            "to_s": float(measured.time_s[-1]),
            "largest_gap_s": found.largest_gap_s,
            "volume_ml": float(measured.volume_ml[-1] - measured.volume_ml[0]),
        },
        "rate_ml_per_h": found.rate_ml_per_h or None,
        "startup": _startup(found),
        "trumpet": _trumpet(found),
        "therapy": [{**mark._asdict(), "is_within": mark.is_within} for mark in found.therapy],
        "occlusions": [
            {
                "flow_ended_s": one.flow_ended_s,
                "alarm_s": one.alarm_s,
                "time_to_alarm_s": one.time_to_alarm_s,
                "alarm_pressure_mmhg": one.alarm_pressure_mmhg,
                "peak_pressure_mmhg": one.peak_pressure_mmhg,
                "released_ml": one.released_ml,
            }
            for one in found.occlusions
        ],
        "boluses": _boluses(found),
        "left_out": found.left_out,
        "commercial": [one._asdict() for one in STATED],
    }


def _startup(found: Analysis) -> dict[str, Any] | None:
    curve = found.startup
    if curve is None:
        return None
    return {
        "until_s": curve.until_s,
        "sample_s": curve.sample_s,
        "time_to_90_percent_s": found.time_to_90_percent_s,
        "resolution_s": found.resolution_s,
        "lag_volume_ml": curve.lag_volume_ml,
        "flow_ml_per_h": curve.flow_ml_per_h.tolist(),
    }


def _trumpet(found: Analysis) -> dict[str, Any] | None:
    curve = found.trumpet
    if curve is None:
        return None
    return {
        "from_s": curve.from_s,
        "to_s": curve.to_s,
        "sample_s": curve.sample_s,
        "largest_gap_s": curve.largest_gap_s,
        "long_run_percent": curve.long_run_percent,
        "windows": [row._asdict() for row in curve],
    }


def _boluses(found: Analysis) -> dict[str, Any] | None:
    series = found.boluses
    if series is None:
        return None
    return {
        "set_ml": series.set_ml,
        "count": series.count,
        "mean_percent": series.mean_percent,
        "worst_positive_percent": series.worst_positive_percent,
        "worst_negative_percent": series.worst_negative_percent,
        "volumes_ml": series.volumes_ml.tolist(),
    }
