"""Nothing in the tree ties it to one machine, one registry, or a silenced check."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAX_LINES = 400
# Put together here, so that this file does not find itself.
HOMES = re.compile("/" + r"(home|root|Users|work|tmp|mnt|opt)/\w")
REGISTRIES = re.compile(
    r"(pypi|pythonhosted|npmjs|conda|anaconda)" + r"\.(org|com)|index-" + "url"
)
SILENCERS = re.compile(
    "no" + r"qa\b|pyl" + r"int: *disable|pyright: *ig" + r"nore|pragma: no c" + "over"
)


def tracked_files() -> list[Path]:
    """What git knows, without what is only binary; every file where there is no repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return [path for path in paths if path.is_file()]


def lines_with(pattern: re.Pattern[str], suffixes: set[str] | None = None) -> list[str]:
    found = []
    for path in tracked_files():
        if suffixes is None or path.suffix in suffixes:
            text = path.read_text(encoding="utf-8")
            for number, line in enumerate(text.splitlines(), 1):
                if pattern.search(line):
                    found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()}")
    return found


def test_no_path_of_one_machine() -> None:
    assert lines_with(HOMES) == []


def test_no_registry_is_named() -> None:
    assert lines_with(REGISTRIES) == []


def test_no_check_is_silenced_in_the_code() -> None:
    assert lines_with(SILENCERS, {".py"}) == []


def test_no_module_is_longer_than_it_can_be_read() -> None:
    counts = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in tracked_files()
        if path.suffix == ".py"
    }

    assert {name: count for name, count in counts.items() if count > MAX_LINES} == {}


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (HOMES, "see " + "/ho" + "me/someone/evenflow"),
        (REGISTRIES, "--extra-index-" + "url x"),
        (REGISTRIES, "https://py" + "pi.org/simple"),
        (SILENCERS, "x = 1  # no" + "qa: E501"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[str], line: str) -> None:
    assert pattern.search(line)
