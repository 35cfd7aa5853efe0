"""Files that people name: numbers of any length, and files without an end, are refused by name."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from evenflow import bounded
from evenflow.boards import board_file
from evenflow.cli import main
from evenflow.course import file as course
from evenflow.dose import library, order
from evenflow.errors import Refused
from evenflow.scenario import file as scenario

pytestmark = pytest.mark.requirement("LIB-03")

LOADS = (order.load, library.load, course.load, scenario.load, board_file.load)
# Python reads no more than 4,300 digits, and as many in hexadecimal as there are.
NUMBERS = ("9" * 5_000, "0x" + "f" * 5_000, "9" * 4_000, "9223372036854775808")


@pytest.mark.parametrize("load", LOADS)
@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_that_is_too_wide_is_no_toml(
    tmp_path: Path, load: Callable[[Path], object], number: str
) -> None:
    path = tmp_path / "wide.toml"
    path.write_text(f"schema = 1\n[table]\nlist = [1, {number}]\n")

    with pytest.raises(Refused, match="too large: whole numbers have 64 bits") as refused:
        load(path)
    assert refused.value.code == "not_toml"


@pytest.mark.parametrize("load", LOADS)
def test_no_more_is_read_than_such_a_file_has(load: Callable[[Path], object]) -> None:
    with pytest.raises(Refused) as refused:
        load(Path("/dev/zero"))
    assert refused.value.code == "too_long"


@pytest.mark.parametrize(
    "command", [("order", "check"), ("library", "check"), ("course", "status"), ("simulate",)]
)
def test_the_command_line_ends_with_3(tmp_path: Path, command: tuple[str, ...]) -> None:
    path = tmp_path / "wide.toml"
    path.write_text(f"schema = {NUMBERS[0]}\n")

    result = CliRunner().invoke(main, [*command, str(path)])

    assert result.exit_code == 3
    assert "fault in Evenflow" not in result.stderr


def test_the_widest_numbers_are_read() -> None:
    assert bounded.toml("a = 9223372036854775807\nb = -9223372036854775808") == {
        "a": 2**63 - 1,
        "b": -(2**63),
    }
