"""`make sizes`: docs/sizes.md, with bytecode, heap after boot and estimated tick of each board.

Bytecode and heap come out the same at every run. The tick is timed, and no machine is quiet: the
page is for the reader, and nothing compares it.
"""

import asyncio
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from bench import tick_cost

from evenflow import boards
from evenflow.boards.mechanism import whole
from evenflow.emulator import bytecode
from evenflow.emulator.flash import sources
from evenflow.emulator.runtime import of_a_board
from evenflow.session.opening import connect
from evenflow.telemetry.keyframe import PART_COUNT
from pumpcore.board.drivers import missing

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "sizes.md"
SETTLED_S = 5.0


class Core(NamedTuple):
    """A processor: its clock as MicroPython sets it, and CoreMark a MHz by its maker."""

    name: str
    mhz: int
    coremark_per_mhz: float
    source: str

    @property
    def coremark(self) -> float:
        """At that clock."""
        return self.mhz * self.coremark_per_mhz


CORES = {
    "rp2040": Core("Cortex-M0+", 125, 2.46, "Arm"),
    "rp2350": Core("Cortex-M33", 150, 4.10, "Arm"),
    "esp32s3": Core("Xtensa LX7", 160, 2.56, "ESP32-S3 datasheet"),
    "stm32f767": Core("Cortex-M7", 144, 5.01, "STM32F767 datasheet"),
}
# Of a family's drivers; the others stay on the flash.
FAMILIES = {"rp2040": "rp2", "rp2350": "rp2", "esp32s3": "esp32", "stm32f767": "stm32"}


def bytecode_bytes(files: Mapping[str, bytes], folder: str) -> int:
    """Of all modules below a folder."""
    return sum(len(content) for path, content in files.items() if path.startswith(folder + "/"))


async def heap_taken(board: str) -> tuple[int, int]:
    """(taken, free) of an emulated board that has booted, in bytes as on 32 bits, estimated."""
    async with await connect(f"emulated:{board}", speed=None) as pump:
        await pump.ready()
        with suppress(TimeoutError):
            await pump.wait_for(lambda _: False, SETTLED_S)
        told = await pump.inspect()
    free = of_a_board(told.heap_free_bytes)
    return whole(boards.load(board)["memory.heap_bytes"]) - free, free


def rows(costs: tick_cost.Costs) -> list[str]:
    """A line for every board with drivers."""
    files = bytecode.compiled(sources())
    found = []
    for path in boards.known():
        name = path.stem
        profile = boards.load(name)
        controller = str(profile["board.controller"])
        if missing(profile):
            found.append(f"| `{name}` | {controller} | no drivers | | | | |")
            continue
        core = CORES[controller]
        share = CORES["rp2040"].coremark / core.coremark
        ticks = " / ".join(
            f"{cost.tick_ns * tick_cost.RP2040_RATIO * share / 1e6:.1f}" for cost in costs.ticks
        )
        drivers = bytecode_bytes(files, f"pumpboard/{FAMILIES[controller]}")
        taken, free = asyncio.run(heap_taken(name))
        found.append(
            f"| `{name}` | {core.name}, {core.mhz} MHz | {drivers:,} | {taken:,} | {free:,} "
            f"| {whole(profile['memory.heap_bytes']):,} | {ticks} |"
        )
    return found


def ms(nanoseconds: int) -> str:
    """On an RP2040, estimated."""
    return f"{nanoseconds * tick_cost.RP2040_RATIO / 1e6:.1f}"


def page() -> str:
    """The page, in Markdown."""
    files = bytecode.compiled(sources())
    costs = tick_cost.measure()
    keyframe = costs.keyframe
    shared = {
        folder: bytecode_bytes(files, folder)
        for folder in ("pumpcore", "pumpapp", "pumpboard/generic")
    }
    parts = "\n".join(f"| `{folder}` | {size:,} |" for folder, size in shared.items())
    cores = "\n".join(
        f"| {controller} | {core.name} | {core.mhz} | {core.coremark_per_mhz} | {core.source} |"
        for controller, core in CORES.items()
    )
    return f"""# Sizes and times

<!-- by `make sizes`; do not edit -->

What the firmware takes of each board. Nothing here was read off hardware.

## Bytecode

The bytes of the `.mpy` files: bytecode alone, no native code, and so the same for armv6m, armv7em
and xtensawin. A board loads those of its own family's drivers and of these packages:

| package | bytes |
| --- | --- |
{parts}

## Boards

| board | core | its drivers, bytes | heap after boot | left | of | tick at 26.25 / 1200 mL/h, ms |
| --- | --- | --- | --- | --- | --- | --- |
{chr(10).join(rows(costs))}

*Heap after boot* is what an emulated board has taken {SETTLED_S:.0f} s after its start, the
emulator's own part left out, divided by 1.57: what the firmware takes on a 64-bit MicroPython and
on a 32-bit one.

*Tick* is that of 64-bit MicroPython on this machine times {tick_cost.RP2040_RATIO}, the ratio of
benchmarks that ran here and on an RP2040 at 125 MHz, and then by CoreMark to the other cores: a
guess, in which the misses of the flash's cache are not counted. A tick has 20 ms.

*Keyframes*: one tick in 500 takes the kernel's state, {ms(keyframe.take_ns)} ms more on a Pico;
that one and the {PART_COUNT - 1} after it tell a part each, {ms(keyframe.part_ns)} ms. On the line
that is {PART_COUNT} frames of 76 bytes in ten seconds, {PART_COUNT * 76 // 10} bytes a second
beside 3,500 of telemetry. Of a Pico's heap they take about 7 KB; a board on which less than a
twentieth of it is left without them has none.

| controller | core | MHz, as MicroPython sets it | CoreMark a MHz | by |
| --- | --- | --- | --- | --- |
{cores}
"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")
