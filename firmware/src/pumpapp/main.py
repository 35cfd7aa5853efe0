"""Boot: check profile and library, make the board safe, then loop."""

import binascii
import json

from pumpapp import FIRMWARE_VERSION, NOT_FOR_USE
from pumpapp.commands import LINK_ACCEPTS, Commands
from pumpapp.loop import Loop
from pumpboard.build import build
from pumpboard.ports import Board, ClockChip
from pumpcore._compat import TYPE_CHECKING
from pumpcore.kernel import Kernel
from pumpcore.library import Library
from pumpcore.profile import Profile, problems
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import TO_DEVICE

if TYPE_CHECKING:
    from pumpapp.recorder import Recorder

PROFILE_FILE = "board.json"
LIBRARY_FILE = "library.json"


def main() -> None:
    """Never returns on a sound board."""
    print("Evenflow %s. %s." % (FIRMWARE_VERSION, NOT_FOR_USE))
    profile = load_profile()
    board = build(profile)
    kernel = Kernel(profile)
    endpoint = Endpoint(TO_DEVICE)
    library = load_library()
    kernel.boot(board.failures, board.was_watchdog_reset)
    recorder = record(board, kernel, library)
    if recorder is not None and recorder.account.was_cut_short and not board.was_watchdog_reset:
        kernel.tell_cut_short()
    commands = Commands(kernel, endpoint, board, profile, library, recorder)
    if commands.link_flags & LINK_ACCEPTS:
        print("The link has no keys: commands are accepted from anyone who is connected.")
    else:
        print("The link has no keys: commands are refused, except STOP.")
    loop = Loop(board, kernel, endpoint, commands, recorder)
    board.watchdog.start()
    loop.run()


def record(board: Board, kernel: Kernel, library: Library) -> "Recorder | None":
    """The recorder of a board that has a memory; None for one without."""
    if board.memory is None:
        print("No memory that outlives the power: no journal, no totals of doses.")
        return None
    # Where bytecode lies in the heap, a board without a memory keeps what this takes of it.
    from pumpapp.recorder import Recorder

    now_s = wall_clock_s(board.clock_chip)
    if not now_s:
        print("The clock chip does not know the time: doses count until NEW PATIENT.")
    return Recorder(board.memory, kernel, library, now_s, board.reset_cause)


def wall_clock_s(chip: ClockChip) -> int:
    """The chip's time in seconds since 2020-01-01; 0 if it does not know it."""
    from pumpcore.wall_clock import seconds_of

    if not chip.is_present or chip.has_lost_time():
        return 0
    try:
        year, month, day, hour, minute, second = chip.read()
    except OSError:
        return 0
    return seconds_of(year, month, day, hour, minute, second)


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
