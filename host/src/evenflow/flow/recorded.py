"""A recorded session as a series: the pump's own count, and said to be no more than that."""

from pathlib import Path

import numpy as np

from evenflow.boards import mechanism
from evenflow.flow.error import FlowError
from evenflow.flow.measured import PUMPS_OWN_WORD, Measured, first_end_s
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.store import open_existing
from evenflow.telemetry.ticks import TIME, ticks
from pumpcore import syringe, units

KIND = "recorded session"
# How an SQLite file begins, https://www.sqlite.org/fileformat.html.
MAGIC = b"SQLite format 3\x00"
_INFUSING = "infusing"
# Ten rows a second are as fine as a trace.
_ROW_S = 0.1


def read(path: Path, session: str | None) -> Measured:
    """The session whose id begins so, or the only one; WrongUsage if there are none or several."""
    with open_existing(path) as store:
        archive = Archive(store)
        session_id = archive.find(session or "")
        content = archive.session(session_id)
        columns = [
            (
                rows[TIME].astype(np.int64),
                rows["delivered_microsteps"].astype(np.int64),
                rows["state_name"].astype(np.str_) == _INFUSING,
            )
            for rows in ticks(archive, session_id)
        ]
    if not columns or not any(infuses.any() for _, _, infuses in columns):
        reason = f"{path}: session {session_id[:8]} never infuses"
        raise FlowError("series_short", reason, "name a session that does")
    time_us, steps, infuses = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    start = max(int(np.flatnonzero(infuses)[0]) - 1, 0)
    time_s = (time_us[start:] - time_us[start]) / 1e6
    kept = np.flatnonzero(np.diff(np.floor(time_s / _ROW_S), prepend=-1) > 0)
    volume_ml = steps[start:] * _ml_per_microstep(content)
    return Measured(
        KIND,
        f"session {session_id}, {kept.size} rows",
        time_s[kept],
        volume_ml[kept] - volume_ml[0],
        _rate(content),
        (PUMPS_OWN_WORD,),
        infused_s=first_end_s(time_s, infuses[start:]),
        is_measured=False,
    )


def _ml_per_microstep(content: dict[str, object]) -> float:
    plan, profile = content["plan"], content["profile"]
    mounted = plan.get("syringe") if isinstance(plan, dict) else None
    if not isinstance(mounted, dict) or not isinstance(profile, dict):
        hint = "record with a host that has the board's file"
        raise FlowError("unknown_kind", "the session has no profile of its board", hint)
    model = syringe.by_model(str(mounted.get("model")))
    bore_mm = mounted.get("bore_mm") or (model.bore_um / units.UM_PER_MM if model else 0)
    bore_um = round(float(bore_mm) * units.UM_PER_MM)
    femtolitres = mechanism.femtolitres_per_microstep(profile, bore_um)
    return femtolitres / units.FL_PER_NL / units.NL_PER_ML


def _rate(content: dict[str, object]) -> float | None:
    plan = content["plan"]
    rate = plan.get("rate_ml_per_h") if isinstance(plan, dict) and not plan.get("steps") else None
    return float(rate) if isinstance(rate, int | float) else None


def is_one(raw: bytes) -> bool:
    """Whether a file begins as a record does."""
    return raw.startswith(MAGIC)
