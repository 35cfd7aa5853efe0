"""Where records lie: `evenflow-runs/` under the working directory, unless told otherwise."""

from datetime import date
from itertools import count
from pathlib import Path

ROOT = Path("evenflow-runs")
RECORD = "record.db"
# Sessions of real pumps share one record.
SHARED = "sessions.db"


def fresh_directory(root: Path, today: date) -> Path:
    """A new folder named by date and counter, as 2026-01-05-001; two programs never share one."""
    root.mkdir(parents=True, exist_ok=True)
    for number in count(1):
        place = root / f"{today.isoformat()}-{number:03d}"
        try:
            place.mkdir()
        except FileExistsError:
            continue
        return place
    raise AssertionError("count never ends")


def records(root: Path) -> list[Path]:
    """Every record under the folder, by name."""
    return sorted([*root.glob(f"*/{RECORD}"), *root.glob(SHARED)])
