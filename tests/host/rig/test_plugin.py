"""The pytest plugin, as somebody else's repository uses it: a test file of its own, and --rig."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

pytestmark = [pytest.mark.requirement("DES-11"), pytest.mark.timeout(240)]

TESTS = """
import pytest
from evenflow.rig import hands
from evenflow.rig.measurement import Measurement, Series

def bound(high):
    return pytest.mark.measures(Measurement("state_count", "", 0, high, "how many"))

@bound(5)
@pytest.mark.requirement("DES-01")
async def test_sound(pump, measure):
    measure("state_count", 3)
    measure.plot(Series("Line", "s", "mL", [0, 1, 2], [0, 1, 4], [(1, "shut")]))

@bound(2)
async def test_out_of_bounds(pump, measure):
    measure("state_count", 3)

@bound(2)
async def test_not_taken(pump, measure):
    pass

@bound(2)
async def test_failed(pump, measure):
    raise ValueError("of its own")

async def test_left_infusing(rig, pump):
    mounted = hands.filling(pump, rig.mounted.model)
    await hands.begin(rig, pump, hands.bench_order(60, 2, mounted))

async def test_left_with_an_alarm(rig, pump):
    rig.board.plant.mains_off()
    await rig.sensors.set_battery_permille(30)
    await hands.wait(pump, 40.0)

async def test_left_by_a_test_without_a_pump(rig):
    async with hands.connected(rig, {}) as pump:
        mounted = hands.filling(pump, rig.mounted.model)
        await hands.begin(rig, pump, hands.bench_order(60, 2, mounted))
    # It steps on, and nobody is there: the rig's own end stops it.
    steps = rig.board.plant.step_count
    await rig.pause(1.0)
    assert rig.board.plant.step_count > steps

async def open_barrel(rig, pump):
    mounted = hands.filling(pump, rig.mounted.model)
    await hands.begin(rig, pump, hands.bench_order(60, 2, mounted))
    await rig.syringe.close_barrel(closed=False)
    await hands.until_state(pump, "held", 2)
    await rig.syringe.close_barrel(closed=True)
    await hands.wait(pump, 1.0)

async def test_an_alarm_that_was_acknowledged(rig, pump):
    await open_barrel(rig, pump)

@pytest.mark.alarms("barrel_open")
async def test_an_alarm_that_it_causes(rig, pump):
    await open_barrel(rig, pump)

@pytest.mark.world(nope=1)
async def test_wrong_world(rig):
    pass

async def test_lost_frames(rig, pump):
    rig.board.run_for(200_000)
    rig.board.read()
    await hands.wait(pump, 1.0)

@pytest.mark.world(fill_ml=11.0)
async def test_world(rig, pump):
    assert 10.8 < hands.filling(pump, rig.mounted.model).fill_ml <= 11.0

@pytest.mark.needs("balance", "capture")
@pytest.mark.lasts("3 h")
def test_long():
    pass
