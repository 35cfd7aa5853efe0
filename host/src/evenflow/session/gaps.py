"""What is done about ticks that a broken cable lost: who is there, what happened, a new start.

What the kernel was told in those ticks is gone, for telemetry is not kept at the pump. What it did
is in the pump's journal: states, alarms, keys, commands and vital signs, with their ticks. They
are written into the record as the pump's, with their own times, and a keyframe is asked for, so
that a replay goes on from there.
"""

import asyncio
from typing import TYPE_CHECKING

from evenflow.client.journal import Entry
from evenflow.client.pump import Pump
from evenflow.errors import EvenflowError, LinkError
from evenflow.session.view import Happening
from evenflow.telemetry.timeline import Gap, Moment
from pumpcore.alarms import ALARMS
from pumpcore.interlock import STATES
from pumpcore.journal_record import KINDS, Kind
from pumpcore.limits import TICK_US

if TYPE_CHECKING:
    from evenflow.session.watch import Watch

JOURNAL_EVENT = "journal"
FILLED_EVENT = "gap_filled"
UNFILLED_EVENT = "gap_unfilled"

_ALARM_NAMES = {alarm.ident: alarm.name for alarm in ALARMS}


class Gaps:
    """Takes gaps as the watch finds them; `serve` fills one after the other."""

    def __init__(self, pump: Pump, watch: "Watch") -> None:
        """Of a pump that has said hello."""
        self._pump = pump
        self._watch = watch
        self._unique_id = pump.identity.unique_id
        self._found: asyncio.Queue[Gap] = asyncio.Queue()
        # Of the journal: what comes from there on is of this session; None if there is none.
        self._sequence: int | None = None

    async def begin(self, *, is_late: bool) -> None:
        """Note where the journal is; a record that is late, after the boot, needs a keyframe."""
        try:
            if is_late:
                await self._pump.read_keyframe()
            self._sequence = (await self._pump.ledger()).next_sequence
        except EvenflowError as error:
            self._watch.note("host", "no_journal", error.reason, code=error.code)

    def take(self, gap: Gap) -> None:
        """One that was just found."""
        if not gap.is_restart:
            self._found.put_nowait(gap)

    async def serve(self) -> None:
        """For as long as the session lasts."""
        while True:
            gap = await self._found.get()
            try:
                await self._fill(gap)
            except EvenflowError as error:
                self._watch.note(
                    "link",
                    UNFILLED_EVENT,
                    f"what the gap before tick {gap.at.tick_count} held is not known: "
                    f"{error.reason}",
                    code=error.code,
                    tick_count=gap.at.tick_count,
                )

    async def _fill(self, gap: Gap) -> None:
        # First, because the record is of no use to a replay until then.
        await self._pump.read_keyframe()
        identity = await self._pump.who()
        if identity.unique_id != self._unique_id:
            words = f"port {self._pump.line.name}: another pump answers after a gap"
            hint = "connect the pump that this session is of; look at both"
            self._watch.fail(LinkError("other_pump", words, hint))
            return
        found = await self._journal()
        first = gap.at.tick_count - gap.missing_count
        held = [one for one in found if first <= one.tick_count < gap.at.tick_count]
        for entry in held:
            self._tell(entry, gap)
        self._watch.note(
            "pump",
            FILLED_EVENT,
            f"{len(held)} records of the pump's journal lie in the gap",
            tick_count=gap.at.tick_count,
            record_count=len(held),
        )

    async def _journal(self) -> list[Entry]:
        if self._sequence is None:
            return []
        return await self._pump.journal(self._sequence)

    def _tell(self, entry: Entry, gap: Gap) -> None:
        since_us = (gap.at.tick_count - entry.tick_count) * TICK_US
        at = Moment(entry.tick_count, gap.at.t_us - since_us)
        detail = detail_of(entry)
        words = ", ".join(f"{name} {value}" for name, value in detail.items() if name != "at")
        self._watch.tell(Happening(at, "pump", JOURNAL_EVENT, detail, f"in the gap: {words}"))


def detail_of(entry: Entry) -> dict[str, object]:
    """A record of the journal as an event has it: its figures by the names that its kind has."""
    detail: dict[str, object] = {"kind": entry.kind_name, "sequence": entry.sequence}
    kind = next((one for one in KINDS if one.name == entry.kind_name), Kind("", "", "", ""))
    figures = ((kind.code, entry.code), (kind.value, entry.value), (kind.bound, entry.bound))
    for name, figure in figures:
        if name == "state":
            detail[name] = STATES[figure] if figure < len(STATES) else figure
        elif name == "alarm":
            detail[name] = _ALARM_NAMES.get(figure, figure)
        elif name:
            detail[name] = figure
    detail["at"] = None if entry.at is None else entry.at.isoformat()
    if entry.problem is not None:
        detail["problem"] = entry.problem
    return detail
