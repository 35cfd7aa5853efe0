"""`make bench`: what a tick, a frame, a start and a session cost here. Asserts nothing.

The estimate for an RP2040 at 125 MHz is the figure of 64-bit MicroPython here times 112, the ratio
of benchmarks that were run on both; it holds for a machine like the one they ran on.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from bench import fleet, library_cost, lockstep, record_rates
from bench.tick_cost import RP2040_RATIO
from core.pico import BENCH, profile
from crossrun.interpreters import run_cpython, run_unix
from rich.console import Console
from rich.table import Table

from evenflow.flow import trumpet
from evenflow.pk import EvenTimes, LiveBand, population, predict

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
ORDER = ROOT / "examples" / "orders" / "ketamine-70kg.toml"
TWO_HOURS = EvenTimes(0, 1 / 60, 7201)

# Follows the source of pump_bench.py, on each interpreter. Prints the least nanoseconds, of five
# rounds, of a tick while infusing (recorded inputs, replayed into an equal kernel), of a telemetry
# frame written and read, and of such a record by the standard library, unstuffed and unchecked.
MEASURE = """
import time
from binascii import crc32
from struct import pack_into
from pumpcore.tick_io import Outputs
from pumpcore.wire import frame, messages
from pumpcore.wire.endpoint import Endpoint

COUNT = 1000
NAMES = [name for name in dir(Inputs()) if not name.startswith("_")]

def lowest_ns(function):
    lowest = None
    for _ in range(5):
        began = time.time_ns()
        function()
        spent = time.time_ns() - began
        if lowest is None or spent < lowest:
            lowest = spent
    return lowest // COUNT

def tick_ns():
    recorded = PumpBench(PROFILE)
    recorded.infuse()
    rows = []
    for _ in range(COUNT):
        recorded.tick()
        rows.append([getattr(recorded.inputs, name) for name in NAMES])
    lowest = None
    for _ in range(5):
        bench = PumpBench(PROFILE)
        bench.infuse()
        kernel = bench.kernel
        inputs = [Inputs() for _ in range(COUNT)]
        for row, target in zip(rows, inputs):
            for name, value in zip(NAMES, row):
                setattr(target, name, value)
        began = time.time_ns()
        for one in inputs:
            kernel.tick(one)
        spent = time.time_ns() - began
        assert bench.state() == "infusing"
        if lowest is None or spent < lowest:
            lowest = spent
    return lowest // COUNT

# A board takes the CRC by its table.
frame.crc32 = None
inputs, outputs = Inputs(), Outputs()
sender = Endpoint(messages.TO_DEVICE)
receiver = Endpoint(messages.TO_HOST)
length = sender.write_telemetry(1, inputs, outputs, 1)
plain = bytearray(64)
FORMAT = "<" + "I" * 14

def write():
    for _ in range(COUNT):
        sender.write_telemetry(1, inputs, outputs, 1)

def read():
    for _ in range(COUNT):
        receiver.feed(sender.outgoing, length)
        receiver.poll()

def write_plainly():
    for _ in range(COUNT):
        pack_into(FORMAT, plain, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1)
        crc32(plain)

