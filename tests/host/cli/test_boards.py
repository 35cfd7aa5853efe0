"""`evenflow boards`: known boards, connected devices, and one file checked."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from evenflow import resources
from evenflow.cli import main
from pumpcore.board import drivers

PICO = resources.path("board_configs", "pico.toml")


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> list[ListPortInfo]:
    """The serial ports that the machine seems to have."""
    found: list[ListPortInfo] = []
    monkeypatch.setattr(list_ports, "comports", lambda: found)
    return found


def _port(device: str, description: str, hwid: str) -> ListPortInfo:
    port = ListPortInfo(device)
    port.description, port.hwid = description, hwid
    return port


def test_list_shows_known_boards_and_connected_devices(ports: list[ListPortInfo]) -> None:
    ports.append(_port("/dev/ttyACM0", "Board in FS mode", "USB VID:PID=2E8A:0005"))
    ports.append(_port("/dev/ttyS0", "n/a", "n/a"))

    shown = CliRunner().invoke(main, ["boards", "list"])
    content = json.loads(CliRunner().invoke(main, ["boards", "list", "--json"]).stdout)

    assert shown.exit_code == 0
    assert "pico" in shown.stdout
    assert "/dev/ttyACM0" in shown.stdout
    assert {board["name"] for board in content["boards"] if board["ok"]} >= {"pico", "esp32s3"}
    assert [device["port"] for device in content["devices"]] == ["/dev/ttyACM0"]


def test_boards_alone_lists(ports: list[ListPortInfo]) -> None:
    result = CliRunner().invoke(main, ["boards"])

    assert result.exit_code == 0
    assert "no serial device is connected" in result.stdout


def test_an_unsound_known_board_is_listed_as_such(
    ports: list[ListPortInfo], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "odd.toml"
    bad.write_text("schema = 1\n")
    monkeypatch.setattr("evenflow.boards.board_file.known", lambda: (bad,))
    monkeypatch.setattr("evenflow.boards.known", lambda: (bad,))

    result = CliRunner().invoke(main, ["boards", "list", "--json"])

    (board,) = json.loads(result.stdout)["boards"]
    assert (board["name"], board["ok"]) == ("odd", False)
    assert "plunger.lead_um: missing" in board["problem"]


def test_check_accepts_a_sound_file_and_a_known_name() -> None:
    by_file = CliRunner().invoke(main, ["boards", "check", str(PICO), "--json"])
    by_name = CliRunner().invoke(main, ["boards", "check", "pico"])

    assert (by_file.exit_code, by_name.exit_code) == (0, 0)
    assert json.loads(by_file.stdout)["board"] == "pico"
    assert json.loads(by_file.stdout)["profile"]["plunger.lead_um"] == 1000
    assert "pico" in by_name.stdout


def test_check_refuses_an_unsound_file_by_name(tmp_path: Path) -> None:
    path = tmp_path / "board.toml"
    path.write_text(PICO.read_text().replace("buzzer_pin = 18", "buzzer_pin = 2"))

    result = CliRunner().invoke(main, ["boards", "check", str(path), "--json"])

    assert result.exit_code == 3
    reason = "panel.buzzer_pin: pin 2 is already plunger.step_pin"
    assert json.loads(result.stdout)["error"]["reason"] == f"{path}: {reason}"


@pytest.mark.parametrize(
    ("name", "exit_code"), [("nano", 3), ("none.toml", 2)], ids=["unknown board", "no file"]
)
def test_check_of_nothing_is_said(name: str, exit_code: int) -> None:
    result = CliRunner().invoke(main, ["boards", "check", name])

    assert result.exit_code == exit_code
    assert name in result.stderr


def test_list_tells_how_far_each_board_has_come(
    ports: list[ListPortInfo], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drivers, "DRIVEN", (("board.controller", ("rp2040", "rp2350")),))
    shown = CliRunner().invoke(main, ["boards", "list"])
    content = json.loads(CliRunner().invoke(main, ["boards", "list", "--json"]).stdout)

    told = {
        board["name"]: {fact["what"]: fact["is_so"] for fact in board["status"]}
        for board in content["boards"]
    }
    assert told["pico2"] == {"sound": True, "emulated": True, "drivers": True, "hardware": False}
    assert told["esp32s3"] == {
        "sound": True,
        "emulated": False,
        "drivers": False,
        "hardware": False,
    }
    assert "none for stm32f767" in shown.stdout
    # Loud: what holds for all of them stands below the list.
    assert "- No pump has been built from this file" in shown.stdout
    assert all(board["unverified"] for board in content["boards"])


def test_every_shipped_board_has_drivers() -> None:
    content = json.loads(CliRunner().invoke(main, ["boards", "list", "--json"]).stdout)

    for board in content["boards"]:
        assert {fact["what"]: fact["is_so"] for fact in board["status"]}["drivers"]


def test_show_has_wiring_and_what_is_unverified(tmp_path: Path) -> None:
    picture = tmp_path / "wiring.svg"
    command = ["boards", "show", "pyboard-d"]

    shown = CliRunner().invoke(main, [*command, "--svg", str(picture)])
    content = json.loads(CliRunner().invoke(main, [*command, "--json"]).stdout)

    assert shown.exit_code == 0
    assert "W57" in shown.stdout
    assert picture.read_text().startswith("<svg ")
    assert {"pin": "W57", "key": "plunger.step_pin", "part": "Motor driver DRV8825"}.items() <= (
        next(wire for wire in content["wires"] if wire["pin"] == "W57").items()
    )
    for words in content["unverified"]:
        assert words[:40] in shown.stdout


def test_schema_is_one_json_object() -> None:
    content = json.loads(CliRunner().invoke(main, ["boards", "schema"]).stdout)

    assert content["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize(
    "command",
    [
        ["emulate", "esp32s3"],
        ["run", "examples/orders/ketamine-70kg.toml", "--port", "emulated:esp32s3", "--yes"],
        ["info", "--port", "emulated:esp32s3"],
    ],
    ids=lambda command: command[0],
)
def test_a_board_without_drivers_is_refused_by_name_wherever_it_is_to_run(
    command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(Path(__file__).resolve().parents[3])
    monkeypatch.setattr(drivers, "DRIVEN", (("board.controller", ("rp2040", "rp2350")),))

    result = CliRunner().invoke(main, command)

    assert result.exit_code == 3, result.output
    assert "board esp32s3: board.controller: no drivers for esp32s3" in result.stderr
    assert "choose a board with rp2040 or rp2350" in result.stderr
    assert "Traceback" not in result.output


def test_a_fixture_is_listed_apart_checked_and_no_pump(ports: list[ListPortInfo]) -> None:
    listed = json.loads(CliRunner().invoke(main, ["boards", "list", "--json"]).stdout)
    checked = CliRunner().invoke(main, ["boards", "check", "rig-fixture"])
    shown = CliRunner().invoke(main, ["boards", "show", "rig-fixture"])

    assert [(one["name"], one["ok"]) for one in listed["fixtures"]] == [("rig-fixture", True)]
    assert "rig-fixture" not in {board["name"] for board in listed["boards"]}
    assert checked.stdout == "rig-fixture: a sound fixture's file, rig-fixture\n"
    assert shown.exit_code == 3
    assert "a fixture, which plays sensors to a pump, and no pump" in shown.stderr


def test_an_unsound_fixture_s_file_is_told_by_its_keys(tmp_path: Path) -> None:
    text = resources.path("board_configs", "rig-fixture.toml").read_text()
    path = tmp_path / "mine.toml"
    path.write_text(text.replace("dir_pin = 3", "dir_pin = 2"))

    result = CliRunner().invoke(main, ["boards", "check", str(path)])

    assert result.exit_code == 3
    assert "capture.dir_pin: pin 2 is already capture.step_pin" in result.stderr
    assert "three pins in a row" in result.stderr
