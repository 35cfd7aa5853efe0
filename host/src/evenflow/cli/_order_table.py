"""The plan of an order for people: one table of figures, one of limits."""

from collections.abc import Iterator
from fractions import Fraction

from rich.table import Table
from rich.text import Text

from evenflow import NOT_FOR_USE
from evenflow.cli import _output
from evenflow.dose.body import DEVINE
from evenflow.dose.limit import Limit
from evenflow.dose.order import HOLD
from evenflow.dose.plan import Plan
from evenflow.dose.plan_json import weight_echo
from evenflow.dose.quantity import shown
from evenflow.dose.step import Row, duration_ms
from pumpcore import units

_STYLES = {"ok": "green", "overridden": "yellow", "needs override": "yellow", "refused": "red"}


def show(plan: Plan) -> None:
    """Print both tables on stdout."""
    console = _output.console()
    figures = Table(
        "", "plan", title=Text(plan.order.name), title_justify="left", show_header=False
    )
    for name, text in (*_who(plan), *_dose(plan), *_pump(plan), *_after(plan)):
        figures.add_row(name, Text(text))
    console.print(figures)
    limits = Table("limit", "ordered", "soft limit", "hard limit", "")
    for name in dict.fromkeys(limit.name for limit in plan.limits):
        limits.add_row(*_row([limit for limit in plan.limits if limit.name == name], plan))
    console.print(limits)
    console.print(NOT_FOR_USE, markup=False)


def _row(of_one_name: list[Limit], plan: Plan) -> Iterator[str | Text]:
    """A subject with its soft and its hard limit, and what the worse of them says."""
    one = of_one_name[0]
    bounds = {limit.kind: limit.bounds() for limit in of_one_name}
    verdicts = [_verdict(limit, plan) for limit in of_one_name]
    worst = max(verdicts, key=tuple(_STYLES).index)
    yield from (one.what, f"{shown(one.value)} {one.unit}")
    yield from (bounds.get("soft", ""), bounds.get("hard", ""))
    yield Text(worst, _STYLES[worst])


def _who(plan: Plan) -> Iterator[tuple[str, str]]:
    order = plan.order
    if order.is_bench:
        yield "care area", "bench: no drug, OUTSIDE THE DRUG LIBRARY"
    else:
        yield "care area", order.care_area
    if order.patient is not None:
        yield "patient", order.patient
    if order.weight is not None:
        yield "weight", weight_echo(order.weight) or order.weight.text
    if order.height is not None:
        yield "height", order.height.text
    yield from body(plan)


def body(plan: Plan) -> Iterator[tuple[str, str]]:
    """Mass index, ideal and adjusted weight, from the index on from which they matter."""
    order, known, entry = plan.order, plan.body, plan.entry
    if known is None or entry is None:
        return
    if known.mass_index >= entry.body_mass_index_soft.value or order.dosing_weight is not None:
        yield "body mass index", f"{shown(known.mass_index, 1)} kg/m2"
        if known.ideal_ng is None:
            missing = "needs patient.sex" if order.sex is None else "none below 152.4 cm"
            yield f"ideal weight ({DEVINE})", missing
        else:
            yield f"ideal weight ({DEVINE})", _kg(known.ideal_ng)
        if known.adjusted_ng is not None:
            yield "adjusted weight", f"{_kg(known.adjusted_ng)}: ideal + 0.4 x (measured - ideal)"
    if order.dosing_weight is not None:
        written = weight_echo(order.dosing_weight) or order.dosing_weight.text
        yield "DOSING WEIGHT", f"{written}, with which the dose is reckoned"


