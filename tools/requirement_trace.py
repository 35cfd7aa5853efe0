"""Which test shows which requirement, which control stands on it, and what is an orphan.

Requirements and hazards are read from docs/requirements.toml and docs/hazards.toml, which say what
their keys mean; tests are parsed, not run. A test names its requirements by
`@pytest.mark.requirement("OCC-01", "OCC-02")`, a module by `pytestmark`, one case of a test by the
`marks` of its `pytest.param`. A test that is expected to fail shows nothing.
"""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
# Every module in these checks what the device does, and must say which requirement it is about.
BEHAVIOUR = ("tests/core", "tests/app", "tests/host/scenario")

Function = ast.FunctionDef | ast.AsyncFunctionDef

HARMS = ("severe", "moderate", "minor")
ONSETS = ("immediate", "prompt", "delayed")
# IEC 60601-1-8, 6.1.2, as its table is usually told: a row for each harm, a column for each onset.
MATRIX = (
    ("high", "high", "medium"),
    ("high", "medium", "low"),
    ("medium", "low", "low"),
)


@dataclass(frozen=True)
class Requirement:
    """One row of docs/requirements.toml."""

    id: str
    text: str
    bound: str
    planned: str = ""
    missing: str = ""
    limit: str = ""

    @property
    def area(self) -> str:
        """The letters of its id."""
        return self.id.partition("-")[0]

    @property
    def status(self) -> str:
        """`planned` as long as anything is missing, `limit` where software ends, else `tested`."""
        if self.planned or self.missing:
            return "planned"
        return "limit" if self.limit else "tested"


@dataclass(frozen=True)
class Control:
    """What stands against a hazard."""

    id: str
    text: str
    requirements: list[str]


@dataclass(frozen=True)
class Hazard:
    """What may happen to whom receives the fluid."""

    id: str
    title: str
    harm: str
    onset: str
    cause: str
    controls: list[str]


@dataclass(frozen=True)
class AlarmHarm:
    """What an alarm's cause does if nobody comes."""

    name: str
    hazard: str
    harm: str
    onset: str
    why: str = ""

    @property
    def priority(self) -> str:
        """By the matrix; KeyError-free only for known harms and onsets."""
        return MATRIX[HARMS.index(self.harm)][ONSETS.index(self.onset)]


@dataclass(frozen=True)
class Evidence:
    """One marker: a test, one case of it, or with an empty name a whole module."""

    path: str
    name: str
    ids: tuple[str, ...]
    is_expected_to_fail: bool = False


@dataclass
class Trace:
    """Everything, read and linked; `problems` has a line for each orphan."""

    areas: dict[str, str]
    requirements: list[Requirement]
    hazards: list[Hazard]
    controls: list[Control]
    alarms: list[AlarmHarm]
    evidence: list[Evidence]
    modules_without: list[str]
    problems: list[str] = field(default_factory=list)

    def tests_of(self, ident: str) -> list[Evidence]:
        """What shows a requirement."""
        return [one for one in self.evidence if ident in one.ids and not one.is_expected_to_fail]

    def defects_of(self, ident: str) -> list[Evidence]:
        """Tests of a requirement that are known to fail."""
        return [one for one in self.evidence if ident in one.ids and one.is_expected_to_fail]

    def is_open(self, control: Control) -> bool:
        """Whether no test shows anything of a control yet."""
        return not any(self.tests_of(ident) for ident in control.requirements)


def load(root: Path = ROOT) -> Trace:
    """The whole trace of a tree, with its problems."""
    rows = _toml(root / "docs/requirements.toml")
    risks = _toml(root / "docs/hazards.toml")
    problems: list[str] = []
    evidence, without = collect(root, problems)
    trace = Trace(
        rows["areas"],
        [Requirement(**row) for row in rows["requirement"]],
        [Hazard(**row) for row in risks["hazard"]],
        [Control(**row) for row in risks["control"]],
        [AlarmHarm(**row) for row in risks["alarm"]],
        evidence,
        without,
        problems,
    )
    for orphans in (_orphan_tests, _orphan_rows, _orphan_hazards, _orphan_alarms):
        trace.problems += orphans(trace)
    return trace


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


# ---- what is an orphan --------------------------------------------------------------------------


def _orphan_tests(trace: Trace) -> Iterator[str]:
    known = {row.id for row in trace.requirements}
    for one in trace.evidence:
        for ident in one.ids:
            if ident not in known:
                yield f"{one.path}: {one.name or 'pytestmark'}: {ident} is no requirement"
    for path in trace.modules_without:
        yield f"{path}: names no requirement; mark its tests or the module"


