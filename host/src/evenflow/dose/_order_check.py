"""Whether the words of an order are known, and whether it says the dose once and completely."""

from collections.abc import Mapping

from evenflow.dose import body
from evenflow.dose._order_reader import is_bench, suggestion, table_of
from evenflow.dose._order_table import BENCH_FORM, FORM_KEYS, FORMS, STEP
from evenflow.dose.dimension import BODY_LENGTH
from evenflow.dose.library import BENCH, Library
from evenflow.dose.quantity import Quantity, shown
from evenflow.errors import Problem
from pumpcore import syringe, units

LINK_LOSS_POLICIES = ("continue", "stop")
# Vital signs that are not entered in time: the host asks for them, or the pump holds for them too.
VITALS_POLICIES = ("ask", "hold")
# Outside it a unit was mistaken, whoever the patient is.
MIN_HEIGHT_UM = 500_000
MAX_HEIGHT_UM = 2_500_000


def check_words(
    words: Mapping[str, str],
    quantities: Mapping[str, Quantity],
    library: Library,
    problems: list[Problem],
) -> None:
    """Adds a problem for each name that nobody knows, and for an impossible height."""
    care_area = words.get("therapy.care_area")
    care_areas = (*library.care_areas, BENCH)
    if care_area is not None and care_area not in care_areas:
        _add_unknown("therapy.care_area", "care_area", care_area, care_areas, problems)
    drug = words.get("therapy.drug")
    if drug is not None and care_area in library.care_areas:
        drugs = library.drugs(care_area)
        if drug not in drugs:
            _add_unknown("therapy.drug", "drug", drug, drugs, problems)
    model = words.get("syringe.model")
    if model is not None and syringe.by_model(model) is None:
        models = tuple(one.model for one in syringe.SYRINGES)
        _add_unknown("syringe.model", "syringe", model, models, problems)
    entry = library.entry(care_area or "", drug or "")
    if entry is not None and syringe.by_model(model or "") and model not in entry.syringes:
        reason = f"{entry.drug} is not given from {model}: its entry does not name it"
        hint = f"use {', '.join(entry.syringes)}"
        problems.append(Problem("syringe.model", "syringe_not_permitted", reason, hint))
    policy = words.get("session.on_link_loss")
    if policy is not None and policy not in LINK_LOSS_POLICIES:
        _add_unknown("session.on_link_loss", "policy", policy, LINK_LOSS_POLICIES, problems)
    _check_vitals(words, library, problems)
    sex = words.get("patient.sex")
    if sex is not None and sex not in body.SEXES:
        _add_unknown("patient.sex", "sex", sex, body.SEXES, problems)
    height = quantities.get("patient.height")
    if "patient.dosing_weight" in quantities:
        _check_dosing_weight(height, sex, problems)
    if height is not None and not MIN_HEIGHT_UM <= height.value <= MAX_HEIGHT_UM:
        centimetre = 10 * units.UM_PER_MM
        bounds = f"{MIN_HEIGHT_UM // centimetre} to {MAX_HEIGHT_UM // centimetre} cm"
        reason = f"{height.text!r} ({shown(height.value / centimetre)} cm) is outside {bounds}"
        problems.append(Problem("patient.height", "height_range", reason, _height_hint(height)))


def _check_vitals(words: Mapping[str, str], library: Library, problems: list[Problem]) -> None:
    vitals = words.get("session.vitals")
    if vitals is None:
        return
    care_area, drug = words.get("therapy.care_area", ""), words.get("therapy.drug", "")
    entry = library.entry(care_area, drug)
    if vitals not in VITALS_POLICIES:
        _add_unknown("session.vitals", "policy", vitals, VITALS_POLICIES, problems)
    elif care_area == BENCH or (entry and entry.vital_signs.infusing_interval is None):
        what = f"{drug} in {care_area}" if entry else f"care area {BENCH}"
        reason = f"{what} has no interval at which vital signs are due"
        problems.append(Problem("session.vitals", "vitals_hold", reason, "leave it out"))


