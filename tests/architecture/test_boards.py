"""Every board file that ships can work, and is listed where people look for it."""

import tomllib
from pathlib import Path

import pytest

from pumpcore.board.check import problems

FOLDER = Path(__file__).resolve().parents[2] / "board_configs"
# Fixtures' files have a table, and tests, of their own.
BOARDS = sorted(path for path in FOLDER.glob("*.toml") if not path.name.startswith("rig-"))


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_board_file_has_no_problems(path: Path) -> None:
    profile = flat_profile(path)

    assert problems(profile) == []
    assert profile["board.name"] == path.stem


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_board_file_asks_for_no_bench_link_and_no_emulator(path: Path) -> None:
    profile = flat_profile(path)

    assert profile["link.emulated"] is False
    assert profile["link.bench"] is ("bench" in path.stem)


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_board_file_is_in_the_list(path: Path) -> None:
    assert f"| `{path.name}` |" in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_the_page_of_sizes_has_every_board_with_its_drivers() -> None:
    page = (FOLDER.parent / "docs" / "sizes.md").read_text(encoding="utf-8")

    assert [path.stem for path in BOARDS if f"| `{path.stem}` |" not in page] == []
    assert "no drivers" not in page


def flat_profile(path: Path) -> dict[str, object]:
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    assert document.pop("schema") == 1
    return {
        f"{table}.{key}": value for table, rows in document.items() for key, value in rows.items()
    }
