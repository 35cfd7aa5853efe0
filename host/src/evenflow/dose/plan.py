"""The plan of an order: its figures, its limits, and the words with which the pump is asked.

The host's fractions and the pump's integers are held against each other here; a plan on which they
differ does not exist.
"""

from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256

from evenflow.boards import Profile
from evenflow.dose import slip
from evenflow.dose.body import Body, body_of
from evenflow.dose.dimension import MASS_PER_KG, MASS_RATE_PER_KG
from evenflow.dose.entry import Entry
from evenflow.dose.figures import Figures, figures
from evenflow.dose.library import Library, shipped
from evenflow.dose.limit import Limit
from evenflow.dose.limit_set import limits
from evenflow.dose.order import HOLD, STOP, Order
from evenflow.errors import (
    CheckFailed,
    EvenflowError,
    NeedsOverride,
    Refused,
    WrongUsage,
    in_file,
)
from pumpcore import programme, syringe
from pumpcore.library import DEFAULT_OCCLUSION_MMHG
from pumpcore.wire.messages import by_name

MAX_REASON_CHARACTERS = 200
_OVERRIDE_HINT = '; or go on with --override "REASON", which is recorded'


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be asked of the pump, and whether it may be.

    `digest` names order and figures; it is None if a hard limit is passed, since nothing can be
    confirmed then. With a soft limit passed it is that of the overridden order.
    """

    order: Order
    library: Library
    entry: Entry | None
    figures: Figures
    limits: tuple[Limit, ...]
    override: str | None
    digest: bytes | None

    @property
    def refused(self) -> tuple[Limit, ...]:
        """Hard limits that the order passes."""
        return tuple(one for one in self.limits if one.kind == "hard" and not one.ok)

    @property
    def occlusion_mmhg(self) -> int:
        """The pressure limit that the pump keeps to: the order's, the entry's or the project's."""
        if self.order.occlusion_limit is not None:
            return self.order.occlusion_limit.whole
        return DEFAULT_OCCLUSION_MMHG if self.entry is None else self.entry.occlusion.whole

    @property
    def body(self) -> Body | None:
        """Of the patient, by height and measured weight; None if there is no height."""
        order = self.order
        if order.weight is None or order.height is None:
            return None
        return body_of(order.weight.value, order.height.value, order.sex)

    @property
    def needs_override(self) -> tuple[Limit, ...]:
        """Soft limits that the order passes, overridden or not."""
        return tuple(one for one in self.limits if one.kind == "soft" and not one.ok)

    def error(self) -> EvenflowError | None:
        """Refused, NeedsOverride, or None if the order may go to the pump."""
        name = self.order.name
        if self.refused:
            problems = [one.problem() for one in self.refused]
            return in_file(Refused, name, problems, or_else=slip.hint(self.order, self.entry))
        if self.needs_override and self.override is None:
            problems = [one.problem() for one in self.needs_override]
            or_else = slip.hint(self.order, self.entry) + _OVERRIDE_HINT
            return in_file(NeedsOverride, name, problems, or_else=or_else)
        return None

    def stage_values(self, programme_number: int) -> dict[str, int | bytes]:
        """Fields of the `stage` message but for request_id; raises `error()` if there is one."""
        error = self.error()
        if error is not None:
            raise error
        asked = _pump_order(self.order, self.library, self.entry, self.needs_override)
        asked.programme_number = programme_number
        fields = [field.name for field in by_name("stage").fields if field.name != "request_id"]
        return {name: getattr(asked, name) for name in fields}

    def step_values(self, programme_number: int) -> list[dict[str, int | bytes]]:
        """Fields of the `stage_step` messages to be sent before it, each but for request_id."""
        return [
            {
                "programme_number": programme_number,
                "index": index,
                "rate_ul_per_h": rate,
                "to_rate_ul_per_h": to_rate,
                "volume_nl": volume_nl,
            }
            for index, (rate, to_rate, volume_nl) in enumerate(self.figures.rows)
        ]


