"""Boot: check the profile, make the board safe, test it, then loop."""

import json
import sys

import pumpapp
import pumpcore
from pumpapp import FIRMWARE_VERSION, NOT_FOR_USE
from pumpapp.commands import LINK_ACCEPTS, Commands
from pumpapp.loop import Loop
from pumpboard.build import build
from pumpboard.ports import Board, ClockChip
from pumpcore._compat import TYPE_CHECKING, collect_garbage
from pumpcore.kernel import Kernel
from pumpcore.library import Library
from pumpcore.limits import TICK_US
from pumpcore.profile import Profile
from pumpcore.tick_io import Outputs
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import TO_DEVICE

if TYPE_CHECKING:
    from pumpapp.recorder import Recorder

PROFILE_FILE = "board.json"


def main() -> None:
    """Never returns; Ctrl-C reaches the prompt of a bench, whose plunger stands by then."""
    print("Evenflow %s. %s." % (FIRMWARE_VERSION, NOT_FOR_USE))
    # Before these two are sound, no pin is known that could do or tell anything.
    profile = load_profile()
    board = build(profile)
    try:
        loop = assemble(board, profile)
    except Exception as error:
        board.plunger.stop()
        print("boot failed:", repr(error))
        cry(board)
    else:
        board.watchdog.start()
        loop.run()


def assemble(board: Board, profile: Profile) -> Loop:
    """Test what needs no running inputs, and put together what runs; nothing moves."""
    # Once; what it takes of the heap is given back.
    from pumpapp.power_on import PowerOn

    now_s = wall_clock_s(board.clock_chip)
    found = PowerOn(board, profile, now_s)
    del PowerOn
    for name in ("power_on", "drug_library"):
        del sys.modules["pumpapp." + name]
        delattr(pumpapp, name)
    collect_garbage()
    kernel = Kernel(profile)
    endpoint = Endpoint(TO_DEVICE)
    kernel.boot(found.failures, board.was_watchdog_reset, found.alarms_upper)
    recorder = record(board, kernel, found.library, now_s)
    if recorder is not None and recorder.account.was_cut_short and not board.was_watchdog_reset:
        kernel.tell_cut_short()
    commands = Commands(kernel, endpoint, board, profile, found.library, recorder, found.notes)
    if commands.link_flags & LINK_ACCEPTS:
        print("The link has no keys: commands are accepted from anyone who is connected.")
    else:
        print("The link has no keys: commands are refused, except STOP.")
    return Loop(board, kernel, endpoint, commands, recorder, found.flash)


def cry(board: Board) -> None:
    """Red light and tone without an end: there is no pump here, but a board that can say so."""
    outputs = Outputs()
    outputs.red_on = True
    outputs.tone_on = True
    clock = board.clock
    while True:
        board.panel.show(outputs)
        board.slow_signals.carry()
        clock.sleep_until(clock.later_us(clock.now_us(), TICK_US))


def record(board: Board, kernel: Kernel, library: Library, now_s: int) -> "Recorder | None":
    """The recorder of a board that has a memory; None for one without."""
    if board.memory is None:
        print("No memory that outlives the power: no journal, no totals of doses.")
        return None
    # Where bytecode lies in the heap, a board without a memory keeps what this takes of it.
    from pumpapp.recorder import Recorder

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
