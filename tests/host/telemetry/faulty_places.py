"""Records where a record cannot be: prints code and reason of the error as JSON.

    faulty_places.py KIND FOLDER

KIND is full (files may not grow beyond what there is at first), read-only (the file) or
read-only-folder. Who may do everything becomes nobody first.
"""

import json
import os
import resource
import stat
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2]))

from host.telemetry.frames import IDENTITY, batch, opening

from evenflow.errors import CheckFailed
from evenflow.telemetry.recorder import Recorder
from evenflow.telemetry.store import create
from evenflow.telemetry.timeline import Timeline

NOBODY = 65_534
SPACE_BYTES = 100_000


def session(path: Path, name: str, piece_count: int) -> None:
    """A whole one, of so many seconds; what an import needs is loaded afterwards."""
    timeline = Timeline()
    with create(path) as store:
        recorder = Recorder(store, opening(name), IDENTITY, timeline)
        for first in range(0, piece_count * 50, 50):
            added = batch(*range(first, first + 50))
            timeline.add(added)
            recorder.take(added)
            if first % 1000 == 0:
                recorder.commit()
        recorder.close("complete", {})


def main(kind: str, folder: str) -> None:
    """One session that succeeds, and one that cannot."""
    path = Path(folder) / "record.db"
    session(path, "one", 10)
    if kind == "full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (SPACE_BYTES, SPACE_BYTES))
    else:
        target = path if kind == "read-only" else path.parent
        target.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH | (0o111 * target.is_dir()))
        if not os.geteuid():
            os.setuid(NOBODY)
    try:
        session(path, "two", 1000)
    except CheckFailed as error:
        sys.stdout.write(json.dumps({"code": error.code, "reason": error.reason}))


if __name__ == "__main__":
    main(*sys.argv[1:])
