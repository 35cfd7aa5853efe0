"""The report as one page of HTML: nothing is loaded from elsewhere, plots are SVG within it."""

from html import escape
from typing import Any

from evenflow.rig import report_plot

_STYLE = """
:root { color-scheme: light; --ok: #1b7f4b; --bad: #b3261e; --skip: #6b7280; --line: #d9dce1; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem;
  padding: 0 1rem; color: #1c1f24; }
h1 { font-size: 1.5rem; margin-bottom: 0; }
h2 { font-size: 1.05rem; margin: 0; }
.notice { color: var(--bad); font-weight: 600; }
.counts span { margin-right: 1.5rem; font-weight: 600; }
section { border: 1px solid var(--line); border-left: .35rem solid var(--skip);
  border-radius: .3rem; padding: .7rem 1rem; margin: .8rem 0; }
section.passed { border-left-color: var(--ok); } section.failed { border-left-color: var(--bad); }
.passed .outcome, .ok { color: var(--ok); } .failed .outcome, .bad { color: var(--bad); }
.outcome { float: right; font-weight: 600; } .quiet { color: var(--skip); }
table { border-collapse: collapse; margin: .5rem 0; width: 100%; }
th, td { text-align: left; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th.figure, td.figure { text-align: right; font-variant-numeric: tabular-nums;
  white-space: nowrap; }
pre { white-space: pre-wrap; background: #f6f7f9; padding: .5rem; }
svg { max-width: 100%; height: auto; }
"""


def page(content: dict[str, Any]) -> str:
    """The page of what Report.content gives."""
    counts = "".join(
        f'<span class="{_CLASSES[name]}">{count} {name}</span>'
        for name, count in content["counts"].items()
    )
    facts = {
        "began": content["began"],
        "ended": content["ended"],
        "host": content["host"],
        "Evenflow": content["evenflow"],
        **{name: "; ".join(words) for name, words in content["identities"].items()},
    }
    title = f"Rig {content['rig']}"
    return "\n".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1>",
            f'<p class="notice">{escape(content["notice"])}</p>',
            f'<p class="counts">{counts}</p>',
            _table([(name, str(words)) for name, words in facts.items()]),
            *map(_section, content["tests"]),
            "</body></html>\n",
        )
    )


_CLASSES = {"passed": "ok", "failed": "bad", "skipped": "quiet"}


_HEAD = (
    '<table><tr><th>measured</th><th class="figure">value</th><th class="figure">bound</th>'
    "<th></th></tr>"
)


def _section(test: dict[str, Any]) -> str:
    place, _, name = test["id"].rpartition("::")
    shows = "".join(f", {escape(one)}" for one in test.get("requirements", ()))
    parts = [
        f'<section class="{test["outcome"]}"><span class="outcome">{test["outcome"]}</span>',
        f"<h2>{escape(name.removeprefix('test_').replace('_', ' '))}</h2>",
        f'<span class="quiet">{escape(place)}, {test["wall_s"]:g} s{shows}</span>',
    ]
    if test["reason"]:
        parts.append(f"<pre>{escape(test['reason'])}</pre>")
    rows = test.get("measurements", ())
    if rows:
        parts.append(_HEAD)
        parts.extend(map(_measured, rows))
        parts.append("</table>")
    parts.extend(report_plot.svg(series) for series in test.get("series", ()))
    return "\n".join((*parts, "</section>"))


def _measured(row: dict[str, Any]) -> str:
    value = "not taken" if row["value"] is None else f"{row['value']:.6g} {row['unit']}"
    outcome = '<td class="ok">ok</td>' if row["ok"] else '<td class="bad">out of bounds</td>'
    meaning = f'<br><span class="quiet">{escape(row["meaning"])}</span>' if row["meaning"] else ""
    return (
        f"<tr><td>{escape(row['name'])}{meaning}</td>"
        f'<td class="figure">{escape(value)}</td>'
        f'<td class="figure">{escape(row["bounds"])}</td>{outcome}</tr>'
    )


def _table(rows: list[tuple[str, str]]) -> str:
    cells = (f"<tr><th>{escape(name)}</th><td>{escape(words)}</td></tr>" for name, words in rows)
    return f"<table>{''.join(cells)}</table>"
