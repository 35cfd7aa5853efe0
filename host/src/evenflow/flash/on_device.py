"""What the host runs at the board's prompt while it flashes: sums, copies, renames.

Sent as text, and executed by MicroPython. Each answer is a line of fields with tabs between them.
The watchdog runs meanwhile, fed by every step: a board that the host has left starts again by
itself, with the firmware that it had.
"""

import os
import sys
import time
from binascii import hexlify
from hashlib import sha256

import machine

_FOLDER = 0x4000
# Where it keeps its files: the folder that it starts in. Paths below are of that.
_ROOT = os.getcwd().rstrip("/")
_ID_BYTES = 8
_part = memoryview(bytearray(1024))
_watchdog = machine.WDT(timeout=8000)


def _feed() -> None:
    _watchdog.feed()
    # An emulated board hears of it when time passes.
    time.sleep_us(1)


def tell_facts() -> None:
    """Interpreter, controller, room."""
    implementation = sys.implementation
    _feed()
    room = os.statvfs(_ROOT or "/")
    print(implementation.name, ".".join(str(one) for one in implementation.version[:3]), sep="\t")
    print(implementation._machine, implementation._mpy & 0xFF, sep="\t")
    print(_ident(), int("_emu" in sys.modules), sep="\t")
    print(room[0], room[3], _file_system(), sep="\t")


def _ident() -> str:
    """The controller's own number as the firmware tells it: see pumpcore.unique_id."""
    folded = bytearray(_ID_BYTES)
    for index, byte in enumerate(machine.unique_id()):
        folded[index % _ID_BYTES] ^= byte
    return hexlify(folded).decode()


def _file_system() -> str:
    """Its kind; empty if it is too old to say."""
    try:
        mounts = __import__("vfs").mount()
    except (ImportError, TypeError):
        return ""
    kinds = [type(one).__name__ for one, place in mounts if place == (_ROOT or "/")]
    return kinds[0] if kinds else ""


def tell_sums(folder: str = "") -> None:
    """Path, SHA-256 and size of every file, below a folder without a slash at its end."""
    for entry in os.ilistdir(_ROOT + folder or "/"):
        path = folder + "/" + entry[0]
        if entry[1] == _FOLDER:
            tell_sums(path)
        else:
            print(path, sum_of(path), os.stat(_ROOT + path)[6], sep="\t")


def sum_of(path: str) -> str:
    """SHA-256 in hex, of what is read back."""
    whole = sha256()
    with open(_ROOT + path, "rb") as file:
        count = file.readinto(_part)
        while count:
            whole.update(_part[:count])
            count = file.readinto(_part)
            _feed()
    return hexlify(whole.digest()).decode()


def make_room(path: str) -> None:
    """Make the folders that a file lies in."""
    _feed()
    place = path.find("/", 1)
    while place > 0:
        try:
            os.mkdir(_ROOT + path[:place])
        except OSError:
            os.stat(_ROOT + path[:place])
        place = path.find("/", place + 1)


def copy(source: str, target: str) -> None:
    """A file that is on the board already."""
    make_room(target)
    with open(_ROOT + source, "rb") as reader, open(_ROOT + target, "wb") as writer:
        count = reader.readinto(_part)
        while count:
            writer.write(_part[:count])
            count = reader.readinto(_part)
            _feed()


def put_in_place(path: str) -> None:
    """Rename `path`.new to `path`, which the file system does whole or not at all."""
    _feed()
    os.rename(_ROOT + path + ".new", _ROOT + path)


def remove(path: str) -> None:
    """A file, or a folder with all that is in it; nothing if it is not there."""
    _feed()
    try:
        is_folder = os.stat(_ROOT + path)[0] == _FOLDER
    except OSError:
        return
    if is_folder:
        for entry in list(os.ilistdir(_ROOT + path)):
            remove(path + "/" + entry[0])
        os.rmdir(_ROOT + path)
    else:
        os.remove(_ROOT + path)


def tell_firmware(slot: str) -> None:
    """Version and schema, as the modules of a slot say when they are imported."""
    _feed()
    os.chdir(_ROOT + slot)
    sys.path[:] = ["", ".frozen"]
    version = __import__("pumpapp").FIRMWARE_VERSION
    schema = __import__("pumpcore.wire.messages").wire.messages.SCHEMA
    os.chdir(_ROOT or "/")
    print(version, hexlify(schema).decode(), sep="\t")
