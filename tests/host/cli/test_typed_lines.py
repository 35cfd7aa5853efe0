"""Who gets a typed line: a question before what is typed in between, and each line once."""

import asyncio
import sys
from queue import Queue

import pytest

from evenflow.cli import _keyboard
from evenflow.cli._typed_lines import TypedLines

pytestmark = pytest.mark.requirement("KET-09")


class Keyboard:
    """In place of standard input; `readline` waits for what is put."""

    def __init__(self) -> None:
        """Nothing typed."""
        self.typed: Queue[str] = Queue()

    def readline(self) -> str:
        """As of a terminal."""
        return self.typed.get()


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Keyboard:
    keyboard = Keyboard()
    monkeypatch.setattr(sys, "stdin", keyboard)
    return keyboard


async def test_a_question_that_comes_later_gets_the_line(keyboard: Keyboard) -> None:
    lines = TypedLines()
    between = asyncio.create_task(lines.next())
    await asyncio.sleep(0)
    question = asyncio.create_task(lines.answer())
    await asyncio.sleep(0)

    keyboard.typed.put("yes\n")
    keyboard.typed.put("v 120/80\n")

    assert await question == "yes\n"
    assert await between == "v 120/80\n"


async def test_a_line_whose_reader_has_left_is_kept(keyboard: Keyboard) -> None:
    lines = TypedLines()
    left = asyncio.create_task(lines.next())
    await asyncio.sleep(0)
    left.cancel()
    await asyncio.gather(left, return_exceptions=True)

    keyboard.typed.put("one\n")
    keyboard.typed.put("two\n")

    assert await lines.next() == "one\n"
    assert await lines.next() == "two\n"


async def test_the_end_of_the_input_ends_every_reader(keyboard: Keyboard) -> None:
    lines = TypedLines()
    readers = asyncio.gather(lines.next(), lines.answer())
    keyboard.typed.put("")
    keyboard.typed.put("")

    assert await readers == ["", ""]


class Taker:
    """A session that is asked what it makes of a line."""

    def __init__(self) -> None:
        """Nothing entered."""
        self.entered: list[str] = []

    def enter(self, line: str) -> str:
        """Remember."""
        self.entered.append(line.strip())
        return "" if line.startswith("v ") else "told"


async def test_what_is_typed_goes_to_the_session_or_is_told_to_be_unknown(
    keyboard: Keyboard,
) -> None:
    taker, said = Taker(), []
    for line in ("v 120/80\n", "\n", "here\n", "start\n", "?\n", ""):
        keyboard.typed.put(line)

    await _keyboard.attend(taker, TypedLines(), None, said.append)

    assert taker.entered == ["v 120/80", "here", "?"]
    assert said[0] == said[2] == "told"
    assert said[1].startswith("unknown word 'start'")
