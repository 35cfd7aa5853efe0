"""Real sessions of emulated boards in a record, and what can be done to the file afterwards."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

from host.session.scripted import SilentView, bench_plan

from evenflow.client.batch import Batch
from evenflow.client.stream import Item, Stream
from evenflow.dose.plan import Plan
from evenflow.emulator import Board
from evenflow.session.opening import open_port
from evenflow.session.run import Session
from evenflow.session.view import Progress
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.replay import Replayed, replay
from evenflow.telemetry.store import create, open_existing
from evenflow.telemetry.verify import Fault, verify
from pumpcore.wire.endpoint import Endpoint
from pumpcore.wire.messages import TO_HOST, by_name


class Meddler(SilentView):
    """Does something to the board once half of the volume is given."""

    def __init__(self, act: Callable[[Board], None]) -> None:
        """`act` is called once."""
        super().__init__()
        self.board: Board | None = None
        self._acts = [act]

    def progress(self, now: Progress) -> None:
        """Act when it is time."""
        super().progress(now)
        if self.board is not None and now.share >= 0.5:
            while self._acts:
                self._acts.pop()(self.board)


def record(
    path: Path, view: SilentView, runtime: str = "cpython", order: Plan | None = None
) -> Path:
    """1 mL at 600 mL/h, or that order, on a fresh pico."""
    order = order or bench_plan()

    async def run() -> None:
        opened = await open_port("emulated:pico", plan=order, speed=None, runtime=runtime)
        if isinstance(view, Meddler):
            view.board = opened.board
        with create(path) as store:
            await Session(order, opened, store, view).run()

    asyncio.run(run())
    return path


def faults(path: Path) -> list[Fault]:
    """Of the only session."""
    with open_existing(path) as store:
        archive = Archive(store)
        (line,) = archive.sessions()
        return verify(archive, line.id)


def replayed(path: Path) -> Replayed:
    """Of the only session."""
    with open_existing(path) as store:
        archive = Archive(store)
        (line,) = archive.sessions()
        return replay(archive, line.id)


def edit(path: Path, *statements: str) -> None:
    """Execute SQL in the file."""
    raw = sqlite3.connect(path)
    with raw:
        for statement in statements:
            raw.execute(statement)
    raw.close()


def unsay(path: Path) -> None:
    """Make it a file of a version that did not say its revision, nor had views."""
    edit(path, "DROP TABLE alembic_version", "DROP VIEW vital_signs", "DROP VIEW overrides")


def change_telemetry(path: Path, tick_count: int, field: str, by: int) -> None:
    """Add to one field of one tick, with every CRC made good again."""
    message = by_name("telemetry")

    def changed(item: Item) -> bytes:
        if not isinstance(item, Batch):
            return item.frame + b"\0"
        frames = list(item.frames)
        for index, one in enumerate(item):
            if one.tick_count == tick_count:
                values = [getattr(one, row.name) for row in message.fields]
                values[[row.name for row in message.fields].index(field)] += by
                endpoint = Endpoint(TO_HOST)
                frames[index] = bytes(endpoint.outgoing[: endpoint.write(message, values) - 1])
        return b"".join(frame + b"\0" for frame in frames)

    rewrite(path, lambda items: b"".join(changed(item) for item in items))


def rewrite(path: Path, change: Callable[[list[Item]], bytes]) -> None:
    """Every piece of frames as `change` makes it of its items, with its CRC."""
    raw = sqlite3.connect(path)
    with raw:
        for seq, content in raw.execute("SELECT seq, content FROM frames").fetchall():
            after = change(Stream().feed(content))
            raw.execute(
                "UPDATE frames SET content = ?, crc32 = ? WHERE seq = ?",
                (after, crc32(after), seq),
            )
    raw.close()
