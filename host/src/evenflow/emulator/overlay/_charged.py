"""The modules `gc` and `hashlib`, which take the time that they are declared to take."""

import gc
import hashlib
import sys

import _emu
from _cost import COLLECT_US, MEM_FREE_US, SHA256_BLOCK_US
from _emu import IS_MICROPYTHON

_BLOCK_BYTES = 64
# The padding of a message, at least: one byte and its length.
_PADDING_BYTES = 9


class Collector:
    """Stands for `gc`."""

    def __getattr__(self, name: str) -> object:
        return getattr(gc, name)

    def collect(self) -> None:
        """Collect, which takes its time."""
        gc.collect()
        _emu.spend(COLLECT_US)

    def mem_alloc(self) -> int:
        """Bytes in use; 0 on CPython, whose heap has no bound worth telling."""
        return gc.mem_alloc() if IS_MICROPYTHON else 0

    def mem_free(self) -> int:
        """Bytes that are free, which takes its time; 0 on CPython."""
        _emu.spend(MEM_FREE_US)
        return gc.mem_free() if IS_MICROPYTHON else 0


class Hashes:
    """Stands for `hashlib`."""

    def __getattr__(self, name: str) -> object:
        return getattr(hashlib, name)

    def sha256(self, values: object = b"") -> "Sha256":
        """A SHA-256 of these bytes and of what follows."""
        return Sha256(values)


class Sha256:
    """A hash that is charged as its blocks fill, and the last of them with its digest."""

    def __init__(self, values: object) -> None:
        """Begin with these bytes."""
        self._hash = hashlib.sha256()
        self._count = 0
        self.update(values)

    def update(self, values: object) -> None:
        """Add bytes."""
        self._hash.update(values)
        before = self._count // _BLOCK_BYTES
        self._count += len(values)
        blocks = self._count // _BLOCK_BYTES - before
        if blocks:
            _emu.spend(blocks * SHA256_BLOCK_US)

    def digest(self) -> bytes:
        """The 32 bytes."""
        left = self._count % _BLOCK_BYTES
        blocks = (left + _PADDING_BYTES + _BLOCK_BYTES - 1) // _BLOCK_BYTES
        _emu.spend(blocks * SHA256_BLOCK_US)
        return self._hash.digest()


def install() -> None:
    """Let the firmware's imports find these."""
    sys.modules["gc"] = Collector()
    sys.modules["hashlib"] = Hashes()
