"""The lines of standard input, for the questions of a session and what is typed in between.

One thread reads, and only while somebody waits: a question that comes while a line is awaited
anyway gets that line.
"""

import asyncio
import sys
from contextlib import suppress
from threading import Thread


class TypedLines:
    """Of one event loop; an empty line without its end is the end of the input."""

    def __init__(self) -> None:
        """Nothing is read before somebody waits."""
        self._waiting: list[asyncio.Future[str]] = []
        self._kept: list[str] = []
        self._is_reading = False

    async def next(self) -> str:
        """The next line that no question takes."""
        return await self._line(place=len(self._waiting))

    async def answer(self) -> str:
        """The next line; Ctrl-C is not held up by it."""
        return await self._line(place=0)

    async def _line(self, place: int) -> str:
        if self._kept:
            return self._kept.pop(0)
        line: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting.insert(place, line)
        self._read()
        try:
            return await line
        finally:
            if line in self._waiting:
                self._waiting.remove(line)

    def _read(self) -> None:
        if self._is_reading:
            return
        self._is_reading = True
        loop = asyncio.get_running_loop()

        def read() -> None:
            text = sys.stdin.readline()
            # The program may have ended meanwhile.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._take, text)

        Thread(target=read, name="keyboard", daemon=True).start()

    def _take(self, text: str) -> None:
        self._is_reading = False
        if self._waiting:
            line = self._waiting.pop(0)
            if not line.done():
                line.set_result(text)
                text = ""
        if text:
            self._kept.append(text)
        if self._waiting:
            self._read()
