"""`evenflow boards`: known boards, connected devices, and one file checked."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from evenflow import resources
from evenflow.cli import main

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
    assert [board["name"] for board in content["boards"] if board["ok"]] == ["pico"]
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
