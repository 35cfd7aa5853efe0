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
"""

from collections.abc import Mapping

import numpy as np

from evenflow import bounded
from evenflow.errors import Refused
from evenflow.flow.drift import SETTLES_S, Drift, slope_g_per_h
from evenflow.flow.error import FlowError
from evenflow.flow.mass import Liquid
from evenflow.flow.measured import Measured
from evenflow.flow.series import S_PER_H, Floats
from evenflow.flow.table_file import REMARK, TableFile

KIND = "balance log"
TITLE = "evenflow balance log, schema 1"
COLUMNS = ("t_s", "phase", "mass_ug", "is_stable")
BEFORE, RUN, AFTER = PHASES = ("before", "run", "after")
_UG_PER_G = 1e6
_FEWEST = 2


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

    FlowError instrument_drift if the balance was not steady; bad_row for a row that is none.
    """
    facts = _facts(table)
    times = np.array(table.numbers("t_s"))
    masses = np.array(table.numbers("mass_ug")) / _UG_PER_G
    phases = np.array(table.texts("phase"))
    for (line, _), phase in zip(table.rows, phases, strict=True):
        if phase not in PHASES:
            raise table.wrong(line, f"phase {str(phase)!r} is none of {', '.join(PHASES)}")
    runs = np.flatnonzero(phases == RUN)
    if runs.size < _FEWEST:
        reason = f"{table.name}: {runs.size} readings of the run"
        raise FlowError("series_short", reason, "press START while it is recorded")
    start, end = int(runs[0]), int(runs[-1])
    span_s = max(float(times[end] - times[start]), 1e-3)
    drift = Drift(
        _rest(times, masses, phases == BEFORE, 0.0),
        _rest(times, masses, phases == AFTER, float(times[end]) + SETTLES_S),
    )
    shown_g_per_h = float(masses[end] - masses[start]) / span_s * S_PER_H
    drift.require_steady(shown_g_per_h - drift.g_per_h)
    kept = slice(0, end + 1)
    since_s = times[kept] - times[start]
    mass_g = masses[kept] - masses[start] - drift.g_per_h * since_s / S_PER_H
    stated = facts.get("rate_ml_per_h")
    return Measured(
        KIND,
        f"weighed on {facts.get('balance') or 'a balance'}, {runs.size} readings of the run",
        since_s,
        mass_g * liquid.ml_per_g,
        float(stated) if isinstance(stated, int | float) else None,
        tuple(_notes(drift, table)),
        _corrections(drift, liquid, shown_g_per_h),
    )


def _rest(
    times: Floats, masses: Floats, chosen: np.typing.NDArray[np.bool_], since_s: float
) -> float | None:
    used = chosen & (times >= since_s)
    return slope_g_per_h(times[used], masses[used])


def _notes(drift: Drift, table: TableFile) -> list[str]:
    notes = [one for one in table.remarks if one.startswith("t_s ")]
    if drift.before_g_per_h is None and drift.after_g_per_h is None:
        notes.append("no rest before or after the run: evaporation is not taken off")
    elif drift.residual_g_per_h is None:
        notes.append("one rest only: whether the drift was steady is not known")
    return notes


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
        return bounded.toml("\n".join(lines))
    except ValueError as invalid:
        reason = f"{table.name}: its head is not TOML: {invalid}"
        raise Refused("bad_header", reason, "correct the lines that begin with #") from invalid


def _text(value: str) -> str:
    """As a TOML string of one line."""
    plain = "".join(one if one.isprintable() and one not in '"\\' else " " for one in value)
    return f'"{plain}"'
