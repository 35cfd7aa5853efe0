"""What a recorded session gave, as infusions from START: read from its telemetry."""

from collections.abc import Iterator

from evenflow.cli._pk_input import KETAMINE, Given
from evenflow.client.batch import Batch
from evenflow.client.records import Staged
from evenflow.client.stream import Received
from evenflow.errors import Refused
from evenflow.pk import delivered
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.timeline import Timeline
from pumpcore import units
from pumpcore.interlock import GIVING

_S_PER_MIN = 60
_LEAST_S = 1.0  # between samples


def given(archive: Archive, session_id: str) -> tuple[Given, float]:
    """For whom and what was given, and how long the record goes on, in min from START.

    The plunger's own count, a second apart or more; a gap in the record is an even flow.
    Refused if it is no session of ketamine by weight, if nothing was given, or if the pump began
    to count anew.
    """
    plan = archive.session(session_id)["plan"]
    if not isinstance(plan, dict) or plan["drug"] != KETAMINE or plan["weight_kg"] is None:
        reason = f"session {session_id} is not of ketamine by weight"
        raise Refused("not_ketamine", reason, "predictions are of ketamine")
    samples = list(_samples(archive, session_id))
    if not samples:
        reason = f"session {session_id}: nothing was given"
        raise Refused("nothing_given", reason, "name a session with an infusion")
    start_s = samples[0][0]
    concentration = plan["concentration_mg_per_ml"] * units.NG_PER_MG
    infusions = delivered([(at - start_s, volume) for at, volume in samples], concentration)
    source = f"session {session_id}, as its telemetry counted"
    until_min = (samples[-1][0] - start_s) / _S_PER_MIN
    return Given(source, plan["weight_kg"], tuple(infusions)), until_min


def _samples(archive: Archive, session_id: str) -> Iterator[tuple[float, float]]:
    """(time in s, nL counted), from the first tick of the infusion."""
    timeline = Timeline()
    femtolitres: int | None = None
    is_begun = False
    last_s = 0.0
    now = (0.0, 0.0)
    for _, items in archive.frames(session_id):
        for item in items:
            if isinstance(item, Received) and isinstance(item.record, Staged):
                femtolitres = item.record.femtolitres_per_microstep
            if not isinstance(item, Batch):
                continue
            if any(gap.is_restart for gap in timeline.add(item)) and is_begun:
                reason = f"session {session_id}: the pump began to count anew"
                raise Refused("counted_anew", reason, "predict with --weight and --infusion")
            last = item.record(-1)
            if femtolitres is None:
                continue
            volume_nl = last.delivered_microsteps * femtolitres / units.FL_PER_NL
            now = (timeline.now.t_s, volume_nl)
            if not is_begun and last.state in GIVING:
                is_begun = True
                first = next(place for place, row in enumerate(item) if row.state in GIVING)
                last_s = timeline.moment(item, first).t_s
                yield (last_s, 0.0)
            if is_begun and now[0] - last_s >= _LEAST_S:
                yield now
                last_s = now[0]
    if is_begun and now[0] > last_s:
        yield now
