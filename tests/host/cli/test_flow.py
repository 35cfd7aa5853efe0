"""`evenflow flow`: tables, JSON and exit codes of an analysis; a recording from end to end."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner, Result
from host.flow.balances import FedBalance, VirtualClock
from host.flow.logs import log

from evenflow import NOT_FOR_USE
from evenflow.cli import main

pytestmark = pytest.mark.requirement("FLO-01", "FLO-02", "PRC-06")


def evenflow(*words: object) -> Result:
    return CliRunner().invoke(main, ["flow", *(str(word) for word in words)])


def told(result: Result) -> dict[str, Any]:
    content = json.loads(result.stdout)
    assert isinstance(content, dict)
    return content


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(log(), encoding="utf-8")
    return path


def test_an_analysis_is_a_table_with_makers_figures_and_their_grade(file: Path) -> None:
    result = evenflow("analyse", file)

    assert result.exit_code == 0, result.output
    for words in ("mean error A", "117", "drift taken off", "Medfusion 3500", "from memory"):
        assert words in result.stdout
    assert "NOT FOR USE ON PEOPLE" in result.stdout


def test_an_analysis_is_one_object_and_its_files_lie_in_the_folder(
    file: Path, tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib")
    out = tmp_path / "out"
    result = evenflow("analyse", file, "--json", "--out", out, "--density", 0.998)
    content = told(result)

    assert result.exit_code == 0
    assert content["trumpet"]["long_run_percent"] == pytest.approx(0.1, abs=0.1)
    assert [row["window_min"] for row in content["trumpet"]["windows"]] == [2, 5, 11, 19, 31]
    assert content["source"]["is_measured"] is True
    curves = [f"{name}.{kind}" for name in ("startup", "trumpet") for kind in ("png", "svg")]
    assert sorted(path.name for path in out.iterdir()) == ["analysis.json", *curves]
    assert json.loads((out / "analysis.json").read_text())["rate_ml_per_h"] == 5.0


def test_a_limit_that_is_passed_ends_with_1(file: Path) -> None:
    assert evenflow("analyse", file, "--limit", 1).exit_code == 0
    passed = evenflow("analyse", file, "--rate", 5.2, "--limit", 2)

    assert passed.exit_code == 1
    assert "more than 2 %" in passed.stderr
    as_json = told(evenflow("analyse", file, "--rate", 5.2, "--limit", 2, "--json"))
    assert as_json["error"]["code"] == "limit_passed"
    assert as_json["trumpet"]["long_run_percent"] < -2
    unknown = evenflow("analyse", file, "--from", 1, "--to", 200, "--limit", 2)
    assert unknown.exit_code == 3


def test_no_mean_to_hold_against_a_limit_is_said(tmp_path: Path) -> None:
    path = tmp_path / "short.csv"
    path.write_text("time_s,volume_ml\n0,0\n600,1\n", encoding="utf-8")
    result = evenflow("analyse", path, "--rate", 6, "--limit", 1)

    assert result.exit_code == 1
    assert "no mean error" in result.stderr


@pytest.mark.parametrize(
    ("options", "code", "exit_code"),
    [
        (["--rate", -1], "rate_range", 2),
        (["--limit", "nan"], "number_range", 2),
        (["--limit", "inf"], "number_range", 2),
        (["--limit", -1], "number_range", 2),
        (["--from", "nan"], "number_range", 2),
        (["--to", "inf"], "number_range", 2),
        (["--therapy", "nan"], "number_range", 2),
        (["--density", 1, "--temperature", 20], "density_twice", 2),
        (["--temperature", 60], "temperature_range", 3),
        (["--window", 0.7, "--from", 60], "window_multiple", 3),
        (["--sample", 0], "sample_range", 3),
        (["--bolus", 1], "no_bolus", 3),
    ],
)
def test_what_cannot_be_analysed_is_refused_by_name(
    file: Path, options: list[object], code: str, exit_code: int
) -> None:
    result = evenflow("analyse", file, "--json", *options)

    assert (told(result)["error"]["code"], result.exit_code) == (code, exit_code)


def test_without_matplotlib_the_extra_is_named(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "evenflow.flow.plot", None)
    monkeypatch.delattr("evenflow.flow.plot", raising=False)
    result = evenflow("analyse", file, "--out", tmp_path / "out")

    assert result.exit_code == 2
    assert "evenflow[report]" in result.stderr


@pytest.fixture
def balance(monkeypatch: pytest.MonkeyPatch) -> FedBalance:
    """What --balance opens, in virtual time."""
    clock = VirtualClock()
    fed = FedBalance(clock, 1000.0, 9000.0)
    opened: list[tuple[str, str, dict[str, object]]] = []

    async def open_instrument(
        kind: str, address: str, clock: object, /, **options: object
    ) -> FedBalance:
        opened.append((kind, address, options))
        return fed

    fed.opened = opened  # type: ignore[attr-defined]
    for name, content in (
        ("catalogue", SimpleNamespace(open_instrument=open_instrument)),
        ("clock", SimpleNamespace(MonotonicClock=lambda: clock)),
    ):
        monkeypatch.setitem(sys.modules, f"evenflow.instruments.{name}", content)
    return fed


def test_a_recording_is_analysed_as_it_is_written(balance: FedBalance, tmp_path: Path) -> None:
    out = tmp_path / "run.csv"
    address = "socket://127.0.0.1:4001"
    options = ["--rate", 5, "--no-rest", "--at-once", "--balance-key", "baud=2400"]
    result = evenflow("record", "--balance", f"mt-sics@{address}", "--out", out, *options)

    assert result.exit_code == 0, result.output
    assert balance.opened == [("mt-sics", address, {"baud": 2400})]  # type: ignore[attr-defined]
    assert balance.is_closed
    assert "run " in result.stderr
    analysed = told(evenflow("analyse", out, "--json"))
    # 12 mg/h evaporate, unseen without a rest.
    assert analysed["trumpet"]["long_run_percent"] == pytest.approx(0.105 - 0.24, abs=0.05)
    assert "Evenflow FedBalance 7" in analysed["source"]["origin"]
    assert NOT_FOR_USE in out.read_text(encoding="utf-8")
    assert analysed["notice"] == NOT_FOR_USE


def test_a_balance_that_gives_out_ends_it_and_its_rows_stay(
    balance: FedBalance, tmp_path: Path
) -> None:
    balance.faults = {5: "instrument_overload"}
    out = tmp_path / "run.csv"
    words = ["--balance", "mt-sics@x", "--out", out, "--no-rest", "--at-once", "--json"]
    result = evenflow("record", *words)

    assert (told(result)["error"]["code"], result.exit_code) == ("instrument_overload", 5)
    assert out.read_text().count(",0\n") == 5
    assert "instrument_overload" in out.read_text()
    assert balance.is_closed


@pytest.mark.parametrize("key", ["clock", "name", "address"])
def test_a_balance_key_that_its_kind_lacks_is_refused_by_its_name(
    tmp_path: Path, key: str
) -> None:
    words = ["--balance", "mt-sics@/dev/none", "--out", tmp_path / "run.csv", "--no-rest"]
    result = evenflow("record", *words, "--at-once", "--balance-key", f"{key}=5", "--json")

    assert (told(result)["error"]["code"], result.exit_code) == ("unknown_key", 3)


def test_nobody_at_the_keyboard_is_told(balance: FedBalance, tmp_path: Path) -> None:
    words = ["--balance", "mt-sics@x", "--out", tmp_path / "run.csv", "--rest", "60 s", "--json"]
    result = evenflow("record", *words)

    assert told(result)["error"]["code"] == "aborted"
    assert "press START" in result.stderr
    assert balance.is_closed


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"--balance": "mt-sics"}, "balance_address"),
        ({"--duration": "120 m"}, "unit_wrong"),
        ({"--every": "0 s"}, "zero"),
        ({"--rate": "0"}, "rate_range"),
        ({"--balance-key": "baud"}, "balance_key"),
        ({"--port": "emulated:pico"}, "start_twice"),
        ({"--out": "there.csv"}, "file_exists"),
    ],
)
def test_a_recording_that_is_asked_wrongly_is_refused(
    balance: FedBalance,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, str],
    code: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.csv").write_text("mine", encoding="utf-8")
    asked = {"--balance": "mt-sics@x", "--out": "run.csv", "--rest": "60 s"} | changed
    words = [word for pair in asked.items() for word in pair]
    result = evenflow("record", *words, "--at-once", "--json")

    assert (told(result)["error"]["code"], result.exit_code) == (code, 2)
    assert Path("there.csv").read_text(encoding="utf-8") == "mine"
