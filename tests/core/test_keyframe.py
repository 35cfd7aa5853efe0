"""A keyframe is the whole state: a kernel that is made from one goes on exactly as the other."""

import random
from zlib import crc32

import pytest
from core.explorer_actions import ACTIONS, Explored
from core.explorer_rules import Broken
from core.keyframe_twin import Twin
from core.pico import RATE, bench, bench_order, infusing, profile
from core.pump_bench import PumpBench
from core.small_pump import make_small

from evenflow.telemetry.keyframe import COUNT, Keeper, name_of, restore, state_of
from pumpcore import panel
from pumpcore.interlock import FAULT, STATES
from pumpcore.kernel import Kernel
from pumpcore.keyframe_table import LAYOUT, TABLE, part
from pumpcore.vital_signs import VitalSigns

pytestmark = pytest.mark.requirement("DES-05", "LOG-08")

# What a keyframe leaves out, and why.
MADE_EACH_TICK = {
    *("abort", "is_decided", "words", "word_count", "may_enable", "second_tone_on", "red_on"),
    *("green_on", "blue_on", "led", "sounder", "state", "stop_reason", "alarms_low"),
    *("alarms_high", "commanded_ul_per_h", "delivered_microsteps", "force_mn", "baseline_mn"),
    *("motion", "checklist", "programme_number"),
}
FACTS = {
    "motion": {
        *("_counts_per_turn", "_steps_per_turn", "_full_step", "_break_away_steps"),
    },
    "motion.delivery": {"_counts_per_turn", "_steps_per_turn", "_steps_per_count"},
    "force": {"_zero_count", "_counts_per_n"},
    "conditions": {"_travel_um", "_end_raw", "_most_slip_um"},
    "surroundings": {"_has_contact", "_has_air_detector", "_full_scale_um"},
    "preparation": {"_backlash_um", "_max_step_rate_hz"},
    "back_off": {"_max_step_rate_hz"},
    "occurrences.lower": {
        *("medium_mask", "_default_latching_mask", "_default_stopping_mask"),
        "_default_high_mask",
    },
    "occurrences.upper": {
        *("medium_mask", "_default_latching_mask", "_default_stopping_mask"),
        "_default_high_mask",
    },
    "_annunciator._light": {"_table"},
    "_annunciator._sound": {"_table"},
}
ELSEWHERE = {
    "outputs": MADE_EACH_TICK,
    # Of the loop: heap, and what was pressed in this tick.
    "motion": {"spent_bytes"},
    "events": {"count", "kinds", "codes", "values"},
    # An input.
    "surroundings": {"has_journal_failed"},
    # Of the ledgers.
    "programme": {"concentration_ng_per_ml", "mass_ng", "patient", "spacing_s", "rows"},
    "motion._schedule": {"_rows"},
    "motion.delivery._schedule": {"_rows"},
}


def test_every_variable_of_the_kernel_is_in_it_or_has_a_reason_not_to_be() -> None:
    kernel = Kernel(profile())
    named: dict[str, set[str]] = {}
    path = ""
    for line in TABLE.splitlines():
        if line.startswith(" "):
            named[path] |= {word.partition("*")[0] for word in line.split()}
        else:
            path = line
            named[path] = set()
    found: dict[str, set[str]] = {}
    # A part hangs in several others: it is known by the path that the table gives it.
    paths = {id(part(kernel, path)): path for path in named}
    waiting: list[object] = [kernel]
    while waiting:
        owner = waiting.pop()
        path = paths[id(owner)]
        for name, value in vars(owner).items():
            if type(value).__module__.startswith("pumpcore.") and not isinstance(value, tuple):
                if paths.setdefault(id(value), name) not in found:
                    found[paths[id(value)]] = set()
                    waiting.append(value)
            else:
                found.setdefault(path, set()).add(name)

    for path, names in found.items():
        left_out = FACTS.get(path, set()) | ELSEWHERE.get(path, set())
        assert named.get(path, set()) | left_out == names, path
        assert not named.get(path, set()) & left_out, path
    assert named.keys() <= found.keys()


def test_the_layout_names_the_tables() -> None:
    assert crc32(TABLE.encode()) & 0x3FFFFFFF == LAYOUT


def test_facts_of_the_board_stay_as_they_are() -> None:
    pump = infusing()
    pump.tick(100)
    fresh = Kernel(profile())

    for path, names in FACTS.items():
        for name in names:
            after = getattr(part(pump.kernel, path), name)
            assert after == getattr(part(fresh, path), name)


def test_what_is_told_is_what_is_there() -> None:
    state = state_of(infusing().kernel)

    assert len(state) == COUNT
    names = [name_of(place) for place in range(COUNT)]
    assert state[names.index("kernel.state")] == STATES.index("infusing")
    assert state[names.index("programme.rate_ul_per_h")] == RATE
    assert state[names.index("motion.pacer.rate_ul_per_h")] == RATE


