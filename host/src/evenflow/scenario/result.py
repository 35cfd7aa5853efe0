"""The result of a run as one JSON object, schema 1."""

from collections.abc import Mapping

from evenflow.emulator.plant.line import PA_PER_MMHG
from evenflow.scenario.engine import Run
from evenflow.scenario.log import seconds
from evenflow.scenario.schedule import reason_undone

SCHEMA = 1
_FL_PER_ML = 1_000_000_000_000
_NL_PER_ML = 1_000_000
_NG_PER_MG = 1_000_000
_MS_PER_S = 1_000
_WORD_BITS = {"micropython": 64, "cpython": 64, "micropython-rp2040": 32}


def assemble(run: Run) -> dict[str, object]:
    """Everything that the interface promises, and what was expected of it."""
    scenario = run.scenario
    alarms = [occurrence.entry() for occurrence in run.alarms.occurrences]
    result: dict[str, object] = {
        "schema": SCHEMA,
        "scenario": scenario.name,
        "title": scenario.title,
        "seed": scenario.seed,
        "board": scenario.board,
        "runtime": {
            "interpreter": run.interpreter,
            "version": run.interpreter_version,
            "word_bits": _WORD_BITS.get(run.interpreter, 64),
        },
        "wall_s": round(run.wall_s, 3),
        "virtual_s": seconds(run.end_us),
        "t0_s": seconds(run.observer.t0_us),
        "passed": True,
        "final": _final(run),
        "excess_ml": round(run.observer.excess.highest_nl / _NL_PER_ML, 6),
        "peak_pressure_mmhg": round(run.observer.peak_pressure_pa / PA_PER_MMHG, 2),
        "alarms": alarms,
        "events": run.log.events,
        "refusals": run.log.refusals,
        "latency_ms": {"stop": run.stop_latencies_ms, "alarm": _alarm_latencies_ms(run)},
        "undone": _undone(run),
    }
    judged = [one.judge(result) for one in scenario.expectations]
    result["expect"] = judged
    result["passed"] = all(entry["ok"] for entry in judged) and not never_came(result)
    return result


def never_came(result: Mapping[str, object]) -> list[Mapping[str, object]]:
    """Entries of `undone` whose time or condition never came: mistakes of the scenario."""
    undone = result["undone"]
    if not isinstance(undone, list):
        raise TypeError(undone)
    return [entry for entry in undone if not entry["is_late"]]


def _final(run: Run) -> dict[str, object]:
    plant = run.board.plant
    staged = run.observer.staged
    fl_per_microstep = 0 if staged is None else staged.femtolitres_per_microstep
    plan = run.scenario.plan
    concentration = None if plan is None else plan.order.concentration
    patient_ml = round(plant.patient_volume_ml, 6)
    dose_mg = None
    if concentration is not None:
        dose_mg = round(patient_ml * float(concentration.value / _NG_PER_MG), 6)
    return {
        "state": run.view.state,
        "patient_volume_ml": patient_ml,
        "counted_volume_ml": round(
            run.view.delivered_microsteps * fl_per_microstep / _FL_PER_ML, 6
        ),
        "dose_mg": dose_mg,
        "active_alarms": list(run.view.alarms),
        "library_version": run.observer.library_version,
        "waste_volume_ml": round(plant.waste_volume_ml, 6),
        "air_volume_ml": round(plant.air_volume_ml, 6),
        "syringe_volume_ml": round(plant.syringe_volume_ml, 6),
        "power_loss_alarm_s": round(plant.power_loss_alarm.sounded_s(plant.now_ns), 3),
    }


def _alarm_latencies_ms(run: Run) -> list[float]:
    """From the condition to the first sound, of each occurrence that sounded."""
    return [
        (occurrence.sounded_us - occurrence.condition_us) / _MS_PER_S
        for occurrence in run.alarms.occurrences
        if occurrence.sounded_us is not None
    ]


def _undone(run: Run) -> list[dict[str, object]]:
    """Events that were never done: a scenario that does not do what it says has not passed."""
    entries: list[dict[str, object]] = []
    for event, was_met in run.schedule.undone():
        reason, hint = reason_undone(event, was_met=was_met, end_us=run.end_us)
        entries.append({"where": event.where, "reason": reason, "hint": hint, "is_late": was_met})
    return entries
