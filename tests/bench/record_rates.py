"""What the record costs in one process: frames decoded, rows made durable, a hundred pumps.

The frames are those of a session of an emulated board. What PostgreSQL's own processes take is not
counted, as they may be on another machine.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from host.postgres import new_database
from host.session.scripted import SilentView, bench_plan
from host.telemetry.frames import IDENTITY, opening

from evenflow.client.batch import Batch
from evenflow.client.columns import decode
from evenflow.client.stream import Stream
from evenflow.session.opening import open_port
from evenflow.session.run import Session
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.copying import copy_rows
from evenflow.telemetry.recorder import Recorder
from evenflow.telemetry.store import Store, create
from evenflow.telemetry.tables import EVENT
from evenflow.telemetry.timeline import Timeline

PUMP_COUNT = 100
SPAN_S = 10
# Commits a second, of all pumps together; the writer gathers for a tenth of a second.
COMMITS_PER_S = 10
EVENT_COUNT = 50_000
ROWS_AT_ONCE = 10_000
# Frames that a hundred pumps send in ten seconds.
FRAME_COUNT = PUMP_COUNT * SPAN_S * 50


@dataclass(frozen=True, slots=True)
class Stored:
    """In one database; a rate a core is by the time that the process had a core."""

    name: str
    recorded_per_s: float
    recorded_per_core_s: float
    copied_per_s: float
    copied_per_core_s: float
    # Of a core, for a hundred pumps.
    share: float


def recorded() -> bytes:
    """Telemetry of an infusion, with what else the board said."""
    order = bench_plan()

    async def run(store: Store) -> None:
        opened = await open_port("emulated:pico", plan=order, speed=None, runtime="cpython")
        await Session(order, opened, store, SilentView()).run()

    with tempfile.TemporaryDirectory() as folder, create(Path(folder) / "record.db") as store:
        asyncio.run(run(store))
        archive = Archive(store)
        (line,) = archive.sessions()
        return b"".join(content for _, content in archive.pieces(line.id))


def decoded(content: bytes) -> list[tuple[str, float, float]]:
    """Frames of telemetry a second, by the stream and in columns: as it was, and a core."""
    count = len(decode(content))
    content *= FRAME_COUNT // count
    count *= FRAME_COUNT // count
    by_stream = _least(lambda _: Stream().feed(content), 3)
    in_columns = _least(lambda _: decode(content), 10)
    return [
        ("of a line, as they come", count / by_stream[0], count / by_stream[1]),
        ("of a record, thousands at once", count / in_columns[0], count / in_columns[1]),
    ]


def stored(content: bytes) -> list[Stored]:
    """In SQLite and in PostgreSQL."""
    with tempfile.TemporaryDirectory() as folder:
        places = {"SQLite": Path(folder) / "record.db", "PostgreSQL": new_database()}
        return [_stored(name, where, content) for name, where in places.items()]


def _stored(name: str, where: str | Path, content: bytes) -> Stored:
    with create(where) as store:
        recorded_s, recorded_cpu_s = _least(lambda number: _record(store, f"events {number}"), 3)
        rows = _rows(store, "events 0")
        copied_s, copied_cpu_s = _least(lambda number: _copy(store, rows, f"copy {number}"), 3)
        _, busy_s = _least(lambda number: _pumps(store, content, number), 2)
    return Stored(
        name,
        EVENT_COUNT / recorded_s,
        EVENT_COUNT / recorded_cpu_s,
        EVENT_COUNT / copied_s,
        EVENT_COUNT / copied_cpu_s,
        busy_s / SPAN_S,
    )


def _least(work: Callable[[int], object], rounds: int) -> tuple[float, float]:
    """Least wall time and least processor time of so many rounds."""
    walls, cores = [], []
    for number in range(rounds):
        began_s, cpu_s = time.perf_counter(), time.process_time()
        work(number)
        walls.append(time.perf_counter() - began_s)
        cores.append(time.process_time() - cpu_s)
    return min(walls), min(cores)


def _record(store: Store, name: str) -> None:
    """Events by a recorder, each chained by its hash, durable ten thousand at once."""
    recorder = Recorder(store, opening(name), IDENTITY, Timeline())
    for number in range(1, EVENT_COUNT + 1):
        recorder.event("pump", "state", {"from": "idle", "to": "staged", "number": number})
        if number % ROWS_AT_ONCE == 0:
            recorder.commit()
    recorder.close("complete", {})


def _rows(store: Store, name: str) -> list[dict[str, object]]:
    return list(Archive(store).rows(EVENT, name))


def _copy(store: Store, rows: list[dict[str, object]], name: str) -> None:
    """Rows that are made already, as somebody stores them who receives them."""
    Recorder(store, opening(name), IDENTITY, Timeline())
    for row in rows:
        row["session_id"] = name
    for first in range(0, len(rows), ROWS_AT_ONCE):
        with store.engine.begin() as connection:
            copy_rows(connection, EVENT, rows[first : first + ROWS_AT_ONCE])


def _pumps(store: Store, content: bytes, number: int) -> None:
    """A hundred sessions that hear ten seconds each, a second at a time, decoded and recorded."""
    second = _a_second(content)
    pumps = []
    for pump in range(PUMP_COUNT):
        recorder = Recorder(store, opening(f"{number} {pump}"), IDENTITY, timeline := Timeline())
        pumps.append((Stream(), timeline, recorder))
    group = PUMP_COUNT // COMMITS_PER_S
    for _ in range(SPAN_S):
        for first in range(0, PUMP_COUNT, group):
            for stream, timeline, recorder in pumps[first : first + group]:
                for item in stream.feed(second):
                    if isinstance(item, Batch):
                        timeline.add(item)
                    recorder.take(item)
                recorder._hand_over()
            pumps[first][2].wait()
    for _, _, recorder in pumps:
        recorder.finish("complete", {})
    pumps[-1][2].wait()


def _a_second(content: bytes) -> bytes:
    """Fifty frames of telemetry, from the middle of an infusion."""
    batches = [item for item in Stream().feed(content) if isinstance(item, Batch)]
    frames = [frame for batch in batches for frame in batch.frames]
    middle = len(frames) // 2
    return b"".join(frame + b"\0" for frame in frames[middle : middle + 50])
