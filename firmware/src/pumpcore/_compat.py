"""The only file that knows which interpreter runs it."""

try:
    from micropython import const
except ImportError:

    def const(value: int) -> int:
        """MicroPython folds `const` at compile time; elsewhere it is the value itself."""
        return value


try:
    from typing import Protocol
except ImportError:
    Protocol = object

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


__all__ = ["Protocol", "collect_garbage", "const", "mem_alloc", "mem_free"]
