"""Requirements, hazards and tests hang together, and every kind of orphan is found by its name."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from pumpcore import alarms

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = """[areas]
FLO = "flow"
[[requirement]]
id = "FLO-01"
text = "It flows."
bound = "±2 %"
"""
HAZARDS = """[[hazard]]
id = "HAZ-01"
title = "Too much"
harm = "severe"
onset = "prompt"
cause = "A slip."
controls = ["CTL-01"]
[[control]]
id = "CTL-01"
text = "A limit."
requirements = ["FLO-01"]
[[alarm]]
name = "over_delivery"
hazard = "HAZ-01"
harm = "severe"
onset = "prompt"
"""
MARKED = """import pytest


@pytest.mark.requirement("FLO-01")
def test_it_flows() -> None:
    pass
"""
CASE = """import pytest


@pytest.mark.parametrize(
    "rate",
    [pytest.param("slow", marks=pytest.mark.requirement("FLO-01")), "fast"],
)
def test_it_flows(rate: str) -> None:
    pass
"""
WHOLE = MARKED.replace("@pytest", "pytestmark = pytest")
FAILING = MARKED.replace("def test", '@pytest.mark.xfail(reason="known")\ndef test')


def tool(name: str = "requirement_trace") -> ModuleType:
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / f"tools/{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def problems(
    folder: Path, requirements: str = REQUIREMENTS, hazards: str = HAZARDS, test: str = MARKED
) -> list[str]:
    """Of a tree with one test module."""
    for name, text in (
        ("docs/requirements.toml", requirements),
        ("docs/hazards.toml", hazards),
        ("tests/core/test_flow.py", test),
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(tool().load(folder).problems)


@pytest.mark.requirement("PRC-01")
def test_nothing_is_an_orphan() -> None:
    trace = tool().load()

    assert trace.problems == []
    assert len(trace.requirements) > 100
    assert all(hazard.controls for hazard in trace.hazards)


@pytest.mark.requirement("PRC-01")
def test_a_row_without_a_test_says_so_itself() -> None:
    trace = tool().load()

    silent = [row.id for row in trace.requirements if not trace.tests_of(row.id)]
    assert [row for row in trace.requirements if row.id in silent and row.status == "tested"] == []


@pytest.mark.parametrize("test", [MARKED, CASE, WHOLE], ids=["test", "case", "module"])
def test_a_marker_is_read_wherever_pytest_takes_one(tmp_path: Path, test: str) -> None:
    assert problems(tmp_path, test=test) == []


@pytest.mark.requirement("PRC-01")
@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"test": MARKED.replace("FLO-01", "FLO-02")}, "FLO-02 is no requirement"),
        ({"test": "def test_it_flows(): pass\n"}, "test_flow.py: names no requirement"),
        ({"test": FAILING}, "FLO-01: no test names it"),
        ({"test": MARKED.replace('"FLO-01"', "*IDENTS")}, r"*IDENTS is no requirement"),
        ({"test": MARKED.replace('"FLO-01"', "IDENT")}, "IDENT is no requirement"),
        (
            {"test": MARKED.replace("test_it", "case_of_it")},
            "a marker stands where it is not read",
        ),
        (
            {"test": MARKED.replace("@pytest", "MARKS = pytest")},
            "a marker stands where it is not read",
        ),
        (
            {"requirements": REQUIREMENTS + 'planned = "a pump"\n'},
            "test_flow.py names it: delete its `planned`",
        ),
        (
            {"requirements": REQUIREMENTS + 'missing = "a pump"\n', "test": WHOLE[:13]},
            "FLO-01: says what is `missing`, but no test",
        ),
        (
            {"requirements": REQUIREMENTS.replace("FLO-01", "OVR-01")},
            "OVR-01: OVR is no area",
        ),
        ({"requirements": REQUIREMENTS.replace("FLO-01", "FLO-03")}, "FLO-03: no control needs"),
        (
            {"requirements": REQUIREMENTS + REQUIREMENTS.partition('flow"\n')[2]},
            "requirement FLO-01: is there twice",
        ),
        ({"hazards": HAZARDS.replace('["CTL-01"]', "[]")}, "HAZ-01: has no control"),
        ({"hazards": HAZARDS.replace('["CTL-01"]', '["CTL-02"]')}, "HAZ-01: CTL-02 is no control"),
        ({"hazards": HAZARDS.replace('["CTL-01"]', "[]")}, "CTL-01: is for no hazard"),
        ({"hazards": HAZARDS.replace('["FLO-01"]', "[]")}, "CTL-01: has no requirement"),
        (
            {"hazards": HAZARDS.replace('["FLO-01"]', '["FLO-09"]')},
            "CTL-01: FLO-09 is no requirement",
        ),
        (
            {"hazards": HAZARDS.replace('hazard = "HAZ-01"', 'hazard = "HAZ-02"')},
            "alarm over_delivery: HAZ-02 is no hazard",
        ),
        ({"hazards": HAZARDS.replace('"prompt"', '"soon"')}, "onset one of"),
    ],
)
def test_an_orphan_is_found(tmp_path: Path, changed: dict[str, str], problem: str) -> None:
    assert [one for one in problems(tmp_path, **changed) if problem in one]


def test_planned_rows_and_rows_with_a_limit_need_no_test(tmp_path: Path) -> None:
    for key in ("planned", "limit"):
        requirements = REQUIREMENTS + f'{key} = "a pump"\n'
        found = problems(tmp_path, requirements, test="")

        assert found == [
            "tests/core/test_flow.py: names no requirement; mark its tests or the module"
        ]


def test_the_built_pages_have_a_need_for_each_row_and_each_test_module() -> None:
    trace = tool().load()
    markup = tool("needs_markup")
    text = "".join(
        markup.with_needs(page, (ROOT / f"docs/{page}.md").read_text(encoding="utf-8"), trace)
        for page in ("requirements", "hazards")
    )

    found = re.findall(r"^:id: (.*)$", text, re.MULTILINE)
    rows = [row.id for row in (*trace.requirements, *trace.hazards, *trace.controls)]
    assert len(found) == len(set(found)) == len(rows) + len({one.path for one in trace.evidence})
    assert set(rows) < set(found)


@pytest.mark.requirement("ALM-01")
def test_every_alarm_has_the_priority_of_its_harm_and_onset() -> None:
    expected = {row.name: row.priority for row in tool().load().alarms}
    actual = {alarm.name: alarms.PRIORITIES[alarm.priority] for alarm in alarms.ALARMS}

    assert actual == expected


@pytest.mark.requirement("PRC-03")
@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("requirements*.lock")), ids=lambda path: path.name
)
def test_every_package_is_pinned_by_version_and_hash(path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]

    assert lines
    for line in lines:
        assert re.match(r"[\w.-]+(\[[\w,]+\])?==\S+ .*--hash=sha256:[0-9a-f]{64}", line), line
