"""The two faces of a running session: a live bar on a terminal, plain lines anywhere else."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from evenflow.cli import _words
from evenflow.cli._question import Question
from evenflow.client.records import Ledger, Staged
from evenflow.dose.plan import Plan
from evenflow.session.comparison import Compared
from evenflow.session.view import Happening, Progress

# What a person wants to hear of; the record has the rest.
_TOLD = {
    "alarm_cleared": "",
    "alarm_raised": "bold red",
    "baseline_refused": "bold red",
    "checked": "",
    "confirmed": "",
    "course_added": "",
    "course_not_added": "bold yellow",
    "course_note": "yellow",
    "course_override": "yellow",
    "discharge": "",
    "entry_refused": "bold red",
    "frames_refused": "yellow",
    "gap": "yellow",
    "here": "",
    "key_refused": "yellow",
    "override": "yellow",
    "presence_asked": "bold yellow",
    "presence_confirmed": "",
    "restarted": "bold red",
    "session_rest": "yellow",
    "side_effect": "",
    "state": "bold",
    "vital_signs": "",
    "vitals_asked": "bold",
    "vitals_left": "yellow",
    "vitals_missed": "yellow",
    "vitals_overdue_host": "bold yellow",
    "vitals_reminded": "yellow",
}
_SHARES = 10
_OBSERVATION_LINE_S = 1_800.0
_REFRESH_S = 0.2
_BAR_COLUMNS = 40


class PlainView:
    """A line per event and per tenth of the volume; see evenflow.session.view.View."""

    def __init__(self, console: Console, question: Question) -> None:
        """Lines go to the console; the question asks for the digest."""
        self.console = console
        self._question = question
        self._start_s: float | None = None
        self._share = 0
        self._observed = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        return

    def say(self, words: str) -> None:
        """One line."""
        self.console.print(words, markup=False)

    def happened(self, event: Happening) -> None:
        """A line, if a person wants to hear of it."""
        if event.name == "state" and event.detail["to"] == "infusing" and self._start_s is None:
            self._start_s = event.at.t_s
        if event.name in _TOLD:
            self.console.print(
                f"{self._when(event.at.t_s)}  {event.words}", style=_TOLD[event.name], markup=False
            )

    def progress(self, now: Progress) -> None:
        """A line for each tenth, and one now and then while nothing flows any more."""
        share = int(now.share * _SHARES)
        if share > self._share:
            self._share = share
            self.console.print(f"{self._when(now.t_s)}  {_words.line(now)}", markup=False)
        if now.state_name == "complete" and now.observe_s and now.since_start_s is not None:
            observed = int(now.since_start_s // _OBSERVATION_LINE_S)
            if observed > self._observed and now.since_start_s < now.observe_s:
                self._observed = observed
                until = _words.clock(now.observe_s)
                self.say(f"{self._when(now.t_s)}  observing until {until} from START")

    def hold_still(self) -> None:
        """Nothing moves while a question is asked."""

    async def patient(self, ledger: Ledger) -> str:
        """Ask."""
        return await self._question.asked_patient(ledger)

    async def agrees(self, plan: Plan, staged: Staged, compared: list[Compared]) -> bool:
        """Show what both computed, and ask."""
        self.console.print(comparison(plan, staged, compared))
        return await self._question.asked(staged)

    def _when(self, t_s: float) -> str:
        """Time from START, or of the session before it."""
        if self._start_s is None:
            return f"({_words.clock(t_s)})"
        return f"+{_words.clock(max(t_s - self._start_s, 0.0))} "


class LiveView(PlainView):
    """The same events above a bar that moves."""

    def __init__(self, console: Console, question: Question) -> None:
        """The bar appears with the context."""
        super().__init__(console, question)
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._shown_at_s = 0.0

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.stop()

    def progress(self, now: Progress) -> None:
        """Redraw, a few times a second of the wall."""
        wall_s = time.monotonic()
        if wall_s - self._shown_at_s < _REFRESH_S:
            return
        self._shown_at_s = wall_s
        self._live.start()
        self._live.update(_bar(now), refresh=True)

    def hold_still(self) -> None:
        """The bar steps aside."""
        self._live.stop()

    async def patient(self, ledger: Ledger) -> str:
        """The bar steps aside for the question."""
        self._live.stop()
        return await super().patient(ledger)

    async def agrees(self, plan: Plan, staged: Staged, compared: list[Compared]) -> bool:
        """The bar steps aside for the question."""
        self._live.stop()
        return await super().agrees(plan, staged, compared)


def comparison(plan: Plan, staged: Staged, compared: list[Compared]) -> Table:
    """What host and pump computed, line by line."""
    table = Table(
        "",
        "host",
        "pump",
        title=Text(f"programme {staged.programme_number}: {plan.order.name}"),
        title_justify="left",
    )
    for one in compared:
        style = "" if one.agrees else "bold red"
        table.add_row(one.name, str(one.by_host), str(one.by_pump), style=style)
    return table


def _bar(now: Progress) -> Group:
    grid = Table.grid(padding=(0, 2))
    bar = ProgressBar(total=1.0, completed=now.share, width=_BAR_COLUMNS)
    grid.add_row(bar, Text(f"{100 * now.share:5.1f} %"), Text(_time(now)))
    style = "bold red" if now.alarm_names else ""
    lines = [Text(_words.line(now), style=style)]
    if now.predicted_ng_per_ml is not None:
        band = _words.band(now.predicted_ng_per_ml)
        lines.append(Text(f"predicted plasma {band}, band across models", style="dim"))
    return Group(grid, *lines)


def _time(now: Progress) -> str:
    if now.since_start_s is None:
        return f"before START, {_words.clock(now.t_s)}"
    of = "" if not now.observe_s else f" of {_words.clock(now.observe_s)}"
    return f"{_words.clock(now.since_start_s)}{of} from START"
