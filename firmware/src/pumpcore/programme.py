"""What to infuse: volume and rate derived from the order's own quantities, exactly, and checked.

The host derives the same with fractions; both must agree to the nanolitre. Rounding happens once:
volume is floored to 1 nL, rate to 1 uL/h, both from the exact dose. Runs on commands only, so big
integers are allowed here.
"""

from hashlib import sha256

from pumpcore import limits, schedule, syringe, units
from pumpcore._compat import TYPE_CHECKING
from pumpcore.profile import Profile
from pumpcore.vital_signs import NOT_TAKEN

if TYPE_CHECKING:
    from pumpcore.library import Library

DOSE_FORMS = ("volume_rate", "mass_per_kg", "mass", "mass_rate_per_kg", "mass_rate")
VOLUME_RATE = 0
MASS_PER_KG = 1
MASS = 2
MASS_RATE_PER_KG = 3
MASS_RATE = 4

NO_LIBRARY = bytes(8)


class Refused(Exception):
    """The programme is not accepted; `name` is in REFUSALS, `bound` the limit passed or 0."""

    def __init__(self, name: str, bound: int = 0) -> None:
        """Name and bound are kept apart for the wire."""
        super().__init__(name)
        self.name = name
        self.bound = bound


class Order:
    """The quantities of a `stage` message, by name; exact integers in the units of the names."""

    def __init__(self) -> None:
        """All zero: bench, nothing ordered."""
        self.programme_number = 0
        self.library = NO_LIBRARY
        self.entry = 0
        self.dose_form = VOLUME_RATE
        self.dose_value = 0
        self.weight_ng = 0
        self.concentration_ng_per_ml = 0
        self.duration_ms = 0
        self.rate_ul_per_h = 0
        self.volume_nl = 0
        self.syringe = 0
        self.bore_um = 0
        self.fill_nl = 0
        self.stop_on_link_loss = 0
        self.override = 0
        # 0: as the library says.
        self.occlusion_mmhg = 0
        # Rate, rate at the end and volume of each step; none for a single rate.
        self.step_count = 0
        self.rows: tuple = ()
        # Flow after the end; 0 for none.
        self.kvo_ul_per_h = 0
        # 1: the infusion stops where vital signs are not entered in time.
        self.vitals_hold = 0
        # Names the patient without naming anybody; zeros where the host does not say.
        self.patient = NO_LIBRARY


class Programme:
    """An accepted order with everything the kernel needs, in microsteps."""

    def __init__(self) -> None:
        """Empty; see derive."""
        self.number = 0
        self.entry = 0
        self.concentration_ng_per_ml = 0
        self.mass_ng = 0
        self.volume_nl = 0
        # The highest, if it has steps.
        self.rate_ul_per_h = 0
        self.rows: tuple = ()
        self.microsteps = 0
        # After them, to keep the vein open, and how many at most.
        self.kvo_ul_per_h = 0
        self.kvo_microsteps = 0
        self.femtolitres_per_microstep = 0
        self.area_um2 = 0
        # Of the syringe's model; the calibrated one is in the area.
        self.nominal_bore_um = 0
        self.fill_nl = 0
        self.occlusion_mmhg = 0
        self.near_end_ms = 0
        # Leases, 0 for none, and limits of vital signs: see pumpcore.attendance.
        self.presence_ms = 0
        self.vitals_ms = 0
        self.vital_stops: tuple = NOT_TAKEN
        self.baseline_mmhg: tuple = (0, 0, 0, 0)
        # For the ledger of sessions: who, and how far from the one before; 0 for no rule.
        self.patient = NO_LIBRARY
        self.spacing_s = 0
        self.stop_on_link_loss = False
        # A soft limit was passed, for a person's reason that the host keeps.
        self.is_overridden = False
        self.digest = NO_LIBRARY
        self.seal()

    def seal(self) -> None:
        """Keep the complement of what the dose depends on; once all of it is set."""
        self._sealed = ~self._mixed()

    def is_sound(self) -> bool:
        """Whether it reads as it was written (requirement TST-05)."""
        return self._sealed == ~self._mixed()

    def _mixed(self) -> int:
        mixed = self.number ^ self.volume_nl ^ self.rate_ul_per_h ^ self.microsteps
        mixed ^= self.kvo_ul_per_h ^ self.kvo_microsteps
        mixed ^= self.femtolitres_per_microstep ^ self.area_um2 ^ self.fill_nl
        for row in self.rows:
            for value in row:
                mixed ^= value
        for limit in self.vital_stops:
            mixed ^= limit
        for limit in self.baseline_mmhg:
            mixed ^= limit
        mixed ^= self.presence_ms ^ (self.vitals_ms << 1)
        return mixed ^ self.occlusion_mmhg ^ self.near_end_ms


