"""README keeps its word: its commands run, and it says what Evenflow is not."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TARGETS = ("run", "test", "check", "bench", "campaign", "hil", "docs", "flash", ".venv", "lock")
BIN = Path(sys.executable).parent
WARNING = "not for use on people"


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    lines = (line.partition("#")[0].strip() for block in blocks for line in block.splitlines())
    return [line for line in lines if line]


def run(command: list[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    # As from a shell of its own, even where make runs the tests.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A folder where the paths of README's commands lead somewhere, and records may be left."""
    for name in ("board_configs", "examples"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.mark.parametrize("command", [line for line in commands() if "evenflow" in line])
def test_command_of_readme_runs(command: str, workplace: Path) -> None:
    program, *arguments = shlex.split(command)
    assert program == ".venv/bin/evenflow"

    done = run([BIN / "evenflow", *arguments], workplace)

    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.timeout(300)
def test_make_run_does_what_readme_shows(workplace: Path) -> None:
    recipe = run(["make", "-n", "run", "-o", ".venv/installed"], ROOT).stdout
    command = recipe.replace(".venv/bin/evenflow", str(BIN / "evenflow"))

    done = run(shlex.split(command), workplace)

    assert done.returncode == 0, done.stderr
    shown = [steady(line) for line in first_look() if not VARIES.search(line)]
    printed = {steady(line.rstrip()) for line in (done.stdout + done.stderr).splitlines()}
    assert len(shown) > len(first_look()) // 2
    assert [line for line in shown if line not in printed] == []


# What was left out, where the record lies, and the interpreter of this machine.
VARIES = re.compile(r"^ *…|^record: |^port emulated:pico: ")

# When the boot takes longer, the force sensor's noise, a millimetre or two, falls another way, and
# a line of progress comes a step sooner or later.
NOISE = re.compile(r"(?<= )-?[0-5] mmHg$")
STEP = re.compile(r"(?<=\.\d\d)\d(?=,| mL  )")


def steady(line: str) -> str:
    return STEP.sub("x", NOISE.sub("about 0 mmHg", line)) if line.startswith("+") else line


def first_look() -> list[str]:
    match = re.search(r"```text\n(.*?)```", README, re.DOTALL)
    assert match is not None
    return match[1].splitlines()


def test_make_test_is_the_command_that_runs_this() -> None:
    recipe = run(["make", "-n", "test", "-o", ".venv/installed"], ROOT).stdout

    assert "pytest" in recipe
    assert {"make run", "make test"} <= set(commands())


def test_make_alone_lists_the_targets() -> None:
    listed = run(["make"], ROOT).stdout

    for target in TARGETS:
        assert f"make {target} " in listed


def test_ci_runs_check_and_test_and_nothing_else() -> None:
    lines = (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines()

    assert lines[0] == "#!/bin/sh"
    assert [line for line in lines if not line.startswith("#")] == [
        'cd "$(dirname "$0")/.." && exec make check test CI=1'
    ]
    assert os.access(ROOT / ".ci/run", os.X_OK)


@pytest.mark.requirement("PRC-06")
@pytest.mark.parametrize(
    "path", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "firmware/README.md"]
)
def test_page_says_what_evenflow_is_not_for(path: str) -> None:
    words = " ".join((ROOT / path).read_text(encoding="utf-8").replace("*", "").split())

    assert WARNING in words.lower()


@pytest.mark.requirement("PRC-06")
def test_version_says_what_evenflow_is_not_for() -> None:
    done = run([BIN / "evenflow", "--version"], ROOT)

    assert WARNING in done.stdout.lower()


def test_links_of_readme_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)

    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []
