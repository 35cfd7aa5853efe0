"""What code is declared to cost in virtual time, and what becomes of code that never ends."""

from collections.abc import Callable

import pytest
from board.emulator.bench import Bench

from evenflow.emulator import Board
from evenflow.emulator.overlay import _layout as words
from evenflow.emulator.overlay._cost import COLLECT_US, SHA256_BLOCK_US, TICK_US
from pumpcore.alarms import TICK_OVERRUN, WATCHDOG_RESET

Powered = Callable[..., Board]

ORDER = "ketamine-70kg.toml"


def test_the_declared_cost_of_a_tick_is_its_load_and_changes_no_moment(infusing: Bench) -> None:
    infusing.board.plant.records_steps = True
    infusing.run_for(3)
    loads = set()
    for _ in range(20):
        infusing.step()
        loads.add((infusing.latest["load_us"], infusing.latest["elapsed_us"]))

    # Every fifth tick looks at the port expander: 6 bytes of 9 bits at 400 kHz. A check-point, or
    # a part of the flash, may fall among them.
    assert loads >= {(TICK_US, 20_000), (TICK_US + 135, 20_000)}
    assert {elapsed_us for _, elapsed_us in loads} == {20_000}


@pytest.mark.parametrize(("cost_us", "overruns"), [(19_900, 0), (36_000, TICK_OVERRUN)])
def test_a_cost_above_the_longest_tick_is_an_overrun(
    infusing: Bench, cost_us: int, overruns: int
) -> None:
    infusing.board.controller.charge_tick(cost_us)
    infusing.run_for(1)

    # A look at the port expander takes 135 us, a change of the light 90.
    assert cost_us <= infusing.latest["load_us"] <= cost_us + 225
    assert infusing.latest["alarms_low"] & TICK_OVERRUN == overruns
    assert infusing.state == ("held" if overruns else "infusing")
    assert infusing.board.plant.motor_enabled != bool(overruns)


def test_ticks_that_overrun_read_what_is_true_then(infusing: Bench) -> None:
    infusing.board.controller.charge_tick(30_000)
    infusing.run_for(1)

    # No sleep is left between two ticks, and every one sees the clock chip's edges of its 30 ms.
    before = infusing.latest
    infusing.step()
    edges = (infusing.latest["reference_count"] - before["reference_count"]) & 0xFFFF
    ticks = infusing.latest["tick_count"] - before["tick_count"]
    assert infusing.latest["elapsed_us"] == 30_000
    assert edges == pytest.approx(30.72 * ticks, abs=1)


def test_a_cost_beyond_the_watchdog_s_patience_resets(infusing: Bench) -> None:
    infusing.board.controller.charge_tick(1_200_000)
    told_at_us = infusing.board.now_us
    while infusing.board.reset_count == 0:
        infusing.step()

    assert infusing.board.now_us - told_at_us == pytest.approx(1_000_000, abs=40_000)
    infusing.board.controller.charge_tick(0)
    infusing.run_until("idle", 5)
    assert infusing.latest["alarms_low"] & WATCHDOG_RESET


def test_a_tight_endless_loop_ends_in_the_watchdog_at_its_virtual_due(powered: Powered) -> None:
    board = powered("spinner")
    while board.reset_count == 0:
        board.step(1_000)

    # Fed by the request that began at 0.5 s and told of it; its second ended at 1.5 s.
    assert board.now_us == 1_500_000


def test_collections_and_hashes_take_their_time(powered: Powered) -> None:
    board = powered("worker")
    board.run_for(200_000)

    told = board.console_text.split()
    assert [int(word) for word in told] == [COLLECT_US, SHA256_BLOCK_US, 3 * SHA256_BLOCK_US]


def test_the_layout_s_words_do_not_overlap() -> None:
    assert words.IN_FAULT_NAME + words.FAULT_NAME_BYTES // 4 == words.IN_TICK_COST_US
    assert words.IN_TICK_COST_US < words.IN_WORDS