def _orphan_rows(trace: Trace) -> Iterator[str]:
    used = {ident for control in trace.controls for ident in control.requirements}
    yield from _twice("requirement", [row.id for row in trace.requirements])
    for row in trace.requirements:
        tests = trace.tests_of(row.id)
        if row.area not in trace.areas:
            yield f"{row.id}: {row.area} is no area"
        if row.status == "tested" and not tests:
            yield f"{row.id}: no test names it; mark one, or say what is `planned` or its `limit`"
        if row.planned and tests:
            yield (
                f"{row.id}: {tests[0].path} names it: delete its `planned`, "
                "or say in `missing` what is not shown yet"
            )
        if row.missing and not tests:
            yield f"{row.id}: says what is `missing`, but no test shows the rest: say `planned`"
        if row.id not in used and row.area not in {"PRC", "DES"}:
            yield f"{row.id}: no control needs it"


def _orphan_hazards(trace: Trace) -> Iterator[str]:
    controls = [control.id for control in trace.controls]
    needed = {ident for hazard in trace.hazards for ident in hazard.controls}
    yield from _twice("hazard", [row.id for row in trace.hazards])
    yield from _twice("control", controls)
    for hazard in trace.hazards:
        yield from _unknown(hazard.id, "control", hazard.controls, controls)
    for control in trace.controls:
        known = [row.id for row in trace.requirements]
        yield from _unknown(control.id, "requirement", control.requirements, known)
        if control.id not in needed:
            yield f"{control.id}: is for no hazard"


def _orphan_alarms(trace: Trace) -> Iterator[str]:
    known = [hazard.id for hazard in trace.hazards]
    yield from _twice("alarm", [row.name for row in trace.alarms])
    for alarm in trace.alarms:
        yield from _unknown(f"alarm {alarm.name}", "hazard", [alarm.hazard], known)
    for name, harm, onset in (
        *((row.id, row.harm, row.onset) for row in trace.hazards),
        *((row.name, row.harm, row.onset) for row in trace.alarms),
    ):
        if harm not in HARMS or onset not in ONSETS:
            yield f"{name}: harm is one of {HARMS}, onset one of {ONSETS}"


def _unknown(ident: str, what: str, named: list[str], known: list[str]) -> Iterator[str]:
    if not named:
        yield f"{ident}: has no {what}"
    for one in named:
        if one not in known:
            yield f"{ident}: {one} is no {what}"


def _twice(what: str, idents: list[str]) -> Iterator[str]:
    for ident in sorted({one for one in idents if idents.count(one) > 1}):
        yield f"{what} {ident}: is there twice"


# ---- markers ------------------------------------------------------------------------------------


def collect(root: Path, problems: list[str]) -> tuple[list[Evidence], list[str]]:
    """Every marker of every test, and the modules of BEHAVIOUR that have none."""
    evidence: list[Evidence] = []
    without = []
    for path in sorted((*root.glob("tests/**/test_*.py"), *root.glob("hil_tests/test_*.py"))):
        name = path.relative_to(root).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found = list(_of_module(name, tree))
        if sum(len(one.ids) for one in found) != sum(len(ids) for ids in _markers(tree)):
            problems.append(f"{name}: a marker stands where it is not read")
        evidence += found
        if not found and name.startswith(BEHAVIOUR):
            without.append(name)
    return evidence, without


def _of_module(path: str, tree: ast.Module) -> Iterator[Evidence]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and "pytestmark" in ast.dump(node.targets[0]):
            yield from (Evidence(path, "", ids) for ids in _markers(node.value))
        elif isinstance(node, Function) and node.name.startswith("test"):
            for decorator in node.decorator_list:
                yield from _of_decorator(path, node, decorator)


def _of_decorator(path: str, test: Function, decorator: ast.expr) -> Iterator[Evidence]:
    fails = any(_is(one, "xfail", "skip") for one in test.decorator_list)
    if _is(decorator, "parametrize"):
        for case in _calls(decorator, "param"):
            label = ast.unparse(case.args[0]).strip("'\"") if case.args else ""
            fails_too = fails or any(True for _ in _calls(case, "xfail"))
            for ids in _markers(case):
                yield Evidence(path, f"{test.name}[{label}]", ids, fails_too)
    else:
        yield from (Evidence(path, test.name, ids, fails) for ids in _markers(decorator))


def _markers(tree: ast.AST) -> Iterator[tuple[str, ...]]:
    """The ids of each marker; what is no plain string is told as it is written."""
    for call in _calls(tree, "requirement"):
        yield tuple(
            str(argument.value) if isinstance(argument, ast.Constant) else ast.unparse(argument)
            for argument in call.args
        )


def _calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is(node, name):
            yield node


def _is(node: ast.expr, *names: str) -> bool:
    """Whether it is `pytest.mark.NAME`, `pytest.NAME`, or a call of one of them."""
    function = node.func if isinstance(node, ast.Call) else node
    if not isinstance(function, ast.Attribute) or function.attr not in names:
        return False
    return ast.unparse(function.value) in {"pytest", "pytest.mark"}
