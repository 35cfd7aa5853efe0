"""Why the pump says no: each row once, with words for a person."""

import ast
from pathlib import Path

import pytest

import pumpcore
from evenflow.emulator.bytecode import bare_table
from pumpcore.refusal_words import REFUSALS
from pumpcore.refusals import TABLE, code, name_of

pytestmark = pytest.mark.requirement("DES-07")

CORE = Path(pumpcore.__file__).parent


def test_a_code_is_the_row_of_its_name() -> None:
    for index, refusal in enumerate(REFUSALS):
        assert code(refusal.name) == index
        assert name_of(index) == refusal.name
    assert code("none") == 0
    with pytest.raises(KeyError):
        code("no_such_refusal")


def test_on_a_board_the_table_has_names_alone_and_the_same_codes() -> None:
    bare = bare_table(TABLE)

    assert bare.split() == [word for refusal in REFUSALS for word in (refusal.name, "|")]
    assert bare.count("\n") == TABLE.count("\n") == len(REFUSALS) + 1
    assert bare.startswith("\n")


def test_names_are_unique_and_fit_the_wire() -> None:
    names = [refusal.name for refusal in REFUSALS]

    assert len(set(names)) == len(names) <= 256


@pytest.mark.parametrize("refusal", REFUSALS[1:], ids=lambda refusal: refusal.name)
def test_every_refusal_says_why_and_what_to_do(refusal: object) -> None:
    assert refusal.reason
    assert refusal.hint
    assert not refusal.reason.endswith(".")


def test_every_name_that_the_core_refuses_by_is_in_the_table() -> None:
    """A name that is not would break the answer, not the order."""
    known = {refusal.name for refusal in REFUSALS}
    used = set()
    for path in CORE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                first = node.args[0] if node.args else None
                is_refusal = node.func.id in ("Refused", "code", "_within")
                if is_refusal and isinstance(first, ast.Constant):
                    used.add(first.value)

    assert used
    assert used <= known