def _dose(plan: Plan) -> Iterator[tuple[str, str]]:
    figures = plan.figures
    if plan.order.drug is not None and plan.order.concentration is not None:
        yield "drug", f"{plan.order.drug} {_per(plan.order.concentration.value, 'mg/mL')}"
    if figures.mass_ng is None or figures.dose_ng_per_kg is None:
        return
    mass = _per(figures.mass_ng, "mg")
    yield "dose", f"{mass} = {_per(figures.dose_ng_per_kg, 'mg/kg')}"
    if figures.dose_rate_ng_per_kg_h is not None:
        rate = figures.dose_rate_ng_per_kg_h
        by_minute = shown(rate / (60 * units.NG_PER_UG))
        yield "dose rate", f"{_per(rate, 'mg/kg/h')} = {by_minute} ug/kg/min"


def _pump(plan: Plan) -> Iterator[tuple[str, str]]:
    figures = plan.figures
    yield "volume", f"{shown(Fraction(figures.pumped_volume_nl, units.NL_PER_ML))} mL"
    rate = f"{shown(Fraction(figures.pumped_rate_ul_per_h, units.UL_PER_ML))} mL/h"
    yield "rate", f"at most {rate}" if figures.rows else rate
    for number, row in enumerate(figures.rows, 1):
        yield f"step {number}", _step(row)
    yield "duration", f"{shown(figures.duration_ms / units.MS_PER_MIN)} min"
    if figures.pumped_duration_ms is not None:
        yield "ends", f"{_clock(figures.pumped_duration_ms)} after START, without pauses"
    order = plan.order
    bore = "" if order.bore is None else f", bore {order.bore.text} by calibration"
    yield "syringe", f"{order.syringe_model}{bore}, filled with {order.fill.text} before the purge"
    yield "after the end", "no flow" if order.kvo is None else f"{order.kvo.text} for an hour"
    yield "occlusion limit", f"{plan.occlusion_mmhg} mmHg"
    if order.concentration is not None:
        loaded_ng = order.fill.value * order.concentration.value / units.NL_PER_ML
        yield "drug in the syringe", _per(loaded_ng, "mg")


def _step(row: Row) -> str:
    rate, to_rate, volume_nl = row
    rates = shown(Fraction(rate, units.UL_PER_ML))
    if to_rate != rate:
        rates += f" to {shown(Fraction(to_rate, units.UL_PER_ML))}"
    volume = shown(Fraction(volume_nl, units.NL_PER_ML))
    return f"{rates} mL/h, {volume} mL in {_clock(duration_ms(row))}"


def _after(plan: Plan) -> Iterator[tuple[str, str]]:
    order = plan.order
    if order.observe is not None:
        yield "observation", f"until {_clock(order.observe.value)} from START"
    policy = {"continue": "alarm and go on", "stop": "stop and alarm"}[order.on_link_loss]
    yield "if the link is lost", policy
    if plan.entry is not None and plan.entry.vital_signs.infusing_interval is not None:
        interval = plan.entry.vital_signs.infusing_interval.text
        late = "the pump holds 5 min later" if order.vitals == HOLD else "the host alarms"
        yield "vital signs", f"at the baseline and every {interval}; if not entered, {late}"
    if plan.entry is not None:
        library = plan.library
        yield "drug library", f"{library.name} {library.version}, {library.review}"
        for text in plan.entry.advice:
            yield "advice", text
    if plan.override is not None and plan.needs_override:
        yield "override", plan.override
    if plan.digest is not None:
        yield "digest", plan.digest.hex()


def _verdict(limit: Limit, plan: Plan) -> str:
    if limit.ok:
        return "ok"
    if limit.kind == "hard":
        return "refused"
    return "needs override" if plan.override is None else "overridden"


def _kg(value_ng: Fraction) -> str:
    return f"{shown(value_ng / units.NG_PER_KG, 1)} kg"


def _per(value_ng: Fraction, unit: str) -> str:
    return f"{shown(value_ng / units.NG_PER_MG)} {unit}"


def _clock(span_ms: Fraction) -> str:
    """h:mm:ss, rounded to the second."""
    seconds = round(span_ms / units.MS_PER_S)
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