"""
RIG = """
schema = 1
[rig]
name = "corner"
[pump]
port = "/dev/ttyACM0"
[syringe]
model = "bd-plastipak-50"
fill = "20 mL"
[balance]
kind = "mt-sics"
address = "/dev/ttyUSB0"
"""
EXPECTED = {
    "test_sound": ("passed", ""),
    "test_out_of_bounds": ("failed", "state_count: 3 is not 0 to 2"),
    "test_not_taken": ("failed", "state_count: not taken"),
    "test_failed": ("failed", "of its own"),
    "test_left_infusing": ("passed", ""),
    "test_left_by_a_test_without_a_pump": ("passed", ""),
    "test_an_alarm_that_was_acknowledged": ("failed", "does not expect: barrel_open"),
    "test_an_alarm_that_it_causes": ("passed", ""),
    "test_wrong_world": ("failed", "world: no field nope"),
    "test_left_with_an_alarm": ("failed", "battery_low"),
    "test_lost_frames": ("failed", "frames of telemetry 11 were lost"),
    "test_world": ("passed", ""),
    "test_long": ("passed", ""),
}


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Pytest in that folder, with nothing of this repository's configuration."""
    (folder / "test_theirs.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, int]:
    """All of them once, on an emulated rig."""
    folder = tmp_path_factory.mktemp("theirs")
    ended = run(folder, "--rig", "emulated", "--rig-report", "report")
    return folder / "report", ended.stdout + ended.stderr, ended.returncode


@pytest.fixture(scope="module")
def report(done: tuple[Path, str, int]) -> dict[str, Any]:
    """What the run says of itself."""
    return dict(json.loads((done[0] / "report.json").read_text()))


@pytest.mark.parametrize("name", EXPECTED)
def test_each_test_ends_as_it_must(report: dict[str, Any], name: str) -> None:
    (test,) = [one for one in report["tests"] if one["id"].endswith(f"::{name}")]
    outcome, reason = EXPECTED[name]

    assert (test["outcome"], reason in test["reason"]) == (outcome, True), test["reason"]


def test_the_report_says_who_was_tested_and_what_was_measured(
    done: tuple[Path, str, int], report: dict[str, Any]
) -> None:
    assert done[2] == 1
    assert report["counts"] == {"passed": 6, "failed": 7, "skipped": 0}
    assert report["identities"]["firmware"] == ["0.1.0 on pico"]
    assert "rp2040" in report["identities"]["controller"][0]
    (sound,) = [one for one in report["tests"] if one["id"].endswith("::test_sound")]
    assert sound["requirements"] == ["DES-01"]
    assert sound["measurements"][0]["value"] == 3
    assert "ok   state_count: 3" in done[1]
    assert "FAIL state_count: not taken" in done[1]


def test_the_page_needs_nothing_from_elsewhere_and_has_the_curve(
    done: tuple[Path, str, int],
) -> None:
    page = (done[0] / "index.html").read_text()

    assert "NOT FOR USE ON PEOPLE" in page
    assert "<svg" in page
    assert "shut" in page
    assert "out of bounds" in page
    assert "src=" not in page
    assert "<link" not in page


def test_junit_has_every_test_and_each_failure(done: tuple[Path, str, int]) -> None:
    (suite,) = ET.parse(done[0] / "junit.xml").getroot()

    assert (suite.get("errors"), suite.get("failures")) == ("4", "3")
    assert {case.get("name") for case in suite} == {*EXPECTED}


def test_a_bench_lists_what_it_would_run_and_what_it_lacks(tmp_path: Path) -> None:
    (tmp_path / "corner.toml").write_text(RIG)

    listed = run(tmp_path, "--rig", "corner.toml", "--collect-only").stdout

    assert "rig corner would run 10 tests:" in listed
    assert "and lacks what 3 tests need:" in listed
    assert "test_world: only an emulated rig can be built with a planted error" in listed
    why = "nothing captures STEP, DIR and ENABLE; it takes 180 min"
    assert f"test_long: {why}" in listed


def test_without_a_rig_their_tests_are_skipped_with_a_reason(tmp_path: Path) -> None:
    ended = run(tmp_path, "-rs", "-k", "sound or world")

    assert "no rig: give --rig emulated, a rig file, or labgrid:PLACE" in ended.stdout
    assert ended.returncode == 0


@pytest.mark.parametrize(
    ("rig", "words"),
    [
        ("emulator", "no rig 'emulator'"),
        ("none.toml", "none.toml: no such file"),
        ("labgrid:", "labgrid: without a place"),
    ],
)
def test_a_rig_that_is_none_is_wrong_usage(tmp_path: Path, rig: str, words: str) -> None:
    ended = run(tmp_path, "--rig", rig)

    assert words in ended.stderr
    assert ended.returncode == 4
    assert "Traceback" not in ended.stderr


def test_a_need_that_there_is_not_is_named(tmp_path: Path) -> None:
    (tmp_path / "test_needs.py").write_text(
        "import pytest\n@pytest.mark.needs('scales')\ndef test_it():\n    pass\n"
    )

    ended = run(tmp_path, "--rig", "emulated", "test_needs.py")

    assert "test_it needs 'scales'" in ended.stdout + ended.stderr
    assert ended.returncode != 0