print(tick_ns(), lowest_ns(write), lowest_ns(read), lowest_ns(write_plainly))
"""


def main() -> None:
    """Measure, row by row, and print."""
    script = f"PROFILE = {profile()!r}\n{BENCH.read_text(encoding='utf-8')}\n{MEASURE}"
    unix, cpython = (
        [int(part) for part in run(script).split()] for run in (run_unix, run_cpython)
    )
    device = Table("on the device's side", "MicroPython, 64 bits", "CPython", "RP2040, estimated")
    rows = (
        "one kernel tick, infusing",
        "one telemetry frame written",
        "one telemetry frame read",
        "peer: struct and crc32 of as many bytes",
    )
    for row, unix_ns, cpython_ns in zip(rows, unix, cpython, strict=True):
        estimate = f"{unix_ns * RP2040_RATIO / 1e6:.2f} ms"
        device.add_row(row, f"{unix_ns / 1e3:.1f} us", f"{cpython_ns / 1e3:.1f} us", estimate)

    host = Table("on the host's side", "seconds", "beside it")
    bare_s = wall_s([sys.executable, "-c", "pass"])
    version_s = wall_s([BIN / "evenflow", "--version"])
    host.add_row("evenflow --version", f"{version_s:.3f}", f"python -c pass: {bare_s:.3f}")
    add_session(host)

    as_list = list(TWO_HOURS)
    for row, span_s, beside in (
        ("two hours predicted at 1 s, 3 compartments", prediction_s(TWO_HOURS), "aim: 0.0003"),
        ("  the times given as a list", prediction_s(as_list), "aim: 0.0003"),
        ("1000 patients, 121 times", population_s(range(121)), "aim: 0.1"),
        ("  7201 times", population_s(as_list, 3), ""),
        ("an update of the live band, 8 models", live_s(), "aim: 0.001"),
    ):
        host.add_row(row, f"{span_s:.5f}", beside)
    for row, sample_s, bound in (("0.5 min", 30.0, "0.0001"), ("1 s", 1.0, "0.002")):
        span_s = trumpet_s(sample_s)
        host.add_row(f"trumpet of 24 h at {row}, 5 windows", f"{span_s:.6f}", f"bound: {bound}")
        listed_s = trumpet_s(sample_s, is_listed=True)
        host.add_row("the same, given as lists", f"{listed_s:.6f}", f"aim: {bound}")
    show_s = wall_s([BIN / "evenflow", "order", "show", ORDER])
    host.add_row("evenflow order show", f"{show_s:.3f}", "aim: 0.4")

    cost = library_cost.measure()
    size = f"{library_cost.ENTRY_COUNT} entries, {cost.byte_count / 1e6:.1f} MB"
    host.add_row("a library's TOML parsed, by tomllib", f"{cost.read_s:.3f}", size)
    host.add_row("and its shape and sense checked", f"{cost.check_s:.3f}", "aim: 0.020")

    trips = Table("lock step, while infusing", "MicroPython", "CPython")
    costs = [lockstep.measure(runtime) for runtime in ("micropython", "cpython")]
    trips.add_row("round trips a second", *(f"{cost.trips_per_s:.0f}" for cost in costs))
    trips.add_row("CPU time of one", *(f"{cost.trip_us:.0f} us" for cost in costs))
    for name, part_us in (
        ("  plant", lambda cost: cost.plant_us),
        ("  controller, pipes, host", lambda cost: cost.board_us),
        ("  firmware and overlay", lambda cost: cost.child_us),
    ):
        trips.add_row(
            name,
            *(f"{part_us(cost):.0f} us ({part_us(cost) / cost.trip_us:.0%})" for cost in costs),
        )
    kernel_us = (unix[0] + unix[1]) / 1e3
    trips.add_row("    of it kernel and frame, see above", f"{kernel_us:.0f} us", "")

    console = Console(highlight=False)
    console.print(device, host, trips, record_table(), fleet_table())


def fleet_table() -> Table:
    """Rows from a record to PostgreSQL, over a broker."""
    cost = fleet.measure()
    live = f"{fleet.LIVE_PUMPS} pumps at 50 Hz"
    table = Table("a fleet; a pump's second is two rows", "", "beside it")
    for row, value, beside in (
        ("bridge to PostgreSQL, all to send", f"{cost.rows_sent:.0f} rows/s", "start included"),
        ("  of frames", f"{cost.mb_sent:.1f} MB/s", "before compression"),
        ("read and packed, bridge's side", f"{cost.outbox_rows:.0f} rows/s", "without a broker"),
        ("checked and stored, ingest's side", f"{cost.inbox_rows:.0f} rows/s", "without a broker"),
        ("a pump's second on the line, live", f"{cost.live_bytes_per_pump_s:.0f} bytes", ""),
        ("  when many are sent at once", f"{cost.bytes_per_pump_s:.0f} bytes", ""),
        ("  in PostgreSQL", f"{cost.stored_bytes_per_pump_s:.0f} bytes", "index included"),
        ("bridge's share of a core, live", f"{cost.live_bridge_share:.1%}", live),
        ("ingest's share of a core, live", f"{cost.live_ingest_share:.1%}", live),
        (
            "bridge's memory, broker dead",
            f"{cost.dead_broker_mb:.0f} MB",
            f"idle: {cost.idle_mb:.0f} MB",
        ),
    ):
        table.add_row(row, value, beside)
    return table


def add_session(host: Table) -> None:
    """A two-hour session is run, its record verified, and its kernel executed again."""
    evenflow = BIN / "evenflow"
    with tempfile.TemporaryDirectory() as folder:
        order = [evenflow, "run", ORDER, "--port", "emulated:pico", "--yes"]
        session_s = wall_s(order, 1, folder)
        ratio = f"{7200 / session_s:.0f} times real time"
        host.add_row("a two-hour session, emulated, recorded", f"{session_s:.1f}", ratio)
        verified_s = wall_s([evenflow, "sessions", "verify"], 3, folder)
        host.add_row("  its record verified", f"{verified_s:.1f}", "")
        replayed_s = wall_s([evenflow, "sessions", "replay"], 3, folder)
        host.add_row("  and executed again, every tick compared", f"{replayed_s:.1f}", "bound: 10")


def record_table() -> Table:
    """Decoding, storing, and a hundred pumps, in one process."""
    record = Table("the record, one process", "as it was", "on a core of its own", "bound")
    content = record_rates.recorded()
    for what, wall, core in record_rates.decoded(content):
        row = f"frames a second decoded, {what}"
        record.add_row(row, f"{wall:,.0f}", f"{core:,.0f}", "1,000,000")
    for one in record_rates.stored(content):
        for what, wall, core in (
            ("recorded: made, hashed, durable", one.recorded_per_s, one.recorded_per_core_s),
            ("copied: received, durable", one.copied_per_s, one.copied_per_core_s),
        ):
            row = f"rows a second {what}; {one.name}"
            record.add_row(row, f"{wall:,.0f}", f"{core:,.0f}", "50,000")
        row = f"{record_rates.PUMP_COUNT} pumps at 50 Hz, decoded and recorded; {one.name}"
        record.add_row(row, "", f"{one.share:.1%} of it", "10%")
    return record


def prediction_s(times: Sequence[float]) -> float:
    """Shortest time of 7201 concentrations in plasma, in this process."""
    infusions = [(0, 40, 0.875)]
    return shortest_s(
        lambda: predict("kamp-2020-linear", weight_kg=70.0, infusions=infusions, times_min=times),
        50,
    )


def population_s(times: Sequence[float], rounds: int = 20) -> float:
    """Shortest time of 1000 drawn patients, in this process."""
    name, infusions = "simons-2022-esketamine", [(0, 40, 0.4375)]
    return shortest_s(
        lambda: population(name, weight_kg=70.0, infusions=infusions, times_min=times), rounds
    )


def trumpet_s(sample_s: float, *, is_listed: bool = False) -> float:
    """Shortest time of the trumpet of a day in arrays or in lists, in this process."""
    moments_s = np.arange(0.0, 86_400.0 + sample_s, sample_s)
    volumes_ml = 5.0 * moments_s / 3600 + 0.01 * np.sin(moments_s / 50)
    time_s = moments_s.tolist() if is_listed else moments_s
    volume_ml = volumes_ml.tolist() if is_listed else volumes_ml
    return shortest_s(
        lambda: trumpet(time_s, volume_ml, 5.0, from_s=None, to_s=None, sample_s=sample_s), 100
    )


def live_s() -> float:
    """Shortest time of an update by a second."""
    live = LiveBand(weight_kg=70.0, planned_mass_ng=35e6, rate_ng_per_min=875e3)
    return shortest_s(lambda: live.advance(live.at_s + 1, live.mass_ng + 14583), 200)


def shortest_s(work: Callable[[], object], rounds: int) -> float:
    """Of so many rounds, in this process."""
    spans = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        spans.append(time.perf_counter() - began)
    return min(spans)


def wall_s(command: list[str | Path], rounds: int = 5, folder: str | None = None) -> float:
    """Shortest wall time of a command, in that folder, or in one that is thrown away."""
    spans = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as thrown_away:
            began = time.perf_counter()
            subprocess.run(command, cwd=folder or thrown_away, check=True, capture_output=True)
            spans.append(time.perf_counter() - began)
    return min(spans)


if __name__ == "__main__":
    main()
