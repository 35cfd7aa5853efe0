"""A skip that nobody listed fails in CI, and only there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from skip_policy import LIST, allowed_skips

TESTS = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(("ci", "expected"), [("1", 1), ("", 0), ("false", 0)])
def test_an_unlisted_skip_fails_in_ci_only(tmp_path: Path, ci: str, expected: int) -> None:
    skipped = "import pytest\n\n\ndef test_nothing():\n    pytest.skip('no reason')\n"

    assert run_pytest(tmp_path, skipped, ci).returncode == expected


def test_a_whole_module_cannot_skip_unlisted(tmp_path: Path) -> None:
    done = run_pytest(
        tmp_path, "import pytest\n\npytest.skip('x', allow_module_level=True)\n", "1"
    )

    assert done.returncode == 1
    assert "not listed in tests/SKIPS.md" in done.stdout


def test_an_expected_failure_is_no_skip(tmp_path: Path) -> None:
    expected_failure = "import pytest\n\n\n@pytest.mark.xfail\ndef test_it():\n    assert False\n"

    assert run_pytest(tmp_path, expected_failure, "1").returncode == 0


def test_a_listed_skip_needs_test_and_reason() -> None:
    text = "| tests | reason | why |\n| --- | --- | --- |\n| `tests/a/*` | no such wheel | x |\n"

    assert allowed_skips(text) == [("tests/a/*", "no such wheel")]


def test_every_listed_pattern_names_a_test_file() -> None:
    for pattern, _ in allowed_skips(LIST.read_text(encoding="utf-8")):
        assert list(TESTS.parent.glob(pattern.partition("::")[0])), pattern


def run_pytest(folder: Path, source: str, ci: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_sample.py").write_text(source, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "skip_policy", "-c", os.devnull, folder]
    environment = {**os.environ, "PYTHONPATH": str(TESTS), "CI": ci}
    return subprocess.run(
        [*command, f"--rootdir={folder}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
