"""The file system's part of a Pico's flash, kept in a file of the host: a NOR flash's rules.

An erased bit is 1 and programming only clears bits. Every write is half done when its time on the
chip passes: whoever cuts the power there leaves what a real cut leaves, a part of the bits. Cells
that read differently from one time to the next are not modelled.
"""

import _emu
from _cost import ERASE_US, PAGE_US
from _layout import OP_FLASH_ERASE, OP_FLASH_PROGRAM, OP_INTERRUPT

BLOCK_BYTES = 4096
PAGE_BYTES = 256

_INIT = 1
_DEINIT = 2
_SYNC = 3
_COUNT = 4
_SIZE = 5
_ERASE = 6
_EIO = 5
_NOISE_BYTES = 64


class Flash:
    """A block device as `rp2.Flash`: 4096-byte blocks, extended protocol.

    `spend(operation, argument, span_us)` passes a write's time while half of it is done. It says
    whether the power holds; without it every later call fails with EIO.
    """

    def __init__(self, file: object, block_count: int, seed: int, spend: object) -> None:
        """Over an open binary file of at least that many blocks; `seed` decides how cuts tear."""
        self._seek = file.seek
        self._readinto = file.readinto
        self._put = file.write
        self._block_count = block_count
        self._spend = spend
        self._state = seed & 0x7FFFFFFF
        self._is_dead = False
        self._erased = b"\xff" * BLOCK_BYTES

    def readblocks(self, block: int, buf: object, offset: int = 0) -> int:
        """Fill `buf` from that place on; 0 or a negative errno. No garbage, as on a Pico."""
        if self._is_dead:
            return -_EIO
        is_interrupted = False
        while True:
            try:
                self._seek(block * BLOCK_BYTES + offset)
                self._readinto(buf)
                break
            except KeyboardInterrupt:
                is_interrupted = True
        if is_interrupted:
            _emu.operate(OP_INTERRUPT, 0)
        return 0

    def writeblocks(self, block: int, buf: object, offset: int | None = None) -> int:
        """Program `buf`; without an offset its blocks are erased first."""
        if offset is not None:
            return _undisturbed(self._program, block * BLOCK_BYTES + offset, buf)
        for number in range(block, block + len(buf) // BLOCK_BYTES):
            if self.ioctl(_ERASE, number):
                return -_EIO
        return _undisturbed(self._program, block * BLOCK_BYTES, buf)

    def ioctl(self, operation: int, argument: int) -> int | None:
        """Block count and size, erase; None for what there is not."""
        if operation == _COUNT:
            return self._block_count
        if operation == _SIZE:
            return BLOCK_BYTES
        if operation == _ERASE:
            return _undisturbed(self._erase, argument, None)
        return 0 if operation in (_INIT, _DEINIT, _SYNC) else None

    def _program(self, start: int, buf: object) -> int:
        count = len(buf)
        before = bytearray(count)
        self._seek(start)
        self._readinto(before)
        after = bytes(buf) if before == self._erased[:count] else _and(before, buf)
        pages = (count + PAGE_BYTES - 1) // PAGE_BYTES
        argument = start // BLOCK_BYTES | pages << 16
        torn = self._torn(before, after, programs=True)
        return self._write(start, torn, after, OP_FLASH_PROGRAM, argument, pages * PAGE_US)

    def _erase(self, block: int, _buf: object) -> int:
        start = block * BLOCK_BYTES
        before = bytearray(BLOCK_BYTES)
        self._seek(start)
        self._readinto(before)
        torn = self._torn(before, self._erased, programs=False)
        return self._write(start, torn, self._erased, OP_FLASH_ERASE, block, ERASE_US)

    def _write(
        self, start: int, torn: bytes, after: bytes, operation: int, argument: int, span_us: int
    ) -> int:
        if self._is_dead:
            return -_EIO
        self._store(start, torn)
        if not self._spend(operation, argument, span_us):
            self._is_dead = True
            return -_EIO
        self._store(start, after)
        return 0

    def _store(self, start: int, values: bytes) -> None:
        self._seek(start)
        self._put(values)

    def _torn(self, before: bytes, after: bytes, programs: bool) -> bytes:
        """What is there half way: a part of the bytes, or a part of the bits of all bytes."""
        count = len(before)
        if self._random() & 1:
            whole = self._random() % count
            return bytes(after[:whole]) + bytes(before[whole:])
        noise = bytes([self._random() & 0xFF for _ in range(_NOISE_BYTES)])
        noise = (noise * (count // _NOISE_BYTES + 1))[:count]
        return _and(before, _or(after, noise)) if programs else _or(before, noise)

    def _random(self) -> int:
        # The generator of ISO C's example of rand, whose low bits are poor.
        self._state = (self._state * 1103515245 + 12345) & 0x7FFFFFFF
        return self._state >> 16


def spend(operation: int, argument: int, span_us: int) -> bool:
    """Tell the board of a write and let its time pass there; a cut ends this process in it."""
    _emu.operate(operation, argument)
    _emu.exchange(span_us)
    return True


def _undisturbed(operation: object, start: int, buf: object) -> int:
    """Keep Ctrl-C until littlefs has returned: thrown through it, its caches would lie.

    It is obeyed in the next exchange that writes nothing: code that does nothing but write to the
    flash, without an end, cannot be interrupted.
    """
    is_interrupted = False
    while True:
        try:
            result = operation(start, buf)
            break
        except KeyboardInterrupt:
            is_interrupted = True
    if is_interrupted:
        _emu.operate(OP_INTERRUPT, 0)
    return result


def _and(one: bytes, other: bytes) -> bytes:
    both = int.from_bytes(one, "little") & int.from_bytes(other, "little")
    return both.to_bytes(len(one), "little")


def _or(one: bytes, other: bytes) -> bytes:
    either = int.from_bytes(one, "little") | int.from_bytes(other, "little")
    return either.to_bytes(len(one), "little")
