"""What executes the firmware of a board without an image: a process, or a greenlet in this one.

MicroPython has a process of its own. CPython runs in this one if greenlet is installed, which
saves a third of the time, unless the board is stepped beside work that must not wait for it.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from evenflow.emulator.lockstep import Processor
from evenflow.emulator.runtime import Runtime

if TYPE_CHECKING:
    from array import array

CONSOLE_LOG = "console.log"


class AnyProcessor(Protocol):
    """One run of the firmware, from power-on or reset until it ends or is killed."""

    @property
    def is_idle(self) -> bool:
        """Whether silence means that nothing is to be expected."""

    @property
    def pid(self) -> int | None:
        """The number of its process, if it has one of its own."""

    def receive(self, request: "array[int]", timeout_ms: int) -> int:
        """The next request; the index of its end, 0 if the firmware is gone, -1 on timeout."""

    def send(self, reply: "array[int]") -> bool:
        """Answer the request; False if the firmware is gone."""

    def kill(self) -> int:
        """End it at once; the exit code of its process."""


def start(
    runtime: Runtime,
    folder: Path,
    overlay: Path,
    words: "tuple[array[int], array[int]]",
    *,
    own_process: bool,
) -> AnyProcessor:
    """Start the firmware in `folder`/flash; `words` are the board's request and reply."""
    flash, console = folder / "flash", folder / CONSOLE_LOG
    if runtime.name == "cpython" and not own_process and find_spec("greenlet") is not None:
        embedded = import_module("evenflow.emulator.embedded")
        processor: AnyProcessor = embedded.Embedded(flash, console, overlay, words)
        return processor
    return Processor(runtime, flash, console, runtime.environment(), overlay)
