"""A library of one entry for the core's tests, with figures like those of the mood clinic."""

from pumpcore import units
from pumpcore.library import Entry, Library
from pumpcore.programme import MASS_PER_KG, Order

DIGEST = bytes(range(1, 9))
IDENT = 7

ENTRY = Entry(
    ident=IDENT,
    care_area="mood-clinic",
    drug="ketamine",
    weight_low_ng=35 * units.NG_PER_KG,
    weight_high_ng=200 * units.NG_PER_KG,
    dose_low_ng_per_kg=100_000,
    dose_high_ng_per_kg=1_000_000,
    duration_low_ms=30 * units.MS_PER_MIN,
    duration_high_ms=120 * units.MS_PER_MIN,
    dose_rate_high_ng_per_kg_h=1_500_000,
    mass_high_ng=100 * units.NG_PER_MG,
    loaded_mass_high_ng_per_kg=1_500_000,
    loaded_mass_high_ng=120 * units.NG_PER_MG,
    concentrations_ng_per_ml=(1_000_000, 2_000_000),
    occlusion_mmhg=300,
    near_end_ms=180_000,
    steps=0,
    kvo_rate_ul_per_h=0,
    presence_ms=0,
    vitals_interval_ms=0,
    vital_stops=(0, 0, 0, 0, 0),
    baseline_mmhg=(0, 0, 0, 0),
    spacing_s=0,
    syringes=(2, 3, 4, 5, 6, 7),
)


def library(**changes: object) -> Library:
    """The entry in a library, with changes."""
    return Library((ENTRY._replace(**changes),), DIGEST)


def order() -> Order:
    """0.5 mg/kg for 70 kg over 40 min at 2 mg/mL, 20 mL in the 50 mL syringe."""
    order = Order()
    order.programme_number = 1
    order.library = DIGEST
    order.entry = IDENT
    order.dose_form = MASS_PER_KG
    order.dose_value = 500_000
    order.weight_ng = 70 * units.NG_PER_KG
    order.concentration_ng_per_ml = 2_000_000
    order.duration_ms = 40 * units.MS_PER_MIN
    order.syringe = 7
    order.fill_nl = 20_000_000
    return order
