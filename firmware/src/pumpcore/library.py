"""The device's own copy of the drug library: hard limits, checked on exact values before rounding.

The host compiles its TOML library to rows of the fields below; the pump refuses an order that was
planned with another library, by hash. Limits are inclusive.
"""

from collections import namedtuple

from pumpcore import limits, schedule, syringe, units, vital_signs
from pumpcore.programme import NO_LIBRARY, VOLUME_RATE, Order, Programme, Refused, kvo_most_nl

Entry = namedtuple(
    "Entry",
    (
        "ident",
        "care_area",
        "drug",
        "weight_low_ng",
        "weight_high_ng",
        "dose_low_ng_per_kg",
        "dose_high_ng_per_kg",
        "duration_low_ms",
        "duration_high_ms",
        "dose_rate_high_ng_per_kg_h",
        "mass_high_ng",
        "loaded_mass_high_ng_per_kg",
        "loaded_mass_high_ng",
        "concentrations_ng_per_ml",
        "occlusion_mmhg",
        "near_end_ms",
        # 1: programmes of several steps may be ordered; 0: refused.
        "steps",
        # The highest flow after the end; 0: none may be ordered.
        "kvo_rate_ul_per_h",
        # How long the pump gives before somebody must have said that they are there; 0: for ever.
        "presence_ms",
        # How often vital signs are due where an order asks for them; 0: never.
        "vitals_interval_ms",
        # Beyond them the pump is held, and limits at the start: see pumpcore.vital_signs.
        "vital_stops",
        "baseline_mmhg",
        # From one start to the next; 0: no such rule.
        "spacing_s",
        # Idents of those that may be used.
        "syringes",
    ),
)

DEFAULT_OCCLUSION_MMHG = 300
# Later than any time that the pump can know.
NO_END = (1 << 30) - 1
# What the wire carries of a drug's name.
MAX_DRUG_BYTES = 32
# What the heap of the smallest board bears, as text and parsed; some 30 entries.
MAX_LIBRARY_BYTES = 8_192
# Sessions further apart than half a year have nothing to do with each other.
MAX_SPACING_S = 15_811_200


