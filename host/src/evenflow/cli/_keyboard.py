"""The panel of an emulated pump at the keyboard: `run --by-hand` and `emulate`."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from evenflow.cli._question import typed_line
from evenflow.cli._typed_lines import TypedLines
from evenflow.emulator import Plant

if TYPE_CHECKING:
    from evenflow.session.run import Session

KEYS = ("start", "stop", "acknowledge", "audio_pause", "prime", "check")
_PRESS_MS = 200.0
_MAX_HOLD_S = 60.0
# No span needs more characters.
_MAX_FIGURE = 9
HELP = (
    f"keys: {', '.join(KEYS)}; a number after it holds the key for so many seconds (prime 7); "
    "connect or disconnect: the line and the patient"
)


async def attend(
    session: "Session", lines: TypedLines, plant: Plant | None, say: Callable[[str], None]
) -> None:
    """Take what is typed during a session: findings, and the keys of an emulated plant, if any."""
    from evenflow.session import typed

    if plant is not None:
        say(HELP)
    while line := await lines.next():
        words = line.split()
        if not words:
            continue
        if words[0] in typed.WORDS:
            answer = session.enter(line)
        elif plant is not None:
            answer = _act(plant, words)
        else:
            answer = f"unknown word {words[0]!r}; {typed.HELP_TEXT}"
        if answer:
            say(answer)


async def press_keys(plant: Plant, say: Callable[[str], None]) -> None:
    """Press what is typed, line by line, until the input ends."""
    say(HELP)
    while line := await typed_line():
        words = line.split()
        if words:
            answer = _act(plant, words)
            if answer:
                say(answer)


def _act(plant: Plant, words: list[str]) -> str:
    """Do it; what was wrong with it, or nothing."""
    name = words[0].lower()
    if words == ["connect"]:
        plant.connect_patient()
        return ""
    if words == ["disconnect"]:
        plant.disconnect_patient()
        return ""
    if name not in KEYS:
        return f"no key {name!r}; {HELP}"
    held_ms = _PRESS_MS
    if len(words) > 1:
        is_short = len(words[1]) <= _MAX_FIGURE
        if not (is_short and words[1].isdecimal()) or not 0 < int(words[1]) <= _MAX_HOLD_S:
            return f"{words[1][:_MAX_FIGURE]!r}: whole seconds, 1 to {_MAX_HOLD_S:g}"
        held_ms = int(words[1]) * 1000.0
    plant.press(name, held_ms)
    return ""
