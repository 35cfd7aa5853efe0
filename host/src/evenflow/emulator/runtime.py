"""Which interpreter runs the firmware of an emulated board, and how it is started."""

import os
import shutil
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from evenflow.errors import WrongUsage

RUNTIMES = ("micropython", "cpython", "auto")

# The firmware takes 1.57 times as much of the heap on the 64-bit interpreter as on a 32-bit one.
# What a board has in its interpreter's image lies in the heap here: the overlay, 62 KB of it. So
# 245,888 bytes of a Pico are imitated by 232 Ki words of 2 bytes (`-X heapsize=232wK`).
_HEAP_NUM = 157
_HEAP_DEN = 100
_OVERLAY_BYTES = 62_600
# And what makes a file system of an image, less what one takes on a Pico.
_IMAGE_BYTES = 25_000
# The interpreter's table of names doubles when it is full. The firmware has 2,040 of them, and
# only with the overlay's 513 there are more than 2,540: then the table takes so much more, as it
# does on no board.
_NAMES_BYTES = 28_200
_BYTES_PER_HEAP_UNIT = 2048

_RUN_EMBEDDED = (
    "import sys; sys.path.insert(0, {folder!r}); import micropython_run; "
    "sys.argv[0] = 'micropython'; sys.exit(micropython_run.run_main(sys.argv))"
)


def of_a_board(byte_count: int) -> int:
    """What so many bytes of the 64-bit interpreter's heap are on a 32-bit one, about."""
    return byte_count * _HEAP_DEN // _HEAP_NUM


@dataclass(frozen=True, slots=True)
class Runtime:
    """A chosen interpreter: `name` is micropython or cpython, `note` what a user should know."""

    name: str
    note: str
    command: tuple[str, ...]

    def environment(self) -> dict[str, str]:
        """What the interpreter may know of this machine."""
        path = os.environ.get("PATH", "")
        return {"PATH": path, "PYTHONHASHSEED": "0", "MICROPYPATH": ".frozen"}


def choose(wanted: str, heap_bytes: object, *, has_image: bool = False) -> Runtime:
    """The interpreter for `wanted` (one of RUNTIMES), its heap sized like the controller's.

    `auto` takes MicroPython if its wheel is installed, else CPython, and says so in `note`.
    """
    if wanted not in RUNTIMES:
        raise WrongUsage(
            "unknown_runtime", f"no runtime {wanted!r}", f"choose one of {', '.join(RUNTIMES)}"
        )
    if not isinstance(heap_bytes, int):
        raise WrongUsage(
            "board_file", "memory.heap_bytes is not a whole number", "correct the board file"
        )
    found = None if wanted == "cpython" else _micropython()
    if found is not None:
        wanted_bytes = heap_bytes * _HEAP_NUM // _HEAP_DEN + _OVERLAY_BYTES + _NAMES_BYTES
        wanted_bytes += _IMAGE_BYTES if has_image else 0
        heap_units = wanted_bytes // _BYTES_PER_HEAP_UNIT
        return Runtime("micropython", "", (*found, "-X", f"heapsize={heap_units}wK"))
    if wanted == "micropython":
        raise WrongUsage(
            "no_micropython",
            "MicroPython is not installed beside this Python",
            "install evenflow[emulator], or use the runtime cpython",
        )
    note = ""
    if wanted == "auto":
        note = (
            "no MicroPython for this platform: the same firmware runs on CPython over the same "
            "emulated hardware, without a controller's heap and word size"
        )
    return Runtime("cpython", note, (sys.executable, "-s", "-S", "-P", "-u"))


def _micropython() -> tuple[str, ...] | None:
    spec = find_spec("micropython_run")
    if spec is not None and spec.origin is not None:
        # Started bare: no site-packages, a third of the start-up time of the wheel's own script.
        code = _RUN_EMBEDDED.format(folder=str(Path(spec.origin).parent))
        return (sys.executable, "-I", "-S", "-c", code)
    beside = Path(sys.executable).with_name("micropython")
    script = str(beside) if beside.exists() else shutil.which("micropython")
    return None if script is None else (script,)
