"""Firmware on CPython in the plant's own process: an exchange is a switch between two greenlets.

That saves two pipes, two processes taking turns and the copies between them. Host and firmware
never run at once, and each has its own modules (`namespace.py`). A processor that is killed runs
no further; firmware that makes no request for too long is stopped where it is, as by a signal.
"""

import ctypes
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from greenlet import GreenletExit, getcurrent, greenlet

from evenflow.emulator.namespace import Namespace

if TYPE_CHECKING:
    from array import array

# How often somebody looks whether the firmware has been at work for too long.
_LOOK_S = 0.25
# Firmware that catches even what ends it; it never runs again, but is not to be freed.
_undying: list[greenlet] = []


class Embedded:
    """One run of the firmware, as `Processor`, in the thread that steps the board."""

    is_idle = False
    pid = None

    def __init__(
        self,
        flash: Path,
        console: Path,
        overlay: Path,
        words: "tuple[array[int], array[int]]",
    ) -> None:
        """Ready to start; `words` are request and reply, what is printed goes to `console`."""
        request = words[0]
        for index in range(len(request)):
            request[index] = 0
        self._words = words
        self._log = _Log(console)
        self._namespace = Namespace(overlay, flash, self._log)
        self._host = getcurrent()
        self._firmware = greenlet(self._run)
        self._resume = self._firmware.switch
        self._return = self._host.switch
        # What `receive` returns when the firmware has given way.
        self._end = 0
        self._watch = _Watch(self._struck())

    def receive(self, _request: "array[int]", timeout_ms: int) -> int:
        """Run until the next request; the index of its end, 0 if it has ended, -1 on timeout."""
        self._end = 0
        watch = self._watch
        watch.limit_ms = timeout_ms
        watch.turn += 1
        try:
            self._resume()
        finally:
            watch.turn += 1
        return self._end

    def send(self, _reply: "array[int]") -> bool:
        """Whether there is somebody to take the answer, which is in its place already."""
        return not self._firmware.dead

    def kill(self) -> int:
        """End it at once; no exit code."""
        self._log.close()
        self._namespace.close()
        if not self._firmware.dead:
            self._watch.turn += 1
            self._firmware.throw(GreenletExit)
            if not self._firmware.dead:
                _undying.append(self._firmware)
        self._watch.end()
        return 0

    def _run(self) -> None:
        try:
            emu = self._namespace.load("_emu")
            emu.attach_here(*self._words, self._swap)
            self._namespace.load("_main").run(self._namespace.is_foreign)
        except BaseException as error:
            if self._namespace.is_foreign(error):
                raise
            traceback.print_exception(error, file=self._log)

    def _swap(self, byte_count: int) -> None:
        self._end = byte_count >> 2
        self._return()

    def _struck(self) -> type[BaseException]:
        """What ends an endless loop: as soon as it is made, in the loop, the host goes on."""

        def strike(_error: BaseException) -> None:
            self._end = -1
            self._return()

        return type("EndlessLoop", (BaseException,), {"__init__": strike})


class _Watch:
    """Raises an error in firmware that makes no request for `limit_ms` of this process's time.

    Not of the wall's: a process that is stopped, or that others keep from its core, is no reason.
    """

    def __init__(self, error: type[BaseException]) -> None:
        """Of firmware in this thread."""
        self.limit_ms = 0
        # Odd while the firmware is at work.
        self.turn = 0
        self._error = error
        self._thread_id = threading.get_ident()
        self._has_ended = threading.Event()
        threading.Thread(target=self._look, name="watch of a firmware", daemon=True).start()

    def end(self) -> None:
        """Nobody is to be watched any more."""
        self._has_ended.set()

    def _look(self) -> None:
        seen, since_s = 0, 0.0
        while not self._has_ended.wait(_LOOK_S):
            now_s = time.process_time()
            if self.turn != seen or not seen & 1:
                seen, since_s = self.turn, now_s
            elif (now_s - since_s) * 1000 > self.limit_ms:
                since_s = now_s
                ctypes.pythonapi.PyThreadState_SetAsyncExc(
                    ctypes.c_ulong(self._thread_id), ctypes.py_object(self._error)
                )


class _Log:
    """The console's file; what is printed after its end, by firmware that is killed, is lost."""

    def __init__(self, console: Path) -> None:
        """Append to it."""
        self._file = console.open("ab", buffering=0)

    def write(self, text: str) -> int:
        """Print."""
        if not self._file.closed:
            self._file.write(text.encode(errors="backslashreplace"))
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Print no more."""
        self._file.close()
