"""The import contracts of pyproject.toml hold, and name every layer of docs/architecture.md."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_imports_go_towards_pumpcore() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint_imports], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_the_contracts_cover_every_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {path.name for path in ROOT.glob("firmware/src/*") if path.is_dir()}

    assert set(project["tool"]["importlinter"]["root_packages"]) == {"evenflow", *packages}
