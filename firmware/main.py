"""What MicroPython runs at power-on: the firmware in the slot that is active.

The file `slot` names it, `a` or `b`, and the SHA-256 of the hashes.json there; `evenflow flash`
fills the other slot, and renames a file to `slot` last of all. Without that file the firmware is
what the path leads to: put there by hand, by mip, or frozen. Nothing else about a slot is known
here, so that any version of this file starts any version of a firmware.
"""

import os
import sys
from binascii import hexlify
from hashlib import sha256

_NO_SUCH_FILE = 2


def enter() -> str:
    """Go where the firmware is; what keeps it from being started, or nothing."""
    try:
        with open("slot") as file:
            name, digest = file.read().split()
    except OSError as error:
        return "" if error.args[0] == _NO_SUCH_FILE else "the file slot cannot be read"
    except ValueError:
        return "the file slot is spoilt"
    try:
        with open(name + "/hashes.json", "rb") as file:
            found = hexlify(sha256(file.read()).digest()).decode()
    except OSError:
        return "slot %s is not there" % name
    if found != digest:
        return "slot %s is not the one that was put there" % name
    # A port starts in the folder of its files: / or /flash.
    os.chdir(name)
    # Not /lib: a package that is not in the slot must not come from elsewhere.
    sys.path[:] = ["", ".frozen"]
    return ""


problem = enter()
del enter
if not problem:
    try:
        from pumpapp.main import main
    except (ImportError, ValueError, SyntaxError) as error:
        # ValueError: bytecode of another MicroPython.
        problem = repr(error)
    else:
        main()
if problem:
    print("Evenflow: this board needs flashing:", problem)
