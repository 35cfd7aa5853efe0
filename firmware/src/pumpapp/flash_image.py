"""Whether the files on the flash are those that were put there: all at boot, then a part a time.

Who deploys writes `hashes.json`: an object of path and SHA-256 in hex, a pair on each line, of
every other file. It is read a line at a time, for the whole of it would take a tenth of a Pico's
heap. A file that is listed and not there is spoilt like one that differs; one that is not listed
is not looked at. The library bears its own hash, may be installed anew over the link, and has a
version before to fall back to: it is left to the self-test of that name. A part is read into a
buffer that is there already; only a file's beginning and its end take heap.
"""

import binascii
from hashlib import sha256

from pumpcore._compat import Any, const

LIST = "hashes.json"
# A part takes 1.5 ms of SHA-256 on an RP2040.
PART_BYTES = 512
# What a file's beginning or end may take from the heap, at most.
OPEN_BYTES = const(2_048)
_JUDGED_APART = ("library.json", "library.json.previous")
# A pair between its quotation marks.
_PIECES = const(5)


class FlashImage:
    """A pass over the files of the list, begun anew for ever."""

    def __init__(self) -> None:
        """Before the first file; `is_listed` tells whether there is a list."""
        # The first file that was not as it should be; empty while all are.
        self.spoilt_name = ""
        self.pass_count = 0
        # Of the last step, at most.
        self.spent_bytes = 0
        self._part = bytearray(PART_BYTES)
        # Where the next line of the list begins, and the file at hand.
        self._offset = 0
        self._name = ""
        self._digest = b""
        self._file: Any = None
        self._hash: Any = None
        try:
            open(LIST, "rb").close()
            self.is_listed = True
        except OSError:
            self.is_listed = False

    def spoilt(self) -> list[str]:
        """Names of the files that are not as listed, after a look at all of them."""
        found = []
        self.pass_count = 0
        while self.is_listed and not self.pass_count:
            self.step()
            if self.spoilt_name:
                found.append(self.spoilt_name)
                if self.spoilt_name == LIST:
                    # What comes after a line that is no pair is no list.
                    self._offset = 0
                    self.pass_count = 1
                self.spoilt_name = ""
        return found

    def step(self) -> None:
        """Begin with the next file, look at a part of it, or judge it at its end."""
        self.spent_bytes = 0
        try:
            if self._file is None:
                self.spent_bytes = OPEN_BYTES
                self._begin()
                return
            count = self._file.readinto(self._part)
            if count == PART_BYTES:
                self._hash.update(self._part)
                return
            self.spent_bytes = OPEN_BYTES
            self._hash.update(memoryview(self._part)[:count])
            is_right = self._hash.digest() == self._digest
            self._file.close()
        except (OSError, ValueError):
            is_right = False
        if not is_right:
            self.spoilt_name = self._name
        self._file = None
        self._hash = None

    def _begin(self) -> None:
        """Open the file of the next pair; OSError or ValueError if it is not there, or no pair."""
        self._name = LIST
        with open(LIST, "rb") as lines:
            lines.seek(self._offset)
            line = lines.readline()
        self._offset += len(line)
        mark = line.strip()
        if mark == b"{":
            return
        if mark == b"}":
            self._offset = 0
            self.pass_count += 1
            return
        pieces = line.decode().split('"')
        if len(pieces) != _PIECES:
            raise ValueError(LIST)
        digest = binascii.unhexlify(pieces[3])
        if pieces[1] not in _JUDGED_APART:
            self._name = pieces[1]
            self._digest = digest
            self._hash = sha256()
            self._file = open(pieces[1], "rb")