def exact_mass_ng(order: Order) -> tuple[int, int]:
    """Mass of drug ordered as a fraction of ng; (0, 1) without a drug."""
    value = order.dose_value
    if order.dose_form == VOLUME_RATE:
        volume_nl = schedule.total_volume_nl(order.rows) if order.rows else order.volume_nl
        return volume_nl * order.concentration_ng_per_ml, units.NL_PER_ML
    if order.dose_form == MASS_PER_KG:
        return value * order.weight_ng, units.NG_PER_KG
    if order.dose_form == MASS:
        return value, 1
    if order.dose_form == MASS_RATE_PER_KG:
        return value * order.weight_ng * order.duration_ms, units.NG_PER_KG * units.MS_PER_H
    if order.dose_form == MASS_RATE:
        return value * order.duration_ms, units.MS_PER_H
    raise Refused("dose_form", len(DOSE_FORMS) - 1)


def exact_duration_ms(order: Order) -> tuple[int, int]:
    """Duration ordered as a fraction of ms."""
    if order.rows:
        return schedule.exact_duration_ms(order.rows)
    if order.dose_form == VOLUME_RATE:
        if order.rate_ul_per_h < limits.MIN_RATE_UL_PER_H:
            raise Refused("rate_range", limits.MIN_RATE_UL_PER_H)
        return order.volume_nl * units.MS_PER_H, order.rate_ul_per_h * units.NL_PER_UL
    return order.duration_ms, 1


def volume_and_rate(order: Order) -> tuple[int, int]:
    """(volume_nl, rate_ul_per_h) of the order, each floored once from the exact dose.

    Of steps: the volume of all, and the highest rate.
    """
    if order.rows:
        rows = order.rows
        return schedule.total_volume_nl(rows), schedule.highest_rate_ul_per_h(rows)
    if order.dose_form == VOLUME_RATE:
        return order.volume_nl, order.rate_ul_per_h
    if order.duration_ms < limits.MIN_DURATION_MS:
        raise Refused("duration_hard", limits.MIN_DURATION_MS)
    if order.concentration_ng_per_ml == 0:
        raise Refused("concentration")
    mass_num, mass_den = exact_mass_ng(order)
    volume_num = mass_num * units.NL_PER_ML
    volume_den = mass_den * order.concentration_ng_per_ml
    rate_num = volume_num * units.MS_PER_H
    rate_den = volume_den * units.NL_PER_UL * order.duration_ms
    return volume_num // volume_den, rate_num // rate_den


def digest(order: Order) -> bytes:
    """Eight bytes that name order and derived figures; what the person confirms.

    Programme number and board are left out, so that host and pump, or two pumps, agree on it.
    """
    volume_nl, rate_ul_per_h = volume_and_rate(order)
    mass_num, mass_den = exact_mass_ng(order)
    figures = (
        order.entry,
        order.dose_form,
        order.dose_value,
        order.weight_ng,
        order.concentration_ng_per_ml,
        order.duration_ms,
        order.rate_ul_per_h,
        order.volume_nl,
        order.syringe,
        order.bore_um,
        order.fill_nl,
        order.stop_on_link_loss,
        order.override,
        order.occlusion_mmhg,
        order.kvo_ul_per_h,
        order.vitals_hold,
        mass_num // mass_den,
        volume_nl,
        rate_ul_per_h,
    )
    for row in order.rows:
        figures += row
    text = " ".join([str(figure) for figure in figures])
    return sha256(order.library + text.encode()).digest()[:8]


def derive(order: Order, profile: Profile, library: "Library") -> Programme:
    """The programme of an order on this board, or Refused with the first reason.

    `library` is a pumpcore.library.Library; an order with entry 0 is a bench order.
    """
    if order.programme_number == 0:
        raise Refused("number_zero")
    if not 0 <= order.dose_form < len(DOSE_FORMS):
        raise Refused("dose_form", len(DOSE_FORMS) - 1)
    entry = library.require(order)
    _check_steps(order)
    volume_nl, rate_ul_per_h = volume_and_rate(order)
    _check_pump(volume_nl, rate_ul_per_h)
    duration_num, duration_den = exact_duration_ms(order)
    if duration_num > limits.MAX_DURATION_MS * duration_den:
        raise Refused("duration_hard", limits.MAX_DURATION_MS)
    if entry is not None:
        library.check(entry, exact_mass_ng(order), exact_duration_ms(order), order)
    library.check_kvo(entry, order, exact_mass_ng(order), _last_rate_ul_per_h(order))
    fl = _check_syringe(order, volume_nl, rate_ul_per_h, profile)

    programme = Programme()
    mass_num, mass_den = exact_mass_ng(order)
    programme.number = order.programme_number
    programme.entry = order.entry
    programme.concentration_ng_per_ml = order.concentration_ng_per_ml
    programme.mass_ng = mass_num // mass_den
    programme.volume_nl = volume_nl
    programme.rate_ul_per_h = rate_ul_per_h
    programme.rows = order.rows
    programme.femtolitres_per_microstep = fl
    programme.microsteps = volume_nl * units.FL_PER_NL // fl
    programme.kvo_ul_per_h = order.kvo_ul_per_h
    programme.kvo_microsteps = _kvo_nl(order, volume_nl) * units.FL_PER_NL // fl
    programme.area_um2 = syringe.area_um2(bore_um(order))
    mounted = syringe.by_ident(order.syringe)
    programme.nominal_bore_um = mounted.bore_um if mounted else 0
    programme.fill_nl = order.fill_nl
    programme.occlusion_mmhg = library.occlusion_mmhg(entry, order.occlusion_mmhg)
    programme.near_end_ms = library.near_end_ms(entry)
    programme.patient = order.patient
    library.adopt_attendance(entry, order, programme)
    programme.stop_on_link_loss = order.stop_on_link_loss != 0
    programme.is_overridden = order.override != 0
    programme.digest = digest(order)
    programme.seal()
    return programme


