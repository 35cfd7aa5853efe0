"""The order: what a person wrote, read strictly; nothing computed and nothing assumed.

A file is refused as a whole, with all of its problems at once, each at its key. The only defaults
are `session.on_link_loss`: a pump that loses its host alarms and goes on, as a bedside pump does,
and `session.vitals`: vital signs are asked for where the drug's entry has an interval for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evenflow import bounded
from evenflow.dose._order_check import check_therapy, check_words
from evenflow.dose._order_reader import read
from evenflow.dose._order_steps import read_steps
from evenflow.dose.library import BENCH, Library, shipped
from evenflow.dose.quantity import Quantity
from evenflow.dose.step import Step
from evenflow.errors import Problem, Refused, in_file
from pumpcore import syringe

MAX_FILE_BYTES = 65_536

CONTINUE = "continue"
STOP = "stop"
ASK = "ask"
HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Order:
    """An order as written. Of the dose, exactly one form is there; None means absent.

    Forms: dose with duration, dose_rate with duration, rate with volume, or steps. On the bench:
    rate with volume or steps, and neither drug nor concentration; patient and session may be
    absent there.
    """

    name: str
    patient: str | None
    weight: Quantity | None
    height: Quantity | None
    sex: str | None
    dosing_weight: Quantity | None
    care_area: str
    drug: str | None
    concentration: Quantity | None
    dose: Quantity | None
    dose_rate: Quantity | None
    duration: Quantity | None
    rate: Quantity | None
    volume: Quantity | None
    steps: tuple[Step, ...]
    occlusion_limit: Quantity | None
    kvo: Quantity | None
    syringe_model: str
    fill: Quantity
    bore: Quantity | None
    observe: Quantity | None
    on_link_loss: str
    # `ask` or `hold`; None where nobody asks for vital signs.
    vitals: str | None

    @property
    def is_bench(self) -> bool:
        """Whether the order is outside the drug library."""
        return self.care_area == BENCH

    @property
    def weight_of_dose(self) -> Quantity | None:
        """What a dose by weight is reckoned with, and the pump is told: measured or ordered."""
        return self.weight if self.dosing_weight is None else self.dosing_weight

    @property
    def bore_um(self) -> int:
        """The calibrated bore, or the nominal one of the syringe."""
        if self.bore is not None:
            return self.bore.whole
        mounted = syringe.by_model(self.syringe_model)
        if mounted is None:
            raise ValueError("an order with an unknown syringe is refused when it is read")
        bore_um: int = mounted.bore_um
        return bore_um


def load(path: str | Path, library: Library | None = None) -> Order:
    """Reads an order file; Refused with every problem, WrongUsage if there is no such file."""
    name = str(path)
    raw = bounded.content(path, "an order", MAX_FILE_BYTES)
    return from_table(bounded.tables(raw, name), name, library)


def from_table(content: Mapping[str, object], name: str, library: Library | None = None) -> Order:
    """An order from the tables of a file, for instance the [order] of a scenario."""
    known = shipped() if library is None else library
    problems: list[Problem] = []
    words, quantities = read(content, problems)
    check_words(words, quantities, known, problems)
    check_therapy(content, known, problems)
    steps = read_steps(content, problems)
    if problems:
        raise in_file(Refused, name, problems)
    return Order(
        name=name,
        patient=words.get("patient.id"),
        weight=quantities.get("patient.weight"),
        height=quantities.get("patient.height"),
        sex=words.get("patient.sex"),
        dosing_weight=quantities.get("patient.dosing_weight"),
        care_area=words["therapy.care_area"],
        drug=words.get("therapy.drug"),
        concentration=quantities.get("therapy.concentration"),
        dose=quantities.get("therapy.dose"),
        dose_rate=quantities.get("therapy.dose_rate"),
        duration=quantities.get("therapy.duration"),
        rate=quantities.get("therapy.rate"),
        volume=quantities.get("therapy.volume"),
        steps=steps,
        occlusion_limit=quantities.get("therapy.occlusion_limit"),
        kvo=quantities.get("therapy.kvo"),
        syringe_model=words["syringe.model"],
        fill=quantities["syringe.fill"],
        bore=quantities.get("syringe.bore"),
        observe=quantities.get("session.observe"),
        on_link_loss=words.get("session.on_link_loss", CONTINUE),
        vitals=words.get("session.vitals", _vitals(words, known)),
    )


def _vitals(words: Mapping[str, str], library: Library) -> str | None:
    """Asked for where the entry has an interval."""
    entry = library.entry(words["therapy.care_area"], words.get("therapy.drug", ""))
    has_interval = entry is not None and entry.vital_signs.infusing_interval is not None
    return ASK if has_interval else None
