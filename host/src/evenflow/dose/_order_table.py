"""The keys of an order file, schema 1: what each must be, and which may be left out."""

from dataclasses import dataclass

from evenflow.dose.dimension import (
    BODY_LENGTH,
    BODY_MASS,
    BORE,
    CONCENTRATION,
    DRUG_MASS,
    DURATION,
    FLOW,
    MASS_PER_KG,
    MASS_RATE,
    MASS_RATE_PER_KG,
    PRESSURE,
    VOLUME,
    Dimension,
)

SCHEMA = 1
MAX_TEXT_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Key:
    """One key: a quantity of one of the dimensions, or text if there are none."""

    table: str
    name: str
    is_required: bool
    dimensions: tuple[Dimension, ...] = ()

    @property
    def path(self) -> str:
        """As in messages: `therapy.dose`."""
        return f"{self.table}.{self.name}"


KEYS = (
    Key("patient", "id", is_required=True),
    Key("patient", "weight", is_required=True, dimensions=(BODY_MASS,)),
    Key("patient", "height", is_required=False, dimensions=(BODY_LENGTH,)),
    Key("patient", "sex", is_required=False),
    Key("patient", "dosing_weight", is_required=False, dimensions=(BODY_MASS,)),
    Key("therapy", "care_area", is_required=True),
    Key("therapy", "drug", is_required=False),
    Key("therapy", "concentration", is_required=False, dimensions=(CONCENTRATION,)),
    Key("therapy", "dose", is_required=False, dimensions=(MASS_PER_KG, DRUG_MASS)),
    Key("therapy", "dose_rate", is_required=False, dimensions=(MASS_RATE_PER_KG, MASS_RATE)),
    Key("therapy", "duration", is_required=False, dimensions=(DURATION,)),
    Key("therapy", "rate", is_required=False, dimensions=(FLOW,)),
    Key("therapy", "volume", is_required=False, dimensions=(VOLUME,)),
    Key("therapy", "occlusion_limit", is_required=False, dimensions=(PRESSURE,)),
    Key("therapy", "kvo", is_required=False, dimensions=(FLOW,)),
    Key("syringe", "model", is_required=True),
    Key("syringe", "fill", is_required=True, dimensions=(VOLUME,)),
    Key("syringe", "bore", is_required=False, dimensions=(BORE,)),
    Key("session", "observe", is_required=True, dimensions=(DURATION,)),
    Key("session", "on_link_loss", is_required=False),
    Key("session", "vitals", is_required=False),
)
TABLES = ("patient", "therapy", "syringe", "session")
# On the bench there is no patient and nobody to observe; these tables may be left out as a whole.
NOT_ON_BENCH = ("patient", "session")

# What goes with what: the key that says how much, and what must stand beside it.
FORMS = (("dose", "duration"), ("dose_rate", "duration"), ("rate", "volume"))
BENCH_FORM = ("rate", "volume")
# In place of a form: `[[therapy.step]]`.
STEP = "step"
STEP_KEYS = (("rate", FLOW), ("to_rate", FLOW), ("volume", VOLUME), ("duration", DURATION))
FORM_KEYS = ("dose", "dose_rate", "duration", "rate", "volume")
