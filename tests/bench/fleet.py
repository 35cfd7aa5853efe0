"""What a fleet costs here: rows on their way from a record to PostgreSQL over a real broker."""

import asyncio
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from host.broker import RunningBroker, running
from host.fleet.parts import EVENFLOW, Recording, everything
from host.postgres import new_database
from host.telemetry.frames import IDENTITY, opening

from evenflow.client.batch import Batch as Telemetry
from evenflow.client.exchange import Sent
from evenflow.client.stream import Stream
from evenflow.fleet.batch import NOWHERE, Batch, Position, decoded, encoded
from evenflow.fleet.inbox import Inbox
from evenflow.fleet.outbox import Outbox
from evenflow.telemetry.place import RECORD
from evenflow.telemetry.recorder import Recorder
from evenflow.telemetry.store import create
from evenflow.telemetry.tables import CHAINED, COMMAND, FRAMES
from evenflow.telemetry.timeline import Timeline

SESSIONS = 20
PIECES = 600
LIVE_PUMPS = 100
LIVE_S = 15
# Of a second.
TICKS = 50
_MB = 1e6
_SIZE = """
    SELECT sum(pg_total_relation_size(relid))
    FROM (SELECT unnest(ARRAY['event', 'command'])::regclass AS relid
          UNION ALL SELECT relid FROM pg_partition_tree('frames')) AS parts
"""
# What a host asks for each second, so that both know that the other is there.
_PING = Sent("ping", 1, bytes(range(1, 25)))


@dataclass(frozen=True, slots=True)
class FleetCost:
    """Per second of this machine, unless it says otherwise."""

    rows_sent: float
    mb_sent: float
    # Of a pump's second: on the line if a batch holds many, or one; in PostgreSQL.
    bytes_per_pump_s: float
    live_bytes_per_pump_s: float
    stored_bytes_per_pump_s: float
    outbox_rows: float
    inbox_rows: float
    live_bridge_share: float
    live_ingest_share: float
    dead_broker_mb: float
    idle_mb: float


