"""`evenflow sessions verify` and `replay`: words, objects and exit codes."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from host.session.scripted import SilentView
from host.telemetry.recorded import change_telemetry, edit, record

from evenflow.cli import main
from evenflow.cli.sessions import _id_length

pytestmark = pytest.mark.requirement("LOG-06")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of an emulated board."""
    return record(tmp_path_factory.mktemp("whole") / "record.db", SilentView())


@pytest.fixture
def path(whole: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copy(whole, tmp_path / "record.db"))


def sessions(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["sessions", *map(str, arguments)])


def test_a_sound_record_is_said_to_be_so(path: Path) -> None:
    verified = sessions("verify", "--db", path)
    executed = sessions("replay", "--db", path)

    assert (verified.exit_code, executed.exit_code) == (0, 0), verified.output + executed.output
    assert ": sound\n  signed by this host, " in verified.output
    assert "ticks executed again, every output equal" in executed.output


def test_a_fault_is_a_line_and_ends_with_1(path: Path) -> None:
    edit(path, "DELETE FROM event WHERE seq = 3")

    told = sessions("verify", "--db", path)
    found = json.loads(sessions("verify", "--db", path, "--json").stdout)

    assert told.exit_code == 1
    assert "  event 3: missing: " in told.output
    assert found["sessions"][0]["faults"][0]["where"] == "event 3"


def test_a_difference_is_named_and_ends_with_1(path: Path) -> None:
    change_telemetry(path, 700, "led", 1)

    told = sessions("replay", "--db", path)
    found = json.loads(sessions("replay", "--db", path, "--json").stdout)

    assert told.exit_code == 1
    assert "  tick 700 differs: led: recorded " in told.output
    assert found["sessions"][0]["difference"]["tick_count"] == 700


def test_a_gap_is_told_with_what_is_not_compared_for_it(path: Path) -> None:
    edit(path, "DELETE FROM frames WHERE seq = 9")

    told = sessions("replay", "--db", path)
    (found,) = json.loads(sessions("replay", "--db", path, "--json").stdout)["sessions"]

    (span,) = [one for one in found["spans"] if one["reason"] is not None]
    ticks = f"ticks {span['first_tick']} to {span['last_tick']}"
    assert told.exit_code == 0
    assert f"  {ticks} not compared: 50 ticks are missing before tick" in told.output
    assert "keyframes the whole state, too" in told.output
    assert found["is_equal"]
    assert found["keyframe_count"] > 1


def test_what_was_left_out_without_a_gap_ends_with_1(path: Path) -> None:
    edit(path, "DELETE FROM command WHERE name = 'confirm'")

    told = sessions("replay", "--db", path)

    assert told.exit_code == 1
    assert "confirm: the pump has taken up one that is not in the record" in told.output


def test_a_record_that_cannot_be_executed_says_why(path: Path) -> None:
    edit(path, "UPDATE session SET profile_json = NULL")

    told = sessions("replay", "--db", path)
    found = json.loads(sessions("replay", "--db", path, "--json").stdout)

    assert told.exit_code == 1
    assert "the board's profile is not in the record" in told.output
    assert found["sessions"][0]["error"]["code"] == "replay_no_profile"


def test_ids_are_listed_as_far_as_tells_them_apart() -> None:
    ids = [f"019b8d62-7afb-76c1-85ca-f48a39e6bd0{digit}" for digit in "ab"]

    assert _id_length(ids) == 36
    assert _id_length([ids[0], "019b8d62-7afc-7000-8000-000000000000"]) == 13
    assert _id_length([ids[0], "019b8d63-7afb-7000-8000-000000000000"]) == 8
    assert _id_length([]) == 8


@pytest.mark.parametrize("name", ["verify", "replay"])
def test_nothing_to_look_at_is_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)

    assert sessions(name).exit_code == 2
    assert sessions(name, "no-such-session").exit_code == 2


def test_another_kernel_is_told(path: Path) -> None:
    edit(path, "UPDATE session SET core = 'another'")

    told = sessions("replay", "--db", path)

    assert told.exit_code == 0
    assert "  the kernel here is another than that of the host that recorded this" in told.output
