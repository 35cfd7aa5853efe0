"""`evenflow journal` and what `evenflow info` says of totals, over a bench."""

import json

import pytest
from click.testing import CliRunner
from core.memory_bench import BenchMemory
from host.client.bench_device import BenchDevice
from host.client.fake_device import FakeLine

from evenflow.cli import _journal_words, main
from evenflow.client.journal import Entry
from evenflow.client.pump import Pump
from evenflow.session import opening
from pumpcore.journal_record import KINDS, RECORD_BYTES
from pumpcore.memory import JOURNAL_ADDRESS


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> BenchMemory:
    """Of the pump on the port `bench`."""
    memory = BenchMemory()
    _on_port(monkeypatch, memory)
    return memory


def _on_port(monkeypatch: pytest.MonkeyPatch, memory: BenchMemory | None) -> None:
    async def connect(port: str, *, speed: float | None, read_only: bool) -> Pump:
        assert (port, speed, read_only) == ("bench", None, False)
        return await Pump.connect(FakeLine(BenchDevice(memory)))

    monkeypatch.setattr(opening, "connect", connect)


def evenflow(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, [*arguments, "--port", "bench"])
    return result.exit_code, result.stdout


def test_the_journal_is_listed_in_words(memory: BenchMemory) -> None:
    code, words = evenflow("journal")

    assert code == 0
    assert "2026-05-03 19:33:20  boot    1 tick        0  switched on: reset_line" in words
    assert words.endswith("records, each whole and chained to the one before\n")
    assert " state idle, 0 microsteps given" in words


def test_json_lists_from_a_record_on(memory: BenchMemory) -> None:
    code, text = evenflow("journal", "--json", "--from", "2")
    records = json.loads(text)["records"]

    assert code == 0
    assert [record["sequence"] for record in records] == list(range(2, 2 + len(records)))
    assert records[0]["kind"] == "library"
    assert records[0]["problem"] is None


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_a_broken_journal_ends_with_1(memory: BenchMemory, options: tuple[str, ...]) -> None:
    """LOG-06."""
    evenflow("journal")
    memory.content[JOURNAL_ADDRESS + RECORD_BYTES + 18] ^= 1
    code, text = evenflow("journal", *options)

    assert code == 1
    if options:
        content = json.loads(text)
        assert content["error"]["code"] == "journal_broken"
        assert content["records"][1]["problem"] == "damaged"
    else:
        assert "[damaged]" in text


def test_info_tells_totals_and_the_last_programme(memory: BenchMemory) -> None:
    code, text = evenflow("info", "--json")
    content = json.loads(text)

    assert code == 0
    assert content["memory_faults"] == []
    assert content["given_since_new_patient_mg"] == 0
    assert content["last_programme_given_at_most_ml"] == 0
    assert content["last_programme_cut_short_by"] is None


def test_info_says_that_a_board_has_no_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    _on_port(monkeypatch, None)
    code, words = evenflow("info")

    assert code == 0
    assert "absent: this board has no memory" in words


def test_every_kind_has_words() -> None:
    for kind in KINDS:
        entry = Entry(1, 1, 1, None, kind.name, 0, 4, 2, None)
        assert _journal_words.words(entry) != f"{kind.name}: 0 4 2"

    unknown = Entry(1, 1, 1, None, "unknown_99", 1, 2, 3, None)
    assert _journal_words.words(unknown) == "unknown_99: 1 2 3"


def test_vital_signs_are_told_without_what_was_not_measured() -> None:
    def told(code: int, value: int, bound: int) -> str:
        return _journal_words.words(Entry(1, 1, 1, None, "vitals", code, value, bound, None))

    assert told(1, 190 << 16 | 112, 104 << 16 | 97) == (
        "vital signs: 190/112 mmHg, heart rate 104/min, SpO2 97 %, alert"
    )
    assert told(0, 0, 60 << 16) == "vital signs: heart rate 60/min"
