"""A host that comes to a pump at work and records it; it may be killed.

Run as a program, it takes port and record, and says on stdout how many ticks are durable.
"""

import asyncio
import json
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))

from typing import TYPE_CHECKING

from host.session.scripted import SilentView

from evenflow import boards
from evenflow.client.batch import Batch
from evenflow.client.pump import Pump
from evenflow.link import open_line
from evenflow.session.gaps import Gaps
from evenflow.session.watch import Watch
from evenflow.telemetry.recorder import Opening, Recorder
from evenflow.telemetry.store import create
from evenflow.telemetry.timeline import Timeline

if TYPE_CHECKING:
    from evenflow.client.exchange import Sent
    from evenflow.client.stream import Item

_FOREVER_S = 1e9


async def attach(port: str, path: Path, span_s: float) -> None:
    """Record for so long, by the line's clock; nothing is ordered, staged or stopped."""
    pump = Pump(await open_line(port))
    backlog: list[Item | Sent] = []
    stop_listening = pump.listen(backlog.append)
    pump.begin()
    await pump.hello()
    stop_listening()
    timeline = Timeline()
    first = next(one.tick_count(0) for one in backlog if isinstance(one, Batch))
    profile = json.dumps(boards.load("pico"))
    with create(path) as store:
        opening = Opening("late", "", "", "{}", port, first, profile)
        recorder = Recorder(store, opening, pump.identity, timeline)
        watch = Watch(pump.stream, recorder, timeline, SilentView())
        for item in backlog:
            watch.take(item)
        pump.listen(watch.take)
        gaps = watch.gaps = Gaps(pump, watch)
        await gaps.begin(is_late=True)
        end_s = pump.line.clock_s() + span_s
        while pump.line.clock_s() < end_s:
            await pump.wait_for(lambda _: True, 2.0)
            recorder.commit()
            sys.stdout.write(f"{timeline.now.tick_count - first}\n")
            sys.stdout.flush()
        await pump.close()
        recorder.close("left", {})


if __name__ == "__main__":
    asyncio.run(attach(sys.argv[1], Path(sys.argv[2]), _FOREVER_S))
