"""Board files: read to a flat profile, refused with every problem at its key."""

import json
from pathlib import Path

import pytest
from core.board.mistakes import MISTAKES
from core.board.profiles import profile

from evenflow import boards, resources
from evenflow.errors import Refused, WrongUsage
from pumpcore.board import drivers
from pumpcore.board.check import problems as problems_of

PICO_TEXT = resources.path("board_configs", "pico.toml").read_text()


def test_a_known_board_is_loaded_by_its_name() -> None:
    pico = boards.load("pico")

    assert problems_of(pico) == []
    assert pico["board.name"] == "pico"
    assert pico["plunger.lead_um"] == 1000
    assert "schema" not in pico


def test_every_known_board_is_sound() -> None:
    assert "pico" in {path.stem for path in boards.known()}
    for path in boards.known():
        assert boards.load(path.stem) == boards.load(path)


@pytest.mark.parametrize("name", ["nano", "Pico", "../pico", "", "pico/"])
def test_an_unknown_board_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(Refused) as refused:
        boards.load(name)

    assert refused.value.code == "unknown_board"
    assert "pico" in refused.value.hint


def test_a_part_without_a_driver_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drivers, "DRIVEN", (("board.controller", ("rp2040", "rp2350")),))
    boards.require_drivers(boards.load("pico"))

    with pytest.raises(Refused) as refused:
        boards.require_drivers(boards.load("esp32s3"))

    assert refused.value.code == "no_driver"
    assert refused.value.reason == "board esp32s3: board.controller: no drivers for esp32s3"
    assert refused.value.hint == "choose a board with rp2040 or rp2350"


def written(profile: dict[str, object]) -> str:
    """A flat profile as a board file."""
    sections: dict[str, list[str]] = {}
    for name, value in profile.items():
        section, key = name.split(".")
        sections.setdefault(section, []).append(f"{key} = {json.dumps(value)}")
    tables = (f"[{name}]\n" + "\n".join(lines) for name, lines in sections.items())
    return "schema = 1\n" + "\n".join(tables)


@pytest.mark.parametrize(("board", "changes", "lines"), MISTAKES)
def test_every_seeded_mistake_in_a_file_is_refused_by_name(
    tmp_path: Path, board: str, changes: dict[str, object], lines: tuple[str, ...]
) -> None:
    path = tmp_path / "board.toml"
    path.write_text(written(profile(board, changes)))

    with pytest.raises(Refused) as refused:
        boards.load(path)

    found = refused.value.problems
    assert [f"{one.where}: {one.reason}" for one in found] == [
        line.partition("; ")[0] for line in lines
    ]
    assert all(one.hint for one in found)
    assert str(path) in refused.value.reason


UNSOUND = (
    ("schema = 1", "schema = 2", "schema", "2 is not a schema that this version reads"),
    ("schema = 1", "schema = true", "schema", "True is not a schema that this version reads"),
    ("schema = 1", "", "schema", "missing"),
    ("schema = 1", "schema = 1\nname = 1", "name", "stands outside every section"),
    ("lead_um = 1000\n", "", "plunger.lead_um", "missing"),
    ("lead_um = 1000", "lead_mm = 1", "plunger.lead_mm", "unknown key"),
    ("lead_um = 1000", "lead_um = 1000.0", "plunger.lead_um", "1000.0 is not a whole number"),
    ("lead_um = 1000", "lead_um = nan", "plunger.lead_um", "nan is not a whole number"),
    ("lead_um = 1000", "lead_um = 10", "plunger.lead_um", "10 is outside 100 to 10000"),
    ("bench = false", "bench = 0", "link.bench", "must be true or false"),
    ("buzzer_pin = 18", "buzzer_pin = 2", "panel.buzzer_pin", "pin 2 is already plunger.step_pin"),
    ("b_pin = 7", "b_pin = 29", "encoder.b_pin", "must be encoder.a_pin + 1"),
    ("[memory]", "[wings]\nspan_um = 1\n[memory]", "wings.span_um", "unknown key"),
)


@pytest.mark.parametrize(("written", "instead", "where", "reason"), UNSOUND)
def test_an_unsound_board_file_is_refused_by_name(
    tmp_path: Path, written: str, instead: str, where: str, reason: str
) -> None:
    assert written in PICO_TEXT
    path = tmp_path / "board.toml"
    path.write_text(PICO_TEXT.replace(written, instead, 1))

    with pytest.raises(Refused) as refused:
        boards.load(path)

    found = {(problem.where, problem.reason) for problem in refused.value.problems}
    assert (where, reason) in found
    assert all(problem.hint for problem in refused.value.problems)
    assert str(path) in refused.value.reason


def test_all_problems_of_a_board_file_come_at_once(tmp_path: Path) -> None:
    path = tmp_path / "board.toml"
    path.write_text(
        PICO_TEXT.replace("lead_um = 1000", "").replace("baud = 460800", "baud = 9600")
    )

    with pytest.raises(Refused) as refused:
        boards.load(str(path))

    assert {problem.where for problem in refused.value.problems} == {
        "plunger.lead_um",
        "link.baud",
    }


@pytest.mark.parametrize("raw", [b"[board", b"\xff\xfe", b"schema = " + b"[" * 5_000])
def test_a_file_that_is_no_board_file_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "board.toml"
    path.write_bytes(raw)

    with pytest.raises(Refused) as refused:
        boards.load(path)

    assert refused.value.code == "not_toml"


def test_a_board_file_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage):
        boards.load(tmp_path / "none.toml")
    with pytest.raises(WrongUsage):
        boards.load(tmp_path)
