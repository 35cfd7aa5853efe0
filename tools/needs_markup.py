"""The trace as needs of sphinx-needs, for `make docs`: the same rows, linked both ways in HTML.

In the built pages these stand where the Markdown has its generated tables; nothing is written down
twice.
"""

import itertools
import re

from requirement_trace import Trace


def with_needs(page: str, text: str, trace: Trace) -> str:
    """The page's text with needs in place of its tables; other pages come back as they are."""
    for block, needs in _BLOCKS.get(page, {}).items():
        before, begin, rest = text.partition(f"<!-- begin {block} -->")
        _, end, after = rest.partition(f"<!-- end {block} -->")
        text = "".join((before, begin, "\n\n", "\n\n".join(needs(trace)), "\n\n", end, after))
    return text


def _need(kind: str, title: str, ident: str, words: str, **options: str) -> str:
    lines = [f":::{{{kind}}} {title}", f":id: {ident}"]
    lines += [f":{name}: {value}" for name, value in options.items() if value]
    return "\n".join([*lines, "", words, ":::"])


def _hazards(trace: Trace) -> list[str]:
    return [
        _need(
            "hazard",
            row.title,
            row.id,
            f"{row.harm}, {row.onset}. {row.cause}",
            links=", ".join(row.controls),
        )
        for row in trace.hazards
    ]


def _controls(trace: Trace) -> list[str]:
    return [
        _need(
            "control",
            row.id,
            row.id,
            row.text,
            status="no test yet" if trace.is_open(row) else "",
            links=", ".join(row.requirements),
        )
        for row in trace.controls
    ]


def _requirements(trace: Trace) -> list[str]:
    parts = []
    for area, rows in itertools.groupby(trace.requirements, key=lambda row: row.area):
        parts.append(f"### {area}: {trace.areas[area]}")
        for row in rows:
            words = [f"Bound: {row.bound}."]
            for name in ("planned", "missing", "limit"):
                said = getattr(row, name)
                words += [f"{name.capitalize()}: {said}"] if said else []
            parts.append(
                _need("requirement", row.text, row.id, "\n\n".join(words), status=row.status)
            )
    return parts


def _tests(trace: Trace) -> list[str]:
    parts = []
    for path, group in itertools.groupby(trace.evidence, key=lambda one: one.path):
        shown = [one for one in group if not one.is_expected_to_fail]
        idents = sorted({ident for one in shown for ident in one.ids})
        names = sorted({one.name for one in shown} - {""})
        ident = re.sub(r"\W", "_", path.removesuffix(".py"))
        words = "\n".join(f"- `{name}`" for name in names) or "Every test of the module."
        parts.append(_need("tests", path, ident, words, links=", ".join(idents)))
    return parts


# Page, block of its Markdown, what stands there instead.
_BLOCKS = {
    "hazards": {"hazards": _hazards, "controls": _controls},
    "requirements": {"requirements": _requirements, "tests": _tests},
}
