"""Whether a programme may be given with what was given before: by mass, and by time."""

from pumpapp.recorder import Recorder
from pumpcore import refusals
from pumpcore.checkpoint import mass_ng
from pumpcore.library import Entry
from pumpcore.programme import Order, Programme, Refused


def require_dose(recorder: Recorder, entry: Entry | None, programme: Programme) -> None:
    """Refused unless it keeps, with what was given already, to the entry's limits."""
    if entry is None:
        return
    library = recorder.library
    account = recorder.account
    now_s = recorder.clock.now_s
    if library.is_expired(now_s):
        raise Refused("library_expired", library.valid_until_s)
    if recorder.has_failed:
        raise Refused("memory_failed")
    if recorder.is_moving:
        # What still comes out of the STEP pin belongs to the programme before.
        raise Refused("busy")
    others = library.idents_of_other_drugs(entry)
    refusal = account.ledger.may_give(
        entry.mass_high_ng,
        account.open_ng(),
        # Its whole microsteps come to no more, though it is floored to 1 ng.
        programme.mass_ng + _kvo_ng(programme),
        others,
        now_s,
    )
    if refusal:
        raise Refused(refusals.name_of(refusal), entry.mass_high_ng)
    refusal = account.sessions.may_begin(
        entry.spacing_s,
        others,
        programme.patient,
        programme.mass_ng,
        account.latest_s(now_s),
        account.open_ng(),
    )
    if refusal:
        raise Refused(refusals.name_of(refusal), entry.spacing_s)


def _kvo_ng(programme: Programme) -> int:
    femtolitres = programme.kvo_microsteps * programme.femtolitres_per_microstep
    return mass_ng(femtolitres, programme.concentration_ng_per_ml)


def order_of(values: list) -> Order:
    """The order in the fields of a `stage` message."""
    order = Order()
    order.programme_number = values[1]
    order.library = values[2]
    order.entry = values[3]
    order.dose_form = values[4]
    order.dose_value = values[5]
    order.weight_ng = values[6]
    order.concentration_ng_per_ml = values[7]
    order.duration_ms = values[8]
    order.rate_ul_per_h = values[9]
    order.volume_nl = values[10]
    order.syringe = values[11]
    order.bore_um = values[12]
    order.fill_nl = values[13]
    order.stop_on_link_loss = values[14]
    order.override = values[15]
    order.occlusion_mmhg = values[16]
    order.step_count = values[17]
    order.kvo_ul_per_h = values[18]
    order.vitals_hold = values[19]
    order.patient = values[20]
    return order
