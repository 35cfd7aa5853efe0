"""A bit that flips in what a dose depends on ends in `fault` (TST-05)."""

import pytest
from core import pico
from core.pico import assert_sounds_high, assert_stands, in_state, infusing

from pumpcore import alarms, panel, stop_reason
from pumpcore.interlock import STATES

# Path from the kernel, and how many ticks it may take: what only a stage changes is looked at
# twice a second.
VARIABLES = (
    ("motion.job", 1),
    ("motion.delivered_steps", 1),
    ("motion.moved_steps", 1),
    ("motion.minimum_interval_us", 25),
    ("motion.pacer.period_cycles", 25),
    ("occurrences.lower.active", 1),
    ("occurrences.lower.stopping", 1),
    ("occurrences.lower.stopping_mask", 1),
    ("occurrences.upper.active", 1),
    ("programme.microsteps", 25),
    ("programme.rate_ul_per_h", 25),
    ("programme.fill_nl", 25),
    ("conditions.pressure.occlusion_mn", 25),
    ("conditions.pressure.release_mn", 25),
    ("force.baseline_mn", 25),
)


def flip(root: object, path: str, bit: int) -> None:
    *parts, name = path.split(".")
    for part in parts:
        root = getattr(root, part)
    setattr(root, name, getattr(root, name) ^ 1 << bit)


@pytest.mark.requirement("TST-05", "TST-14")
@pytest.mark.parametrize(("path", "ticks"), VARIABLES)
@pytest.mark.parametrize("bit", [0, 3, 13])
def test_a_flipped_bit_stops_for_good(path: str, ticks: int, bit: int) -> None:
    """Stop and high alarm within half a second."""
    bench = infusing()
    flip(bench.kernel, path, bit)
    bench.tick(ticks)

    assert bench.state() == "fault"
    assert_stands(bench)
    assert_sounds_high(bench)
    assert bench.outputs.alarms_high & alarms.MEMORY_FAULT_UPPER
    bench.press(panel.KEY_ACKNOWLEDGE)
    bench.press(panel.KEY_START)
    bench.press(panel.KEY_START)
    bench.tick(50)
    assert bench.state() == "fault"
    assert bench.outputs.alarms_high & alarms.MEMORY_FAULT_UPPER


@pytest.mark.requirement("TST-05", "SYR-07")
@pytest.mark.parametrize("path", ["has_begun", "target_steps"])
def test_that_the_dose_is_over_is_not_forgotten(path: str) -> None:
    """Else what an occlusion drew back would be given at the dose's rate, or more than an hour."""
    bench = in_state("kvo")
    flip(bench.kernel, f"keep_open.{path}", 0)
    bench.tick(25)

    assert bench.state() == "fault"
    assert_stands(bench)


@pytest.mark.requirement("TST-05")
@pytest.mark.parametrize("bit", range(4))
@pytest.mark.parametrize("state", STATES)
def test_a_state_that_nobody_entered_is_no_state(state: str, bit: int) -> None:
    """Held that reads as infusing must not infuse."""
    bench = in_state(state)
    bench.kernel.state ^= 1 << bit
    bench.tick()

    assert bench.state() == "fault"
    assert_stands(bench)
    assert bench.outputs.alarms_high & alarms.MEMORY_FAULT_UPPER


@pytest.mark.requirement("TST-05")
@pytest.mark.parametrize("state", STATES)
def test_a_command_finds_it_too(state: str) -> None:
    """Verified at each use, not only at the next tick."""
    bench = in_state(state)
    bench.kernel.state = STATES.index("paused") ^ (state == "paused")
    bench.kernel.cancel(bench.kernel.programme.number)

    assert bench.state() == "fault"


@pytest.mark.requirement("TST-14")
def test_the_reason_is_told_once_and_the_first_is_kept() -> None:
    bench = infusing()
    flip(bench.kernel, "motion.moved_steps", 20)
    bench.tick()
    assert stop_reason.stop_reason_name(bench.outputs.stop_reason) == "memory_fault"
    bench = in_state("paused")
    flip(bench.kernel, "motion.moved_steps", 20)
    bench.tick()
    assert stop_reason.stop_reason_name(bench.outputs.stop_reason) == "stop_key"


@pytest.mark.requirement("TST-05")
def test_what_is_sound_stays_so_through_a_whole_dose() -> None:
    bench = pico.bench()
    bench.infuse(pico.SHORT)
    bench.tick(400)

    assert bench.state() == "complete"
    assert bench.outputs.alarms_high == 0