def bore_um(order: Order) -> int:
    """The calibrated bore of the order, or the nominal one of its syringe."""
    mounted = syringe.by_ident(order.syringe)
    if mounted is None:
        raise Refused("unknown_syringe")
    return order.bore_um or mounted.bore_um


def kvo_most_nl(kvo_ul_per_h: int) -> int:
    """What the flow after the end may come to in its time."""
    return kvo_ul_per_h * units.NL_PER_UL * limits.MAX_KVO_MS // units.MS_PER_H


def _last_rate_ul_per_h(order: Order) -> int:
    return order.rows[-1][1] if order.rows else volume_and_rate(order)[1]


def _kvo_nl(order: Order, volume_nl: int) -> int:
    # By time, and by what the syringe has beyond dose and reserve.
    return min(kvo_most_nl(order.kvo_ul_per_h), order.fill_nl - volume_nl - limits.RESERVE_NL)


def _check_steps(order: Order) -> None:
    if len(order.rows) != order.step_count:
        raise Refused("step_missing", order.step_count)
    if not order.rows:
        return
    if order.dose_form != VOLUME_RATE or order.rate_ul_per_h or order.volume_nl:
        raise Refused("dose_form")
    name, bound = schedule.refusal(order.rows)
    if name:
        raise Refused(name, bound)


def _check_pump(volume_nl: int, rate_ul_per_h: int) -> None:
    if rate_ul_per_h < limits.MIN_RATE_UL_PER_H:
        raise Refused("rate_range", limits.MIN_RATE_UL_PER_H)
    if rate_ul_per_h > limits.MAX_RATE_UL_PER_H:
        raise Refused("rate_range", limits.MAX_RATE_UL_PER_H)
    if volume_nl < limits.MIN_VOLUME_NL:
        raise Refused("volume_range", limits.MIN_VOLUME_NL)
    if volume_nl > limits.MAX_VOLUME_NL:
        raise Refused("volume_range", limits.MAX_VOLUME_NL)


def _check_syringe(order: Order, volume_nl: int, rate_ul_per_h: int, profile: Profile) -> int:
    mounted = syringe.by_ident(order.syringe)
    if mounted is None:
        raise Refused("unknown_syringe")
    slack_um = mounted.bore_um * syringe.MAX_CALIBRATION_PERMILLE // 1000
    if order.bore_um and abs(order.bore_um - mounted.bore_um) > slack_um:
        raise Refused("bore_calibration", slack_um)
    if order.fill_nl > mounted.capacity_nl:
        raise Refused("fill_over", mounted.capacity_nl)
    if order.fill_nl < volume_nl + limits.RESERVE_NL:
        raise Refused("fill_short", volume_nl + limits.RESERVE_NL)
    # Requirement OVR-05: what is lost must be seen before it is too much.
    is_large = mounted.capacity_nl >= limits.LARGE_SYRINGE_NL
    if is_large and profile["plunger.lead_um"] > limits.MAX_LARGE_LEAD_UM:
        raise Refused("lead_coarse", limits.MAX_LARGE_LEAD_UM)
    per_turn = profile["plunger.steps_per_turn"] * profile["plunger.microsteps"]
    fl = syringe.femtolitres_per_microstep(bore_um(order), profile["plunger.lead_um"], per_turn)
    highest_hz = profile["plunger.max_step_rate_hz"]
    # steps/s = rate_ul_per_h * 10^9 fL/uL / (3600 s/h * fL/step)
    if rate_ul_per_h * 1_000_000_000 > highest_hz * units.S_PER_H * fl:
        raise Refused("step_rate", highest_hz * units.S_PER_H * fl // 1_000_000_000)
    return fl
