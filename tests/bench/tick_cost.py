"""What one whole tick costs on 64-bit MicroPython: the real loop over recorded sensor readings.

A tick here is the loop's: readings taken over, link polled, kernel, recorder, telemetry frame
encoded and sealed, for an infusion at 26.25 mL/h and at 1200 mL/h. Machines differ and are shared,
so the figure that is gated is the ratio to a calibration loop of a fixed mix of attribute, list
and integer work, run in turn with it in the same process; of each the least of several rounds
counts.
"""

import sys
from typing import NamedTuple

from core.pico import BENCH, profile
from crossrun.interpreters import run_unix

# Microseconds of 64-bit MicroPython here to microseconds of an RP2040 at 125 MHz, from benchmarks
# that ran on both.
RP2040_RATIO = 112

_SCRIPT = """
import time
from pumpapp.keyframe_report import KeyframeReport
from pumpapp.loop import Loop
from pumpapp.recorder import Recorder
from pumpapp.therapy_report import TherapyReport
from pumpcore import check_in
from pumpcore.keyframe_table import LAYOUT, Table
from pumpcore.library import Library
from pumpcore.wire import frame
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import TO_DEVICE

# A board takes the CRC by its table.
frame.crc32 = None

# Rounds shorter than a scheduler's slice, so that on a busy machine some run undisturbed.
COUNT = 20
ROUNDS = 200
STEPS = COUNT * 150
NAMES = [name for name in dir(Inputs()) if not name.startswith("_")]


class Calibration:
    def __init__(self):
        self.total = 0
        self.items = [7] * 32

    def step(self, index):
        items = self.items
        value = items[index & 31] * 3 + index
        if value & 1:
            self.total += value >> 1
        else:
            self.total -= value & 0xFF
        items[index & 31] = value & 0xFF


class Board:
    # Clock, plunger, panel, line and watchdog in one: none costs more than a call.
    def __init__(self, rows):
        self.clock = self.plunger = self.sensors = self.panel = self.line = self.watchdog = self
        self.slow_signals = self
        self.motor_driver = None
        self.display = None
        self.rows = rows
        self.at = 0
        self.written = 0

    def now_us(self):
        return 0

    def span_us(self, from_us, to_us):
        return 20000

    def read_into(self, target):
        if isinstance(target, bytearray):
            return 0
        row = self.rows[self.at]
        self.at += 1
        target.step_count = row[0]
        target.encoder_count = row[1]
        target.reference_count = row[2]
        target.raw_force = row[3]
        target.force_sample_count = row[4]
        target.raw_position = row[5]
        target.switches = row[6]
        target.raw_barrel = row[7]
        target.raw_contact = row[8]
        target.raw_battery = row[9]
        target.raw_temperature = row[10]
        return check_in.SENSED

    def drive(self, outputs):
        return check_in.ACTED

    def show(self, outputs):
        return check_in.SHOWN

    def carry(self):
        return check_in.CARRIED

    def write(self, buffer, count):
        self.written += count

    def feed(self):
        pass


class Commands:
    last_request_id = 0
    link_flags = 0
    therapy = TherapyReport()
    longest_load_us = 0
    spent_bytes = 0
    long_at_tick = -1
    screen = None


class Memory:
    size_bytes = 32768

    def read_into(self, address, buffer):
        pass

    def write(self, address, buffer):
        pass


def rows_of(rate):
    bench = PumpBench(PROFILE)
    bench.infuse(bench_order(rate, 40000000, 45000000))
    rows = []
    for _ in range(COUNT * (ROUNDS + 1)):
        bench.tick()
        inputs = bench.inputs
        rows.append((inputs.step_count, inputs.encoder_count, inputs.reference_count,
            inputs.raw_force, inputs.force_sample_count, inputs.raw_position, inputs.switches,
            inputs.raw_barrel, inputs.raw_contact, inputs.raw_battery, inputs.raw_temperature))
    assert bench.state() == "infusing"
    return rows


def measure(rate):
    rows = rows_of(rate)
    bench = PumpBench(PROFILE)
    # What the chip's bus takes is not the interpreter's time.
    recorder = Recorder(Memory(), bench.kernel, Library(), 200000000, 1)
    bench.infuse(bench_order(rate, 40000000, 45000000))
    board = Board(rows)
    commands = Commands()
    commands.keyframe = KeyframeReport(bench.kernel, Table(bench.kernel), LAYOUT)
    loop = Loop(board, bench.kernel, Endpoint(TO_DEVICE), commands, recorder)
    calibration = Calibration()
    lowest_tick = lowest_calibration = 1 << 60
    for turn in range(ROUNDS):
        began = time.time_ns()
        for index in range(STEPS):
            calibration.step(index)
        spent = time.time_ns() - began
        lowest_calibration = min(lowest_calibration, spent)
        began = time.time_ns()
        for _ in range(COUNT):
            loop.tick()
        spent = time.time_ns() - began
        if turn:
            lowest_tick = min(lowest_tick, spent)
    assert bench.state() == "infusing", bench.state()
    assert board.written > COUNT * ROUNDS * 40
    print(lowest_tick // COUNT, lowest_calibration * 20 // STEPS)


def measure_keyframe():
    bench = PumpBench(PROFILE)
    bench.infuse(bench_order(1200000, 40000000, 45000000))
    report = KeyframeReport(bench.kernel, Table(bench.kernel), LAYOUT)
    endpoint = Endpoint(TO_DEVICE)
    calibration = Calibration()
    lowest_take = lowest_part = lowest_calibration = 1 << 60
    for turn in range(ROUNDS):
        began = time.time_ns()
        for index in range(STEPS):
            calibration.step(index)
        lowest_calibration = min(lowest_calibration, time.time_ns() - began)
        began = time.time_ns()
        for _ in range(COUNT):
            report._keyframe.take()
        lowest_take = min(lowest_take, time.time_ns() - began)
        began = time.time_ns()
        for _ in range(COUNT):
            report._index = 3
            report.write(endpoint)
        lowest_part = min(lowest_part, time.time_ns() - began)
    print(lowest_take // COUNT, lowest_part // COUNT, lowest_calibration * 20 // STEPS)


for rate in (26250, 1200000):
    measure(rate)
measure_keyframe()
"""


