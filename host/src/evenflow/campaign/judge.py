"""What every run of a campaign must keep, and the row that remains of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from evenflow.campaign.case import INFUSING, Case
from evenflow.campaign.faults import STORING
from pumpcore import alarms

# Requirement OVR-01.
MAX_EXCESS_ML = 0.1
# A tick, a millisecond, and the margin of the design's figures.
MAX_STOP_MS = 25.0

_STOPPING = frozenset(row.name for row in alarms.ALARMS if row.stops)
# What is heard of these is the boot, or the alarm of the power that is lost.
_POWER = ("plant.power_cut", "plant.brownout", "controller.reset")


def row_of(case: Case, result: Mapping[str, Any]) -> dict[str, Any]:
    """One JSON object: what was planted, what came of it, and each rule that was broken."""
    heard = [
        alarm
        for alarm in result["alarms"]
        if alarm["raised_t_s"] >= result["t0_s"] + case.at_s and alarm["id"] != "pause_reminder"
    ]
    first = min((alarm["raised_t_s"] for alarm in heard), default=None)
    return {
        "case": case.name,
        "fault": case.fault.name,
        "arguments": dict(case.arguments),
        "rate_ml_per_h": case.rate_ml_per_h,
        "phase": case.phase,
        "at_s": case.at_s,
        "seed": case.seed,
        "excess_ml": result["excess_ml"],
        "alarms": list(dict.fromkeys(alarm["id"] for alarm in heard)),
        "heard_after_s": None if first is None else round(first - result["t0_s"] - case.at_s, 3),
        "stop_ms": _stop_ms(heard),
        "state": result["final"]["state"],
        "broken": _broken(case, result, heard),
    }


def _stop_ms(heard: Sequence[Mapping[str, Any]]) -> float | None:
    """From the first stopping alarm to the last step forward, 0 at least; None without one."""
    for alarm in heard:
        if alarm["id"] in _STOPPING:
            last_s = alarm["last_step_t_s"]
            return (
                0.0 if last_s is None else round(max(0.0, last_s - alarm["raised_t_s"]) * 1e3, 3)
            )
    return None


def _broken(
    case: Case, result: Mapping[str, Any], heard: Sequence[Mapping[str, Any]]
) -> list[str]:
    broken = []
    if result["excess_ml"] > MAX_EXCESS_ML and case.fault.stimulus not in STORING:
        broken.append(f"excess of {result['excess_ml']} mL")
    stop_ms = _stop_ms(heard)
    if stop_ms is not None and stop_ms > MAX_STOP_MS:
        broken.append(f"steps {stop_ms} ms after the alarm")
    is_told = bool(heard) or case.fault.stimulus in _POWER
    # In a pause some lie hidden until something moves again: there only the volume is judged.
    must_tell = case.fault.is_heard and not case.fault.is_slow and case.phase == INFUSING
    if must_tell and not is_told:
        broken.append("no alarm")
    if result["undone"]:
        broken.append("the fault was never planted")
    return broken
