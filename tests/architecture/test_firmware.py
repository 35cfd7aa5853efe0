"""The firmware stays what it claims to be: compilable, integer, and pure where it says so."""

import ast
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
SOURCES = sorted(FIRMWARE.glob("src/**/*.py"))
CORE = sorted(FIRMWARE.glob("src/pumpcore/**/*.py"))
HARDWARE = {"esp32", "machine", "pyb", "rp2", "stm"}


def name_of(path: Path) -> str:
    return path.relative_to(FIRMWARE).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_every_file_compiles_for_the_device() -> None:
    command = [sys.executable, ROOT / "tools/compile_firmware.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    assert f"{len(SOURCES) + 1} files" in done.stdout


def test_the_manifest_freezes_every_package_and_main() -> None:
    frozen: list[str] = []
    functions = {
        "include": str,  # the board's own manifest: of no interest here
        "module": frozen.append,
        "package": lambda name, base_path: frozen.append(f"{base_path}/{name}"),
    }

    runpy.run_path(str(FIRMWARE / "manifest.py"), init_globals=functions)

    packages = sorted(f"src/{path.name}" for path in FIRMWARE.glob("src/*") if path.is_dir())
    assert sorted(frozen) == ["main.py", *packages]


def test_only_the_drivers_import_the_hardware() -> None:
    found = {name_of(path) for path in SOURCES if HARDWARE & set(imports(tree_of(path)))}

    assert found
    assert found == {name for name in found if name.startswith("src/pumpboard/")}
    assert not found & {"src/pumpboard/build.py", "src/pumpboard/ports.py"}


def test_only_compat_asks_which_interpreter_runs_it() -> None:
    asking = {name_of(path) for path in SOURCES if asks_for_interpreter(tree_of(path))}

    assert asking == {"src/pumpcore/_compat.py"}


def asks_for_interpreter(tree: ast.AST) -> bool:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and "ImportError" in ast.dump(node.type or node):
            return True
        if isinstance(node, ast.Compare) and "implementation" in ast.dump(node):
            return True
    return False


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_the_core_is_integer(path: Path) -> None:
    tree = tree_of(path)
    floats = [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
        or (isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div))
        or (isinstance(node, ast.Name) and node.id in {"float", "round"})
    ]

    assert floats == []


@pytest.mark.parametrize("path", CORE, ids=name_of)
def test_the_core_has_no_globals_that_change(path: Path) -> None:
    changed = [
        node.names
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Global | ast.Nonlocal)
    ]

    assert changed == []
