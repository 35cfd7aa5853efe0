"""How a session went, as a table for people."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from evenflow import NOT_FOR_USE
from evenflow.cli import _words
from evenflow.cli._words import mg, ml
from evenflow.dose.plan_json import as_json as plan_object
from evenflow.session.ending import noted
from evenflow.session.finding import words
from evenflow.session.predicted import Predicted
from evenflow.session.summary import Summary
from pumpcore import units

_STYLES = {"complete": "bold green"}


def show(summary: Summary, console: Console) -> None:
    """Print it."""
    title = Text(f"{summary.outcome.replace('_', ' ')}: {summary.plan.order.name}")
    title.stylize(_STYLES.get(summary.outcome, "bold red"))
    table = Table("", "volume", "drug", "", title=title, title_justify="left")
    for name, *cells in _rows(summary):
        table.add_row(name, *(Text(cell) for cell in cells))
    console.print(table)
    for line in _lines(summary):
        console.print(line, markup=False, soft_wrap=True)
    console.print(NOT_FOR_USE, markup=False)


def _rows(summary: Summary) -> Iterator[tuple[str, str, str, str]]:
    ordered = plan_object(summary.plan)
    facts, staged = summary.facts, summary.staged
    figures = summary.plan.figures
    yield (
        "ordered",
        ml(float(figures.volume_nl)),
        mg(ordered["dose_mg"]),
        f"in {_words.clock(float(figures.duration_ms) / units.MS_PER_S)}",
    )
    host_nl = figures.pumped_volume_nl
    yield (
        "computed by host",
        ml(host_nl),
        mg(summary.host_mass_mg),
        _words.rate(figures.pumped_rate_ul_per_h),
    )
    yield (
        "computed by pump",
        ml(staged.volume_nl),
        mg(summary.pump_mass_mg),
        f"{_words.rate(staged.rate_ul_per_h)}, {staged.microsteps} microsteps",
    )
    counted_nl = summary.counted_nl
    yield (
        "counted by pump",
        ml(counted_nl),
        mg(facts.mass_mg(counted_nl)),
        f"{summary.counted_microsteps} microsteps x {facts.femtolitres_per_microstep} fL",
    )
    if facts.kvo_nl:
        kept_nl = summary.kept_open_nl
        lasted = _words.clock(summary.kept_open_s)
        yield "of it after the end", ml(kept_nl), mg(facts.mass_mg(kept_nl)), f"in {lasted}"
    if summary.truth is not None:
        truth_nl = summary.truth.patient_volume_nl
        yield "delivered in truth", ml(truth_nl), mg(facts.mass_mg(truth_nl)), "emulated plant"
    if summary.outcome != "complete":
        low, high = summary.given.low_nl, summary.given.high_nl
        if summary.given.is_certain:
            yield "given", ml(low), mg(facts.mass_mg(low)), "certain"
        else:
            yield "given, at least", ml(low), mg(facts.mass_mg(low)), summary.given.why
            yield "given, at most", ml(high), mg(facts.mass_mg(high)), ""
    yield "left in the syringe", ml(summary.left_nl), mg(facts.mass_mg(summary.left_nl)), ""


def _lines(summary: Summary) -> Iterator[str]:
    tracker = summary.tracker
    notes = noted(summary.identity.self_test_notes)
    if notes:
        yield f"the pump says of itself: {', '.join(notes).replace('_', ' ')}"
    plan = summary.plan
    if plan.override is not None:
        passed = ", ".join(_overridden(summary)) or "none, it was not needed"
        yield f"soft limits overridden ({passed}): {plan.override}"
    infused = _words.clock(summary.infused_s)
    observed = (
        "" if summary.observed_s is None else f", {_words.clock(summary.observed_s)} from START"
    )
    yield f"infused for {infused}{observed}; state {tracker.state_name} ({tracker.stop_reason})"
    yield from _care(summary)
    yield from _predicted(summary.predicted)
    started_us = 0 if tracker.started is None else tracker.started.t_us
    for one in tracker.alarms:
        raised_s = (one.raised.t_us - started_us) / units.US_PER_S
        cleared = "still active"
        if one.cleared is not None:
            cleared = f"until {_words.clock((one.cleared.t_us - started_us) / units.US_PER_S)}"
        when = _words.clock(raised_s) if raised_s >= 0 else "before START"
        yield f"alarm {one.name} ({one.priority}): {when}, {cleared}"
    if tracker.missing_tick_count or summary.frame_errors:
        errors = ", ".join(f"{name} {count}" for name, count in summary.frame_errors.items())
        yield f"link: {tracker.missing_tick_count} ticks lost, broken frames: {errors or 'none'}"
    wall_s = summary.wall_s
    yield (
        f"pump {summary.identity.board}, firmware {summary.identity.firmware} on "
        f"{summary.identity.interpreter}; digest {_words.digest(summary.staged.digest)}"
    )
    if summary.inspection is not None and summary.inspection.heap_bytes:
        heap_bytes = summary.inspection.heap_bytes
        most_bytes = heap_bytes - summary.inspection.heap_lowest_bytes
        yield f"its heap: at most {most_bytes:,} of {heap_bytes:,} bytes were taken"
    yield f"{summary.ended.t_s:.0f} s of the pump in {wall_s:.1f} s"
    yield f"record: {summary.record}, session {summary.session_id}"


def _overridden(summary: Summary) -> Iterator[str]:
    for limit in summary.plan.needs_override:
        yield limit.what
    if summary.chart is not None and summary.chart.has_overridden:
        yield "baseline"
    if summary.course.is_overridden:
        yield "course"


def _predicted(predicted: Predicted | None) -> Iterator[str]:
    """The band of what was given, where there is one."""
    if predicted is None or predicted.peak_ng_per_ml is None:
        return
    peak, when = _words.band(predicted.peak_ng_per_ml), _words.clock(predicted.peak_at_s)
    models = "band across models, never used to control the pump"
    yield f"predicted plasma ({models}): peak {peak} at {when}"


def _care(summary: Summary) -> Iterator[str]:
    """Vital signs, side effects and presence, where there was anything of them."""
    chart, tracker = summary.chart, summary.tracker
    if chart is None:
        return
    rounds = chart.rounds.all
    if rounds:
        answered = [one for one in rounds if one.answered_us is not None]
        late_count = sum(one.is_late for one in answered)
        last = f"; last {words(chart.last)}" if chart.entered_count else ""
        made_up = ""
        if chart.made_up_count:
            made_up = f", {chart.made_up_count} made up by the auto operator"
        yield (
            f"vital signs: due {len(rounds)} times, entered {len(answered)}, of these "
            f"{late_count} late{made_up}{last}"
        )
    started_us = 0 if tracker.started is None else tracker.started.t_us
    for one in chart.effects:
        after_s = (one.at.t_us - started_us) / units.US_PER_S
        is_before = tracker.started is None or after_s < 0
        when = "before START" if is_before else _words.clock(after_s)
        yield f"side effect: {one.effect.words}: {when}"
    if tracker.presence_asked_count:
        asked, confirmed = tracker.presence_asked_count, tracker.presence_confirmed_count
        yield f"presence: asked {asked} times, confirmed {confirmed}"
