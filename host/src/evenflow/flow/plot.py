"""The curves that people know from pump manuals, as SVG and PNG. Needs matplotlib (`report`).

The same measurement gives the same SVG, byte by byte: no date, and names of parts from a fixed
salt. Load it only where a plot is asked for.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evenflow import NOT_FOR_USE
from evenflow.flow.analysis import Analysis
from evenflow.flow.commercial import READ, STATED
from evenflow.flow.series import S_PER_MIN

# As in manuals, so that curves can be laid side by side.
TRUMPET_AXIS_PERCENT = 15.0
# FLO-02, and FLO-03 up to the standard's lowest rate: (window in min, percent).
BOUNDS = ((2, 5.0), (5, 3.0), (11, 2.5), (19, 2.0), (31, 2.0))
LOW_BOUNDS = ((2, 10.0),)
LOW_ML_PER_H = 1.0
# Below this, the curves lie on each other at the scale of manuals and are shown enlarged too.
_SMALL_PERCENT = 1.0
# Colours that stay apart for most eyes: Okabe and Ito's.
_BLUE, _RED, _ORANGE, _GREEN, _GREY = "#0072b2", "#d55e00", "#e69f00", "#009e73", "#777777"
# Of bands that lie on each other, the widest lightest.
_SHADES = ("#e3f3ed", "#c4e6da", "#9fd6c3")
_STYLE: dict[Any, object] = {
    "svg.hashsalt": "evenflow",
    "font.size": 10.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
}
_SIZE_IN = (7.5, 4.6)
_DPI = 130


def write(found: Analysis, folder: Path) -> list[Path]:
    """Every curve that the analysis has, into the folder, which is made; the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, is_there, draw in (
        ("startup", found.startup is not None, _startup),
        ("trumpet", found.trumpet is not None, _trumpet),
        ("therapy", bool(found.therapy), _therapy),
        ("occlusion", bool(found.occlusions), _occlusion),
        ("boluses", found.boluses is not None, _boluses),
    ):
        if is_there:
            paths += _page(found, folder / name, draw)
    return paths


def _page(found: Analysis, path: Path, draw: Callable[[Analysis, Axes], None]) -> list[Path]:
    with rc_context(_STYLE):
        figure = Figure(figsize=_SIZE_IN, layout="constrained")
        axes = figure.add_subplot()
        draw(found, axes)
        measured = found.measured
        figure.supxlabel(
            f"{measured.kind}: {measured.origin}\n{NOT_FOR_USE}", fontsize=7, color=_GREY
        )
        if not measured.is_measured:
            figure.suptitle("THE PUMP'S OWN COUNT, NOT A MEASUREMENT", color=_RED, weight="bold")
        paths = [path.with_suffix(".svg"), path.with_suffix(".png")]
        figure.savefig(paths[0], metadata={"Date": None})
        figure.savefig(paths[1], dpi=_DPI, metadata={"Software": None})
    return paths


def _startup(found: Analysis, axes: Axes) -> None:
    curve = found.startup
    if curve is None:
        return
    rate = found.rate_ml_per_h
    edges = np.append(curve.time_s, curve.until_s) / S_PER_MIN
    axes.stairs(
        curve.flow_ml_per_h, edges, baseline=None, color=_BLUE, linewidth=1.3, label="flow"
    )
    axes.axhline(rate, color=_GREY, linestyle="--", linewidth=1, label=f"set: {rate:g} mL/h")
    words = "90 % of the rate: not reached"
    if found.time_to_90_percent_s is not None:
        words = f"90 % of the rate within {found.time_to_90_percent_s + found.resolution_s:g} s"
    axes.axhline(0.9 * rate, color=_GREEN, linestyle=":", linewidth=1.2, label=words)
    lowest, highest = float(curve.flow_ml_per_h.min()), float(curve.flow_ml_per_h.max())
    axes.set_ylim(min(0.0, 1.1 * lowest), max(1.5 * rate, 1.1 * highest))
    axes.set_xlim(0, edges[-1])
    axes.set_xlabel("time from START (min)")
    axes.set_ylabel(f"flow in {curve.sample_s / S_PER_MIN:g} min (mL/h)")
    axes.set_title(f"Start-up at {rate:g} mL/h, lag volume {curve.lag_volume_ml:.3f} mL")
    axes.legend(loc="lower right")


def _trumpet(found: Analysis, axes: Axes) -> None:
    curve = found.trumpet
    if curve is None:
        return
    rows = sorted(curve)
    minutes = [row.window_min for row in rows]
    most = [row.worst_positive_percent for row in rows]
    least = [row.worst_negative_percent for row in rows]
    mean = curve.long_run_percent
    for percent, shade, words in _stated():
        axes.axhspan(-percent, percent, color=shade, linewidth=0, zorder=0, label=words)
    is_low = found.rate_ml_per_h <= LOW_ML_PER_H
    bound_minutes, bounds = zip(*(LOW_BOUNDS if is_low else BOUNDS), strict=True)
    requirement = "FLO-03" if is_low else "FLO-02"
    for sign in (1, -1):
        axes.plot(
            bound_minutes,
            [sign * bound for bound in bounds],
            color=_ORANGE,
            linestyle=":",
            marker="_",
            markersize=10,
            label=f"bound of this project ({requirement})" if sign > 0 else None,
        )
    axes.plot(minutes, most, color=_BLUE, marker="o", markersize=4, label="greatest error")
    axes.plot(minutes, least, color=_RED, marker="o", markersize=4, label="least error")
    axes.axhline(
        mean, color=_GREY, linestyle="--", linewidth=1, label=f"mean A = {_signed(mean, 3)} %"
    )
    reach = max(TRUMPET_AXIS_PERCENT, 1.1 * max(row.worst_percent for row in rows))
    axes.set_ylim(-reach, reach)
    axes.set_xlim(0, max(minutes) + 1)
    axes.set_xticks(minutes, [f"{one:g}" for one in minutes])
    axes.set_xlabel("observation window (min)")
    axes.set_ylabel("error of the flow (%)")
    span = f"min {curve.from_s / S_PER_MIN:g} to {curve.to_s / S_PER_MIN:g}"
    worst = max(row.worst_percent for row in rows)
    axes.set_title(f"Trumpet at {found.rate_ml_per_h:g} mL/h, {span}: at most {worst:.2g} %")
    axes.legend(loc="lower right", fontsize=8, ncols=2)
    if worst < _SMALL_PERCENT:
        inset = axes.inset_axes((0.42, 0.68, 0.55, 0.27))
        inset.plot(minutes, most, color=_BLUE, marker="o", markersize=3)
        inset.plot(minutes, least, color=_RED, marker="o", markersize=3)
        inset.axhline(mean, color=_GREY, linestyle="--", linewidth=1)
        inset.set_xticks(minutes, [f"{one:g}" for one in minutes], fontsize=7)
        inset.tick_params(axis="y", labelsize=7)
        inset.set_title("the same, enlarged", fontsize=8)


