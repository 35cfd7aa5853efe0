"""The pytest plugin `evenflow.rig`: tests on an emulated rig and on a bench, the same functions.

    pytest --rig emulated | RIG.toml | labgrid:PLACE   [--rig-report FOLDER] [--rig-longest SPAN]

A test asks for the fixtures `rig`, `pump` and `measure`, and says by markers what it needs:

    @pytest.mark.needs("balance", "panel")      skipped where the rig lacks one, with the reason
    @pytest.mark.lasts("2 h")                   of the rig's time: a bench may have a bound
    @pytest.mark.world(screw_lead_percent=3.0)  an emulated rig is built so
    @pytest.mark.measures(Measurement(...))     declared, then taken by `measure(name, value)`
    @pytest.mark.alarms("barrel_open")          which alarms there may be, beside those of an end

When a test ends, its pump stands, is idle and has no alarm, there was none that the test did not
expect, and not a frame was lost; or the test has failed. In a run without `--rig` nothing happens.
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
    "lasts(span, per_cycle=False): how long it takes of the rig's time, as in '2 h' or '90 s'",
    "world(**fields): what an emulated rig is built with: see evenflow.emulator.PlantConfig",
    "measures(*measurements): what the test will measure: see evenflow.rig.measurement",
    "alarms(*names): the alarms that this test causes",
    "requirement(*ids): the requirements that this test shows",
)
PROPERTY = "evenflow.rig"
# For connecting, preparing and leaving; beside it each test has what it lasts, twice.
_REAL_TIME_S = 600.0
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
    for item in items:
        reasons = lacking(item, described)
        if reasons:
            why = f"rig {described.name}: {'; '.join(reasons)}"
            item.add_marker(pytest.mark.skip(reason=why))
        elif not described.is_emulated and config.pluginmanager.hasplugin("timeout"):
            # What a test may take was meant for time that is virtual.
            limit_s = _REAL_TIME_S + 2 * lasting_s(item)
            item.add_marker(pytest.mark.timeout(limit_s), append=False)


def lacking(item: pytest.Item, described: "Described") -> list[str]:
    """Why a test cannot run there; empty if it can. UsageError for a mark that is none."""
    from evenflow.rig.rig import NEEDS

    wanted = [need for marker in item.iter_markers("needs") for need in marker.args]
    if any(True for _ in item.iter_markers("world")):
        wanted.append("plant")
    unknown = [need for need in wanted if need not in NEEDS]
    if unknown:
        known = ", ".join(NEEDS)
        raise pytest.UsageError(f"{item.nodeid} needs {unknown[0]!r}; needs are {known}")
    reasons = [why for why in map(described.lacks, dict.fromkeys(wanted)) if why]
    longest_s = seconds(item.config.getoption("--rig-longest"))
    if not described.is_emulated and lasting_s(item) > longest_s:
        span = f"{lasting_s(item) / 60:g} min"
        reasons.append(f"it takes {span}: --rig-longest says how long a test may")
    return reasons


def lasting_s(item: pytest.Item) -> float:
    """How much of the rig's time a test takes, by its mark; UsageError for a mark that is none."""
    from evenflow.errors import EvenflowError

    marker = item.get_closest_marker("lasts")
    if marker is None:
        return 0.0
    try:
        span_s = seconds(*marker.args)
    except (EvenflowError, TypeError) as error:
        raise pytest.UsageError(f"{item.nodeid}: mark lasts: {error}") from None
    cycles = int(item.config.getoption("--rig-cycles")) if marker.kwargs.get("per_cycle") else 1
    return span_s * cycles


def pytest_report_collectionfinish(config: pytest.Config, items: list[pytest.Item]) -> list[str]:
    """With `--collect-only`: what would run there, and what the rig lacks for the rest."""
    described = config.stash.get(_DESCRIBED, None)
    if described is None or not config.option.collectonly:
        return []
    runs, lacks = [], []
    for item in items:
        reasons = lacking(item, described)
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
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """What was measured is judged as part of the test, once it has passed otherwise."""
    outcome = yield
    measure = getattr(item, "funcargs", {}).get("measure")
    if measure is not None and item.config.stash.get(_DESCRIBED, None) is not None:
        measure.judge()
    return outcome


@pytest.fixture(name="measure")
def _measure(request: pytest.FixtureRequest) -> Generator["Measure"]:
    """Measure what the test has declared; judged when the test ends."""
    from evenflow.rig.measurement import declared

    measure = declared(
        one for marker in request.node.iter_markers("measures") for one in marker.args
    )
    yield measure
    told = {
        "measurements": measure.rows(),
        "series": [_plain(series) for series in measure.series],
        "notes": measure.notes,
        "requirements": [
            name for marker in request.node.iter_markers("requirement") for name in marker.args
        ],
    }
    request.node.user_properties.append((PROPERTY, json.dumps(told, allow_nan=False)))


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
    from evenflow.rig import hands

    async with described.open(world) as rig:
        measure.notes.update(await rig.identities())
        yield rig
        await hands.require_left_idle(rig)


@pytest.fixture(name="pump")
async def _pump(
    request: pytest.FixtureRequest, rig: "Rig", measure: "Measure"
) -> AsyncGenerator["Pump"]:
    """The pump of the rig, tested and idle, and heard to the last frame."""
    from evenflow.rig import hands

    async with hands.connected(rig, measure.notes, expected_alarms(request.node)) as pump:
        yield pump


def expected_alarms(item: pytest.Item) -> set[str]:
    """Those that a test says that it causes."""
    return {name for marker in item.iter_markers("alarms") for name in marker.args}


def _plain(series: object) -> dict[str, object]:
    from dataclasses import asdict

    return asdict(series)  # type: ignore[call-overload, no-any-return]