class Library:
    """The installed entries and the hash that names them; empty means bench orders only."""

    def __init__(
        self,
        entries: tuple = (),
        digest: bytes = NO_LIBRARY,
        valid_until_s: int = NO_END,
        version: str = "",
    ) -> None:
        """Entries are rows of Entry's fields in order; OutOfRange if one passes the pump's own.

        `valid_until_s` is the first second in which it is no longer valid, since 2020-01-01.
        """
        self.entries = tuple(Entry(*row) for row in entries)
        self.digest = digest
        self.valid_until_s = valid_until_s
        self.version = version
        limits.require_whole("valid_until_s", valid_until_s, 0, NO_END)
        for entry in self.entries:
            _check_entry(entry)
        if len({entry.ident for entry in self.entries}) != len(self.entries):
            raise ValueError("two entries of one ident")

    def require(self, order: Order) -> Entry | None:
        """The order's entry; None for a bench order; Refused if the order does not fit."""
        if order.entry == 0:
            if order.dose_form != VOLUME_RATE or order.concentration_ng_per_ml:
                raise Refused("bench_only")
            return None
        if order.library != self.digest:
            raise Refused("wrong_library")
        entry = self.entry(order.entry)
        if entry is None:
            raise Refused("unknown_entry")
        return entry

    def entry(self, ident: int) -> Entry | None:
        """The entry of that ident, if there is one."""
        for entry in self.entries:
            if entry.ident == ident:
                return entry
        return None

    def adopt(self, other: "Library") -> None:
        """Become the other one: whoever holds this one has that from now on."""
        self.entries = other.entries
        self.digest = other.digest
        self.valid_until_s = other.valid_until_s
        self.version = other.version

    def is_expired(self, now_s: int) -> bool:
        """Whether it is no longer valid; at 0, which is no time, nobody knows."""
        return now_s >= self.valid_until_s

    def idents_of_other_drugs(self, entry: Entry) -> tuple:
        """Entries whose doses do not count towards this one's limits."""
        return tuple([other.ident for other in self.entries if other.drug != entry.drug])

    def occlusion_mmhg(self, entry: Entry | None, ordered_mmhg: int) -> int:
        """Downstream pressure limit of the order; of 0, the entry's or the project's default.

        The entry's is the ceiling too, on the bench the pump's own; Refused outside.
        """
        if ordered_mmhg == 0:
            return DEFAULT_OCCLUSION_MMHG if entry is None else entry.occlusion_mmhg
        highest_mmhg = limits.MAX_OCCLUSION_MMHG if entry is None else entry.occlusion_mmhg
        _within("occlusion_limit", ordered_mmhg, 1, limits.MIN_OCCLUSION_MMHG, highest_mmhg)
        return ordered_mmhg

    def near_end_ms(self, entry: Entry | None) -> int:
        """How long before the end the warning comes."""
        return limits.NEAR_END_MS if entry is None else entry.near_end_ms

    def adopt_attendance(self, entry: Entry | None, order: Order, programme: Programme) -> None:
        """Give a programme the entry's leases and limits; Refused if it has no interval to hold.

        Without a drug nobody is asked.
        """
        if entry is None:
            if order.vitals_hold:
                raise Refused("bench_only")
            return
        if order.vitals_hold:
            if entry.vitals_interval_ms == 0:
                raise Refused("vitals_hold")
            programme.vitals_ms = entry.vitals_interval_ms
        programme.spacing_s = entry.spacing_s
        programme.presence_ms = entry.presence_ms
        programme.vital_stops = tuple(entry.vital_stops)
        programme.baseline_mmhg = tuple(entry.baseline_mmhg)

    def check(self, entry: Entry, mass: tuple, duration: tuple, order: Order) -> None:
        """Refused with the first hard limit that the order passes."""
        mass_num, mass_den = mass
        duration_num, duration_den = duration
        weight_ng = order.weight_ng
        if order.rows and not entry.steps:
            raise Refused("steps_not_permitted")
        _within("weight_hard", weight_ng, 1, entry.weight_low_ng, entry.weight_high_ng)
        if order.concentration_ng_per_ml not in entry.concentrations_ng_per_ml:
            raise Refused("concentration")
        if order.syringe not in entry.syringes and syringe.by_ident(order.syringe) is not None:
            raise Refused("syringe_not_permitted")
        dose_num = mass_num * units.NG_PER_KG
        dose_den = mass_den * weight_ng
        _within(
            "dose_hard", dose_num, dose_den, entry.dose_low_ng_per_kg, entry.dose_high_ng_per_kg
        )
        _within(
            "duration_hard",
            duration_num,
            duration_den,
            entry.duration_low_ms,
            entry.duration_high_ms,
        )
        rate_num = dose_num * duration_den * units.MS_PER_H
        rate_den = dose_den * duration_num
        if order.rows:
            # The mean would let a first step pass that is above the limit by itself.
            highest = schedule.highest_rate_ul_per_h(order.rows)
            rate_num = highest * order.concentration_ng_per_ml * units.NG_PER_KG
            rate_den = units.UL_PER_ML * weight_ng
        _within("dose_rate_hard", rate_num, rate_den, 0, entry.dose_rate_high_ng_per_kg_h)
        _within("mass_hard", mass_num, mass_den, 0, entry.mass_high_ng)
        loaded_num = order.fill_nl * order.concentration_ng_per_ml
        _within("loaded_mass_hard", loaded_num, units.NL_PER_ML, 0, entry.loaded_mass_high_ng)
        _within(
            "loaded_mass_hard",
            loaded_num * units.NG_PER_KG,
            units.NL_PER_ML * weight_ng,
            0,
            entry.loaded_mass_high_ng_per_kg,
        )

    def check_kvo(
        self, entry: Entry | None, order: Order, mass: tuple, last_rate_ul_per_h: int
    ) -> None:
        """Refused if the flow after the end is not permitted, too high, or too much of a drug."""
        rate = order.kvo_ul_per_h
        if rate == 0:
            return
        highest = min(limits.MAX_KVO_UL_PER_H, last_rate_ul_per_h)
        if entry is not None:
            if entry.kvo_rate_ul_per_h == 0:
                raise Refused("kvo_not_permitted")
            highest = min(highest, entry.kvo_rate_ul_per_h)
        _within("kvo_rate", rate, 1, limits.MIN_RATE_UL_PER_H, highest)
        if entry is not None:
            mass_num, mass_den = mass
            kvo_nl = kvo_most_nl(rate)
            mass_num = mass_num * units.NL_PER_ML
            mass_num += kvo_nl * order.concentration_ng_per_ml * mass_den
            mass_den = mass_den * units.NL_PER_ML
            _within("mass_hard", mass_num, mass_den, 0, entry.mass_high_ng)
            dose_num = mass_num * units.NG_PER_KG
            dose_den = mass_den * order.weight_ng
            _within("dose_hard", dose_num, dose_den, 0, entry.dose_high_ng_per_kg)


