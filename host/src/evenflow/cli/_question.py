"""The one question of a session: does the person confirm this digest."""

import asyncio
import os
import sys
from contextlib import suppress
from threading import Thread

import click

from evenflow.cli import _words
from evenflow.client.records import Staged

_YES = "yes"


class Question:
    """Answered beforehand by `--yes`, else at the keyboard."""

    def __init__(self, *, is_answered: bool) -> None:
        """`is_answered`: the script has confirmed already."""
        self._is_answered = is_answered

    async def asked(self, staged: Staged) -> bool:
        """Whether this digest is confirmed; the end of the input is a no."""
        digest = _words.digest(staged.digest)
        if self._is_answered:
            click.echo(f"digest {digest}: confirmed by --yes", err=True)
            return True
        click.echo(f"Confirm the digest {digest}? Type {_YES}: ", nl=False, err=True)
        return (await typed_line()).strip().lower() == _YES


def has_keyboard() -> bool:
    """Whether standard input may be read; a program in the background would be stopped by it."""
    if not sys.stdin.isatty():
        return True
    return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()


async def typed_line() -> str:
    """The next line of standard input, empty at its end; Ctrl-C is not held up by it."""
    loop = asyncio.get_running_loop()
    line: asyncio.Future[str] = loop.create_future()

    def answer(text: str) -> None:
        if not line.done():
            line.set_result(text)

    def read() -> None:
        text = sys.stdin.readline()
        # The program may have ended meanwhile.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(answer, text)

    Thread(target=read, name="keyboard", daemon=True).start()
    return await line