def plan(
    order: Order,
    override: str | None = None,
    library: Library | None = None,
    board: Profile | None = None,
) -> Plan:
    """The plan, also of an order that passes limits; ask `error()` before using it.

    `board` is the profile of the board it is meant for, if one is known. `override` is a person's
    reason to pass soft limits; WrongUsage if it says nothing.
    """
    if override is not None:
        _check_reason(override)
    known = shipped() if library is None else library
    entry = None
    if not order.is_bench:
        entry = known.entry(order.care_area, order.drug or "")
        if entry is None:
            reason = f"{order.name}: {order.drug} in {order.care_area} is not in this library"
            raise Refused("unknown_drug", reason, "plan with the library it was read with")
    exact = figures(order)
    found = limits(order, exact, entry, board)
    is_refused = any(one.kind == "hard" and not one.ok for one in found)
    soft = tuple(one for one in found if one.kind == "soft" and not one.ok)
    digest = None
    if not is_refused:
        asked = _pump_order(order, known, entry, soft)
        _check_arithmetic(asked, exact)
        digest = programme.digest(asked)
    return Plan(order, known, entry, exact, found, override, digest)


def _check_reason(reason: str) -> None:
    if not reason.strip() or not reason.isprintable() or len(reason) > MAX_REASON_CHARACTERS:
        bound = f"1 to {MAX_REASON_CHARACTERS} printable characters"
        raise WrongUsage(
            "override_reason", f"the reason of an override must have {bound}", "say why, in words"
        )


def _pump_order(
    order: Order, library: Library, entry: Entry | None, soft: tuple[Limit, ...]
) -> programme.Order:
    """The order in the pump's integers; programme_number is left 0."""
    asked = programme.Order()
    mounted = syringe.by_model(order.syringe_model)
    asked.syringe = 0 if mounted is None else mounted.ident
    asked.bore_um = 0 if order.bore is None else order.bore.whole
    asked.fill_nl = order.fill.whole
    asked.stop_on_link_loss = int(order.on_link_loss == STOP)
    asked.vitals_hold = int(order.vitals == HOLD)
    asked.kvo_ul_per_h = 0 if order.kvo is None else order.kvo.whole
    asked.rows = tuple(step.row for step in order.steps)
    asked.step_count = len(order.steps)
    asked.override = int(bool(soft))
    asked.occlusion_mmhg = 0 if order.occlusion_limit is None else order.occlusion_limit.whole
    if order.rate is not None and order.volume is not None:
        asked.rate_ul_per_h = order.rate.whole
        asked.volume_nl = order.volume.whole
    if entry is None or order.weight_of_dose is None or order.concentration is None:
        return asked
    asked.library = library.digest
    asked.entry = entry.ident
    asked.patient = patient_hash(order.patient)
    asked.weight_ng = order.weight_of_dose.whole
    asked.concentration_ng_per_ml = order.concentration.whole
    asked.duration_ms = 0 if order.duration is None else order.duration.whole
    if order.dose is not None:
        is_by_weight = order.dose.dimension is MASS_PER_KG
        asked.dose_form = programme.MASS_PER_KG if is_by_weight else programme.MASS
        asked.dose_value = order.dose.whole
    elif order.dose_rate is not None:
        is_by_weight = order.dose_rate.dimension is MASS_RATE_PER_KG
        asked.dose_form = programme.MASS_RATE_PER_KG if is_by_weight else programme.MASS_RATE
        asked.dose_value = order.dose_rate.whole
    return asked


def patient_hash(patient: str | None) -> bytes:
    """What the pump is told of a patient, who is not to be known from it; zeros for nobody."""
    if patient is None:
        return programme.NO_LIBRARY
    return sha256(b"evenflow patient " + patient.encode()).digest()[:8]


def _check_arithmetic(asked: programme.Order, exact: Figures) -> None:
    """CheckFailed unless the pump's integers come to the host's fractions, to the nanolitre."""
    by_pump = (
        *programme.volume_and_rate(asked),
        Fraction(*programme.exact_mass_ng(asked)),
        Fraction(*programme.exact_duration_ms(asked)),
    )
    mass_ng = Fraction(0) if exact.mass_ng is None else exact.mass_ng
    by_host = (exact.pumped_volume_nl, exact.pumped_rate_ul_per_h, mass_ng, exact.duration_ms)
    if by_pump != by_host:
        raise CheckFailed(
            "arithmetic",
            f"host and pump do not come to the same figures: {by_host} and {by_pump}",
            "do not infuse; report this order",
        )
