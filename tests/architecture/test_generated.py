"""What is generated is current, and the generator notices when it is not."""

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
GENERATORS = sorted(ROOT.glob("tools/generate_*.py"))


@pytest.mark.parametrize("generator", GENERATORS, ids=lambda path: path.stem)
def test_generated_text_is_current(generator: Path) -> None:
    command = [sys.executable, generator, "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_a_changed_table_is_written_again() -> None:
    text = "before\n<!-- begin light -->\nold\n<!-- end light -->\nafter\n"

    written = docs().with_tables("page.md", text, {"light": lambda: "current"})

    assert "old" not in written
    assert written.startswith("before\n<!-- begin light -->\n")
    assert written.endswith("\n\ncurrent\n\n<!-- end light -->\nafter\n")


def test_a_page_that_lost_a_table_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"page\.md: has the tables \[\], but needs \['light'\]"):
        docs().with_tables("page.md", "no table\n", {"light": lambda: "current"})


def docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "tools/generate_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
