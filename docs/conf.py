"""HTML of these pages, by `make docs`: Markdown as it is, the trace as needs with links."""

import sys
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))

from needs_markup import with_needs
from requirement_trace import load

project = "Evenflow"
extensions = ["myst_parser", "sphinx_needs"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
root_doc = "architecture"
html_theme = "alabaster"
html_theme_options = {"description": "Bench and research use; not for use on people."}
# Links to files outside docs/ are for who reads the repository.
suppress_warnings = ["myst.xref_missing"]

needs_id_regex = r"^[A-Za-z0-9_-]{5,}$"
needs_title_optional = True
needs_types = [
    {"directive": name, "title": title, "prefix": "", "color": "#dddddd", "style": "node"}
    for name, title in (
        ("hazard", "Hazard"),
        ("control", "Control"),
        ("requirement", "Requirement"),
        ("tests", "Tests"),
    )
]
_CONTENTS = "\n\n```{toctree}\n:hidden:\n:glob:\n\n*\nboards/*\ndecisions/*\n```\n"


def _read(app: Sphinx, page: str, source: list[str]) -> None:
    source[0] = with_needs(page, source[0], app.config.evenflow_trace)
    if page == root_doc:
        source[0] += _CONTENTS


def setup(app: Sphinx) -> None:
    """Read the trace once; it is no part of what Sphinx keeps between two builds."""
    app.add_config_value("evenflow_trace", load(), "", types=frozenset())
    app.connect("source-read", _read)