def _check_dosing_weight(
    height: Quantity | None, sex: str | None, problems: list[Problem]
) -> None:
    for name, value in (("height", height), ("sex", sex)):
        if value is None:
            reason = "is missing; dosing_weight is held against ideal and adjusted weight"
            problems.append(Problem(f"patient.{name}", "missing", reason, "add it"))
    if height is not None and height.value < body.MIN_DEVINE_UM:
        reason = f"{body.DEVINE} has no ideal weight of {height.text}: it begins at 152.4 cm"
        hint = "leave it out, and dose by measured weight"
        problems.append(Problem("patient.dosing_weight", "dosing_weight_height", reason, hint))


def check_therapy(
    content: Mapping[str, object], library: Library, problems: list[Problem]
) -> None:
    """Adds a problem unless there is exactly one form of dose, complete, with its drug."""
    therapy = table_of(content, "therapy")
    if is_bench(content):
        _check_bench(therapy, problems)
    elif therapy.get("care_area") in library.care_areas:
        for name in ("drug", "concentration"):
            if name not in therapy:
                hint = f"add it; only care area {BENCH} has none"
                problems.append(Problem(f"therapy.{name}", "missing", "is missing", hint))
        if STEP in therapy:
            _check_steps(therapy, library, problems)
        else:
            _check_form(therapy, problems)


def _check_bench(therapy: Mapping[str, object], problems: list[Problem]) -> None:
    for name in ("drug", "concentration", *FORM_KEYS):
        if name in therapy and name not in BENCH_FORM:
            reason = f"the bench takes plain rate and volume, no {name}"
            hint = "remove it, or order from a care area of the library"
            problems.append(Problem(f"therapy.{name}", "bench_only", reason, hint))
    if STEP in therapy:
        _check_no_form(therapy, problems)
        return
    for name in BENCH_FORM:
        if name not in therapy:
            reason = "is missing; the bench needs rate and volume, or steps"
            problems.append(Problem(f"therapy.{name}", "missing", reason, "add it"))


def _check_steps(therapy: Mapping[str, object], library: Library, problems: list[Problem]) -> None:
    _check_no_form(therapy, problems)
    entry = library.entry(str(therapy.get("care_area")), str(therapy.get("drug")))
    if entry is not None and not entry.has_steps:
        reason = f"{entry.drug} is given at one rate: its entry allows no steps"
        hint = "order a dose, with its duration"
        problems.append(Problem(f"therapy.{STEP}", "steps_not_permitted", reason, hint))


def _check_no_form(therapy: Mapping[str, object], problems: list[Problem]) -> None:
    for name in FORM_KEYS:
        if name in therapy:
            reason = "does not go with steps, which say the dose already"
            problems.append(Problem(f"therapy.{name}", "dose_double", reason, "remove it"))


def _check_form(therapy: Mapping[str, object], problems: list[Problem]) -> None:
    given = [form for form in FORMS if form[0] in therapy]
    forms = "dose with duration, dose_rate with duration, or rate with volume"
    if not given:
        reason = "says no dose"
        problems.append(Problem("therapy", "dose_missing", reason, f"give {forms}"))
        return
    if len(given) > 1:
        keys = " and ".join(form[0] for form in given)
        reason = f"{keys} are given, which is the dose more than once"
        problems.append(Problem("therapy", "dose_double", reason, f"keep one of {forms}"))
        return
    main, partner = given[0]
    if partner not in therapy:
        reason = f"is missing; {main} needs it"
        problems.append(Problem(f"therapy.{partner}", "missing", reason, "add it"))
    for name in FORM_KEYS:
        if name in therapy and name not in given[0]:
            reason = f"does not go with {main} and {partner}, which say the dose already"
            problems.append(Problem(f"therapy.{name}", "dose_double", reason, "remove it"))


def _add_unknown(
    path: str, kind: str, word: str, known: tuple[str, ...], problems: list[Problem]
) -> None:
    hint = suggestion(word, known, "known are")
    spoken = kind.replace("_", " ")
    problems.append(Problem(path, f"unknown_{kind}", f"unknown {spoken} {word!r}", hint))


def _height_hint(height: Quantity) -> str:
    """The units in which that number is a height."""
    number = height.value / (BODY_LENGTH.factor(height.unit) or 1)
    units_of_it = [
        unit
        for unit, factor in BODY_LENGTH.units
        if MIN_HEIGHT_UM <= number * factor <= MAX_HEIGHT_UM
    ]
    meant = " or ".join(f"{shown(number)} {unit}" for unit in units_of_it)
    return f"check the unit: did you mean {meant}?" if meant else "check the number and the unit"
