"""The same mistakes in a board file are named in the same words on every interpreter."""

import pytest
from core.board.mistakes import MISTAKES, TMC2209
from core.board.profiles import PUMPS, profile
from crossrun.interpreters import run_cpython, run_unix, run_wasm

pytestmark = pytest.mark.requirement("DES-08")

_SCRIPT = """
from pumpcore.board.check import problems
from pumpcore.board.drivers import missing

for profile in PROFILES:
    found = problems(profile)
    print(found or missing(profile))
"""


# As many as the smallest interpreter has memory for, whose collector is off.
_COUNT = 15


@pytest.mark.parametrize("first", range(0, len(MISTAKES), _COUNT))
def test_every_interpreter_names_the_same_mistakes(first: int) -> None:
    mistakes = MISTAKES[first : first + _COUNT]
    sound = [profile(path.stem) for path in PUMPS]
    sound.append(profile("pico", TMC2209))
    unsound = [profile(board, changes) for board, changes, _ in mistakes]
    script = f"PROFILES = {[*sound, *unsound]!r}\n{_SCRIPT}"
    output = run_cpython(script)

    told = output.splitlines()[len(sound) :]
    assert told == [str(list(lines)) for _, _, lines in mistakes]
    assert output == run_unix(script)
    assert output == run_wasm(script)
