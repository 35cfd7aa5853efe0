"""`evenflow rig check` and `rig emulate`: what a rig can do, and a bench that is there at once."""

import json
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from evenflow.cli import main
from evenflow.rig.rig import NEEDS
from evenflow.rig.rig_file import from_tables

pytestmark = pytest.mark.requirement("DES-11")

RIG = """
schema = 1
[rig]
name = "corner"
[pump]
port = "/dev/none-such"
[syringe]
model = "bd-plastipak-50"
fill = "20 mL"
[balance]
kind = "mt-sics"
address = "/dev/none"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "corner.toml"
    path.write_text(RIG)
    return path


def test_check_says_what_a_rig_has_and_lacks(file: Path) -> None:
    told = CliRunner().invoke(main, ["rig", "check", str(file), "--json"])

    assert told.exit_code == 0
    content = json.loads(told.stdout)
    assert (content["rig"], content["has"]) == ("corner", ["balance"])
    assert content["lacks"] == {need: why for need, why in NEEDS.items() if need != "balance"}


def test_check_says_it_in_words(file: Path) -> None:
    told = CliRunner().invoke(main, ["rig", "check", str(file)])

    assert "yes  balance" in told.stdout
    assert "no   panel         nothing presses the pump's keys" in told.stdout


@pytest.mark.parametrize("name", ["emulated", "emulated-dry"])
def test_an_emulated_rig_is_opened_and_says_who_it_is(name: str) -> None:
    told = CliRunner().invoke(main, ["rig", "check", name, "--open", "--json"])

    assert told.exit_code == 0, told.stderr
    identities = json.loads(told.stdout)["identities"]
    assert identities["pump"] == "pico, firmware 0.1.0"
    assert "rp2040" in identities["controller"]


def test_an_instrument_that_is_not_there_is_named(file: Path) -> None:
    told = CliRunner().invoke(main, ["rig", "check", str(file), "--open", "--json"])

    assert told.exit_code == 5
    assert json.loads(told.stdout)["error"]["code"] == "instrument_missing"
    assert "/dev/none" in told.stderr


@pytest.mark.parametrize(
    ("rig", "code", "exit_code"),
    [("emulater", "unknown_rig", 2), ("none.toml", "no_file", 2), ("labgrid:", "unknown_rig", 2)],
)
def test_a_rig_that_is_none_is_wrong_usage(rig: str, code: str, exit_code: int) -> None:
    told = CliRunner().invoke(main, ["rig", "check", rig, "--json"])

    assert json.loads(told.stdout)["error"]["code"] == code
    assert told.exit_code == exit_code


def test_a_file_that_is_there_is_not_written_over(file: Path) -> None:
    told = CliRunner().invoke(main, ["rig", "emulate", "--out", str(file), "--json"])

    assert (told.exit_code, json.loads(told.stdout)["error"]["code"]) == (2, "file_exists")
    assert file.read_text() == RIG


def test_a_dry_bench_has_no_sockets() -> None:
    told = CliRunner().invoke(main, ["rig", "emulate", "--dry", "--over", "socket", "--json"])

    assert (told.exit_code, json.loads(told.stdout)["error"]["code"]) == (2, "dry_socket")


@pytest.mark.parametrize("kind", [(), ("--dry",), ("--over", "socket")])
def test_an_emulated_bench_prints_its_rig_file_and_runs_until_ctrl_c(
    kind: tuple[str, ...],
) -> None:
    command = [sys.executable, "-m", "evenflow.cli", "rig", "emulate", *kind]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as bench:
        assert bench.stdout is not None
        lines = []
        # The file ends with an empty line.
        while line := bench.stdout.readline().rstrip("\n"):
            lines.append(line)
        found = from_tables(tomllib.loads("\n".join(lines)), "stdout")
        bench.send_signal(signal.SIGINT)
        code = bench.wait(20)

    assert found.name.startswith("emulated")
    assert code == 0
