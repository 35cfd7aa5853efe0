"""`evenflow course`: what it writes, what it shows, and how it ends."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from evenflow import resources
from evenflow.cli import main
from evenflow.course import file

pytestmark = pytest.mark.requirement("KET-08")
NOW = datetime(2026, 12, 24, 18, tzinfo=UTC)
PLAN = {
    "--patient": "demo-0001",
    "--start": "2026-12-01T10:00",
    "--zone": "Europe/Berlin",
    "--pattern": "twice-a-week",
    "--sessions": "6",
    "--maintenance": "2 weeks x 4",
}


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The host's clock, after everything that is added here."""
    monkeypatch.setattr(file, "now", lambda: NOW)


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["course", *map(str, arguments)])


def _plan(*more: object, **changes: str) -> Result:
    options = PLAN | {f"--{name}": value for name, value in changes.items()}
    return _run("plan", *(word for pair in options.items() for word in pair), *more)


def _add(path: Path, at: str, *more: str, given: str = "35 mg") -> Result:
    return _run("add", path, "--at", at, "--given", given, "--outcome", "complete", *more)


@pytest.fixture
def planned(tmp_path: Path) -> Path:
    path = tmp_path / "course.toml"
    assert _plan("--out", path).exit_code == 0
    return path


def test_plan_shows_a_calendar_and_writes_both_files(tmp_path: Path) -> None:
    out, ics = tmp_path / "course.toml", tmp_path / "course.ics"

    result = _plan("--out", out, "--ics", ics)

    assert result.exit_code == 0
    assert "Fri 2026-12-18 10:00 CET" in result.stdout
    assert "2027-02-12T09:00:00Z" in result.stdout
    assert "NOT FOR USE ON PEOPLE" in result.stdout
    assert out.read_text().startswith("# A course of sessions")
    assert ics.read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")


def test_a_plan_that_passes_a_hard_limit_is_shown_and_not_written(tmp_path: Path) -> None:
    out = tmp_path / "course.toml"

    result = _plan(
        "--out", out, "--override", "as agreed", pattern="daily", start="2027-03-27T10:00"
    )

    assert result.exit_code == 3
    assert "session 2: 23 h after the start of Sat 2027-03-27 10:00 CET" in result.stderr
    assert "refused" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_soft_limit_needs_a_reason_that_is_kept(tmp_path: Path) -> None:
    out = tmp_path / "course.toml"

    bare = _plan("--out", out, pattern="daily")
    overridden = _plan("--out", out, "--override", "two weeks abroad", pattern="daily")

    assert (bare.exit_code, overridden.exit_code) == (4, 0)
    assert "kept in the file" in bare.stderr
    assert 'override = "two weeks abroad"' in out.read_text()
    assert "two weeks abroad" in _run("status", out, "--now", "2026-12-01T09:00").stdout
    assert "not needed" in _plan("--override", "just in case").stderr


@pytest.mark.parametrize("option", ["--out", "--ics"])
def test_nothing_is_overwritten(tmp_path: Path, option: str) -> None:
    there = tmp_path / "there"
    there.write_text("mine")

    result = _plan(option, there, "--json")

    assert result.exit_code == 3
    assert json.loads(result.stdout)["error"]["code"] == "file_exists"
    assert there.read_text() == "mine"


def test_without_icalendar_the_rest_still_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "icalendar", None)
    monkeypatch.delitem(sys.modules, "evenflow.course.calendar", raising=False)
    monkeypatch.delattr("evenflow.course.calendar", raising=False)
    out = tmp_path / "course.toml"

    refused = _plan("--out", out, "--ics", tmp_path / "course.ics")

    assert refused.exit_code == 1
    assert "evenflow[calendar]" in refused.stderr
    assert not out.exists()
    assert _plan("--out", out).exit_code == 0


def test_status_says_what_is_given_missed_due_and_ahead(planned: Path) -> None:
    assert _add(planned, "2026-12-01T10:05").exit_code == 0
    assert _add(planned, "2026-12-24T18:00:00Z", "--session", "runs/1").exit_code == 0

    result = _run("status", planned, "--now", "2027-01-01T09:00", "--json")

    content = json.loads(result.stdout)
    states = [one["state"] for one in content["sessions"]]
    assert states == ["given", *["missed"] * 5, "due", "ahead", "ahead", "ahead"]
    assert content["sessions"][0]["given"]["utc"] == "2026-12-01T09:05:00Z"
    assert [one["count"] for one in content["unplanned"]] == [2]
    assert content["next"]["number"] == 7
    assert content["earliest_hard"]["utc"] == "2026-12-25T18:00:00Z"
    assert content["earliest_soft"]["local"] == "2026-12-26T19:00:00+01:00"
    assert (content["refused"], content["needs_override"]) == ([], [])
    shown = _run("status", planned, "--now", "2026-12-25T18:00")
    assert "now refused: 23 h after the start of Thu 2026-12-24 19:00 CET" in shown.stdout
    assert "2026-12-25T18:00:00Z" in shown.stdout


