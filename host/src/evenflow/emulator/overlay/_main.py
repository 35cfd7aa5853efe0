"""Runs `main.py` as the interpreter of a controller does at boot, and tells what ended it."""

import sys

import _charged
import _emu
import _entropy


def run(is_foreign: object = None) -> int:
    """0 when it has ended by itself, 1 by an error; one that `is_foreign` goes on to the host."""
    _charged.install()
    _entropy.install()
    try:
        # A script, not a module.
        with open("main.py") as source:
            exec(compile(source.read(), "main.py", "exec"), {"__name__": "__main__"})
        code = 0
    except _emu.BoardGone:
        return 0
    except SystemExit:
        code = 0
    except BaseException as error:  # the last resort of a controller: tell, then stand still
        if is_foreign is not None and is_foreign(error):
            raise
        _report(error)
        code = 1
    # What it did since its last sleep has happened.
    _emu.exchange(0)
    return code


def _report(error: BaseException) -> None:
    """Print the traceback to the console log, as MicroPython does before its prompt."""
    if _emu.IS_MICROPYTHON:
        sys.print_exception(error, sys.stderr)
    else:
        import traceback

        traceback.print_exception(error, file=sys.stderr)