def test_a_sequence_that_gets_shorter_leaves_nothing_behind() -> None:
    kernel = Kernel(profile())
    keeper = Keeper(kernel)
    kernel.attendance._baseline_mmhg = (160, 100, 180, 110)
    kernel.programme.rows = ((600_000, 600_000, 500_000),)
    keeper.state()
    kernel.attendance._baseline_mmhg = (150,)
    kernel.programme.rows = ()

    assert keeper.state() == state_of(kernel)


@pytest.mark.parametrize("place", [1, 100, 200, COUNT - 1])
def test_one_figure_changed_makes_another_state(place: int) -> None:
    state = list(state_of(infusing().kernel))
    state[place] += 1
    kernel = Kernel(profile())

    restore(kernel, tuple(state))

    if name_of(place) != "programme.rows":
        assert state_of(kernel) == tuple(state)


@pytest.mark.parametrize("seed", range(4))
def test_a_pump_whose_state_is_small_goes_on_the_same_from_any_keyframe(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """A random walk over the explorer's actions: every key, reading, command and time-out."""
    make_small(monkeypatch.setattr)
    chance = random.Random(seed)
    acts = [act for name, act in ACTIONS if name not in ("power cycle", "flipped bit", "fail")]
    reached = set()
    made_count = 0
    for _ in range(60):
        pump = Explored()
        twin = Twin(
            pump.kernel,
            profile(encoder__counts_per_turn=3_200, plunger__backlash_um=0),
            chance.randrange(1 << 30),
            every=4,
        )
        for _ in range(60):
            try:
                chance.choice(acts)(pump)
            except Broken:
                break
            reached.add(pump.kernel.state)
            if pump.kernel.state == FAULT:
                break
        made_count += twin.made_count

    assert len(reached) >= 4
    assert made_count > 100


def ordered(kind: str) -> PumpBench:
    """On the way to START, as a person brings it there; an order of that kind."""
    pump = bench()
    twin = Twin(pump.kernel, pump.profile, 7, every=20)
    pump.twin = twin
    pump.boot()
    order = bench_order(RATE, 2_000_000, 5_000_000)
    order.kvo_ul_per_h = 1_000
    if kind == "steps":
        order.rate_ul_per_h = order.volume_nl = 0
        order.rows = ((600_000, 600_000, 500_000), (1_200_000, 100_000, 1_500_000))
        order.step_count = 2
    pump.prepare(order)
    pump.press(panel.KEY_START)
    assert pump.state() == "infusing"
    return pump


@pytest.mark.parametrize("kind", ["rate", "steps"])
@pytest.mark.parametrize("seed", range(3))
def test_an_infusion_with_all_that_can_happen_goes_on_the_same(kind: str, seed: int) -> None:
    pump = ordered(kind)
    chance = random.Random(seed)
    states = set()

    for _ in range(120):
        pump.force_mn = 3_000 + chance.randrange(400)
        happening = chance.randrange(9)
        if happening == 0:
            pump.force_mn = 60_000
        elif happening == 1:
            pump.is_closed = not pump.is_closed
        elif happening == 2:
            pump.other_switches ^= panel.AIR_SEEN
        elif happening == 3:
            pump.other_switches ^= panel.MAINS_PRESENT
        elif happening == 4:
            pump.kernel.stop()
        elif happening == 5:
            signs = VitalSigns(100 + chance.randrange(60), 70, 60, 97, 1)
            pump.kernel.attendance.take(signs, is_overridden=chance.randrange(2) == 1)
        pump.raw_battery = 22_000 + chance.randrange(6_000)
        pump.link_frame_count = chance.randrange(2)
        pump.tick(chance.randrange(1, 40))
        pump.kernel.acknowledge()
        pump.is_closed = True
        pump.other_switches &= ~panel.AIR_SEEN
        pump.force_mn = 3_000
        pump.tick(5)
        if pump.state() in ("held", "paused"):
            pump.press(panel.KEY_START)
            pump.press(panel.KEY_START)
        states.add(pump.state())

    assert "infusing" in states
    assert pump.twin.made_count > 100


def test_a_programme_after_the_first_goes_on_the_same() -> None:
    pump = ordered("steps")
    pump.tick(400)
    pump.kernel.cancel(1)
    pump.kernel.stop()
    pump.tick(20)
    assert pump.kernel.cancel(1) == 0
    order = bench_order(RATE, 1_000_000, 20_000_000)
    order.programme_number = 2
    pump.prepare(order)
    pump.press(panel.KEY_START)
    pump.tick(300)

    assert pump.state() == "complete"
    assert pump.twin.made_count > 30
