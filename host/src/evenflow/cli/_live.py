"""One scenario, live: a table that is redrawn while it runs."""

import time
from types import TracebackType
from typing import Self

from rich.live import Live as RichLive
from rich.table import Table

from evenflow.cli import _output
from evenflow.scenario.engine import Run
from evenflow.scenario.moment import shown

_REDRAW_S = 0.1


class Live:
    """A context manager; `show` redraws at most ten times a second."""

    def __init__(self) -> None:
        """On the terminal of stderr."""
        self._live = RichLive(console=_output.console(to_stderr=True), auto_refresh=False)
        self._drawn_s = 0.0

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.stop()

    def show(self, run: Run, now_us: int) -> None:
        """The run at a moment of virtual time."""
        now_s = time.monotonic()
        if now_s - self._drawn_s >= _REDRAW_S:
            self._drawn_s = now_s
            self._live.update(_table(run, now_us), refresh=True)


def _table(run: Run, now_us: int) -> Table:
    plant = run.board.plant
    view = run.view
    table = Table(title=run.scenario.title, show_header=False)
    t0_us = run.observer.t0_us
    table.add_row("time", shown(now_us))
    table.add_row("after the first step", "" if t0_us is None else shown(now_us - t0_us))
    table.add_row("state", view.state)
    table.add_row("rate", f"{view.commanded_ul_per_h / 1_000:.3f} mL/h")
    table.add_row("patient", f"{plant.patient_volume_ml:.4f} mL")
    table.add_row("syringe", f"{plant.syringe_volume_ml:.4f} mL")
    table.add_row("pressure", f"{plant.line_pressure_mmhg:.1f} mmHg")
    table.add_row("light, sound", f"{view.led}, {view.sounder}")
    table.add_row("alarms", " ".join(view.alarms) or "none")
    last = run.log.events[-1] if run.log.events else None
    if last is not None:
        table.add_row("last", f"{last['source']}.{last['name']} {last['detail']}")
    return table
