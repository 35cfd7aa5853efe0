"""The log of a balance: what `evenflow flow record` writes row by row, and what is read of it.

    # evenflow balance log, schema 1
    # began_at = "2026-01-05T09:00:00+00:00"
    # balance = "Mettler-Toledo XS204 0123456789"
    # rate_ml_per_h = 5.0
    t_s,phase,mass_ug,is_stable
    0.000,before,103250,1

`t_s` counts from the first reading, `phase` is `before` (the pump stands), `run` (from START on)
or `after` (it stands again), `mass_ug` is what the balance showed. The lines above the columns are
TOML behind a `#`; a `#` further down is a remark, such as a reading that did not come.

Of the rests, rows that the balance called unstable are no part of the drift. Of the run they are:
a balance is seldom at rest while a pump gives. How many they are is told.
"""

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from evenflow import bounded
from evenflow.errors import Refused
from evenflow.flow.drift import SETTLES_S, Drift, slope_g_per_h
from evenflow.flow.error import FlowError
from evenflow.flow.mass import Liquid
from evenflow.flow.measured import Measured
from evenflow.flow.series import S_PER_H, Floats
from evenflow.flow.table_file import REMARK, TableFile

KIND = "balance log"
SCHEMA = 1
TITLE = f"evenflow balance log, schema {SCHEMA}"
COLUMNS = ("t_s", "phase", "mass_ug", "is_stable")
BEFORE, RUN, AFTER = PHASES = ("before", "run", "after")
_UG_PER_G = 1e6
_FEWEST = 2
_SCHEMA_OF = re.compile(r"evenflow balance log, schema (.*)")
_STABLE = ("0", "1")
# Far above what any pump gives; the more is a slip of the pen.
_MOST_ML_PER_H = 1e6
# Of the usual difference between two readings: no noise falls as far, a tare does.
_FAR = 20.0
_SIGMA_OF_MEDIAN = 1.4826

Flags = npt.NDArray[np.bool_]


def head(facts: Mapping[str, str | float]) -> str:
    """The lines above the rows."""
    lines = [TITLE]
    for name, value in facts.items():
        lines.append(f"{name} = {_text(value) if isinstance(value, str) else repr(value)}")
    return "".join(f"{REMARK} {line}\n" for line in lines) + ",".join(COLUMNS) + "\n"


def row(t_s: float, phase: str, mass_ug: int, *, is_stable: bool) -> str:
    """One reading."""
    return f"{t_s:.3f},{phase},{mass_ug},{int(is_stable)}\n"


def is_one(table: TableFile) -> bool:
    """Whether a table is such a log."""
    return table.columns == COLUMNS


def read(table: TableFile, liquid: Liquid) -> Measured:
    """Volume from START on, and the rest before it; drift and buoyancy taken off.

    FlowError instrument_drift if the balance was not steady, rest_unstable if it never said so,
    mass_fell if it was tared; bad_header, bad_row for what is none.
    """
    facts = _facts(table)
    rate = _rate(facts, table)
    times = np.array(table.numbers("t_s"))
    masses = np.array(table.numbers("mass_ug")) / _UG_PER_G
    phases = np.array(table.texts("phase"))
    for (line, _), phase in zip(table.rows, phases, strict=True):
        if phase not in PHASES:
            raise table.wrong(line, f"phase {str(phase)!r} is none of {', '.join(PHASES)}")
    stable = _stable(table)
    runs = np.flatnonzero(phases == RUN)
    if runs.size < _FEWEST:
        reason = f"{table.name}: {runs.size} readings of the run"
        raise FlowError("series_short", reason, "press START while it is recorded")
    start, end = int(runs[0]), int(runs[-1])
    span_s = max(float(times[end] - times[start]), 1e-3)
    drift = Drift(
        _rest(BEFORE, times, masses, phases == BEFORE, stable),
        _rest(
            AFTER,
            times,
            masses,
            (phases == AFTER) & (times >= float(times[end]) + SETTLES_S),
            stable,
        ),
    )
    shown_g_per_h = float(masses[end] - masses[start]) / span_s * S_PER_H
    drift.require_steady(shown_g_per_h - drift.g_per_h)
    kept = slice(0, end + 1)
    since_s = times[kept] - times[start]
    mass_g = masses[kept] - masses[start] - drift.g_per_h * since_s / S_PER_H
    _require_no_fall(since_s[start:], mass_g[start:])
    return Measured(
        KIND,
        f"weighed on {facts.get('balance') or 'a balance'}, {runs.size} readings of the run",
        since_s,
        mass_g * liquid.ml_per_g,
        rate,
        tuple(_notes(drift, table, stable[runs])),
        _corrections(drift, liquid, shown_g_per_h),
    )


