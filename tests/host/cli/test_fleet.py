"""`evenflow bridge` and `ingest`: what they refuse before they speak to anybody."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from evenflow.cli import main

pytestmark = pytest.mark.requirement("SEC-06")


@pytest.fixture(autouse=True)
def _no_password(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("EVENFLOW_MQTT_PASSWORD", raising=False)
    monkeypatch.chdir(tmp_path)


def refused(command: str, *options: str) -> tuple[int, str]:
    """Exit code, and the code of the error."""
    where = ["--db", "record.db"] if command == "ingest" else []
    result = CliRunner().invoke(main, [command, *options, *where, "--json"])
    # The error's words come first, on stderr.
    error = json.loads(result.output[result.output.index("{") :])["error"]
    return result.exit_code, error["code"]


@pytest.mark.parametrize("command", ["bridge", "ingest"])
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--broker", "mqtt://192.0.2.1"], (3, "plain_broker")),
        (["--broker", "mqtts://me:secret@broker"], (2, "password_in_address")),
        (["--broker", "mqtts://me@broker"], (2, "no_password")),
        (["--broker", "broker"], (2, "bad_broker")),
        (["--broker", "mqtt://localhost", "--site", "a/b"], (2, "bad_name")),
        (["--broker", "mqtt://localhost", "--name", "+"], (2, "bad_name")),
        (["--broker", "mqtt://localhost", "--cafile", "none"], (2, "wrong_usage")),
        ([], (2, "wrong_usage")),
    ],
)
def test_what_is_refused(command: str, options: list[str], expected: tuple[int, str]) -> None:
    assert refused(command, *options) == expected


@pytest.mark.parametrize("command", ["bridge", "ingest"])
def test_without_the_extra_it_is_named(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiomqtt", None)

    assert refused(command, "--broker", "mqtt://localhost") == (1, "not_installed")


def test_an_open_password_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("secret\n", encoding="utf-8")
    path.chmod(0o644)

    options = ("--broker", "mqtts://me@broker", "--password-file", str(path))
    assert refused("bridge", *options) == (3, "password_file_open")
