"""The root command: version, lazy sub-commands, exit codes, errors in words and in JSON."""

import json
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType

import click
import pytest
from click.testing import CliRunner

from evenflow.cli import COMMANDS, main
from evenflow.errors import (
    CheckFailed,
    EvenflowError,
    LinkError,
    NeedsOverride,
    Problem,
    Refused,
    StoppedByAlarm,
    WrongUsage,
    in_file,
)

Install = Callable[[BaseException], None]


@pytest.fixture
def command_that_raises(monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a command `stop` in place that raises what it is given."""

    def install(failure: BaseException) -> None:
        module = ModuleType("evenflow.cli.stop")

        @click.command()
        @click.option("--json", "as_json", is_flag=True)
        def command(*, as_json: bool) -> None:
            del as_json
            raise failure

        module.command = command
        monkeypatch.setitem(sys.modules, "evenflow.cli.stop", module)

    return install


def test_version_says_what_it_is_not_for() -> None:
    result = CliRunner().invoke(main, ["--version"])

    assert result.exit_code == 0
    assert result.output.startswith("evenflow 0.1.0\nNOT FOR USE ON PEOPLE")


def test_version_imports_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "from evenflow.cli import main\n"
        "try:\n    main(['--version'])\nexcept SystemExit: pass\n"
        "print(*sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded.isdisjoint({"pydantic", "rich", "serial", "sqlalchemy", "pumpcore", "asyncio"})
    assert not {name for name in done.stdout.split() if name.startswith("evenflow.dose")}


def test_help_lists_every_command_without_importing_it() -> None:
    result = CliRunner().invoke(main, ["--help"])

    assert result.exit_code == 0
    for name, _, line in COMMANDS:
        assert name in result.output
        assert line[:40] in " ".join(result.output.split())


def test_no_command_shows_help_and_is_wrong_usage() -> None:
    result = CliRunner().invoke(main, [])

    assert result.exit_code == 2
    assert "Commands:" in result.stderr


@pytest.mark.parametrize(
    ("failure", "exit_code"),
    [
        (EvenflowError("c", "r", "h"), 1),
        (CheckFailed("c", "r", "h"), 1),
        (WrongUsage("c", "r", "h"), 2),
        (Refused("c", "r", "h"), 3),
        (NeedsOverride("c", "r", "h"), 4),
        (LinkError("c", "r", "h"), 5),
        (StoppedByAlarm("c", "r", "h"), 6),
    ],
)
def test_an_error_is_said_and_sets_the_exit_code(
    command_that_raises: Install, failure: EvenflowError, exit_code: int
) -> None:
    command_that_raises(failure)

    plain = CliRunner().invoke(main, ["stop"])
    as_json = CliRunner().invoke(main, ["stop", "--json"])

    assert (plain.exit_code, as_json.exit_code) == (exit_code, exit_code)
    assert plain.stdout == ""
    assert plain.stderr == as_json.stderr == "evenflow: r\n  what to do: h\n"
    assert json.loads(as_json.stdout) == {"error": {"code": "c", "reason": "r", "hint": "h"}}


@pytest.mark.parametrize(
    ("failure", "exit_code", "code"),
    [
        (ZeroDivisionError("division by zero"), 1, "internal"),
        (RecursionError(), 1, "internal"),
        (KeyboardInterrupt(), 130, "aborted"),
        (click.Abort(), 1, "aborted"),
        (PermissionError(13, "Permission denied", "/x"), 1, "system"),
        (click.UsageError("no"), 2, "wrong_usage"),
        (click.BadParameter("no"), 2, "wrong_usage"),
    ],
)
def test_no_traceback_reaches_a_user(
    command_that_raises: Install, failure: BaseException, exit_code: int, code: str
) -> None:
    command_that_raises(failure)

    result = CliRunner().invoke(main, ["stop", "--json"])

    assert result.exit_code == exit_code
    assert json.loads(result.stdout)["error"]["code"] == code
    assert "Traceback" not in result.stderr


def test_a_developer_can_ask_for_the_traceback(
    command_that_raises: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    command_that_raises(ZeroDivisionError())
    monkeypatch.setenv("EVENFLOW_TRACEBACK", "1")

    assert isinstance(CliRunner().invoke(main, ["stop"]).exception, ZeroDivisionError)


@pytest.mark.parametrize("arguments", [["fly"], ["--fly"], ["stop", "--fly"], ["stop", "extra"]])
def test_wrong_usage_is_said_in_json_too(
    command_that_raises: Install, arguments: list[str]
) -> None:
    command_that_raises(AssertionError())

    result = CliRunner().invoke(main, [*arguments, "--json"])

    assert result.exit_code == 2
    assert json.loads(result.stdout)["error"]["code"] == "wrong_usage"
    assert "--help" in result.stderr


@pytest.mark.parametrize(
    ("missing", "code"),
    [("evenflow.cli.stop", "not_available"), ("textual", "not_installed")],
)
def test_a_command_that_cannot_be_imported_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, missing: str, code: str
) -> None:
    def refuse(name: str) -> ModuleType:
        raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)

    monkeypatch.setattr("evenflow.cli.import_module", refuse)

    result = CliRunner().invoke(main, ["stop", "--json"])

    assert result.exit_code == 1
    assert json.loads(result.stdout)["error"]["code"] == code


def test_problems_of_a_file_reach_machines_one_by_one(command_that_raises: Install) -> None:
    problems = [Problem("a.b", "x", "is wrong", "mend it"), Problem("", "y", "is odd", "")]
    command_that_raises(in_file(Refused, "f.toml", problems))

    result = CliRunner().invoke(main, ["stop", "--json"])

    error = json.loads(result.stdout)["error"]
    assert error["code"] == "several"
    assert error["reason"] == "f.toml: 2 problems\n  a.b: is wrong; mend it\n  is odd"
    assert [one["where"] for one in error["problems"]] == ["a.b", ""]


def test_problems_of_one_kind_keep_their_code() -> None:
    problems = [Problem("a", "x", "is wrong", ""), Problem("b", "x", "is wrong", "")]

    assert in_file(Refused, "f.toml", problems).code == "x"


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "evenflow.cli", "order", "show", "none.toml"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr == "evenflow: none.toml: no such file\n  what to do: check the path\n"
