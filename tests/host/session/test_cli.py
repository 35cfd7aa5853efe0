"""The commands with a pump in them: what they print, what they leave behind, their exit codes."""

import asyncio
import json
import os
import signal
from pathlib import Path
from subprocess import PIPE, Popen
from sys import executable

import pytest
from click.testing import CliRunner, Result

from evenflow.cli import main
from evenflow.client.pump import Pump
from evenflow.link import open_line

BENCH = """
schema = 1
[therapy]
care_area = "bench"
rate = "{rate}"
volume = "{volume}"
[syringe]
model = "bd-plastipak-50"
fill = "20 mL"
"""
EVENFLOW = [executable, "-m", "evenflow.cli"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with an order of 6 s in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "order.toml").write_text(BENCH.format(rate="600 mL/h", volume="1 mL"))
    (tmp_path / "long.toml").write_text(BENCH.format(rate="60 mL/h", volume="10 mL"))
    return tmp_path


def evenflow(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=typed)


@pytest.fixture
def ran(here: Path) -> dict:
    """One session, and its object."""
    result = evenflow("run", "order.toml", "--port", "emulated:pico", "--yes", "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_run_prints_one_object_and_leaves_record_and_summary(ran: dict, here: Path) -> None:
    (folder,) = (here / "evenflow-runs").iterdir()

    assert ran["outcome"] == "complete"
    assert ran["delivered_in_truth"]["patient_volume_ml"] == pytest.approx(1.0, abs=0.03)
    assert ran["notice"].startswith("NOT FOR USE ON PEOPLE")
    assert here / ran["record"] == folder / "record.db"
    assert json.loads((folder / "summary.json").read_text()) == ran


def test_a_second_run_on_the_same_day_has_a_folder_of_its_own(ran: dict, here: Path) -> None:
    result = evenflow("run", "order.toml", "--port", "emulated:pico", "--yes")

    assert result.exit_code == 0
    names = sorted(path.name for path in (here / "evenflow-runs").iterdir())
    assert [name[-3:] for name in names] == ["001", "002"]


def test_run_shows_plain_lines_and_a_summary_where_there_is_no_terminal(here: Path) -> None:
    (here / "order.toml").write_text(BENCH.format(rate="300 mL/h", volume="2 mL"))

    result = evenflow("run", "order.toml", "--port", "emulated:pico", "--yes")

    lines = result.stdout.splitlines()
    assert lines[0].startswith("NOT FOR USE ON PEOPLE")
    assert "micropython" in lines[1]
    assert sum(" % " in line for line in lines) == 10
    assert any("ALARM end_of_infusion" in line for line in lines)
    for words in ("ordered", "computed by host", "computed by pump", "counted by pump"):
        assert words in result.stdout
    for words in ("delivered in truth", "left in the syringe", "record.db", "summary.json"):
        assert words in result.stdout


def test_the_digest_is_asked_for_and_yes_starts(here: Path) -> None:
    result = evenflow("run", "order.toml", "--port", "emulated:pico", "--json", typed="yes\n")

    assert result.exit_code == 0
    assert "Confirm the digest" in result.stderr
    assert json.loads(result.stdout)["outcome"] == "complete"


@pytest.mark.parametrize("typed", ["no\n", "\n", ""])
def test_anything_but_yes_starts_nothing(here: Path, typed: str) -> None:
    result = evenflow("run", "order.toml", "--port", "emulated:pico", typed=typed)

    assert result.exit_code == 1
    assert "nothing was started" in result.stderr
    listed = json.loads(evenflow("sessions", "list", "--json").stdout)
    assert [line["outcome"] for line in listed["sessions"]] == ["refused"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["run", "nowhere.toml", "--port", "emulated:pico"], 2, "no such file"),
        (["run", "order.toml", "--port", "pico"], 2, "emulated:pico"),
        (["run", "order.toml", "--port", "emulated:no-such-board"], 3, "unknown board"),
        (["run", "order.toml", "--port", "/dev/no-such-port"], 5, "no such port"),
        (["run", "order.toml", "--port", "/dev/ttyACM0", "--speed", "2"], 2, "--speed"),
        (["run", "order.toml", "--port", "/dev/ttyACM0", "--by-hand"], 2, "--by-hand"),
        (["run", "order.toml", "--port", "emulated:pico", "--speed", "0"], 2, "above 0"),
        (["run", "order.toml", "--port", "emulated:pico", "--speed", "nan"], 2, "above 0"),
        (["run", "order.toml"], 2, "--port"),
        (["info", "--port", "/dev/no-such-port"], 5, "no such port"),
        (["stop", "--port", "/dev/no-such-port"], 5, "no such port"),
        (["sessions", "show", "ff"], 2, "no session"),
        (["sessions", "list", "--db", "missing.db"], 2, "no such record"),
    ],
)
def test_what_cannot_be_done_is_said_with_its_exit_code(
    here: Path, arguments: list[str], code: int, words: str
) -> None:
    result = evenflow(*arguments)

    assert result.exit_code == code
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert not (here / "evenflow-runs").exists()


