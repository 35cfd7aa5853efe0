"""Records telemetry without end, and says on stdout how many frames are durable; to be killed."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))

from host.telemetry.frames import IDENTITY, batch, opening

from evenflow.telemetry.recorder import Recorder
from evenflow.telemetry.store import create
from evenflow.telemetry.timeline import Timeline

timeline = Timeline()
recorder = Recorder(create(sys.argv[1]), opening("killed"), IDENTITY, timeline)
tick_count = 0
while True:
    added = batch(*range(tick_count, tick_count + 50))
    tick_count += 50
    timeline.add(added)
    recorder.event("pump", "state", {"at": tick_count})
    recorder.take(added)
    recorder.commit()
    sys.stdout.write(f"{tick_count}\n")
    sys.stdout.flush()