def test_a_time_before_the_last_is_refused_by_name(planned: Path) -> None:
    assert _add(planned, "2026-12-04T10:00").exit_code == 0
    before = planned.read_text()

    result = _add(planned, "2026-12-01T10:00", "--json")

    assert result.exit_code == 3
    assert json.loads(result.stdout)["error"]["code"] == "clock_set_back"
    assert "was the clock set back?" in result.stderr
    assert planned.read_text() == before


def test_ten_times_too_much_is_asked_about(planned: Path) -> None:
    slip = _add(planned, "2026-12-01T10:00", given="350 mg")
    meant = _add(planned, "2026-12-01T10:00", "--override", "it ran away", given="350 mg")

    assert (slip.exit_code, meant.exit_code) == (4, 0)
    assert "did you mean 35 mg?" in slip.stderr
    assert 'override = "it ran away"' in planned.read_text()


@pytest.mark.parametrize(
    ("more", "exit_code"),
    [
        (("--given", "35"), 3),
        (("--given", "0 mg"), 3),
        (("--at", "yesterday"), 3),
        (("--outcome", "perhaps"), 2),
        (("--session", " "), 2),
        (("--device-session", "0"), 2),
        (("--override", ""), 2),
    ],
)
def test_what_is_not_understood_is_not_added(
    planned: Path, more: tuple[str, str], exit_code: int
) -> None:
    before = planned.read_text()

    assert _add(planned, "2026-12-01T10:00", *more).exit_code == exit_code
    assert planned.read_text() == before


def test_a_session_still_to_come_needs_a_reason(planned: Path) -> None:
    before = planned.read_text()
    soon = _add(planned, "2026-12-24T18:05:01Z", "--json")
    assert (soon.exit_code, planned.read_text()) == (4, before)
    assert json.loads(soon.stdout)["error"]["code"] == "still_to_come"
    assert "nothing earlier can be added" in soon.stderr

    meant = _add(planned, "2053-12-01T10:00", "--override", "this host has no clock")

    assert meant.exit_code == 0
    assert "still to come" in meant.stderr
    assert "session 1 began" in _run("status", planned).stdout


def test_clocks_that_differ_a_little_are_no_reason(planned: Path) -> None:
    assert _add(planned, "2026-12-24T18:05:00Z").exit_code == 0


def test_an_edited_file_is_refused_with_its_place(planned: Path) -> None:
    _add(planned, "2026-12-01T10:00")
    planned.write_text(planned.read_text().replace("35 mg", "30 mg"))

    result = _run("status", planned, "--json")

    assert result.exit_code == 3
    (problem,) = json.loads(result.stdout)["error"]["problems"]
    assert (problem["where"], problem["code"]) == ("history.1", "history_edited")


def test_a_drug_that_is_not_in_the_library_is_refused() -> None:
    assert _plan("--drug", "esketamine").exit_code == 3


@pytest.mark.requirement("LIB-02")
def test_readme_shows_what_a_user_sees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change a limit, see the refusal, override a soft one, plan a course."""
    monkeypatch.chdir(tmp_path)
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    reference = resources.path("examples", "orders", "ketamine-70kg.toml").read_text()
    (tmp_path / "order.toml").write_text(reference.replace("0.5 mg/kg", "5 mg/kg"))
    refused = CliRunner().invoke(main, ["order", "check", "order.toml"])
    (tmp_path / "order.toml").write_text(reference.replace("40 min", "70 min"))
    soft = CliRunner().invoke(main, ["order", "check", "order.toml"])
    monkeypatch.setattr(file, "now", lambda: datetime(2026, 11, 2, 12, tzinfo=UTC))
    _plan("--out", "course.toml", start="2026-11-02T10:00")
    _add(Path("course.toml"), "2026-11-02T10:05")
    status = _run("status", "course.toml", "--now", "2026-11-03T09:00")

    for shown in (
        soft.stderr,
        *refused.stderr.splitlines()[:2],
        *refused.stderr.splitlines()[-1:],
    ):
        assert shown in readme
    for line in status.stdout.splitlines():
        if line.startswith(("not before", "now refused")):
            assert line in readme
    assert (refused.exit_code, soft.exit_code) == (3, 4)
