"""One wheel has the host, the firmware and what they need, so that no checkout is needed."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What is in a wheel that is built now."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_wheel_has_both_source_roots(names: set[str]) -> None:
    for root in ("host/src", "firmware/src"):
        sources = {
            path.relative_to(ROOT / root).as_posix() for path in ROOT.glob(f"{root}/**/*.py")
        }

        assert sources - names == set()


def test_wheel_has_what_the_host_reads(names: set[str]) -> None:
    for folder in ("board_configs", "examples"):
        files = {path.relative_to(ROOT).as_posix() for path in ROOT.glob(f"{folder}/**/*.toml")}

        assert {f"evenflow/_data/{name}" for name in files} - names == set()
    assert "evenflow/_data/firmware/main.py" in names
    assert "evenflow/py.typed" in names
    assert {"evenflow/dose/library.toml", "evenflow/pk/ketamine_models.json"} <= names


def test_wheel_has_the_licence_and_no_tests(names: set[str]) -> None:
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert {name.partition("/")[0] for name in names if ".dist-info" not in name} == {
        "evenflow",
        "pumpapp",
        "pumpboard",
        "pumpcore",
    }
