"""Where the environment says CI, a skip that tests/SKIPS.md does not list fails the run."""

import os
import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

LIST = Path(__file__).parent / "SKIPS.md"
_ROW = re.compile(r"^\| `(?P<tests>[^`]+)` \| (?P<reason>[^|]+?) \|")


def pytest_configure(config: pytest.Config) -> None:
    """Judge in the process that sees all reports; xdist's workers only send theirs."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(SkipPolicy(allowed_skips(LIST.read_text(encoding="utf-8"))))


def allowed_skips(text: str) -> list[tuple[str, str]]:
    """(pattern of test ids, beginning of the reason) for each row of the list."""
    matches = (_ROW.match(line) for line in text.splitlines())
    return [(match["tests"], match["reason"]) for match in matches if match]


class SkipPolicy:
    """Gathers skips that are not allowed."""

    def __init__(self, allowed: list[tuple[str, str]]) -> None:
        """`allowed` as from allowed_skips."""
        self.unlisted: list[str] = []
        self._allowed = allowed
        self._is_strict = os.environ.get("CI", "").lower() not in ("", "0", "false")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a test's outcome; an expected failure counts as no skip."""
        if not hasattr(report, "wasxfail"):
            self._judge(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Take a module's outcome: it may skip as a whole."""
        self._judge(report)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail the run."""
        if self.unlisted and self._is_strict:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say which, and what to do."""
        if self.unlisted and self._is_strict:
            terminalreporter.section("skipped, but not listed in tests/SKIPS.md", red=True)
            terminalreporter.write_line("\n".join(self.unlisted))

    def _judge(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if not report.skipped or not isinstance(report.longrepr, tuple):
            return
        reason = report.longrepr[2].removeprefix("Skipped: ")
        for pattern, beginning in self._allowed:
            if fnmatchcase(report.nodeid, pattern) and reason.startswith(beginning):
                return
        self.unlisted.append(f"{report.nodeid}: {reason}")