def _stated() -> list[tuple[float, str, str]]:
    """Makers' figures that were read, by size: the widest first, so that none hides another."""
    pumps: dict[float, list[str]] = {}
    for one in STATED:
        if one.grade == READ and "laboratory" not in one.about:
            pumps.setdefault(one.percent, []).append(one.pump)
    return [
        (percent, _SHADES[number % len(_SHADES)], f"±{percent:g} % as stated: {', '.join(names)}")
        for number, (percent, names) in enumerate(sorted(pumps.items(), reverse=True))
    ]


def _therapy(found: Analysis, axes: Axes) -> None:
    marks = found.therapy
    minutes = [mark.time_s / S_PER_MIN for mark in marks]
    bounds = [100 * mark.bound_ml / (mark.volume_ml - mark.error_ml) for mark in marks]
    axes.fill_between(
        minutes,
        [-one for one in bounds],
        bounds,
        color=_GREEN,
        alpha=0.12,
        linewidth=0,
        label="bound (FLO-06)",
    )
    errors = [mark.error_percent for mark in marks]
    axes.plot(minutes, errors, color=_BLUE, marker="o", markersize=4, label="cumulative error")
    axes.axhline(0, color=_GREY, linewidth=1)
    reach = max(1.3 * max(bounds), 1.1 * max(abs(one) for one in errors))
    axes.set_ylim(-reach, reach)
    axes.set_xlim(0, minutes[-1] + 1)
    axes.set_xlabel("time from START (min)")
    axes.set_ylabel("error of the volume so far (%)")
    end = marks[-1]
    axes.set_title(
        f"Therapy at {found.rate_ml_per_h:g} mL/h: {end.volume_ml:.3f} mL, "
        f"{_signed(end.error_ml, 4)} mL ({_signed(end.error_percent, 2)} %)"
    )
    axes.legend(loc="lower right")


def _occlusion(found: Analysis, axes: Axes) -> None:
    measured, one = found.measured, found.occlusions[0]
    if measured.pressure_mmhg is None:
        return
    begin_s = one.flow_ended_s - 0.5 * max(one.time_to_alarm_s, 10.0)
    end_s = one.alarm_s + 2.0 * max(one.time_to_alarm_s, 10.0)
    shown = (measured.time_s >= begin_s) & (measured.time_s <= end_s)
    minutes = measured.time_s[shown] / S_PER_MIN
    axes.plot(minutes, measured.pressure_mmhg[shown], color=_RED, label="pressure in the line")
    axes.axvline(one.flow_ended_s / S_PER_MIN, color=_GREY, linestyle=":", label="flow ends")
    axes.axvline(
        one.alarm_s / S_PER_MIN,
        color=_ORANGE,
        linestyle="--",
        label=f"alarm after {one.time_to_alarm_s:.1f} s",
    )
    axes.set_xlabel("time from START (min)")
    axes.set_ylabel("pressure (mmHg)")
    beside = axes.twinx()
    beside.grid(visible=False)
    beside.spines["right"].set_visible(True)
    beside.plot(minutes, measured.volume_ml[shown], color=_BLUE, label="volume at the patient")
    beside.set_ylabel("volume (mL)", color=_BLUE)
    axes.set_title(
        f"Occlusion at {found.rate_ml_per_h:g} mL/h: alarm at {one.alarm_pressure_mmhg:.0f} mmHg, "
        f"{one.released_ml:.3f} mL released"
    )
    axes.legend(loc="upper left", fontsize=8, frameon=True, edgecolor="none")


def _boluses(found: Analysis, axes: Axes) -> None:
    series = found.boluses
    if series is None:
        return
    errors = 100 * (series.volumes_ml / series.set_ml - 1)
    numbers = np.arange(1, series.count + 1)
    axes.bar(numbers, errors, color=_BLUE)
    axes.axhline(0, color=_GREY, linewidth=1)
    words = f"mean {series.mean_percent:+.2f} %"
    axes.axhline(series.mean_percent, color=_ORANGE, linestyle="--", label=words)
    axes.set_xlabel("delivery")
    axes.set_ylabel("error of the volume (%)")
    axes.set_title(
        f"{series.count} deliveries of {series.set_ml:g} mL: {series.worst_negative_percent:+.2f} "
        f"to {series.worst_positive_percent:+.2f} %"
    )
    axes.legend(loc="lower right")


def _signed(value: float, digits: int) -> str:
    """With its sign, but no minus before a zero."""
    return f"{round(value, digits) + 0.0:+.{digits}f}"
