"""The board of the core's tests: board_configs/pico.toml, flat."""

import tomllib
from pathlib import Path

from core.pump_bench import PumpBench, bench_order

from pumpcore import panel
from pumpcore.library import Library
from pumpcore.programme import Order, Programme, derive
from pumpcore.refusal_words import REFUSALS

BENCH = Path(__file__).with_name("pump_bench.py")
MEMORY_BENCH = Path(__file__).with_name("memory_bench.py")
LOOP_BENCH = Path(__file__).with_name("loop_bench.py")
RATE = 1_200_000
FAST = bench_order(RATE, 17_500_000)
SHORT = bench_order(RATE, 1_000_000, 3_000_000)
_BOARD = Path(__file__).resolve().parents[2] / "board_configs" / "pico.toml"


def profile(**changes: object) -> dict[str, object]:
    """The flat profile; a change is written with `__` for the dot of its key."""
    with _BOARD.open("rb") as file:
        tables = tomllib.load(file)
    tables.pop("schema")
    flat = {
        f"{table}.{key}": value for table, keys in tables.items() for key, value in keys.items()
    }
    return flat | {name.replace("__", "."): value for name, value in changes.items()}


def bench(**changes: object) -> PumpBench:
    """A bench with that board, not booted."""
    return PumpBench(profile(**changes))


def booted(**changes: object) -> PumpBench:
    """A bench that has passed its self-test."""
    booted = bench(**changes)
    booted.boot()
    return booted


def named(answer: int) -> str:
    """The name of a refusal."""
    return REFUSALS[answer].name


def press(bench: PumpBench, key: int) -> str:
    """Press a key; the name of the kernel's answer."""
    return named(bench.press(key))


def derived(bench: PumpBench, **changes: object) -> Programme:
    """The usual bench order with changes, derived but not staged."""
    order = bench_order()
    for name, value in changes.items():
        setattr(order, name, value)
    return derive(order, bench.profile, Library())


def in_state(name: str) -> PumpBench:
    """A bench that came to a state the way a person brings it there."""
    if name in ("infusing", "paused", "held", "kvo", "complete"):
        return _under_way(name)
    pump = bench()
    if name == "self_test":
        pump.kernel.boot(0, False)
        pump.tick(3)
    elif name == "fault":
        pump.boot(failures=1)
    elif name != "boot":
        pump.boot()
        if name != "idle":
            pump.stage()
        if name == "confirmed":
            pump.confirm()
        pump.tick()
    assert pump.state() == name
    return pump


def _under_way(name: str) -> PumpBench:
    pump = bench()
    pump.infuse({"complete": SHORT, "kvo": kept_open()}.get(name, FAST))
    pump.tick(200 if name in ("kvo", "complete") else 20)
    if name == "paused":
        pump.press(panel.KEY_STOP)
    if name == "held":
        pump.is_seated = False
        pump.tick(3)
        pump.is_seated = True
        pump.tick(3)
    assert pump.state() == name
    return pump


def kept_open(kvo_ul_per_h: int = 1_000) -> Order:
    """A millilitre at 1200 mL/h, and then this flow."""
    order = bench_order(RATE, 1_000_000, 3_000_000)
    order.kvo_ul_per_h = kvo_ul_per_h
    return order


def infusing() -> PumpBench:
    """Infusing at 1200 mL/h, a host on the line that the programme needs."""
    pump = bench()
    pump.force_mn = 3_000
    pump.link_frame_count = 1
    order = bench_order(RATE)
    order.stop_on_link_loss = 1
    pump.infuse(order)
    pump.tick(50)
    return pump


def assert_stands(pump: PumpBench) -> None:
    """Nothing is driven."""
    assert pump.outputs.word_count == 0
    assert pump.outputs.abort
    assert not pump.outputs.may_enable
    assert pump.outputs.commanded_ul_per_h == 0


def assert_sounds_high(pump: PumpBench) -> None:
    """Light and sound of a high alarm."""
    assert panel.LED_PATTERNS[pump.outputs.led] == "red_flash"
    assert panel.SOUNDER_PATTERNS[pump.outputs.sounder] == "high"
