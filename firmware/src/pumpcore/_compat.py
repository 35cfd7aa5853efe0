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

__all__ = ["Protocol", "const"]
