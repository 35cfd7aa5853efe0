"""What the firmware uses of MicroPython's `micropython`, for the runtime that is CPython."""


def const(value: int) -> int:
    """The value itself; MicroPython folds it when it compiles."""
    return value


def heap_lock() -> None:
    """Nothing: CPython's heap cannot be locked."""


def heap_unlock() -> int:
    """Nothing was locked."""
    return 0


def kbd_intr(char: int) -> None:
    """Nothing: the link is not the console."""


def opt_level(level: int | None = None) -> int | None:
    """CPython keeps its assertions."""
    return None if level is not None else 0


def native(function: object) -> object:
    """The function itself."""
    return function


viper = native


def mem_info(verbose: object = None) -> None:
    """CPython has no fixed heap to tell of."""
