"""A controller whose crystal is not true, against a plant whose time is."""

import re
import struct
from collections.abc import Callable
from itertools import pairwise

import pytest

from evenflow.emulator import Board
from evenflow.emulator.controller.crystal import Crystal

Powered = Callable[..., Board]

USUAL = {"period_cycles": 300_000, "tops_up": False, "periods": 1, "limiter_loops": 10_000}
PERIOD_NS = 24_000_000
REPORT = struct.Struct("<10i")


def last_report(board: Board) -> tuple[int, ...]:
    return REPORT.unpack(board.read()[-REPORT.size :])


@pytest.mark.parametrize("percent", [10, -20])
def test_steps_ticks_and_heartbeat_follow_the_crystal(powered: Powered, percent: int) -> None:
    board = powered("mover", **USUAL)
    board.run_for(1_000_000)
    before = last_report(board)
    board.controller.skew(percent)
    board.plant.records_steps = True
    board.run_for(10_000_000)
    after = last_report(board)

    spans = [later - earlier for (earlier, *_), (later, *_) in pairwise(board.plant.step_times)]
    expected_ns = PERIOD_NS * 100 / (100 + percent)
    # The first was queued before, or straddles the moment.
    assert all(span == pytest.approx(expected_ns, abs=2) for span in spans[1:])
    assert all(enabled for _, _, enabled in board.plant.step_times)
    own_us = after[9] - before[9]
    assert own_us == pytest.approx(10_000_000 * (100 + percent) / 100, abs=30_000)
    # Ticks of its own 20 ms, and the clock chip's true seconds.
    assert after[0] - before[0] == pytest.approx(own_us / 20_000, abs=1)
    assert after[3] - before[3] == pytest.approx(10_240, abs=30)


def test_the_watchdog_counts_in_the_crystals_time(powered: Powered) -> None:
    board = powered("unruly", do="nothing")
    board.run_for(600_000)
    board.controller.skew(100)
    board.run_for(400_000)
    board.kill()
    # Fed last at 0.98 to 1.0 s; its second lasts half of one.
    board.coast(470_000)
    assert board.reset_count == 0

    board.coast(40_000)
    assert board.reset_count == 1


def test_a_due_watchdog_is_rescheduled_by_the_skew(powered: Powered) -> None:
    board = powered("unruly", do="raise")
    board.run_for(1_000_000)
    board.controller.skew(-50)
    # Half of its second was left.
    board.run_for(990_000)
    assert board.reset_count == 0
    board.run_for(20_000)
    assert board.reset_count == 1


def test_after_a_reset_ticks_start_at_zero_in_the_crystals_time(powered: Powered) -> None:
    board = powered("mover", **USUAL)
    board.controller.skew(50)
    board.run_for(2_000_000)
    board.reset()
    board.run_for(1_000_000)

    assert last_report(board)[9] == pytest.approx(1_500_000, abs=30_000)


def test_sleeps_are_the_crystals_spans(powered: Powered) -> None:
    board = powered("clock")
    board.controller.skew(25)
    board.run_for(1_700_000)

    own = re.findall(r"^(\d+) \d+ (\d+)$", board.console_text, re.MULTILINE)
    assert own == [(str(n * 500_000), "500000") for n in (1, 2, 3, 4)]


@pytest.mark.parametrize("percent", [-50, -7.3, 0, 0.003, 100])
def test_a_moment_there_and_back_is_the_same_or_the_first_that_shows_it(percent: float) -> None:
    crystal = Crystal(percent, 1_000, 3_000)
    for own_ns in range(3_000, 4_000_000_000_000, 99_999_999_977):
        true_ns = crystal.true_ns(own_ns)

        assert crystal.own_ns(true_ns) >= own_ns
        assert crystal.own_ns(true_ns - 1) < own_ns
