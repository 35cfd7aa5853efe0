"""The pytest plugin `evenflow.rig`: tests on an emulated rig and on a bench, the same functions.

    pytest --rig emulated | RIG.toml | labgrid:PLACE   [--rig-report FOLDER] [--rig-longest SPAN]

A test asks for the fixtures `rig`, `pump` and `measure`, and says by markers what it needs:

    @pytest.mark.needs("balance", "panel")      skipped where the rig lacks one, with the reason
    @pytest.mark.lasts("2 h")                   of the rig's time: a bench may have a bound
    @pytest.mark.world(screw_lead_percent=3.0)  an emulated rig is built so
    @pytest.mark.measures(Measurement(...))     declared, then taken by `measure(name, value)`

When a test ends, its pump is stopped and idle, has no fault, and not a frame was lost, or the test
has failed. Nothing of this does anything in a run without `--rig`.
"""

import json
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from evenflow.client.pump import Pump
    from evenflow.rig.measurement import Measure
    from evenflow.rig.rig import Described, Rig

_MARKERS = (
    "needs(*names): what a rig must have for this test: see evenflow.rig.rig.NEEDS",
    "lasts(span): how long it takes of the rig's time, as in '2 h' or '90 s'",
    "world(**fields): what an emulated rig is built with: see evenflow.emulator.PlantConfig",
    "measures(*measurements): what the test will measure: see evenflow.rig.measurement",
    "requirement(*ids): the requirements that this test shows",
)
PROPERTY = "evenflow.rig"
# For connecting, preparing and leaving; beside it each test has what it lasts, twice.
_REAL_TIME_S = 600.0
_FAILED = pytest.StashKey[bool]()
_DESCRIBED = pytest.StashKey["Described"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--rig` and what belongs to it."""
    group = parser.getgroup("rig", "tests on a rig")
    group.addoption("--rig", metavar="RIG", help="emulated, a rig file, or labgrid:PLACE")
    group.addoption("--rig-report", metavar="FOLDER", help="default: evenflow-runs/hil/NAME")
    group.addoption(
        "--rig-cycles", metavar="N", type=int, default=3, help="of the soak (default: %(default)s)"
    )
    group.addoption(
        "--rig-longest",
        metavar="SPAN",
        default="15 min",
        help="on a bench, tests of the rig's time beyond this are skipped (default: %(default)s)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Describe the rig, before anything is opened."""
    for line in _MARKERS:
        config.addinivalue_line("markers", line)
    name = config.getoption("--rig")
    if name is None:
        return
    from evenflow.errors import EvenflowError
    from evenflow.rig.named import described

    try:
        config.stash[_DESCRIBED] = described(name)
        seconds(config.getoption("--rig-longest"))
    except EvenflowError as error:
        raise pytest.UsageError(str(error)) from None
    if not hasattr(config, "workerinput"):
        from evenflow.rig.report import Report

        folder = config.getoption("--rig-report")
        place = Path("evenflow-runs") / "hil" / config.stash[_DESCRIBED].name
        report = Report(config.stash[_DESCRIBED].name, Path(folder) if folder else place)
        config.pluginmanager.register(report, "evenflow.rig.report")
        if config.option.xmlpath is None:
            config.option.xmlpath = str(report.folder / "junit.xml")


def seconds(span: str) -> float:
    """Of a span such as `90 s`, `15 min` or `2 h`; Refused for another."""
    from evenflow.dose.dimension import DURATION
    from evenflow.dose.quantity import parse

    return parse(span, "span", DURATION).whole / 1_000


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what the rig cannot do, with the reason."""
    described = config.stash.get(_DESCRIBED, None)
    if described is None:
        return
    longest_s = seconds(config.getoption("--rig-longest"))
    for item in items:
        reasons = lacking(item, described, longest_s)
        if reasons:
            why = f"rig {described.name}: {'; '.join(reasons)}"
            item.add_marker(pytest.mark.skip(reason=why))
        elif not described.is_emulated and config.pluginmanager.hasplugin("timeout"):
            # What a test may take was meant for time that is virtual.
            lasts = item.get_closest_marker("lasts")
            span_s = seconds(lasts.args[0]) if lasts is not None else 0.0
            item.add_marker(pytest.mark.timeout(_REAL_TIME_S + 2 * span_s), append=False)


def lacking(item: pytest.Item, described: "Described", longest_s: float) -> list[str]:
    """Why a test cannot run there; empty if it can. WrongUsage for a need that there is not."""
    from evenflow.errors import WrongUsage
    from evenflow.rig.rig import NEEDS

    wanted = [need for marker in item.iter_markers("needs") for need in marker.args]
    if any(True for _ in item.iter_markers("world")):
        wanted.append("plant")
    unknown = [need for need in wanted if need not in NEEDS]
    if unknown:
        reason = f"{item.nodeid} needs {unknown[0]!r}"
        raise WrongUsage("unknown_need", reason, f"needs are {', '.join(NEEDS)}")
    reasons = [why for why in map(described.lacks, dict.fromkeys(wanted)) if why]
    marker = item.get_closest_marker("lasts")
    if marker is not None and not described.is_emulated and seconds(marker.args[0]) > longest_s:
        reasons.append(f"it takes {marker.args[0]}: --rig-longest says how long a test may")
    return reasons


def pytest_report_collectionfinish(config: pytest.Config, items: list[pytest.Item]) -> list[str]:
    """With `--collect-only`: what would run there, and what the rig lacks for the rest."""
    described = config.stash.get(_DESCRIBED, None)
    if described is None or not config.option.collectonly:
        return []
    longest_s = seconds(config.getoption("--rig-longest"))
    runs, lacks = [], []
    for item in items:
        reasons = lacking(item, described, longest_s)
        if reasons:
            lacks.append(f"  {item.nodeid}: {'; '.join(reasons)}")
        else:
            runs.append(f"  {item.nodeid}")
    return [
        f"rig {described.name} would run {len(runs)} tests:",
        *runs,
        f"and lacks what {len(lacks)} tests need:",
        *lacks,
    ]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the fixtures know, when they end, whether the test has failed."""
    del call
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


@pytest.fixture(name="measure")
def _measure(request: pytest.FixtureRequest) -> Generator["Measure"]:
    """Measure what the test has declared; judged when the test ends."""
    from evenflow.rig.measurement import Measure

    declared = [one for marker in request.node.iter_markers("measures") for one in marker.args]
    measure = Measure({one.name: one for one in declared})
    yield measure
    told = {
        "measurements": measure.rows(),
        "series": [_plain(series) for series in measure.series],
        "notes": measure.notes,
        "requirements": [
            name for marker in request.node.iter_markers("requirement") for name in marker.args
        ],
    }
    request.node.user_properties.append((PROPERTY, json.dumps(told)))
    measure.judge(has_failed=request.node.stash.get(_FAILED, True))


@pytest.fixture(name="rig")
async def _rig(request: pytest.FixtureRequest, measure: "Measure") -> AsyncGenerator["Rig"]:
    """The rig, open; an emulated one is fresh for each test."""
    described = request.config.stash.get(_DESCRIBED, None)
    if described is None:
        pytest.skip("no rig: give --rig emulated, a rig file, or labgrid:PLACE")
    world = {
        name: value
        for marker in request.node.iter_markers("world")
        for name, value in marker.kwargs.items()
    }
    async with described.open(world) as rig:
        measure.notes.update(await rig.identities())
        yield rig


@pytest.fixture(name="pump")
async def _pump(rig: "Rig", measure: "Measure") -> AsyncGenerator["Pump"]:
    """The pump of the rig: tested, idle before and after, sound, and heard to the last frame."""
    from evenflow.rig import hands
    from evenflow.rig.lost_frames import LostFrames

    pump = await rig.connect()
    try:
        identity = await pump.ready()
        measure.notes["firmware"] = f"{identity.firmware} on {identity.board}"
        measure.notes["device"] = identity.unique_id.hex()
        await hands.leave_idle(pump)
        lost = LostFrames(pump)
        yield pump
        await hands.leave_idle(pump)
        hands.require_sound(pump)
        lost.require_none()
    finally:
        await pump.close()


def _plain(series: object) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(series)  # type: ignore[call-overload, no-any-return]
