"""A drug library over the link: taken in parts, judged whole, and in its place by one rename.

The parts are appended to a file of their own. Until the last rename the library that was there is
`library.json`, whenever the power fails; a copy of it becomes the version before. It is refused
unless it is newer: neither an older version nor another content under the same one is taken.
"""

import os

from pumpapp.drug_library import FILE, PREVIOUS_FILE, UNSOUND, parse, require_sound
from pumpcore._compat import collect_garbage
from pumpcore.library import MAX_LIBRARY_BYTES, Library, numbers
from pumpcore.refusals import code

NEW_FILE = "library.json.new"
_COPY_FILE = "library.json.copy"
_PART_BYTES = 64

_DONE = code("none")
_INVALID = code("library_invalid")
_VERSION = code("library_version")
_PART = code("library_part")
_MEMORY = code("library_memory")
_STORAGE = code("library_storage")


class LibraryInstall:
    """Takes parts; `install` changes the library that everybody holds."""

    def __init__(self, library: Library) -> None:
        """No part yet."""
        self._library = library
        self._size_bytes = 0
        # Where the last part began.
        self._last_offset = 0

    def take(self, offset: int, length: int, first: bytes, second: bytes) -> int:
        """Append a part; a refusal code. The last part again changes nothing."""
        if offset == 0:
            self._size_bytes = 0
        elif offset == self._last_offset and offset + length == self._size_bytes:
            return _DONE
        if offset != self._size_bytes or not 0 < length <= 2 * _PART_BYTES:
            return _PART
        if offset + length > MAX_LIBRARY_BYTES:
            return _INVALID
        part = bytes(first) + bytes(second)
        try:
            with open(NEW_FILE, "ab" if offset else "wb") as file:
                file.write(part[:length])
        except OSError:
            return self._give_up()
        self._size_bytes += length
        self._last_offset = offset
        return _DONE

    def install(self, size_bytes: int, digest: bytes) -> int:
        """Judge what was taken and put it in place; a refusal code, and then nothing changes."""
        if size_bytes != self._size_bytes and digest == self._library.digest:
            # Once more, after an answer that was lost.
            return _DONE
        if size_bytes == 0 or size_bytes != self._size_bytes:
            return _PART
        self._size_bytes = 0
        collect_garbage()
        try:
            with open(NEW_FILE, "rb") as file:
                library = parse(file.read())
        except UNSOUND:
            return _INVALID
        except MemoryError:
            collect_garbage()
            return _MEMORY
        if library.digest != digest:
            return _INVALID
        held = self._library
        if library.digest != held.digest and not _is_newer(library, held):
            return _VERSION
        try:
            if library.digest != held.digest:
                _keep_previous()
            os.rename(NEW_FILE, FILE)
        except OSError:
            return self._give_up()
        held.adopt(library)
        return _DONE

    def _give_up(self) -> int:
        """The flash is full, or does not take it: make room."""
        self._size_bytes = 0
        for name in (NEW_FILE, _COPY_FILE):
            try:
                os.remove(name)
            except OSError:
                continue
        return _STORAGE


def _is_newer(library: Library, held: Library) -> bool:
    return not held.version or numbers(library.version) > numbers(held.version)


def _keep_previous() -> None:
    """The library that is there becomes the version before, if it is one."""
    try:
        with open(FILE, "rb") as file:
            content = file.read()
        require_sound(content)
    except (OSError, ValueError):
        return
    with open(_COPY_FILE, "wb") as file:
        file.write(content)
    os.rename(_COPY_FILE, PREVIOUS_FILE)
