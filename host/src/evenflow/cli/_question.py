"""The questions of a session: which patient is this, and is this digest confirmed."""

import os
import sys
from typing import TYPE_CHECKING

import click

from evenflow.cli import _words
from evenflow.cli._typed_lines import TypedLines
from evenflow.client.records import Ledger, Staged
from evenflow.session.same_patient import ANOTHER, SAME
from pumpcore import units

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_YES = "yes"
_FORGET = "forget"


class Question:
    """Answered beforehand by `--yes`, else at the keyboard."""

    def __init__(
        self, *, is_answered: bool, is_new_patient: bool = False, lines: TypedLines | None = None
    ) -> None:
        """`is_answered`: the script has confirmed already; for a new patient it has said so.

        `lines` are those that others read too.
        """
        self._line: Callable[[], Awaitable[str]] = typed_line if lines is None else lines.answer
        self._is_answered = is_answered
        self._is_new_patient = is_new_patient

    async def asked_patient(self, ledger: Ledger) -> str:
        """`same`, `new` or nothing; to forget what was given takes a second word."""
        given = f"{ledger.total_ng / units.NG_PER_MG:.2f} mg"
        if self._is_new_patient:
            click.echo(
                f"{given} were given to another patient: forgotten by --new-patient", err=True
            )
            return ANOTHER
        if self._is_answered:
            click.echo(f"{given} were given already: the same patient, by --yes", err=True)
            return SAME
        click.echo(
            f"This pump has given {given} since NEW PATIENT, {_within_a_day(ledger)} of it in the "
            f"last 24 h. Is this the same patient? Type {SAME} or {ANOTHER}: ",
            nl=False,
            err=True,
        )
        answer = (await self._line()).strip().lower()
        if answer != ANOTHER:
            return answer
        click.echo(f"That forgets {given}, for good. Type {_FORGET}: ", nl=False, err=True)
        return ANOTHER if (await self._line()).strip().lower() == _FORGET else ""

    async def asked(self, staged: Staged) -> bool:
        """Whether this digest is confirmed; the end of the input is a no."""
        digest = _words.digest(staged.digest)
        if self._is_answered:
            click.echo(f"digest {digest}: confirmed by --yes", err=True)
            return True
        click.echo(f"Confirm the digest {digest}? Type {_YES}: ", nl=False, err=True)
        return (await self._line()).strip().lower() == _YES


def _within_a_day(ledger: Ledger) -> str:
    return f"{ledger.window_ng / units.NG_PER_MG:.2f} mg"


def has_keyboard() -> bool:
    """Whether standard input may be read; a program in the background would be stopped by it."""
    if not sys.stdin.isatty():
        return True
    return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()


async def typed_line() -> str:
    """The next line of standard input, empty at its end; Ctrl-C is not held up by it."""
    return await TypedLines().answer()