def measure() -> FleetCost:
    """All of it, in a folder that is thrown away."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pieces = _pieces(folder)
        path = folder / "many.db"
        raw_bytes = _fill(path, pieces)
        outbox_rows, payloads = _outbox_rows(path)
        live_bytes = _live_bytes(path)
        inbox_rows, stored_bytes = _inbox_rows(payloads)
        rows_sent, sent_bytes, span_s = _catch_up(folder, path)
        idle_mb, dead_mb = _memory(folder, path)
        live = _live(folder, pieces)
    return FleetCost(
        rows_sent=rows_sent,
        mb_sent=raw_bytes / span_s / _MB,
        bytes_per_pump_s=sent_bytes / (SESSIONS * PIECES),
        live_bytes_per_pump_s=live_bytes,
        stored_bytes_per_pump_s=stored_bytes / (SESSIONS * PIECES),
        outbox_rows=outbox_rows,
        inbox_rows=inbox_rows,
        live_bridge_share=live[0],
        live_ingest_share=live[1],
        dead_broker_mb=dead_mb,
        idle_mb=idle_mb,
    )


def _pieces(folder: Path) -> list[Telemetry]:
    """A second of telemetry each, of a real session, over and over."""
    with Recording(folder / "runs", "one") as one:
        one.finish()
    whole = Telemetry()
    for row in everything(one.path)["frames"]:
        content = row["content"]
        assert isinstance(content, bytes)
        for item in Stream().feed(content):
            if isinstance(item, Telemetry):
                whole.frames += item.frames
                whole.rows += item.rows
    return [_part(whole, start) for start in range(0, len(whole) - TICKS, TICKS)]


def _part(whole: Telemetry, start: int) -> Telemetry:
    part = Telemetry()
    part.frames = whole.frames[start : start + TICKS]
    part.rows = whole.rows[start : start + TICKS]
    return part


def _fill(path: Path, pieces: list[Telemetry]) -> int:
    raw_bytes = 0
    with create(path) as store:
        for number in range(SESSIONS):
            recorder = Recorder(store, opening(f"session-{number}"), IDENTITY, Timeline())
            for index in range(PIECES):
                piece = pieces[index % len(pieces)]
                raw_bytes += sum(map(len, piece.frames))
                recorder.take(piece)
                recorder.take(_PING)
            recorder.close("completed", {})
    return raw_bytes


def _outbox_rows(path: Path) -> tuple[float, list[bytes]]:
    outbox = Outbox(lambda: [path])
    ((_, sources),) = outbox.look()
    payloads = []
    rows = 0
    began_s = time.perf_counter()
    for source in sources:
        position = NOWHERE
        while True:
            content = outbox.following(source, position, 1)
            payloads.append(encoded(content.batch))
            rows += content.row_count
            if content.is_last:
                break
            position = _after(position, content.batch)
    spent_s = time.perf_counter() - began_s
    outbox.close()
    return rows / spent_s, payloads


def _after(position: Position, batch: Batch) -> Position:
    seqs = {one.name: position.seqs[one.name] + len(batch.rows[one]) for one in CHAINED}
    return Position(is_known=True, is_closed=False, seqs=seqs)


def _live_bytes(path: Path) -> float:
    """Mean length of batches that hold a second each."""
    outbox = Outbox(lambda: [path])
    ((_, (source, *_)),) = outbox.look()
    batch = outbox.following(source, NOWHERE, 1).batch
    outbox.close()
    both = zip(batch.rows[FRAMES], batch.rows[COMMAND], strict=False)
    alone = [
        replace(batch, opening=None, rows={FRAMES: [one], COMMAND: [other]}) for one, other in both
    ]
    return sum(len(encoded(one)) for one in alone) / len(alone)


def _inbox_rows(payloads: list[bytes]) -> tuple[float, float]:
    """Rows a second, and bytes that they take in PostgreSQL, index and all."""
    with create(new_database()) as store:
        inbox = Inbox(store)
        began_s = time.perf_counter()
        for start in range(0, len(payloads), 16):
            inbox.take([decoded(one) for one in payloads[start : start + 16]])
        spent_s = time.perf_counter() - began_s
        with store.engine.connect() as connection:
            size = connection.exec_driver_sql(_SIZE).scalar()
        return inbox.stored_rows / spent_s, float(size or 0)


def _catch_up(folder: Path, path: Path) -> tuple[float, float, float]:
    """Rows a second, bytes on the line, and the span, of a bridge that has all to send."""
    with running(folder / "broker") as broker, _ingest(broker):
        began_s = time.perf_counter()
        done = subprocess.run(
            _command("bridge", broker, "--db", str(path), "--once", "--json"),
            check=True,
            capture_output=True,
        )
        span_s = time.perf_counter() - began_s
    tally = json.loads(done.stdout)
    return tally["rows_stored"] / span_s, tally["bytes_sent"], span_s


def _memory(folder: Path, path: Path) -> tuple[float, float]:
    """Most megabytes of a bridge with nothing to send, and with all of it and no broker."""
    with running(folder / "nobody") as broker:
        empty = _peak_mb(_command("bridge", broker, "--runs", str(folder / "none"), "--once"))
    options = ("--db", str(path), "--once", "--patience-s", "10")
    return empty, _peak_mb(_command("bridge", broker, *options))


def _peak_mb(command: list[str]) -> float:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    return usage.ru_maxrss * 1024 / _MB


def _live(folder: Path, pieces: list[Telemetry]) -> tuple[float, float]:
    """Shares of a core that bridge and ingest take while many pumps are recorded."""
    runs = folder / "pumps"
    with ExitStack() as stack:
        recorders = []
        for number in range(LIVE_PUMPS):
            store = stack.enter_context(create(runs / str(number) / RECORD))
            pump = replace(IDENTITY, unique_id=number.to_bytes(8))
            recorders.append(Recorder(store, opening(f"live-{number}"), pump, Timeline()))
        broker = stack.enter_context(running(folder / "live"))
        ingest = stack.enter_context(_ingest(broker))
        bridge = subprocess.Popen(
            _command("bridge", broker, "--runs", str(runs)), stderr=subprocess.DEVNULL
        )
        asyncio.run(_write(recorders, pieces, LIVE_S))
        before = _cpu_s(bridge.pid), _cpu_s(ingest.pid)
        asyncio.run(_write(recorders, pieces, LIVE_S))
        after = _cpu_s(bridge.pid), _cpu_s(ingest.pid)
        bridge.send_signal(signal.SIGTERM)
        bridge.wait()
    return (after[0] - before[0]) / LIVE_S, (after[1] - before[1]) / LIVE_S


async def _write(recorders: list[Recorder], pieces: list[Telemetry], span_s: int) -> None:
    """A piece of each pump a second, as it would come."""
    for second in range(span_s):
        due = asyncio.create_task(asyncio.sleep(1.0))
        for recorder in recorders:
            recorder.take(pieces[second % len(pieces)])
            recorder.take(_PING)
            recorder.commit()
            await asyncio.sleep(0)
        await due


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _ingest(broker: RunningBroker) -> Iterator["subprocess.Popen[bytes]"]:
    command = _command("ingest", broker, "--db", new_database())
    with subprocess.Popen(
        command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _command(name: str, broker: RunningBroker, *options: str) -> list[str]:
    return [str(EVENFLOW), name, "--broker", broker.address, *options]
