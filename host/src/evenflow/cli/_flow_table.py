"""An analysis of a flow, as tables on a terminal."""

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from evenflow import NOT_FOR_USE
from evenflow.cli import _output
from evenflow.flow.analysis import Analysis
from evenflow.flow.bolus import STANDARD_COUNT
from evenflow.flow.commercial import GRADES, STATED
from evenflow.flow.series import S_PER_MIN

_WORDS = {
    "ml_per_g": "a gram stands for (mL)",
    "density_g_per_ml": "density of the liquid (g/mL)",
    "air_g_per_ml": "density of the air (g/mL)",
    "drift_before_mg_per_h": "drift before the run (mg/h)",
    "drift_after_mg_per_h": "drift after the run (mg/h)",
    "drift_taken_off_mg_per_h": "drift taken off (mg/h)",
    "drift_residual_percent": "may be left of it (% of the flow)",
}


def show(found: Analysis, files: Sequence[str]) -> None:
    """All of it on stdout."""
    console = _output.console()
    if not found.measured.is_measured:
        console.print(Text(found.measured.notes[0], style="bold red"))
    about = Table(show_header=False, title=NOT_FOR_USE, title_justify="left")
    for name, words in _about(found):
        about.add_row(name, Text(words))
    console.print(about)
    for table in (_trumpet(found), _therapy(found), _occlusions(found)):
        if table is not None:
            console.print(table)
    if found.trumpet is not None:
        console.print(_beside())
    for part, reason in found.left_out.items():
        console.print(Text(f"no {part}: {reason}"))
    for name in files:
        console.print(Text(f"written: {name}"))


def _about(found: Analysis) -> Iterator[tuple[str, str]]:
    measured = found.measured
    yield measured.kind, measured.origin
    minutes = (measured.time_s[-1] - max(0.0, float(measured.time_s[0]))) / S_PER_MIN
    yield "length", f"{minutes:.1f} min"
    yield "largest gap between readings", f"{found.largest_gap_s:.5g} s"
    if found.rate_ml_per_h:
        yield "rate that was set", f"{found.rate_ml_per_h:g} mL/h"
    for name, value in measured.corrections.items():
        yield _WORDS[name], "not known" if value is None else f"{value:.5g}"
    for note in measured.notes[0 if measured.is_measured else 1 :]:
        yield "note", note
    if found.startup is not None:
        there = found.time_to_90_percent_s
        words = "not reached" if there is None else f"within {there + found.resolution_s:g} s"
        yield "90 % of the rate", words
        yield "lag volume", f"{found.startup.lag_volume_ml:.4f} mL"
    if found.trumpet is not None:
        span = f"{found.trumpet.from_s / S_PER_MIN:g} to {found.trumpet.to_s / S_PER_MIN:g} min"
        yield f"largest gap, {span}", f"{found.trumpet.largest_gap_s:.5g} s"
        yield f"mean error A, {span}", f"{round(found.trumpet.long_run_percent, 4) + 0.0:+.4f} %"
    series = found.boluses
    if series is not None:
        short = "" if series.count == STANDARD_COUNT else f", and not {STANDARD_COUNT}"
        yield "deliveries", f"{series.count} of {series.set_ml:g} mL{short}"
        yield "mean error", f"{series.mean_percent:+.3f} %"
        yield "greatest error", f"{series.worst_positive_percent:+.3f} %"
        yield "least error", f"{series.worst_negative_percent:+.3f} %"


def _trumpet(found: Analysis) -> Table | None:
    if found.trumpet is None:
        return None
    table = Table("window (min)", "greatest error (%)", "least error (%)", "places")
    for row in found.trumpet:
        table.add_row(
            f"{row.window_min:g}",
            f"{row.worst_positive_percent:+.4f}",
            f"{row.worst_negative_percent:+.4f}",
            str(row.place_count),
        )
    return table


def _therapy(found: Analysis) -> Table | None:
    if not found.therapy:
        return None
    table = Table("by (min)", "volume (mL)", "error (mL)", "error (%)", "bound (mL)", "")
    for mark in found.therapy:
        table.add_row(
            f"{mark.time_s / S_PER_MIN:g}",
            f"{mark.volume_ml:.4f}",
            f"{mark.error_ml:+.4f}",
            f"{mark.error_percent:+.3f}",
            f"{mark.bound_ml:.3f}",
            "" if mark.is_within else "OUTSIDE",
        )
    return table


def _occlusions(found: Analysis) -> Table | None:
    if not found.occlusions:
        return None
    table = Table(
        "flow ended (s)", "alarm after (s)", "at (mmHg)", "highest (mmHg)", "released (mL)"
    )
    for one in found.occlusions:
        table.add_row(
            f"{one.flow_ended_s:.1f}",
            f"{one.time_to_alarm_s:.1f}",
            f"{one.alarm_pressure_mmhg:.0f}",
            f"{one.peak_pressure_mmhg:.0f}",
            f"{one.released_ml:.4f}",
        )
    return table


def _beside() -> Table:
    table = Table("stated by makers, mean flow", "(%)", "", "how far seen")
    for one in STATED:
        table.add_row(one.pump, f"±{one.percent:g}", one.about, GRADES[one.grade])
    return table
