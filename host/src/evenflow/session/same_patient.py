"""Is this another patient? Asked before anything is staged on a pump that has given something.

The pump keeps what it has given until NEW PATIENT, and counts it towards the limits of the day.
Only a person knows whether that was this patient (requirement LIB-13).
"""

from evenflow.client.pump import Pump
from evenflow.client.records import Ledger
from evenflow.errors import CheckFailed, Refused
from evenflow.session.view import View
from evenflow.session.watch import Watch
from pumpcore.interlock import is_engaged

SAME = "same"
ANOTHER = "new"
_NO_MEMORY = "no_journal"
# Of the ledger's flags.
_IS_LOST = 1 << 1


async def settle(pump: Pump, watch: Watch, view: View) -> None:
    """Have the person say it, and clear the totals for another; CheckFailed if nobody does."""
    ledger = await _ledger(pump)
    # Totals that the pump has lost are nobody's: it gives no drug before they are cleared.
    if ledger is None or not (ledger.total_ng or ledger.flags & _IS_LOST):
        return
    latest = pump.latest
    if latest is not None and is_engaged(latest.state):
        raise Refused(
            "pump_engaged",
            f"the pump has a programme at hand ({latest.state_name})",
            "finish it, or stop and cancel it at the pump, before another is ordered",
        )
    answer = await view.patient(ledger)
    if answer == SAME:
        words = "the same patient as before: what was given counts"
        watch.note("person", "same_patient", words, total_ng=ledger.total_ng)
    elif answer == ANOTHER:
        if latest is not None and latest.programme_number:
            await pump.cancel(latest.programme_number)
            # What the programme gave is counted now; those totals are read, and cleared.
            ledger = await _ledger(pump) or ledger
        await pump.new_patient(ledger.generation)
        words = "another patient: the totals begin at zero"
        watch.note("person", "new_patient", words, forgotten_ng=ledger.total_ng)
    else:
        raise CheckFailed(
            "patient_not_told",
            "nobody said whether this is the patient before; nothing was staged",
            f"run it again and answer {SAME} or {ANOTHER}, or give --yes or --new-patient",
        )


async def _ledger(pump: Pump) -> Ledger | None:
    try:
        return await pump.ledger()
    except Refused as refused:
        if refused.code != _NO_MEMORY:
            raise
        return None
