"""The question of the patient: what is typed, what it takes to forget, what options answer."""

from dataclasses import fields

import pytest

from evenflow.cli import _question
from evenflow.cli._question import Question
from evenflow.client.records import Ledger

pytestmark = pytest.mark.requirement("LIB-13")

GIVEN = Ledger(
    **{field.name: 0 for field in fields(Ledger)}  # type: ignore[arg-type]
    | {"total_ng": 35_000_000, "window_ng": 12_000_000}
)


async def answered(
    monkeypatch: pytest.MonkeyPatch, *lines: str, yes: bool = False, new: bool = False
) -> str:
    typed = iter(lines)

    async def line() -> str:
        return next(typed)

    monkeypatch.setattr(_question, "typed_line", line)
    answer = await Question(is_answered=yes, is_new_patient=new).asked_patient(GIVEN)
    assert list(typed) == []
    return answer


async def test_what_was_given_is_told_and_the_answer_taken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await answered(monkeypatch, " Same\n") == "same"

    asked = capsys.readouterr().err
    assert "35.00 mg" in asked
    assert "12.00 mg of it in the last 24 h" in asked


@pytest.mark.parametrize(("second", "answer"), [("forget\n", "new"), ("yes\n", ""), ("", "")])
async def test_to_forget_takes_a_second_word(
    second: str, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await answered(monkeypatch, "new\n", second) == answer


async def test_the_end_of_the_input_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await answered(monkeypatch, "") == ""


async def test_options_answer_and_say_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await answered(monkeypatch, yes=True) == "same"
    assert "the same patient, by --yes" in capsys.readouterr().err
    assert await answered(monkeypatch, yes=True, new=True) == "new"
    assert "forgotten by --new-patient" in capsys.readouterr().err
