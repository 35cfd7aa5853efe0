"""All that the core keeps is whole numbers, and at power-on they are zero but for a few."""

from collections.abc import Iterator

import pytest
from core import pico
from core.memory_bench import BenchMemory
from core.pump_bench import bench_order

from pumpcore import panel
from pumpcore.dose_account import DoseAccount
from pumpcore.interlock import STATES
from pumpcore.kernel import Kernel
from pumpcore.wall_clock import WallClock

pytestmark = pytest.mark.requirement("PRC-05")

# Ends of paths that are not zero at power-on: true, counted down, unknown, or a complement.
NOT_ZERO = {
    "_age_before_ms": 600_000,
    "_began_at_count": -1,
    "_block_count": 1,
    "_divisor": 1,
    "_end_steps": 0x3FFFFFFF,
    "_fl": 1,
    "delivery._fl_per_step": 1,
    "motion._fl_per_step": 1,
    "_motion._fl_per_step": 1,
    "_inverse_baseline_mn": -1,
    "_inverse_delivered": -1,
    "_inverse_job": -1,
    "_inverse_moved": -1,
    "_inverse_state": -1,
    "_last_age_ms": 600_000,
    "_interruption._left_ms": 110_000,
    "_waiting._left_ms": 110_000,
    "_life_min": 480,
    "_sag_mv": 25,
    "_rows": (),
    "_sealed": -1,
    "abort": True,
    "has_mains": True,
    "is_forward": True,
    "minutes_left": 480,
    "permille": -1,
    "rows": (),
    "signs": (0, 0, 0, 0, 0),
    "_stops": (0, 0, 0, 0, 0),
    "vital_stops": (0, 0, 0, 0, 0),
    "baseline_mmhg": (0, 0, 0, 0),
    "attendance._baseline_mmhg": (),
    "_attendance._baseline_mmhg": (),
}
# From the board's file, and from the table of alarms: tested where they are used.
GIVEN = (
    *("_backlash_um", "_break_away_steps", "_counts_per_n", "_counts_per_turn", "_end_raw"),
    *("_full_scale_um", "_full_step", "_has_air_detector", "_has_contact", "_max_step_rate_hz"),
    *(
        "_most_slip_um",
        "_steps_per_count",
        "_steps_per_turn",
        "_travel_um",
        "_default_high_mask",
        "sealed",
    ),
    *("_default_latching_mask", "_default_stopping_mask", "_latching_mask", "high_mask"),
    *("medium_mask", "stopping_mask", "digest", "patient", "_table"),
)
SECONDS = 50


def variables(part: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every variable below a part of the core, by its path; a list as its items."""
    for name, value in vars(part).items():
        if isinstance(value, tuple):
            yield f"{path}.{name}", tuple(value)
        elif type(value).__module__.startswith("pumpcore."):
            yield from variables(value, f"{path}.{name}")
        elif isinstance(value, list):
            yield from ((f"{path}.{name}", item) for item in value)
        else:
            yield f"{path}.{name}", value


def not_whole(part: object) -> dict[str, object]:
    return {
        path: value
        for path, value in variables(part)
        if not isinstance(value, int | bytes | bytearray | tuple | str | BenchMemory)
    }


def test_at_power_on_nothing_is_set() -> None:
    found = {}
    for path, value in variables(Kernel(pico.profile())):
        expected = [number for end, number in NOT_ZERO.items() if path.endswith(f".{end}")] or [0]
        if value != expected[0] and path.rpartition(".")[2] not in GIVEN:
            found[path] = value

    assert found == {}


@pytest.mark.parametrize("state", STATES)
def test_whole_numbers_stay_whole_in_every_state(state: str) -> None:
    bench = pico.in_state(state)

    assert not_whole(bench.kernel) == {}


def test_whole_numbers_stay_whole_through_an_occlusion_and_a_loss_of_mains() -> None:
    bench = pico.bench()
    bench.infuse(bench_order(100_000))
    bench.other_switches &= ~panel.MAINS_PRESENT
    for second in range(40):
        bench.raw_battery -= second
        bench.tick(SECONDS)
        assert not_whole(bench.kernel) == {}
    bench.force_mn = 60_000
    bench.tick(10)
    assert not_whole(bench.kernel) == {}
    bench.force_mn = 0
    bench.tick(10)

    assert not_whole(bench.kernel) == {}


def test_whole_numbers_stay_whole_in_what_outlasts_a_reset() -> None:
    bench = pico.booted()
    account = DoseAccount(BenchMemory())
    clock = WallClock(1_000)
    assert not_whole(account) == not_whole(clock) == {}
    account.open(1_000, 3)
    account.begin(pico.derived(bench), bytes(8))
    account.checkpoint.microsteps = 10_000
    clock.tick(0)
    clock.tick(3_000)
    account.end(clock.now_s)
    account.store_ledger()

    assert not_whole(account) == not_whole(clock) == {}
