"""When a recording's run begins and ends: by a person's Enter, or by the pump's own state."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

import pytest

from evenflow.cli import _flow_delivery
from evenflow.cli._flow_delivery import ByHand, ByPump, Shown
from evenflow.client.pump import Pump
from evenflow.errors import CheckFailed
from evenflow.flow.recorder import Progress

pytestmark = pytest.mark.requirement("FLO-01")


def pump(state: str | None, ul_per_h: int = 5_000) -> Pump:
    latest = None
    if state is not None:
        latest = SimpleNamespace(state_name=state, commanded_ul_per_h=ul_per_h)
    return cast("Pump", SimpleNamespace(latest=latest))


def test_the_pump_says_when_it_runs_and_how_fast() -> None:
    assert [
        ByPump(pump(state), states_rate=True).has_started()
        for state in (None, "confirmed", "infusing", "held")
    ] == [False, False, True, False]
    assert ByPump(pump("complete"), states_rate=True).has_stopped()
    assert ByPump(pump("infusing"), states_rate=True).facts() == {"rate_ml_per_h": 5.0}
    # Somebody has said it.
    assert ByPump(pump("infusing"), states_rate=False).facts() == {}


@pytest.fixture
def type_line(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """What the keyboard gives at each question."""
    lines: list[str] = []

    async def typed_line() -> str:
        return lines.pop(0)

    monkeypatch.setattr(_flow_delivery, "typed_line", typed_line)
    return lines.append


async def until(claim: Callable[[], bool]) -> None:
    for _ in range(10):
        if claim():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came")


async def test_a_person_says_so_with_enter(
    type_line: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    by_hand = ByHand(Shown(is_shown=True), at_once=False)
    type_line("\n")
    await until(by_hand.has_started)
    type_line("\n")
    await until(by_hand.has_stopped)

    assert by_hand.facts() == {}
    told = capsys.readouterr().err
    assert told.index("press START") < told.index("stop the pump")


async def test_the_end_of_the_input_is_nobody(type_line: Callable[[str], None]) -> None:
    by_hand = ByHand(Shown(is_shown=True), at_once=False)
    type_line("")
    with pytest.raises(CheckFailed) as nobody:
        await until(by_hand.has_started)

    assert nobody.value.code == "aborted"
    assert ByHand(Shown(is_shown=True), at_once=True).has_started()


def test_progress_is_a_line_a_minute_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Shown(is_shown=True) as shown:
        for since_s in range(0, 130, 10):
            shown.show(Progress("run", since_s, 7200.0, 5_123_400, since_s, 1))
    with Shown(is_shown=False) as hidden:
        hidden.show(Progress())

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3
    assert lines[1] == "run    0:01:00 of 2:00:00  5.1234 g  60 rows, 1 missed"
