"""Curves of a report as SVG, drawn by matplotlib; without it the report says what is missing."""

import io
from typing import Any

_WIDTH_IN, _HEIGHT_IN = 7.2, 2.8
# Else identifiers in the drawing would differ from run to run.
_SALT = "evenflow"


def svg(series: dict[str, Any]) -> str:
    """One curve with its marks, as an element of a page."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError:
        return "<p>no plot: install evenflow[report]</p>"
    with mpl.rc_context({"svg.hashsalt": _SALT, "font.size": 9}):
        figure = Figure(figsize=(_WIDTH_IN, _HEIGHT_IN), layout="constrained")
        axes = figure.add_subplot()
        axes.plot(series["x"], series["y"], color="#2456a6", linewidth=1.2)
        for at, words in series["marks"]:
            axes.axvline(at, color="#b3261e", linewidth=0.8)
            axes.annotate(
                words,
                (at, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(3, -10),
                textcoords="offset points",
                color="#b3261e",
            )
        axes.set_title(series["title"], loc="left")
        axes.set_xlabel(series["x_name"])
        axes.set_ylabel(series["y_name"])
        axes.grid(visible=True, color="#e3e6ea")
        axes.spines[["top", "right"]].set_visible(False)
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    text = drawn.getvalue()
    return text[text.index("<svg") :]
