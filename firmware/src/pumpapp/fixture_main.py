"""Boot of a fixture: check the profile, put the board together, run it.

On a fixture's flash this file has the name and the place of a pump's `main`, and a pump's flash
has neither it nor the loop: which of the two a board is was decided when it was flashed.
"""

import json

from pumpapp import FIRMWARE_VERSION, NOT_FOR_USE
from pumpapp.fixture_loop import FixtureLoop
from pumpboard.fixture_build import build
from pumpcore.fixture.board import problems

PROFILE_FILE = "board.json"


def main() -> None:
    """Never returns; ValueError with every problem of a profile that cannot work."""
    print("Evenflow %s, fixture: drives no plunger. %s." % (FIRMWARE_VERSION, NOT_FOR_USE))
    with open(PROFILE_FILE) as file:
        profile = json.load(file)
    found = problems(profile)
    if found:
        raise ValueError(PROFILE_FILE + ": " + "; ".join(found))
    FixtureLoop(build(profile), profile).run()
