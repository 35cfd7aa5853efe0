"""What a session does about its record: commits by the wall clock, and tells when that fails.

The pump is served on whatever happens here. Before START a record that fails ends the session, as
nothing is to be begun that cannot be recorded; from then on it is only told, since the infusion is
the pump's. A slow disk is only told in any case.
"""

import asyncio

from evenflow.errors import CheckFailed
from evenflow.session.watch import Watch
from evenflow.telemetry.recorder import Recorder
from evenflow.telemetry.writer import SLOW

_LOOK_S = 0.25


async def keep(recorder: Recorder, watch: Watch) -> None:
    """Until it is cancelled."""
    told: CheckFailed | None = None
    while True:
        await asyncio.sleep(_LOOK_S)
        recorder.commit_if_due()
        trouble = recorder.trouble
        if trouble is None and told is not None:
            watch.note("host", "record_recovered", "all that was recorded is durable again")
        elif trouble is not None and (told is None or told.code != trouble.code):
            _tell(trouble, watch)
        told = trouble


def _tell(trouble: CheckFailed, watch: Watch) -> None:
    if watch.tracker.started is None and trouble.code != SLOW:
        watch.fail(trouble)
        return
    said = f"HOST ALARM {trouble.code}: {trouble.reason}. The pump goes on. {trouble.hint}"
    watch.note("host", trouble.code, said, reason=trouble.reason)