# A kilogram of drug, or so much for each kilogram of a patient: no limit is higher.
MAX_FIGURE_NG = 1_000_000_000_000
_FIGURES = (
    "dose_low_ng_per_kg",
    "dose_high_ng_per_kg",
    "dose_rate_high_ng_per_kg_h",
    "mass_high_ng",
    "loaded_mass_high_ng_per_kg",
    "loaded_mass_high_ng",
)
_RANGES = ("weight_%s_ng", "dose_%s_ng_per_kg", "duration_%s_ms")
_MAX_IDENT = 0xFFFF
_VERSION_NUMBERS = 3
_MAX_VERSION_NUMBER = 999


def _check_entry(entry: Entry) -> None:
    """ValueError or TypeError for what no host compiles."""
    whole = limits.require_whole
    whole("ident", entry.ident, 1, _MAX_IDENT)
    limits.require("care_area_bytes", len(entry.care_area.encode()), 1, MAX_DRUG_BYTES)
    limits.require("drug_bytes", len(entry.drug.encode()), 1, MAX_DRUG_BYTES)
    for weight_ng in (entry.weight_low_ng, entry.weight_high_ng):
        whole("weight_ng", weight_ng, limits.MIN_WEIGHT_NG, limits.MAX_WEIGHT_NG)
    for duration_ms in (entry.duration_low_ms, entry.duration_high_ms):
        whole("duration_ms", duration_ms, limits.MIN_DURATION_MS, limits.MAX_DURATION_MS)
    for name in _FIGURES:
        whole(name, getattr(entry, name), 1, MAX_FIGURE_NG)
    for name in _RANGES:
        high = getattr(entry, name % "high")
        whole(name % "low", getattr(entry, name % "low"), 0, high)
    _check_attendance(entry)
    for ng_per_ml in entry.concentrations_ng_per_ml:
        whole("concentration_ng_per_ml", ng_per_ml, 1, MAX_FIGURE_NG)
    for ident in entry.syringes:
        whole("syringe", ident, 1, 0xFF)
    low_mmhg, high_mmhg = limits.MIN_OCCLUSION_MMHG, limits.MAX_OCCLUSION_MMHG
    whole("occlusion_mmhg", entry.occlusion_mmhg, low_mmhg, high_mmhg)
    whole("near_end_ms", entry.near_end_ms, 0, limits.MAX_DURATION_MS)
    whole("steps", entry.steps, 0, 1)
    whole("kvo_rate_ul_per_h", entry.kvo_rate_ul_per_h, 0, limits.MAX_KVO_UL_PER_H)


def _check_attendance(entry: Entry) -> None:
    whole = limits.require_whole
    for span_ms in (entry.presence_ms, entry.vitals_interval_ms):
        whole("interval_ms", span_ms, 0, limits.MAX_DURATION_MS)
    whole("spacing_s", entry.spacing_s, 0, MAX_SPACING_S)
    if len(entry.vital_stops) != vital_signs.STOP_COUNT:
        raise ValueError("vital_stops")
    if len(entry.baseline_mmhg) != vital_signs.BASELINE_COUNT:
        raise ValueError("baseline_mmhg")
    for bound in tuple(entry.vital_stops) + tuple(entry.baseline_mmhg):
        whole("vital_limit", bound, 0, vital_signs.MAX_MMHG)


def numbers(version: str) -> tuple:
    """The three numbers of a library's version; ValueError if it has others."""
    found = tuple([int(part) for part in version.split(".")])
    if len(found) != _VERSION_NUMBERS:
        raise ValueError("version")
    for number in found:
        limits.require_whole("version", number, 0, _MAX_VERSION_NUMBER)
    return found


def _within(name: str, num: int, den: int, low: int, high: int) -> None:
    if num < low * den:
        raise Refused(name, low)
    if num > high * den:
        raise Refused(name, high)
