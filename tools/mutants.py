"""Runs mutmut over modules of pumpcore, one at a time, and tells which mutants live.

mutmut wants sources and tests side by side, and slows down every function that it may change. So
each module is mutated in a copy of its own, build/mutants/MODULE, where all others run at their
usual speed, and meets the tests that are there to show it. What is known stays in the copy, for
`--again` and `--table`.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORE = ROOT / "firmware" / "src" / "pumpcore"
TESTS = ROOT / "tests" / "core"
WORK = ROOT / "build" / "mutants"
# Made by the Makefile from requirements-mutants.lock.
MUTMUT = ROOT / "build" / "mutmut"
# What must hold first comes first; what is not named here follows by name.
ORDER = (
    *("kernel", "pacer", "occurrence", "conditions", "interlock", "motion", "delivery"),
    *("pressure", "force", "back_off", "soundness", "start_gate", "preparation", "programme"),
    *("library", "ledger", "dose_account", "checkpoint", "twin_slot", "journal", "power", "air"),
)
# Test files of a module are named for it; these are shown by those of others, too.
SHOWN_WITH = {
    "checkpoint": ("dose_account",),
    "journal_record": ("journal",),
    "kernel": ("back_off", "preparation", "soundness"),
    "ledger": ("dose_account",),
    "library": ("programme",),
    "memory": ("journal", "dose_account"),
    "pressure": ("conditions",),
    "report": ("kernel",),
    "start_gate": ("kernel", "preparation"),
    "stop_reason": ("kernel",),
    "twin_slot": ("dose_account",),
}
# Whole minutes for each mutant that lives; `make test` runs them.
SLOW = (
    "test_dose_traces.py::test_a_hundred_thousand_traces_never_give_more_than_the_limit_in_a_day",
)
SETTINGS = """\
[mutmut]
source_paths = src
only_mutate = src/pumpcore/{module}.py
also_copy = board_configs
pytest_add_cli_args_test_selection =
    {tests}
timeout_multiplier = 4
timeout_constant = 15

[tool:pytest]
addopts = --strict-markers --import-mode=importlib --assert=plain --hypothesis-profile=few
    -p no:cacheprovider -p no:xdist -p no:cov -p no:asyncio
    {deselected}
markers = requirement(*ids): rows of docs/requirements.toml
# A mutant that loops for ever fails its first test by this, long before mutmut's own limit.
timeout = 20
filterwarnings = error
"""
KILLED = ("killed", "timeout")
# One process for all diffs: most of the time of `mutmut show` is its start.
SHOW = """\
import sys
from mutmut.__main__ import cli
for mutant in sys.argv[1:]:
    cli(["show", mutant], standalone_mode=False)
"""
_RESULT = re.compile(r"^ {4}(?P<mutant>\S+): (?P<status>.+)$", re.MULTILINE)


def module_names() -> list[str]:
    """Every module that has functions, `wire/codec` for one in a folder; the order is of risk."""
    paths = (path for path in CORE.rglob("*.py") if "def " in path.read_text(encoding="utf-8"))
    names = sorted(str(path.relative_to(CORE).with_suffix("")) for path in paths)
    return sorted(names, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))


def tests_of(module: str) -> list[str]:
    """Files of the tests that show a module; that numbers are whole is one for all."""
    stem = Path(module).name
    names = "|".join((stem, "integers", *SHOWN_WITH.get(stem, ())))
    paths = sorted(TESTS.rglob("test_*.py"))
    own = [path for path in paths if re.match(rf"test_({names})(_|\.)", path.name)]
    return [str(path.relative_to(ROOT)) for path in own]


def folder_of(module: str) -> Path:
    """Where a module is mutated."""
    return WORK / module.replace("/", ".")


def prepare(module: str) -> None:
    """Copy sources, tests and settings as they are now."""
    folder = folder_of(module)
    ignore = shutil.ignore_patterns("__pycache__", "test_exhaustive.py")
    for source, target in (
        (CORE, folder / "src" / "pumpcore"),
        (TESTS, folder / "tests" / "core"),
        (ROOT / "board_configs", folder / "board_configs"),
    ):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, ignore=ignore)
    for name in ("conftest.py", "skip_policy.py", "SKIPS.md"):
        shutil.copy2(ROOT / "tests" / name, folder / "tests" / name)
    settings = SETTINGS.format(
        module=module,
        tests="\n    ".join(tests_of(module)),
        deselected="\n    ".join(f"--deselect=tests/core/{name}" for name in SLOW),
    )
    (folder / "setup.cfg").write_text(settings, encoding="utf-8")


def run(module: str, *command: str) -> str:
    """What mutmut prints; a failure of its own ends the run with its last words."""
    environment = {**os.environ, "PYTHONPATH": str(MUTMUT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=folder_of(module),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{module}: mutmut failed: {(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def mutmut(module: str, *arguments: str) -> str:
    """What `mutmut` prints in a module's folder."""
    return run(module, str(MUTMUT / "bin" / "mutmut"), *arguments)


def known(module: str) -> dict[str, str]:
    """Status by mutant, as of the last runs; none where nothing has run."""
    path = folder_of(module) / "known.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def living(statuses: dict[str, str]) -> list[str]:
    """Mutants that no test has killed, or has met yet."""
    return [mutant for mutant, status in statuses.items() if status not in KILLED]


def mutate(module: str, *, again: bool) -> None:
    """Run the mutants of a module, or only those that lived, and show who lives now."""
    before = known(module) if again else {}
    survivors = living(before)
    if again and not survivors:
        return
    if not again:
        shutil.rmtree(folder_of(module), ignore_errors=True)
    prepare(module)
    mutmut(module, "run", "--max-children", "1", *survivors)
    text = mutmut(module, "results", "--all", "True")
    found = {match["mutant"]: match["status"] for match in _RESULT.finditer(text)}
    # mutmut forgets what other tests have killed once it is given more of them.
    statuses = before | {mutant: found[mutant] for mutant in survivors or found}
    (folder_of(module) / "known.json").write_text(json.dumps(statuses), encoding="utf-8")
    shown = run(module, "-c", SHOW, *living(statuses))
    (folder_of(module) / "living.txt").write_text(shown, encoding="utf-8")
    print(shown + row(module), flush=True)


def row(module: str) -> str:
    """A row of the table in docs/mutants.md."""
    statuses = known(module)
    if not statuses:
        return f"| `{module}` | not run | | |"
    alive = len(living(statuses))
    return f"| `{module}` | {len(statuses)} | {len(statuses) - alive} | {alive} |"


def main() -> int:
    """Run what is asked for; all, without arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", help="such as: kernel wire/codec (all of them)")
    parser.add_argument("--again", action="store_true", help="only the mutants that lived")
    parser.add_argument("--table", action="store_true", help="what is known; runs nothing")
    options = parser.parse_args()
    for module in options.modules or module_names():
        if options.table:
            print(row(module))
        else:
            mutate(module, again=options.again)
    return 0


if __name__ == "__main__":
    sys.exit(main())
