"""Calibrations of this host: a JSON file each, with all that was weighed; none is overwritten."""

import json
import os
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from click import get_app_dir

from evenflow import NOT_FOR_USE, bounded
from evenflow.errors import Refused, WrongUsage
from evenflow.flow.calibration import Correction, Dispense, correction
from evenflow.flow.mass import Liquid

SCHEMA = 1
MOST_BYTES = 1_000_000
_SUFFIX = ".json"
_ODD = re.compile(r"[^A-Za-z0-9]+")
_MOST_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class About:
    """Who calibrated which syringe on which pump."""

    serial: str
    pump: str
    person: str


def folder() -> Path:
    """Where they lie."""
    return Path(get_app_dir("evenflow")) / "calibrations"


def content(
    found: Correction, dispenses: list[Dispense], liquid: Liquid, about: About, now: datetime
) -> dict[str, Any]:
    """The object that is stored; `id` is its file's name."""
    at = now.astimezone(UTC)
    ident = "-".join(
        part for part in (found.model, _plain(about.serial), at.strftime("%Y%m%d-%H%M%S")) if part
    )
    return {
        "schema": SCHEMA,
        "notice": NOT_FOR_USE,
        "id": ident,
        "made_at": at.isoformat(timespec="seconds"),
        **asdict(about),
        "syringe": found.model,
        "nominal_bore_um": found.nominal_um,
        "believed_bore_um": found.believed_um,
        "bore_um": found.bore_um,
        "error_percent": found.error_percent,
        "against_nominal_percent": found.against_nominal_percent,
        "residual_percent": found.residual_percent,
        "uncertainty_percent": found.uncertainty_percent,
        "liquid": asdict(liquid),
        "dispenses": [one._asdict() for one in dispenses],
        "order_line": found.order_line,
    }


def keep(stored: dict[str, Any]) -> Path:
    """Write it; WrongUsage if one of that name is there."""
    path = folder() / f"{stored['id']}{_SUFFIX}"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists():
        raise WrongUsage("file_exists", f"{path} is there already", "wait for a second")
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(json.dumps(stored, indent=2, allow_nan=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def all_stored() -> list[dict[str, Any]]:
    """Every calibration of this host, oldest first; Refused if one is spoilt."""
    found = [_read(path) for path in sorted(folder().glob(f"*{_SUFFIX}"))]
    return sorted(found, key=lambda one: str(one["made_at"]))


def find(beginning: str) -> dict[str, Any]:
    """The one whose id begins so; WrongUsage for none or several."""
    found = [one for one in all_stored() if str(one["id"]).startswith(beginning)]
    exact = [one for one in found if one["id"] == beginning]
    if len(exact or found) != 1:
        what = f"{len(found)} calibrations begin" if found else "no calibration begins"
        hint = "see `evenflow calibrate list`"
        raise WrongUsage("calibration_unknown", f"{what} with {beginning!r}", hint)
    return (exact or found)[0]


def _read(path: Path) -> dict[str, Any]:
    """What a file holds, its bore computed again from what was weighed."""
    raw = bounded.content(path, "a calibration", MOST_BYTES)
    try:
        return _checked(json.loads(raw), path.name.removesuffix(_SUFFIX))
    except (ValueError, KeyError, TypeError, RecursionError) as spoilt:
        reason = f"{path}: not a calibration: {spoilt}"
        raise Refused("calibration_spoilt", reason, "remove it, and calibrate again") from spoilt


def _checked(stored: dict[str, Any], ident: str) -> dict[str, Any]:
    if stored["schema"] != SCHEMA or stored["id"] != ident:
        raise ValueError("another schema, or another's name")
    dispenses = [Dispense(**one) for one in stored["dispenses"]]
    again = correction(stored["syringe"], dispenses, stored["believed_bore_um"])
    if (again.bore_um, again.order_line) != (stored["bore_um"], stored["order_line"]):
        raise ValueError("its bore does not follow from its dispenses")
    return dict(stored) | {"made_at": str(stored["made_at"])}


def _plain(text: str) -> str:
    return _ODD.sub("-", text).strip("-")[:_MOST_CHARACTERS]
