"""Writes the tables of docs/requirements.md and docs/hazards.md; --check only compares.

Both fail, and write nothing, as long as requirement_trace finds an orphan.
"""

import itertools
import sys
from collections import Counter
from collections.abc import Iterable

import requirement_trace
from generate_docs import Pages, write_pages
from generate_docs import markdown_table as table
from requirement_trace import HARMS, MATRIX, ONSETS, Evidence, Trace

NOTICE = "<!-- from the tables and the tests, by tools/generate_trace.py; do not edit -->"


def main() -> int:
    """Exit code 1 for orphans, or with --check for pages that are not current."""
    trace = requirement_trace.load()
    if trace.problems:
        print("\n".join(trace.problems), file=sys.stderr)
        return 1
    print(f"   {summary(trace)}")
    return write_pages(pages(trace), NOTICE)


def pages(trace: Trace) -> Pages:
    """Each page with its tables."""
    return (
        (
            "docs/requirements.md",
            {
                "summary": lambda: by_area(trace),
                "requirements": lambda: requirements(trace),
                "limits": lambda: limits(trace),
                "tests": lambda: tests(trace),
            },
        ),
        (
            "docs/hazards.md",
            {
                "matrix": matrix,
                "hazards": lambda: hazards(trace),
                "controls": lambda: controls(trace),
                "priorities": lambda: priorities(trace),
            },
        ),
    )


def summary(trace: Trace) -> str:
    """One line: how many rows there are, and what is planned."""
    count = Counter(row.status for row in trace.requirements)
    planned = " ".join(row.id for row in trace.requirements if row.status == "planned")
    return (
        f"{len(trace.requirements)} requirements: {count['tested']} tested, "
        f"{count['limit']} with a limit, {count['planned']} planned ({planned}); "
        f"{sum(trace.is_open(one) for one in trace.controls)} of {len(trace.controls)} "
        "controls without a test"
    )


def by_area(trace: Trace) -> str:
    """How many rows have which status."""
    rows = []
    for area, name in trace.areas.items():
        count = Counter(row.status for row in trace.requirements if row.area == area)
        rows.append((area, name, count["tested"], count["limit"], count["planned"]))
    total = Counter(row.status for row in trace.requirements)
    rows.append(("", "all", total["tested"], total["limit"], total["planned"]))
    return table(("area", "", "tested", "limit", "planned"), rows)


def requirements(trace: Trace) -> str:
    """A section for each area."""
    sections = []
    for area, name in trace.areas.items():
        rows = (
            (row.id, row.text, row.bound, _status(row), _tests(trace, row.id))
            for row in trace.requirements
            if row.area == area
        )
        head = ("id", "requirement", "bound", "status", "tests")
        sections.append(f"### {area}: {name}\n\n" + table(head, rows))
    return "\n\n".join(sections)


def _status(row: requirement_trace.Requirement) -> str:
    if row.planned:
        return f"**planned**: {row.planned}"
    if row.missing:
        return f"**planned**; not shown yet: {row.missing}"
    return "**limit**, see below" if row.limit else "tested"


def _tests(trace: Trace, ident: str) -> str:
    lines = _by_module(trace.tests_of(ident))
    defects = _by_module(trace.defects_of(ident))
    return "<br>".join([*lines, *(f"known to fail: {line}" for line in defects)])


def _by_module(evidence: Iterable[Evidence]) -> list[str]:
    lines = []
    for path, group in itertools.groupby(evidence, key=lambda one: one.path):
        module = f"[{path.removeprefix('tests/').removesuffix('.py')}](../{path})"
        names = sorted({one.name.removeprefix("test_") for one in group} - {""})
        lines.append(f"{module}: {', '.join(f'`{name}`' for name in names)}" if names else module)
    return lines


def limits(trace: Trace) -> str:
    """What software here cannot do."""
    rows = ((row.id, row.text, row.limit) for row in trace.requirements if row.limit)
    return table(("id", "requirement", "limit"), rows)


def tests(trace: Trace) -> str:
    """The other way round: each module and what it names."""
    rows = []
    for path, group in itertools.groupby(trace.evidence, key=lambda one: one.path):
        idents = sorted({ident for one in group for ident in one.ids})
        rows.append((f"[{path.removeprefix('tests/')}](../{path})", ", ".join(idents)))
    return table(("module", "requirements"), rows)


def matrix() -> str:
    """Harm by onset."""
    rows = ((harm, *row) for harm, row in zip(HARMS, MATRIX, strict=True))
    return table(("harm", *ONSETS), rows)


def hazards(trace: Trace) -> str:
    """What may happen, and what stands against it."""
    rows = (
        (one.id, one.title, f"{one.harm}, {one.onset}", one.cause, ", ".join(one.controls))
        for one in trace.hazards
    )
    return table(("id", "hazard", "harm, onset", "cause", "controls"), rows)


def controls(trace: Trace) -> str:
    """What stands on which requirements, and how many tests show it."""
    status = {row.id: row.status for row in trace.requirements}
    rows = []
    for one in trace.controls:
        names = (
            ident if status[ident] == "tested" else f"{ident} ({status[ident]})"
            for ident in one.requirements
        )
        shown = {
            (test.path, test.name) for ident in one.requirements for test in trace.tests_of(ident)
        }
        rows.append((one.id, one.text, ", ".join(names), len(shown) or "**none yet**"))
    return table(("id", "control", "requirements", "tests"), rows)


def priorities(trace: Trace) -> str:
    """The priority of each alarm, and where it is from."""
    rows = (
        (f"`{one.name}`", one.hazard, one.harm, one.onset, one.priority, one.why)
        for one in trace.alarms
    )
    return table(("alarm", "hazard", "harm", "onset", "priority", "why"), rows)


if __name__ == "__main__":
    sys.exit(main())