def test_an_order_that_is_refused_opens_no_port(here: Path) -> None:
    (here / "order.toml").write_text(BENCH.format(rate="600 ml/h", volume="1 mL"))

    result = evenflow("run", "order.toml", "--port", "/dev/no-such-port", "--json")

    assert result.exit_code == 3
    assert json.loads(result.stdout)["error"]["reason"].startswith("order.toml")


def test_the_record_can_be_named(here: Path) -> None:
    arguments = ["run", "order.toml", "--port", "emulated:pico", "--yes", "--db", "mine.db"]

    result = evenflow(*arguments)

    assert result.exit_code == 0
    assert (here / "mine.db").is_file()
    assert not (here / "evenflow-runs").exists()


def test_an_emulated_run_can_be_kept_in_a_folder(here: Path) -> None:
    arguments = ["run", "order.toml", "--port", "emulated:pico", "--yes", "--keep", "kept"]

    codes = [evenflow(*arguments).exit_code for _ in range(2)]

    listed = json.loads(evenflow("sessions", "list", "--db", "kept/record.db", "--json").stdout)
    assert codes == [0, 0]
    assert len(listed["sessions"]) == 2


def test_sessions_are_listed_shown_and_exported(ran: dict, here: Path) -> None:
    beginning = ran["session"][:8]

    table = evenflow("sessions", "list").stdout
    shown = json.loads(evenflow("sessions", "show", beginning, "--json").stdout)
    words = evenflow("sessions", "show", beginning).stdout
    exported = json.loads(evenflow("sessions", "export", beginning, "out.zip", "--json").stdout)

    assert beginning in table
    assert shown["summary"]["session"] == ran["session"]
    assert [event["name"] for event in shown["events"]][-1] == "ended"
    assert "NOT FOR USE ON PEOPLE" in words
    assert (here / "out.zip").is_file()
    assert "telemetry.csv" in exported["files"]


def test_info_says_what_the_pump_is(here: Path) -> None:
    content = json.loads(evenflow("info", "--port", "emulated:pico", "--json").stdout)
    words = evenflow("info", "--port", "emulated:pico").stdout

    assert content["board"] == "pico"
    assert content["state"] == "idle"
    assert content["self_test_failures"] == []
    assert content["is_emulated"] is True
    assert content["heap_free_bytes"] > 0
    assert "NOT FOR USE ON PEOPLE" in words


def test_stop_is_answered_in_any_state(here: Path) -> None:
    result = evenflow("stop", "--port", "emulated:pico", "--json")

    assert result.exit_code == 0
    assert json.loads(result.stdout)["state"] in ("boot", "self_test", "idle")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_program_and_leaves_a_readable_record(
    here: Path, number: signal.Signals
) -> None:
    arguments = ["run", "long.toml", "--port", "emulated:pico", "--yes", "--speed", "100"]
    with Popen([*EVENFLOW, *arguments], stdout=PIPE, stderr=PIPE, text=True) as running:
        for line in running.stdout:
            if "infusing" in line:
                break
        running.send_signal(number)
        rest, errors = running.communicate()

    listed = json.loads(evenflow("sessions", "list", "--json").stdout)
    assert running.returncode == 5
    assert "ended at the keyboard" in errors
    assert "Traceback" not in errors
    assert "given, at most" in rest
    assert [line["outcome"] for line in listed["sessions"]] == ["interrupted"]


async def greeted(port: str) -> str:
    async with await Pump.connect(await open_line(port)) as pump:
        return pump.identity.board


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_emulated_board_is_a_serial_port_until_it_is_ended(
    here: Path, number: signal.Signals
) -> None:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    arguments = [*EVENFLOW, "emulate", "pico", "--json", "--speed", "max"]
    with Popen(arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True, env=environment) as on:
        text = ""
        while not text.endswith("}\n"):
            text += on.stdout.readline()
        started = json.loads(text)
        try:
            board = asyncio.run(greeted(started["port"]))
        finally:
            on.send_signal(number)
            _, errors = on.communicate()

    assert board == "pico"
    assert started["notice"].startswith("NOT FOR USE ON PEOPLE")
    assert on.returncode == 0
    assert "Traceback" not in errors


def test_keys_can_be_pressed_by_hand(here: Path) -> None:
    arguments = [
        "run",
        "long.toml",
        "--port",
        "emulated:pico",
        "--yes",
        "--by-hand",
        "--speed",
        "5",
    ]
    with Popen(
        [*EVENFLOW, *arguments], stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True
    ) as running:
        for line in running.stdout:
            if "at the pump:" in line:
                running.stdin.write("nonsense\nprime 0\nprime\n")
                running.stdin.flush()
            if "press_again" in line:
                break
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate()

    assert running.returncode == 5
    assert "Traceback" not in errors
