"""What a person reads at the end of a session."""

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from host.dose.orders import plan_of, reference_table
from host.session.scripted import InfusingDevice, SilentView, bench_plan, session
from rich.console import Console

from evenflow.cli import _summary_table
from evenflow.session.summary import Summary
from evenflow.telemetry.store import create


def _printed(summary: Summary) -> str:
    stream = StringIO()
    _summary_table.show(summary, Console(file=stream, width=120))
    return stream.getvalue()


@pytest.mark.requirement("LIB-02")
async def test_an_override_is_told_to_the_end(tmp_path: Path) -> None:
    order = bench_plan()
    with create(tmp_path / "record.db") as store:
        running, _ = session(order, InfusingDevice(order), store, SilentView())
        plain = await running.run()

    passed = plan_of(reference_table(therapy__duration="70 min"), "agreed with the ward")

    assert "overridden" not in _printed(plain)
    assert "soft limits overridden (duration): agreed with the ward" in _printed(
        replace(plain, plan=passed)
    )
    needless = replace(plain, plan=plan_of(reference_table(), "just in case"))
    assert "(none, it was not needed): just in case" in _printed(needless)
