"""Boot: check profile and library, make the board safe, then loop."""

import binascii
import json

from pumpapp import FIRMWARE_VERSION, NOT_FOR_USE
from pumpapp.commands import LINK_ACCEPTS, Commands
from pumpapp.loop import Loop
from pumpboard.build import build
from pumpcore.kernel import Kernel
from pumpcore.library import Library
from pumpcore.profile import Profile, problems
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import TO_DEVICE

PROFILE_FILE = "board.json"
LIBRARY_FILE = "library.json"


def main() -> None:
    """Never returns on a sound board."""
    print("Evenflow %s. %s." % (FIRMWARE_VERSION, NOT_FOR_USE))
    profile = load_profile()
    board = build(profile)
    kernel = Kernel(profile)
    endpoint = Endpoint(TO_DEVICE)
    commands = Commands(kernel, endpoint, board, profile, load_library())
    if commands.link_flags & LINK_ACCEPTS:
        print("The link has no keys: commands are accepted from anyone who is connected.")
    else:
        print("The link has no keys: commands are refused, except STOP.")
    kernel.boot(board.failures, board.was_watchdog_reset)
    loop = Loop(board, kernel, endpoint, commands)
    board.watchdog.start()
    loop.run()


def load_profile() -> Profile:
    """The board profile from flash; ValueError with every problem if it cannot work."""
    with open(PROFILE_FILE) as file:
        profile = json.load(file)
    found = problems(profile)
    if found:
        raise ValueError(PROFILE_FILE + ": " + "; ".join(found))
    return profile


def load_library() -> Library:
    """The drug library from flash; an empty one, for bench orders only, if there is none."""
    try:
        with open(LIBRARY_FILE) as file:
            library = json.load(file)
    except OSError:
        return Library()
    return Library(library["entries"], binascii.unhexlify(library["digest"]))
