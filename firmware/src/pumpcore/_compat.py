"""The only file that knows which interpreter runs it."""

# Type checkers take it for True, whatever it says: `typing` exists for them alone.
TYPE_CHECKING = False

if TYPE_CHECKING:
    from gc import collect as collect_garbage
    from gc import mem_alloc, mem_free
    from typing import Any, Protocol

    def const(value: int) -> int:
        """MicroPython folds `const` at compile time; elsewhere it is the value itself."""
        return value

else:
    Any = object
    Protocol = object

    try:
        from micropython import const
    except ImportError:

        def const(value: int) -> int:
            """See above."""
            return value

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


__all__ = [
    "TYPE_CHECKING",
    "Any",
    "Protocol",
    "collect_garbage",
    "const",
    "mem_alloc",
    "mem_free",
]
