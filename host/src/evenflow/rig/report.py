"""The report of a run on a rig: what each test measured, gathered where all outcomes are seen.

A folder with report.json (everything), index.html (the same for people, with plots) and junit.xml
(by pytest itself). Written when the run ends, however it ends.
"""

import json
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from evenflow import NOT_FOR_USE, __version__
from evenflow.rig import report_page
from evenflow.rig.plugin import PROPERTY

SCHEMA = 1
_OURS = "evenflow.errors."


class Report:
    """Gathers outcomes as pytest tells them."""

    def __init__(self, rig_name: str, folder: Path) -> None:
        """To be written to that folder, which is made then."""
        self.folder = folder
        self._rig_name = rig_name
        self._began = datetime.now(UTC)
        self._tests: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take one phase of one test; the worst outcome counts."""
        test = self._tests.setdefault(
            report.nodeid,
            {"id": report.nodeid, "outcome": "passed", "reason": "", "wall_s": 0.0},
        )
        test["wall_s"] = round(test["wall_s"] + report.duration, 3)
        if report.skipped and isinstance(report.longrepr, tuple):
            test["outcome"] = "skipped"
            test["reason"] = report.longrepr[2].removeprefix("Skipped: ")
        elif report.failed:
            test["outcome"] = "failed"
            test["reason"] = "\n".join(filter(None, (test["reason"], _said(report))))
        for name, told in report.user_properties:
            if name == PROPERTY and isinstance(told, str):
                test.update(json.loads(told))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write it, unless nothing was run."""
        if session.config.option.collectonly or not self._tests:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        content = self.content()
        text = json.dumps(content, indent=1, ensure_ascii=False)
        (self.folder / "report.json").write_text(text + "\n", encoding="utf-8")
        (self.folder / "index.html").write_text(report_page.page(content), encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what was measured, and where the report lies."""
        rows = [(row, test["id"]) for test in self._tests.values() for row in _measurements(test)]
        if rows:
            terminalreporter.section("measured")
        for row, name in rows:
            value = "not taken" if row["value"] is None else f"{row['value']:.6g} {row['unit']}"
            mark = "ok  " if row["ok"] else "FAIL"
            where = name.rpartition("/")[2]
            terminalreporter.write_line(
                f"{mark} {row['name']}: {value} ({row['bounds']})  {where}"
            )
        if self._tests and not terminalreporter.config.option.collectonly:
            terminalreporter.write_line(f"report: {self.folder / 'index.html'}")

    def content(self) -> dict[str, Any]:
        """Everything, as report.json has it."""
        tests = sorted(self._tests.values(), key=lambda test: str(test["id"]))
        return {
            "schema": SCHEMA,
            "rig": self._rig_name,
            "notice": NOT_FOR_USE,
            "evenflow": __version__,
            "host": f"{platform.platform(terse=True)}, Python {platform.python_version()}",
            "began": self._began.isoformat(timespec="seconds"),
            "ended": datetime.now(UTC).isoformat(timespec="seconds"),
            "identities": _identities(tests),
            "counts": {
                outcome: sum(test["outcome"] == outcome for test in tests)
                for outcome in ("passed", "failed", "skipped")
            },
            "tests": tests,
        }


def _measurements(test: dict[str, Any]) -> list[dict[str, Any]]:
    return list(test.get("measurements", ()))


def _identities(tests: list[dict[str, Any]]) -> dict[str, list[str]]:
    """What rig and pump said of themselves, each different word once."""
    found: dict[str, list[str]] = {}
    for test in tests:
        for name, words in test.get("notes", {}).items():
            if words not in found.setdefault(name, []):
                found[name].append(words)
    return found


def _said(report: pytest.TestReport) -> str:
    """The last line of a failure, with its phase; of several at once, each of ours."""
    ours = [line for line in str(report.longrepr).splitlines() if _OURS in line]
    if len(ours) > 1:
        words = "; ".join(dict.fromkeys(line.partition(_OURS)[2] for line in ours))
        return f"{report.when}: {words}"
    crash = getattr(report.longrepr, "reprcrash", None)
    words = crash.message if crash is not None else str(report.longrepr).strip().splitlines()[-1]
    return str(words) if report.when == "call" else f"{report.when}: {words}"
