"""`evenflow keys` without a board: what it lists, hands out, takes, and refuses."""

import json
import os
import secrets
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from evenflow import device_key
from evenflow.cli import main
from evenflow.errors import Refused
from pumpcore.wire import tag

pytestmark = pytest.mark.requirement("SEC-06", "SEC-09")

BOARD = "00112233445566aa"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's keys lie; not there yet."""
    place = tmp_path / "config" / "keys"
    monkeypatch.setattr("evenflow.device_key.folder", lambda: place)
    return place


def evenflow(*words: object) -> Result:
    return CliRunner().invoke(main, ["keys", *(str(word) for word in words)])


def told(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    content = json.loads(result.stdout)
    assert isinstance(content, dict)
    return content


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_no_key_comes_with_evenflow() -> None:
    assert told(evenflow("list", "--json"))["keys"] == []
    assert "no keys" in evenflow("list").stdout
    assert device_key.find(BOARD, "operator") is None


def test_a_key_is_named_and_never_shown() -> None:
    secret = device_key.make(BOARD).decode().strip()
    listed = evenflow("list")
    (one,) = told(evenflow("list", "--json"))["keys"]

    assert one["unique_id"] == BOARD
    assert one["key"] == tag.key_name(bytes.fromhex(secret)).hex()
    assert secret not in listed.output + json.dumps(one)


def test_two_boards_never_have_the_same() -> None:
    assert device_key.make(BOARD) != device_key.make("00112233445566bb")


def test_an_exported_role_opens_that_role_alone(folder: Path, tmp_path: Path) -> None:
    own = bytes.fromhex(device_key.make(BOARD).decode())
    file = tmp_path / "operator.json"
    told(evenflow("export", BOARD[:6], "operator", file, "--json"))
    assert mode(file) == 0o600
    (folder / f"{BOARD}.key").unlink()
    told(evenflow("import", file, "--json"))

    found = device_key.find(BOARD, "operator")
    assert found is not None
    assert found.key == tag.role_key(own, "operator")
    assert found.board_key == tag.key_name(own)
    assert own.hex() not in file.read_text()
    assert device_key.find(BOARD, "administrator") is None
    assert mode(folder / f"{BOARD}.operator.key") == 0o600
    refused = evenflow("export", BOARD, "administrator", tmp_path / "more.json", "--json")
    assert refused.exit_code == 3
    assert json.loads(refused.stdout)["error"]["code"] == "no_key"


def test_nothing_is_written_over(tmp_path: Path) -> None:
    device_key.make(BOARD)
    file = tmp_path / "there"
    file.write_text("mine")
    assert evenflow("export", BOARD, "service", file).exit_code == 2
    assert file.read_text() == "mine"


@pytest.mark.parametrize("board", ["", "ff", "0011223344556"])
def test_an_unknown_or_ambiguous_board_is_refused(board: str, tmp_path: Path) -> None:
    device_key.make(BOARD)
    device_key.make("00112233445566bb")
    result = evenflow("export", board, "operator", tmp_path / "x", "--json")
    assert json.loads(result.stdout)["error"]["code"] == "unknown_board"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "nothing",
        '"operator"',
        json.dumps({"schema": 1, "unique_id": BOARD, "role": "god", "key": "", "board_key": ""}),
        json.dumps(
            {"schema": 1, "unique_id": "../up", "role": "operator", "key": "00", "board_key": ""}
        ),
        json.dumps(
            {"schema": 2, "unique_id": BOARD, "role": "operator", "key": "", "board_key": ""}
        ),
    ],
)
def test_what_is_no_exported_key_is_not_taken(text: str, tmp_path: Path, folder: Path) -> None:
    file = tmp_path / "file"
    file.write_text(text)
    result = evenflow("import", file, "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["error"]["code"] == "key_spoilt"
    assert not folder.exists()


@pytest.mark.parametrize("open_to", [0o640, 0o604, 0o620, 0o666])
def test_a_key_that_others_may_read_is_refused_and_named(open_to: int) -> None:
    device_key.make(BOARD)
    path = device_key.path_of(BOARD)
    path.chmod(open_to)

    with pytest.raises(Refused) as refused:
        device_key.find(BOARD, "operator")
    assert refused.value.code == "key_exposed"
    listed = evenflow("list", "--json")
    assert listed.exit_code == 3
    # One object, and nothing else.
    content = json.loads(listed.stdout)
    assert content["error"]["code"] == "key_exposed"
    assert str(path) in content["problems"][0]
    assert content["keys"] == []


@pytest.mark.parametrize("text", ["", "00", "x" * 64, "00" * 33])
def test_a_spoilt_key_file_is_refused(text: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    path = device_key.path_of(BOARD)
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(Refused) as refused:
        device_key.find(BOARD, "operator")
    assert refused.value.code == "key_spoilt"


def test_a_role_key_under_another_boards_name_is_refused(folder: Path) -> None:
    key = device_key.of_board(bytes.fromhex(BOARD), secrets.token_bytes(32)).of_role("operator")
    assert key is not None
    folder.mkdir(parents=True)
    path = folder / "00112233445566bb.operator.key"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(descriptor, device_key.exported(key).encode())
    os.close(descriptor)
    with pytest.raises(Refused):
        device_key.read(path)
