"""Boot: check the profile, then put the pump together and run it.

What lies in the heap never moves. So what is needed once comes before what stays, and garbage is
collected long before the heap is full: else both would lie as small holes among what stays, and a
pump with 30 KB left would find no kilobyte of it in one piece.
"""

import json
import sys

import pumpcore
from pumpapp import FIRMWARE_VERSION, NOT_FOR_USE
from pumpcore._compat import collect_every, collect_garbage, const
from pumpcore.profile import Profile

PROFILE_FILE = "board.json"
_BOOT_GARBAGE_BYTES = const(4_096)


def main() -> None:
    """Never returns; Ctrl-C reaches the prompt of a bench, whose plunger stands by then."""
    print("Evenflow %s. %s." % (FIRMWARE_VERSION, NOT_FOR_USE))
    collect_every(_BOOT_GARBAGE_BYTES)
    # Before it is sound, no pin is known that could do or tell anything.
    profile = load_profile()
    from pumpapp import assembly

    assembly.start(profile)


def load_profile() -> Profile:
    """The board profile from flash; ValueError with every problem if it cannot work."""
    # Once; what its tables take of the heap is given back.
    from pumpcore.board.check import problems
    from pumpcore.board.drivers import missing

    with open(PROFILE_FILE) as file:
        profile = json.load(file)
    found = problems(profile) or missing(profile)
    if found:
        raise ValueError(PROFILE_FILE + ": " + "; ".join(found))
    del problems, missing
    for name in list(sys.modules):
        if name.startswith("pumpcore.board"):
            del sys.modules[name]
    delattr(pumpcore, "board")
    collect_garbage()
    return profile
