"""The only file that knows which interpreter runs it."""

from sys import maxsize

# Type checkers take it for True, whatever it says: `typing` exists for them alone.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from binascii import crc32
    from gc import collect as collect_garbage
    from gc import mem_alloc, mem_free
    from gc import threshold as collect_every
    from typing import Any, Protocol

    def listen_for_ctrl_c(char: int) -> None:
        """Have that character interrupt the program, at the console; -1 for none."""

    def const(value: int) -> int:
        """MicroPython folds `const` at compile time; elsewhere it is the value itself."""
        return value

    FIGURE: str

else:
    Any = object
    Protocol = object

    # A CRC-32 that does not fit a small integer would be taken from the heap, frame by frame.
    if maxsize >> 32:
        from binascii import crc32
    else:
        crc32 = None

    # Of an array of figures of 32 bits. One that does not fit is cut there; elsewhere it would be
    # refused, and has room.
    FIGURE = "i"

    try:
        from micropython import const
    except ImportError:
        FIGURE = "q"

        def const(value: int) -> int:
            """See above."""
            return value

    try:
        from micropython import kbd_intr as listen_for_ctrl_c
    except ImportError:

        def listen_for_ctrl_c(char: int) -> None:
            """Elsewhere Ctrl-C is the host's."""

    try:
        from gc import collect as collect_garbage
        from gc import mem_alloc, mem_free
    except ImportError:

        def collect_garbage() -> None:
            """CPython counts references; a collection there would only cost time."""

        def mem_alloc() -> int:
            """CPython's heap has no bound worth telling."""
            return 0

        def mem_free() -> int:
            """CPython's heap has no bound worth telling."""
            return 0

    try:
        from gc import threshold as collect_every
    except ImportError:

        def collect_every(byte_count: int) -> None:
            """A collector that cannot be told when it is due; -1 is never."""


__all__ = [
    "FIGURE",
    "TYPE_CHECKING",
    "Any",
    "Protocol",
    "collect_every",
    "collect_garbage",
    "const",
    "crc32",
    "listen_for_ctrl_c",
    "mem_alloc",
    "mem_free",
]
