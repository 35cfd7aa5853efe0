"""How far a command is that moves many bytes, on a terminal."""

from types import TracebackType
from typing import Self

from evenflow.cli import _output


class Bar:
    """A bar on a terminal, gone at the end; nothing elsewhere."""

    def __init__(self, *, is_shown: bool) -> None:
        """Hidden where an object on stdout is all that is wanted."""
        from rich.progress import Progress

        console = _output.console(to_stderr=True)
        hides = not (is_shown and console.is_terminal)
        self._progress = Progress(console=console, transient=True, disable=hides)
        self._task = self._progress.add_task("", total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def begin(self, step: str, total: int) -> None:
        """A step of so many units has begun."""
        self._progress.reset(self._task, total=total, description=step)

    def advance(self, units: int) -> None:
        """So many more of them are done."""
        self._progress.advance(self._task, units)
