"""How an emulated instrument is reached: a pseudo-terminal, or a socket on loopback.

What can go wrong with any line goes wrong here, so that an instrument's own file is about its
language: see BEHAVIOURS.
"""

import asyncio
import os
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Literal, Protocol

Over = Literal["pty", "socket"]

BEHAVIOURS = {
    "silent": "hears and does, and answers nothing",
    "half": "answers the first half, without an end",
    "garbage": "answers bytes with their highest bits set, as at a wrong baud",
    "echo": "sends back what it hears, then answers",
    "late": "gives each answer only when it is asked the next thing",
    "unplugged": "goes away in the middle of the next answer",
}
_READ_BYTES = 4096


class Dialogue(Protocol):
    """An instrument's language: bytes heard, bytes answered."""

    behaviour: str

    def heard(self, received: bytes) -> bytes:
        """What it answers at once to what has come."""
        ...


class _Disturbed:
    """A dialogue, and what its line does to it."""

    def __init__(self, dialogue: Dialogue, unplug: Callable[[], None]) -> None:
        self._dialogue = dialogue
        self._unplug = unplug
        self._held = b""

    def heard(self, received: bytes, send: Callable[[bytes], object]) -> None:
        answer = self._dialogue.heard(received)
        behaviour = self._dialogue.behaviour
        if behaviour == "silent":
            return
        if behaviour == "late":
            answer, self._held = self._held, answer
        elif behaviour in ("half", "unplugged"):
            answer = answer[: len(answer) // 2]
        elif behaviour == "garbage" and answer:
            answer = bytes(byte | 0x80 for byte in answer.rstrip(b"\r\n")) + b"\r\n"
        elif behaviour == "echo":
            answer = received + answer
        else:
            answer, self._held = self._held + answer, b""
        send(answer)
        if behaviour == "unplugged":
            self._unplug()


@asynccontextmanager
async def served(dialogue: Dialogue, over: Over = "pty") -> AsyncIterator[str]:
    """The address where the instrument answers, for as long as it is asked for."""
    async with _OVER[over](dialogue) as address:
        yield address


@asynccontextmanager
async def _on_pty(dialogue: Dialogue) -> AsyncIterator[str]:
    far, near = os.openpty()
    tty.setraw(near)
    os.set_blocking(far, False)
    loop = asyncio.get_running_loop()
    ends = [near, far]

    def unplug() -> None:
        loop.remove_reader(far)
        while ends:
            os.close(ends.pop(0))

    line = _Disturbed(dialogue, unplug)

    def readable() -> None:
        line.heard(os.read(far, _READ_BYTES), lambda answer: os.write(far, answer))

    path = os.ttyname(near)
    loop.add_reader(far, readable)
    try:
        yield path
    finally:
        if ends:
            unplug()


@asynccontextmanager
async def _on_socket(dialogue: Dialogue) -> AsyncIterator[str]:
    talking: set[asyncio.StreamWriter] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = _Disturbed(dialogue, writer.close)
        talking.add(writer)
        try:
            while received := await reader.read(_READ_BYTES):
                line.heard(received, writer.write)
                await writer.drain()
        except ConnectionError:
            pass  # whoever asked has gone, as at any shut port
        finally:
            talking.discard(writer)
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield f"socket://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        # Python 3.12 waits here for those who still talk: they are hung up on first.
        for writer in tuple(talking):
            writer.close()
        await server.wait_closed()


_OVER = {"pty": _on_pty, "socket": _on_socket}
