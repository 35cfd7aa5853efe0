"""From a checked profile to a pump that runs: board first, its self-test, then the rest."""

import sys

from pumpboard.build import build
from pumpboard.ports import Board, ClockChip
from pumpcore._compat import (
    TYPE_CHECKING,
    collect_every,
    collect_garbage,
    const,
    mem_alloc,
    mem_free,
)
from pumpcore.limits import TICK_US
from pumpcore.profile import Profile
from pumpcore.tick_io import Outputs

if TYPE_CHECKING:
    from pumpapp.commands import Commands
    from pumpapp.keyframe_report import KeyframeReport
    from pumpapp.loop import Loop
    from pumpapp.power_on import PowerOn
    from pumpapp.recorder import Recorder
    from pumpcore.kernel import Kernel
    from pumpcore.library import Library

_NEVER = const(-1)
# Beside the slots, or beside a firmware that lies in none.
KEY_FILES = ("../device.key", "device.key")
# 32 bytes in hexadecimal; what follows shows that it is no key.
_KEY_CHARACTERS = const(66)
# One twentieth of the heap: keyframes take half of it, and commands need the rest.
_ROOM = const(20)


def start(profile: Profile) -> None:
    """Never returns; a pump that cannot be put together says so until it is switched off."""
    board = build(profile)
    try:
        loop = assemble(board, profile)
    except Exception as error:
        board.plunger.stop()
        print("boot failed:", repr(error))
        cry(board)
    else:
        # From here on the loop says when.
        collect_every(_NEVER)
        board.watchdog.start()
        loop.run()


def assemble(board: Board, profile: Profile) -> "Loop":
    """Test what needs no running inputs, and put together what runs; nothing moves."""
    now_s = wall_clock_s(board.clock_chip)
    found = tested(board, profile, now_s)
    from pumpapp.commands import Commands
    from pumpapp.loop import Loop
    from pumpcore.kernel import Kernel
    from pumpcore.wire.endpoint import Endpoint
    from pumpcore.wire.messages import TO_DEVICE

    kernel = Kernel(profile)
    endpoint = Endpoint(TO_DEVICE)
    kernel.boot(found.failures, board.was_watchdog_reset, found.alarms_upper)
    recorder = record(board, kernel, found.library, now_s)
    if recorder is not None and recorder.account.was_cut_short and not board.was_watchdog_reset:
        kernel.tell_cut_short()
    commands = Commands(kernel, endpoint, board, profile, found.library, recorder, found.notes)
    if board.display is not None:
        # Its words and lines take heap, which boards without one have better use for.
        from pumpapp.status_screen import StatusScreen

        commands.screen = StatusScreen(board.display)
    lock(board, commands, recorder)
    loop = Loop(board, kernel, endpoint, commands, recorder, found.flash)
    commands.keyframe = report_of(kernel)
    return loop


def tested(board: Board, profile: Profile, now_s: int) -> "PowerOn":
    """The self-test that needs no running inputs; its code is given back."""
    from pumpapp.power_on import PowerOn

    found = PowerOn(board, profile, now_s)
    del PowerOn
    for name in ("power_on", "drug_library"):
        forget("pumpapp", name)
    collect_garbage()
    return found


def lock(board: Board, commands: "Commands", recorder: "Recorder | None") -> None:
    """Let commands need the board's key, if it has one, and say what the link takes."""
    from pumpapp.commands import LINK_ACCEPTS, LINK_NEEDS_KEY

    content = key_file()
    if content:
        # What it takes of the heap, a board without a key keeps.
        from pumpapp.link_keys import LinkKeys, parse

        try:
            commands.require(LinkKeys(parse(content), board, recorder))
        except ValueError:
            commands.lock()
            print("The link has a spoilt key: commands are refused, except STOP.")
            return
    if commands.link_flags & LINK_NEEDS_KEY:
        print("The link has a key: commands need it, STOP too.")
    elif commands.link_flags & LINK_ACCEPTS:
        print("The link has no lock: commands are accepted from anyone who is connected.")
    else:
        print("The link has no key: commands are refused, except STOP.")


def key_file() -> bytes:
    """What the file of the board's key holds, as far as a key goes; nothing if there is none."""
    for name in KEY_FILES:
        try:
            with open(name, "rb") as file:
                return file.read(_KEY_CHARACTERS) or b"\0"
        except OSError:
            continue
    return b""


def report_of(kernel: "Kernel") -> "KeyframeReport | None":
    """What tells the kernel's state; None where the rest has left no room for it."""
    collect_garbage()
    report = None
    if mem_free() * _ROOM >= mem_free() + mem_alloc():
        # Here, and not in a function of its own: a Pico's stack is short.
        try:
            from pumpapp.keyframe_report import KeyframeReport
            from pumpcore.keyframe_table import LAYOUT, Table

            report = KeyframeReport(kernel, Table(kernel), LAYOUT)
            del Table
        except (MemoryError, RuntimeError):
            # What is left lies in pieces, or the stack is too short here; a pump without keyframes
            # is a pump all the same.
            forget("pumpapp", "keyframe_report")
    forget("pumpcore", "keyframe_table")
    collect_garbage()
    if report is None:
        print("Too little heap is left for keyframes: a replay cannot go on after a gap.")
    return report


def forget(package: str, name: str) -> None:
    """Give back the code of a module, if it was loaded."""
    if package + "." + name in sys.modules:
        del sys.modules[package + "." + name]
        parent = sys.modules[package]
        if hasattr(parent, name):
            delattr(parent, name)


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


def record(board: Board, kernel: "Kernel", library: "Library", now_s: int) -> "Recorder | None":
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