def _rest(phase: str, times: Floats, masses: Floats, chosen: Flags, stable: Flags) -> float | None:
    """Its line; FlowError rest_unstable if it is long enough and no reading was stable."""
    used = chosen & stable
    if not used.any() and slope_g_per_h(times[chosen], masses[chosen]) is not None:
        reason = f"the balance called none of {int(chosen.sum())} readings {phase} the run stable"
        hint = "shield it from draughts and shocks, check its filter, and record again"
        raise FlowError("rest_unstable", reason, hint)
    return slope_g_per_h(times[used], masses[used])


def _require_no_fall(since_s: Floats, mass_g: Floats) -> None:
    """FlowError mass_fell where the run loses far more at once than its readings scatter."""
    gained = np.diff(mass_g)
    away = np.abs(gained - np.median(gained))
    moved = np.abs(gained[gained != 0])
    least = float(moved.min()) if moved.size else 0.0
    far_g = _FAR * max(_SIGMA_OF_MEDIAN * float(np.median(away)), least, 1.0 / _UG_PER_G)
    at = int(np.argmin(gained))
    if gained[at] < -far_g:
        raise FlowError(
            "mass_fell",
            f"{since_s[at + 1]:g} s after START the mass falls by {-gained[at] * 1e3:.4g} mg: "
            "the balance was tared, or something was taken off",
            "record again, and leave balance and vessel alone during the run",
        )


def _notes(drift: Drift, table: TableFile, stable: Flags) -> list[str]:
    notes = [*table.notes, *(one for one in table.remarks if one.startswith("t_s "))]
    if drift.before_g_per_h is None and drift.after_g_per_h is None:
        notes.append(
            "no rest before or after the run with enough stable readings: evaporation is not "
            "taken off"
        )
    elif drift.residual_g_per_h is None:
        notes.append("one rest only: whether the drift was steady is not known")
    moving = int((~stable).sum())
    if moving:
        notes.append(
            f"{moving} of {stable.size} readings of the run ({100 * moving / stable.size:.3g} %) "
            "were unstable to the balance, as they may be under a flow"
        )
    return notes


def _stable(table: TableFile) -> Flags:
    texts = [one.strip() for one in table.texts("is_stable")]
    for (line, _), text in zip(table.rows, texts, strict=True):
        if text not in _STABLE:
            raise table.wrong(line, f"is_stable {text!r} is neither 0 nor 1")
    return np.array([text == "1" for text in texts])


def _rate(facts: dict[str, object], table: TableFile) -> float | None:
    """What was set, None if it does not say; what is no rate is refused, not passed over."""
    stated = facts.get("rate_ml_per_h")
    if stated is None:
        return None
    # True is an int.
    if (
        isinstance(stated, int | float)
        and not isinstance(stated, bool)
        and 0 < stated <= _MOST_ML_PER_H
    ):
        return float(stated)
    reason = f"{table.name}: rate_ml_per_h = {stated!r} is no rate"
    raise FlowError("bad_header", reason, "write the number of mL/h, without quotes")


def _corrections(drift: Drift, liquid: Liquid, flow_g_per_h: float) -> dict[str, float | None]:
    residual = drift.residual_g_per_h
    flow = abs(flow_g_per_h - drift.g_per_h)
    return {
        "ml_per_g": liquid.ml_per_g,
        "density_g_per_ml": liquid.density_g_per_ml,
        "air_g_per_ml": liquid.air_g_per_ml,
        "drift_before_mg_per_h": _mg(drift.before_g_per_h),
        "drift_after_mg_per_h": _mg(drift.after_g_per_h),
        "drift_taken_off_mg_per_h": _mg(drift.g_per_h),
        "drift_residual_percent": None if residual is None or not flow else 100 * residual / flow,
    }


def _mg(grams: float | None) -> float | None:
    return None if grams is None else grams * 1e3


def _facts(table: TableFile) -> dict[str, object]:
    """The lines of the head that are TOML; remarks further down are none of it."""
    lines = [one for one in table.remarks if "=" in one and not one.startswith("t_s ")]
    try:
        facts = bounded.toml("\n".join(lines))
    except ValueError as invalid:
        reason = f"{table.name}: its head is not TOML: {invalid}"
        raise Refused("bad_header", reason, "correct the lines that begin with #") from invalid
    titles = (_SCHEMA_OF.fullmatch(one) for one in table.remarks)
    stated = [repr(facts["schema"])] if "schema" in facts else []
    for schema in (*stated, *(one[1] for one in titles if one)):
        if schema != str(SCHEMA):
            reason = f"{table.name}: a balance log of schema {schema}, and {SCHEMA} is known"
            raise FlowError("bad_header", reason, "read it with a newer Evenflow")
    return facts


def _text(value: str) -> str:
    """As a TOML string of one line."""
    plain = "".join(one if one.isprintable() and one not in '"\\' else " " for one in value)
    return f'"{plain}"'
