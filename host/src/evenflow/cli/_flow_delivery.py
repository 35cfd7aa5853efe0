"""How a recording knows when the pump runs, and how it shows how far it is."""

import asyncio
from typing import TYPE_CHECKING, Self

import click

from evenflow.cli import _output, _words
from evenflow.cli._question import typed_line
from evenflow.errors import CheckFailed
from pumpcore import units

if TYPE_CHECKING:
    from evenflow.client.pump import Pump
    from evenflow.flow.recorder import Progress

_INFUSING = "infusing"
_SAY_EVERY_S = 60.0


class ByHand:
    """A person presses START and stops the pump, and says so with Enter."""

    def __init__(self, shown: "Shown", *, at_once: bool) -> None:
        """`at_once`: nobody is asked."""
        self._shown = shown
        self._has_started = at_once
        self._has_stopped = at_once
        self._typed: asyncio.Task[str] | None = None

    def has_started(self) -> bool:
        """Whether Enter came after the rest."""
        self._has_started = self._has_started or self._enter("press START, and at once Enter here")
        return self._has_started

    def has_stopped(self) -> bool:
        """Whether Enter came after the run."""
        self._has_stopped = self._has_stopped or self._enter("stop the pump, then press Enter")
        return self._has_stopped

    def facts(self) -> dict[str, float]:
        """A person has said it before, with --rate."""
        return {}

    def _enter(self, what: str) -> bool:
        if self._typed is None:
            self._shown.say(what)
            self._typed = asyncio.create_task(typed_line())
        if not self._typed.done():
            return False
        if not self._typed.result():
            raise CheckFailed("aborted", "nobody is at the keyboard", "use --at-once, or --port")
        self._typed = None
        return True


class ByPump:
    """The pump's own telemetry says when it infuses, and how fast."""

    def __init__(self, pump: "Pump", *, states_rate: bool) -> None:
        """`states_rate`: nobody else has said what is set."""
        self._pump = pump
        self._states_rate = states_rate

    def has_started(self) -> bool:
        """Whether it infuses."""
        latest = self._pump.latest
        return latest is not None and latest.state_name == _INFUSING

    def has_stopped(self) -> bool:
        """Whether it no longer does."""
        return not self.has_started()

    def facts(self) -> dict[str, float]:
        """Its rate, if nobody has said another."""
        latest = self._pump.latest
        if latest is None or not self._states_rate:
            return {}
        return {"rate_ml_per_h": latest.commanded_ul_per_h / units.UL_PER_ML}


class Shown:
    """What is weighed, in one line on a terminal; a line a minute elsewhere."""

    def __init__(self, *, is_shown: bool) -> None:
        """Hidden where an object on stdout is all that is wanted."""
        from rich.live import Live

        self._is_shown = is_shown
        console = _output.console(to_stderr=True)
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._is_live = is_shown and console.is_terminal
        self._said_s = -_SAY_EVERY_S
        self._phase = ""

    def __enter__(self) -> Self:
        if self._is_live:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_live:
            self._live.stop()

    def say(self, words: str) -> None:
        """What somebody has to do now."""
        if self._is_live:
            self._live.console.print(words)
        else:
            click.echo(words, err=True)

    def show(self, now: "Progress") -> None:
        """How far it is."""
        if not self._is_shown:
            return
        mass = "" if now.mass_ug is None else f"{now.mass_ug / 1e6:.4f} g"
        missed = f", {now.missed_count} missed" if now.missed_count else ""
        line = (
            f"{now.phase:6} {_words.clock(now.since_s)} of {_words.clock(now.span_s)}  {mass}  "
            f"{now.row_count} rows{missed}"
        )
        if self._is_live:
            self._live.update(line, refresh=True)
            return
        is_due = now.phase != self._phase or now.since_s - self._said_s >= _SAY_EVERY_S
        if is_due:
            self._phase, self._said_s = now.phase, now.since_s
            click.echo(line, err=True)