class TickCost(NamedTuple):
    """Nanoseconds of a tick, and of twenty steps of the calibration loop."""

    rate_ul_per_h: int
    tick_ns: int
    calibration_ns: int

    @property
    def ratio(self) -> float:
        """Ticks cost so many times twenty calibration steps."""
        return self.tick_ns / self.calibration_ns


class KeyframeCost(NamedTuple):
    """Nanoseconds beyond a tick, to take a keyframe and to tell one part of it; calibration."""

    take_ns: int
    part_ns: int
    calibration_ns: int

    @property
    def ratios(self) -> tuple[float, float]:
        """The same as TickCost's, of both."""
        return self.take_ns / self.calibration_ns, self.part_ns / self.calibration_ns


class Costs(NamedTuple):
    """What was measured."""

    ticks: list[TickCost]
    keyframe: KeyframeCost


def measure() -> Costs:
    """Both rates, in a fresh process of the 64-bit interpreter; and a keyframe."""
    source = BENCH.read_text(encoding="utf-8")
    output = run_unix(f"PROFILE = {profile()!r}\n{source}\n{_SCRIPT}")
    *lines, last = output.splitlines()
    ticks = []
    for rate, line in zip((26_250, 1_200_000), lines, strict=True):
        tick_ns, calibration_ns = (int(part) for part in line.split())
        ticks.append(TickCost(rate, tick_ns, calibration_ns))
    return Costs(ticks, KeyframeCost(*(int(part) for part in last.split())))


def report(costs: Costs) -> str:
    """A line for each rate, and one for a keyframe."""
    take, part = costs.keyframe.ratios
    lines = "\n".join(
        f"{cost.rate_ul_per_h / 1000:7.2f} mL/h: {cost.tick_ns / 1000:5.1f} us a tick here, "
        f"{cost.ratio:.2f} of the calibration loop, "
        f"about {cost.tick_ns * RP2040_RATIO / 1e6:.1f} ms on an RP2040"
        for cost in costs.ticks
    )
    return (
        f"{lines}\n   keyframe: {costs.keyframe.take_ns / 1000:5.1f} us to take, "
        f"{costs.keyframe.part_ns / 1000:.1f} a part; {take:.2f} and {part:.2f} of the loop, "
        f"about {costs.keyframe.take_ns * RP2040_RATIO / 1e6:.1f} and "
        f"{costs.keyframe.part_ns * RP2040_RATIO / 1e6:.1f} ms on an RP2040"
    )


if __name__ == "__main__":
    sys.stdout.write(report(measure()) + "\n")
