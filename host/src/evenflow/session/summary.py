"""How a session went: ordered, computed twice, counted, and in truth where it is known."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evenflow import NOT_FOR_USE
from evenflow.client.records import HelloReply, Inspection, Staged
from evenflow.dose.plan import Plan
from evenflow.dose.plan_json import as_json as plan_object
from evenflow.emulator import Plant
from evenflow.errors import EvenflowError
from evenflow.session.chart import Chart
from evenflow.session.course_part import CoursePart
from evenflow.session.ending import noted
from evenflow.session.facts import Facts
from evenflow.session.given import Given
from evenflow.session.predicted import Predicted
from evenflow.session.tracker import INFUSING, KVO, AlarmTimes, Tracker
from evenflow.telemetry.timeline import Moment
from pumpcore import units

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Truth:
    """What the plant of an emulated board knows."""

    patient_volume_nl: int
    waste_volume_nl: int
    syringe_volume_nl: int

    @classmethod
    def of(cls, plant: Plant) -> "Truth":
        """As it is now."""
        return cls(
            round(plant.patient_volume_ml * units.NL_PER_ML),
            round(plant.waste_volume_ml * units.NL_PER_ML),
            round(plant.syringe_volume_ml * units.NL_PER_ML),
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything a person needs to decide what next; `error` is what the command ends with."""

    outcome: str
    error: EvenflowError | None
    session_id: str
    record: str
    port: str
    plan: Plan
    identity: HelloReply
    staged: Staged
    facts: Facts
    given: Given
    counted_microsteps: int
    left_nl: int
    tracker: Tracker
    ended: Moment
    wall_s: float
    frame_count: int
    frame_errors: Counter[str]
    truth: Truth | None
    inspection: Inspection | None
    course: CoursePart
    # Of an order of a drug.
    chart: Chart | None = None
    # Of an order of ketamine.
    predicted: Predicted | None = None
    # Answers to the discharge list; None if it was not come to.
    discharge: Mapping[str, str] | None = None

    @property
    def counted_nl(self) -> int:
        """Volume by the pump's audited microsteps."""
        return self.facts.volume_of_nl(self.counted_microsteps)

    @property
    def host_mass_mg(self) -> float | None:
        """Drug of the order, by the host's arithmetic; None without a drug."""
        mass_ng = self.plan.figures.mass_ng
        return None if mass_ng is None else float(mass_ng / units.NG_PER_MG)

    @property
    def pump_mass_mg(self) -> float | None:
        """Drug of the order, by the pump's arithmetic; None without a drug."""
        return self.staged.mass_ng / units.NG_PER_MG if self.staged.mass_ng else None

    @property
    def kept_open_nl(self) -> int:
        """Of it, what was given after the dose to keep the vein open."""
        return self.facts.kept_open_nl(self.counted_nl)

    @property
    def infused_s(self) -> float:
        """Time in the state infusing."""
        return (self.tracker.infused_us + self._still_us(INFUSING)) / units.US_PER_S

    @property
    def kept_open_s(self) -> float:
        """Time in the state kvo."""
        return (self.tracker.kept_open_us + self._still_us(KVO)) / units.US_PER_S

    def _still_us(self, state_name: str) -> int:
        tracker = self.tracker
        is_still = tracker.state_name == state_name
        return self.ended.t_us - tracker.state_since.t_us if is_still else 0

    @property
    def observed_s(self) -> float | None:
        """Time from START to the end of the session; None if START never came."""
        started = self.tracker.started
        return None if started is None else (self.ended.t_us - started.t_us) / units.US_PER_S

    def as_json(self) -> dict[str, Any]:
        """The object of `evenflow run --json`; keys end with their unit, null means unknown."""
        ordered = plan_object(self.plan)
        ordered_keys = (
            "dose_mg",
            "volume_ml",
            "rate_ml_per_h",
            "duration_s",
            "kvo_ml_per_h",
            "occlusion_limit_mmhg",
            "observe_s",
        )
        figures = self.plan.figures
        started = self.tracker.started
        return {
            "schema": SCHEMA,
            "notice": NOT_FOR_USE,
            "outcome": self.outcome,
            "session": self.session_id,
            "record": self.record,
            "port": self.port,
            "order": self.plan.order.name,
            "override": self.plan.override,
            "programme_number": self.staged.programme_number,
            "digest": self.staged.digest.hex(),
            "pump": {
                "board": self.identity.board,
                "firmware": self.identity.firmware,
                "interpreter": self.identity.interpreter,
                "unique_id": self.identity.unique_id.hex(),
                "self_test_notes": noted(self.identity.self_test_notes),
            },
            "ordered": {key: ordered[key] for key in ordered_keys},
            "computed_by_host": {
                "dose_mg": self.host_mass_mg,
                "volume_ml": _ml(figures.pumped_volume_nl),
                "rate_ml_per_h": figures.pumped_rate_ul_per_h / units.UL_PER_ML,
            },
            "computed_by_pump": {
                "dose_mg": self.pump_mass_mg,
                "volume_ml": _ml(self.staged.volume_nl),
                "rate_ml_per_h": self.staged.rate_ul_per_h / units.UL_PER_ML,
                "microsteps": self.staged.microsteps,
                "femtolitres_per_microstep": self.staged.femtolitres_per_microstep,
            },
            "counted_by_pump": {
                "microsteps": self.counted_microsteps,
                "volume_ml": _ml(self.counted_nl),
                "dose_mg": self.facts.mass_mg(self.counted_nl),
                "kvo_volume_ml": _ml(self.kept_open_nl),
            },
            "given": {
                "is_certain": self.given.is_certain,
                "why": self.given.why,
                "low_ml": _ml(self.given.low_nl),
                "high_ml": _ml(self.given.high_nl),
                "low_mg": self.facts.mass_mg(self.given.low_nl),
                "high_mg": self.facts.mass_mg(self.given.high_nl),
            },
            "delivered_in_truth": None if self.truth is None else self._truth(self.truth),
            "left_in_syringe_ml": _ml(self.left_nl),
            "state": self.tracker.state_name,
            "stop_reason": self.tracker.stop_reason,
            "started_t_s": None if started is None else started.t_s,
            "infused_s": self.infused_s,
            "kvo_s": self.kept_open_s,
            "observed_s": self.observed_s,
            "device_s": self.ended.t_s,
            "wall_s": round(self.wall_s, 3),
            "alarms": [_alarm(one, started) for one in self.tracker.alarms],
            "vital_signs": None if self.chart is None else self.chart.as_json(started),
            "predicted": None if self.predicted is None else self.predicted.as_json(),
            "presence": {
                "asked": self.tracker.presence_asked_count,
                "confirmed": self.tracker.presence_confirmed_count,
            },
            "course": self.course.as_json(),
            "discharge": None if self.discharge is None else dict(self.discharge),
            "link": {
                "frame_count": self.frame_count,
                "frame_errors": dict(self.frame_errors),
                "missing_tick_count": self.tracker.missing_tick_count,
            },
            "controller": None if self.inspection is None else _controller(self.inspection),
        }

    def _truth(self, truth: Truth) -> dict[str, float | None]:
        return {
            "patient_volume_ml": _ml(truth.patient_volume_nl),
            "dose_mg": self.facts.mass_mg(truth.patient_volume_nl),
            "waste_volume_ml": _ml(truth.waste_volume_nl),
            "syringe_volume_ml": _ml(truth.syringe_volume_nl),
        }


def _ml(volume_nl: int) -> float:
    return volume_nl / units.NL_PER_ML


def _alarm(one: AlarmTimes, started: Moment | None) -> dict[str, object]:
    after_us = None if started is None else one.raised.t_us - started.t_us
    return {
        "id": one.name,
        "priority": one.priority,
        "raised_t_s": one.raised.t_s,
        "raised_after_start_s": None if after_us is None else after_us / units.US_PER_S,
        "cleared_t_s": None if one.cleared is None else one.cleared.t_s,
    }


def _controller(inspection: Inspection) -> dict[str, int]:
    return {
        "heap_bytes": inspection.heap_bytes,
        "heap_free_bytes": inspection.heap_free_bytes,
        "heap_lowest_free_bytes": inspection.heap_lowest_bytes,
        "longest_load_us": inspection.longest_load_us,
        "frame_error_count": inspection.frame_error_count,
    }
