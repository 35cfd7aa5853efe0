"""The drug library from the flash, or the version before it if that is all that is left.

Who installs one keeps the file that was there as `library.json.previous`. An order is planned with
one version and names it by hash, so that the wrong one refuses it.
"""

import binascii
import json
from hashlib import sha256

from pumpcore.library import Library, numbers

FILE = "library.json"
PREVIOUS_FILE = "library.json.previous"
SCHEMA = 2
# What a file that is no library raises; RuntimeError where it is nested beyond the stack.
UNSOUND = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    ArithmeticError,
    RuntimeError,
)
_BODY_AT = len('{"schema":2,"digest":"0123456789abcdef",')


class Loaded:
    """A library, and what was wrong: `problem` is empty if nothing was."""

    def __init__(self, library: Library, problem: str = "") -> None:
        """As it was found."""
        self.library = library
        self.problem = problem
        self.is_previous = False
        # There is one, and neither it nor the version before can be used.
        self.is_spoilt = False


def load() -> Loaded:
    """The library that is installed; an empty one, for bench orders only, if there is none."""
    library, problem = _read(FILE)
    if library is not None:
        return Loaded(library)
    previous, _ = _read(PREVIOUS_FILE)
    if previous is not None:
        loaded = Loaded(previous, problem + "; the version before it is used")
        loaded.is_previous = True
        return loaded
    loaded = Loaded(Library(), problem)
    loaded.is_spoilt = _is_there(FILE) or _is_there(PREVIOUS_FILE)
    return loaded


def _read(name: str) -> tuple:
    try:
        with open(name, "rb") as file:
            return parse(file.read()), ""
    except OSError:
        return None, name + " is missing"
    except UNSOUND + (MemoryError,) as error:
        return None, "%s: %r" % (name, error)


def parse(content: bytes) -> Library:
    """The library in a file's bytes; ValueError, KeyError or TypeError if it is none.

    MemoryError if it is larger than what is free.
    """
    digest = require_sound(content)
    library = json.loads(content)
    numbers(library["version"])
    return Library(library["entries"], digest, library["valid_until_s"], library["version"])


def require_sound(content: bytes) -> bytes:
    """The digest in a file's bytes, of all that follows it; ValueError if it is another."""
    digest = sha256(memoryview(content)[_BODY_AT:]).digest()[:8]
    head = b'{"schema":%d,"digest":"%s",' % (SCHEMA, binascii.hexlify(digest))
    if content[:_BODY_AT] != head:
        raise ValueError("not as it was compiled")
    return digest


def _is_there(name: str) -> bool:
    try:
        open(name, "rb").close()
    except OSError:
        return False
    return True
