"""What a campaign declares, as Markdown, of nothing but its rows."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import ceil
from typing import Any

from evenflow.campaign.faults import STORING

_HUNDREDTHS = 100
# Of the stop, in ms: the bound is 25.
_BINS_MS = (0, 1, 5, 10, 15, 20, 25)
_BAR = 40

Row = Mapping[str, Any]


def declared_ml(rows: Sequence[Row]) -> float:
    """The most that a single fault gave too much, rounded up to a hundredth of a mL.

    Without what a compressed bubble gives back.
    """
    worst_ml = max((float(row["excess_ml"]) for row in rows if not _is_stored(row)), default=0.0)
    return ceil(worst_ml * _HUNDREDTHS) / _HUNDREDTHS


def markdown(data: Mapping[str, Any]) -> str:
    """The whole report of one campaign."""
    rows = data["rows"]
    broken = [row for row in rows if row["broken"]]
    lines = [
        "# What a single fault can give",
        "",
        f"{len(rows)} runs of the deployed firmware on emulated boards (`{data['command']}`,",
        f"firmware {data['firmware']}, runtime {data['runtime']}): each plants one fault of a",
        "part at a drawn moment of an infusion, or of its pause, in a line with an anti-siphon",
        "valve of 80 mmHg. Truth is read from the plant: fluid past the patient's end.",
        "",
        f"**Declared: at most {declared_ml(rows):.2f} mL too much under any single fault** of",
        "this table (the bound is 0.1 mL; requirements OVR-01, OVR-02). What an occlusion had",
        "stored and a release gives back is bounded apart ([alarms](alarms.md)); so is what a",
        "planted bubble gives back that came compressed and expands when the flow stops: up to",
        f"{_stored_ml(rows):.2f} mL in these runs, as much as one that was in the syringe from",
        "the start would have held back before.",
        "",
        _words_of_broken(broken),
        "",
        "## By fault",
        "",
        "| fault | runs | most too much, mL | heard after, s | alarms |",
        "| --- | --- | --- | --- | --- |",
    ]
    names = dict.fromkeys(row["fault"] for row in rows)
    lines += [_line(name, [row for row in rows if row["fault"] == name]) for name in names]
    stops = [row["stop_ms"] for row in rows if row["stop_ms"] is not None]
    lines += [
        "",
        "## From a stopping alarm to the last step",
        "",
        f"{len(stops)} runs with such an alarm; the bound is 25 ms.",
        "",
        "```",
        *_histogram(stops),
        "```",
    ]
    return "\n".join(lines) + "\n"


def _is_stored(row: Row) -> bool:
    return row["fault"] in STORING


def _stored_ml(rows: Sequence[Row]) -> float:
    return max((float(row["excess_ml"]) for row in rows if _is_stored(row)), default=0.0)


def _words_of_broken(broken: Sequence[Row]) -> str:
    if not broken:
        return "No rule was broken: no excess above the bound, no late step, no silence."
    lines = [f"- `{row['case']}`: {'; '.join(row['broken'])}" for row in broken]
    return "\n".join([f"{len(broken)} runs broke a rule:", "", *lines])


def _line(name: str, rows: Sequence[Row]) -> str:
    heard = [row["heard_after_s"] for row in rows if row["heard_after_s"] is not None]
    alarms = sorted({alarm for row in rows for alarm in row["alarms"]})
    span = f"{min(heard):.2f} to {max(heard):.2f}" if heard else ""
    most_ml = max(row["excess_ml"] for row in rows)
    return f"| `{name}` | {len(rows)} | {most_ml:.4f} | {span} | {' '.join(alarms)} |"


def _histogram(values: Sequence[float]) -> list[str]:
    counts = [("none after it", sum(ms <= 0 for ms in values))]
    for low, high in pairwise(_BINS_MS):
        counts.append((f"{low} to {high} ms", sum(low < ms <= high for ms in values)))
    counts.append((f"above {_BINS_MS[-1]} ms", sum(ms > _BINS_MS[-1] for ms in values)))
    most = max(count for _, count in counts) or 1
    return [f"{words:>13} {count:6} {'#' * ceil(_BAR * count / most)}" for words, count in counts]
