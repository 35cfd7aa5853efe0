"""Writers that record without end, each killed at a point of chance; says on stdout what it did.

    endless_writer.py SEED COUNT WHERE…

Writes COUNT sessions, into each WHERE in turn (once more if there are fewer), and prints a line of
JSON for each: where, its id, how many ticks were durable when it was killed, and after how long.
"""

import json
import os
import random
import select
import signal
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))

from host.telemetry.frames import IDENTITY, batch, opening

from evenflow.telemetry.recorder import Recorder
from evenflow.telemetry.store import create
from evenflow.telemetry.timeline import Timeline

LONGEST_S = 0.06
# What is not made again in each child.
BATCHES = [batch(*range(first, first + 5)) for first in range(0, 5000, 5)]


def write(where: str, session_id: str, durable: int) -> None:
    """Until killed, five ticks a commit; the number of durable ones goes into the pipe."""
    timeline = Timeline()
    recorder = Recorder(create(where), opening(session_id), IDENTITY, timeline)
    for number, added in enumerate(BATCHES, 1):
        timeline.add(added)
        recorder.event("pump", "state", {"at": number})
        recorder.take(added)
        recorder.commit()
        os.write(durable, b"%d\n" % (number * 5))
    signal.pause()


def main(seed: str, count: str, *places: str) -> None:
    """Fork, wait, kill."""
    chance = random.Random(int(seed))
    for number in range(int(count)):
        where, session_id = places[number % len(places)], f"killed {number}"
        told, durable = os.pipe()
        child = os.fork()
        if not child:
            os.close(told)
            write(where, session_id, durable)
        os.close(durable)
        delay_s = chance.uniform(0, LONGEST_S)
        # The first line, if one comes, begins the time: opening takes longer than a commit.
        if number % 4:
            select.select([told], [], [], 10)
        select.select([], [], [], delay_s)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(told) as lines:
            ticks = [int(line) for line in lines if line.endswith("\n")]
        report = {
            "where": where,
            "id": session_id,
            "durable": ticks[-1] if ticks else 0,
            "after_s": delay_s,
        }
        sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
