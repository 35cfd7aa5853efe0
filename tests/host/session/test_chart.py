"""Vital signs in a session: asked for, entered, sent to the pump, recorded, and told."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from host.client.fake_device import FakeLine
from host.dose.orders import plan_of, reference_table
from host.session.scripted import InfusingDevice, SilentView, bench_plan

from evenflow.dose.plan import Plan
from evenflow.errors import CheckFailed, NeedsOverride, Refused, StoppedByAlarm
from evenflow.session.ending import not_started
from evenflow.session.finding import FILE, Finding, SideEffect
from evenflow.session.opening import Opened, open_port
from evenflow.session.run import Session
from evenflow.session.summary import Summary
from evenflow.session.vitals_file import Timed
from evenflow.telemetry.archive import Archive
from evenflow.telemetry.store import Store, create
from pumpcore.panel import PRESENCE_ASKED
from pumpcore.vital_signs import SEDATION, VitalSigns

ALERT = SEDATION.index("alert")
HEALTHY = VitalSigns(120, 80, 60, 98, ALERT)
MIN_US = 60_000_000
WHY = "a short observation, on a bench"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with create(tmp_path / "record.db") as store:
        yield store


def short_plan(override: str | None = WHY) -> Plan:
    """Ketamine, observed for 32 min only; the scripted pump gives it in six seconds."""
    changes = {"therapy__duration": "30 min", "session__observe": "32 min"}
    return plan_of(reference_table(**changes), override)


def at(minutes: float | None, signs: VitalSigns = HEALTHY, *effects: SideEffect) -> Timed:
    """A line of a file."""
    at_us = None if minutes is None else round(minutes * MIN_US)
    return Timed(at_us, Finding(FILE, signs, effects))


async def scripted(
    store: Store,
    device: InfusingDevice,
    order: Plan,
    view: SilentView,
    findings: Sequence[Timed] | None = None,
) -> Summary:
    """A session on a scripted pump, which takes all signs."""
    return await Session(
        order, Opened(FakeLine(device), None), store, view, findings=findings
    ).run()


def cut_short(device: InfusingDevice) -> InfusingDevice:
    """Cancelled just after its end, so that a test need not observe for half an hour."""
    device.events[400] = lambda now: setattr(now, "state", "idle")
    return device


def sent(device: InfusingDevice) -> list[list]:
    """The figures of each `vitals` command."""
    return [values[1:] for name, values in device.taken_up if name == "vitals"]


@pytest.mark.requirement("KET-09")
async def test_a_file_is_entered_at_its_times_and_all_of_it_recorded(store: Store) -> None:
    order = short_plan()
    device, view = InfusingDevice(order), SilentView()
    nausea = SideEffect("nausea", "moderate")
    lines = [at(None), at(15, VitalSigns(130, 85, 0, 0, 0), nausea), at(30), at(32), at(40)]

    summary = await scripted(store, device, order, view, lines)

    assert sent(device) == [[120, 80, 60, 98, ALERT, 0], [130, 85, 0, 0, 0, 0], [*HEALTHY, 0]]
    commands = device.commands
    assert commands.index("stage") < commands.index("vitals") < commands.index("confirm")
    entered = [event for event in view.events if event.name == "vital_signs"]
    assert [event.detail["phase"] for event in entered] == [
        "baseline",
        "observation",
        "observation",
    ]
    assert entered[1].detail["systolic_mmhg"] == 130
    assert entered[1].detail["heart_rate_per_min"] is None
    assert entered[1].detail["by"] == "file"
    started_s = summary.tracker.started.t_s
    assert entered[1].at.t_s - started_s == pytest.approx(15 * 60, abs=5)
    signs = summary.as_json()["vital_signs"]
    assert (signs["asked"], signs["answered"], signs["missed"], signs["late"]) == (3, 3, 0, 0)
    assert signs["baseline"]["systolic_mmhg"] == 120
    assert [one["effect"] for one in signs["side_effects"]] == ["nausea"]
    # The lines at the end and after it came too late.
    (left,) = [event for event in view.events if event.name == "vitals_left"]
    assert left.detail == {"count": 2}


@pytest.mark.requirement("KET-09")
async def test_what_nobody_enters_is_asked_reminded_and_alarmed_at_its_times(store: Store) -> None:
    order = short_plan()
    device, view = InfusingDevice(order), SilentView()

    summary = await scripted(store, device, order, view)

    names = ("vitals_asked", "vitals_reminded", "vitals_overdue_host", "vitals_missed")
    start_s = summary.tracker.started.t_s
    told = [
        (event.name, round((event.at.t_s - start_s) / 60, 1))
        for event in view.events
        if event.name in names and event.detail["phase"] == "observation"
    ]
    assert told == [
        ("vitals_asked", 15.0),
        ("vitals_reminded", 17.0),
        ("vitals_overdue_host", 20.0),
        ("vitals_missed", 30.0),
        ("vitals_asked", 30.0),
        ("vitals_reminded", 32.0),
        ("vitals_missed", 32.0),
    ]
    alarmed = [now for now in view.shown if "vitals_overdue_host" in now.alarm_names]
    assert alarmed[0].since_start_s == pytest.approx(20 * 60, abs=2)
    assert alarmed[-1].since_start_s == pytest.approx(30 * 60, abs=2)
    assert next(one for one in view.events if one.name == names[2]).detail["priority"] == "medium"
    signs = summary.as_json()["vital_signs"]
    assert (signs["asked"], signs["answered"], signs["missed"]) == (3, 0, 3)
    answers = summary.as_json()["discharge"]
    assert set(answers.values()) == {"not answered"}


class Typist(SilentView):
    """Types lines at their seconds after START."""

    def __init__(self, lines: dict[float, str]) -> None:
        """`session` is set later."""
        super().__init__()
        self.session: Session | None = None
        self.answers: list[str] = []
        self.has_typed = asyncio.Event()
        self._lines = sorted(lines.items())

    def progress(self, now: object) -> None:
        """Type what is due."""
        super().progress(now)
        while self._lines and (now.since_start_s or 0.0) >= self._lines[0][0]:
            self.answers.append(self.session.enter(self._lines.pop(0)[1]))
        if not self._lines:
            self.has_typed.set()


@pytest.mark.requirement("KET-09", "KET-10")
async def test_a_person_types_signs_effects_and_presence(store: Store) -> None:
    order = short_plan()
    device = InfusingDevice(order)
    view = Typist(
        {
            1.0: "s nausea 2",
            2.0: "here",
            3.0: "v 190/100 60 98 alert",
            4.0: "v 120",
            5.0: "?",
        }
    )
    asked = []

    async def ask(question: str) -> str:
        asked.append(question)
        return "yes\n" if "alert" in question else "no\n" if "nausea" in question else "\n"

    view.session = Session(order, Opened(FakeLine(device), None), store, view, ask=ask)
    assert "nothing is staged" in view.session.enter("here")

    summary = await view.session.run()

    assert sent(device) == [[190, 100, 60, 98, ALERT, 0]]
    assert "presence" in device.commands
    assert [bool(answer) for answer in view.answers] == [False, False, False, True, True]
    assert "pressure '' is no whole number" in view.answers[3]
    (entered,) = [event for event in view.events if event.name == "vital_signs"]
    assert entered.detail["beyond"] == "systolic"
    assert "the pump holds" in entered.words
    assert len(asked) == 5
    assert "nausea, moderate" in next(one for one in asked if "nausea" in one)
    answers = summary.as_json()["discharge"]
    assert (answers["alert"], answers["no_nausea"]) == ("yes", "no")
    assert answers["accompanied"] == "not answered"


@pytest.mark.requirement("KET-09")
async def test_what_the_pump_refuses_is_told_by_name_and_answers_nothing(store: Store) -> None:
    order = short_plan()
    device = cut_short(InfusingDevice(order, refuses={"vitals": ("wrong_state", 0)}))
    view = Typist({1.0: "v 120/80"})
    view.session = Session(order, Opened(FakeLine(device), None), store, view)

    summary = await view.session.run()

    (refused,) = [event for event in view.events if event.name == "entry_refused"]
    assert refused.detail["code"] == "wrong_state"
    # What was measured is not lost.
    assert refused.detail["systolic_mmhg"] == 120
    assert refused.words.startswith("NOT ENTERED: 120/80 mmHg")
    assert summary.as_json()["vital_signs"]["entered"] == 0


@pytest.mark.requirement("KET-11")
@pytest.mark.parametrize(
    ("signs", "override", "kind", "code"),
    [
        (VitalSigns(161, 80, 0, 0, 0), WHY, Refused, "baseline_hard"),
        (VitalSigns(120, 101, 0, 0, 0), WHY, Refused, "baseline_hard"),
        (VitalSigns(141, 80, 0, 0, 0), None, NeedsOverride, "baseline_soft"),
        (VitalSigns(120, 91, 0, 0, 0), None, NeedsOverride, "baseline_soft"),
    ],
)
async def test_a_baseline_that_is_too_high_starts_nothing(
    store: Store, signs: VitalSigns, override: str | None, kind: type, code: str
) -> None:
    order = plan_of(reference_table(), override)
    device = InfusingDevice(order)

    with pytest.raises(kind) as refused:
        await scripted(store, device, order, SilentView(), [at(None, signs)])

    assert refused.value.code == code
    assert "confirm" not in device.commands
    assert device.commands[-1] == "cancel"
    (line,) = Archive(store).sessions()
    assert line.outcome == "refused"


@pytest.mark.requirement("KET-11")
async def test_a_soft_baseline_passes_with_a_reason_which_is_recorded(store: Store) -> None:
    order = short_plan()
    device, view = cut_short(InfusingDevice(order)), SilentView()

    summary = await scripted(store, device, order, view, [at(None, VitalSigns(141, 80, 0, 0, 0))])

    assert sent(device)[0] == [141, 80, 0, 0, 0, 1]
    (entered,) = [event for event in view.events if event.name == "vital_signs"]
    assert entered.detail["override"] == WHY
    assert summary.chart.has_overridden


@pytest.mark.requirement("KET-09")
async def test_side_effects_alone_answer_nothing(store: Store) -> None:
    order = short_plan()
    device, view = cut_short(InfusingDevice(order)), SilentView()
    none = VitalSigns(0, 0, 0, 0, 0)
    headache = SideEffect("headache", "mild")

    summary = await scripted(store, device, order, view, [at(None), at(0.05, none, headache)])

    assert len(sent(device)) == 1
    signs = summary.as_json()["vital_signs"]
    assert (signs["entered"], len(signs["side_effects"])) == (1, 1)


async def emulated(store: Store, order: Plan, findings: Sequence[Timed] | None) -> Summary:
    """On a fresh pico, by the auto operator."""
    opened = await open_port("emulated:pico", plan=order, speed=None, runtime="cpython")
    return await Session(order, opened, store, SilentView(), findings=findings).run()


@pytest.mark.requirement("KET-10")
async def test_signs_beyond_a_stop_limit_hold_the_pump_within_seconds(store: Store) -> None:
    order = plan_of(reference_table())
    lines = [at(None), at(1, VitalSigns(181, 100, 0, 0, 0))]

    summary = await emulated(store, order, lines)

    assert isinstance(summary.error, StoppedByAlarm)
    assert summary.error.code == "vitals_limit"
    (alarm,) = [one for one in summary.tracker.alarms if one.name == "vitals_limit"]
    after_s = alarm.raised.t_s - summary.tracker.started.t_s
    assert after_s == pytest.approx(60, abs=5)
    given_ml = summary.truth.patient_volume_nl / 1e6
    assert given_ml == pytest.approx(26.25 * after_s / 3600, abs=0.03)


@pytest.mark.requirement("KET-09", "KET-11")
async def test_an_order_that_holds_needs_a_baseline_before_anything_starts(store: Store) -> None:
    order = plan_of(reference_table(session__vitals="hold"))

    with pytest.raises(Refused) as refused:
        await emulated(store, order, [at(10)])

    assert refused.value.code == "baseline_missing"


@pytest.mark.requirement("KET-10")
async def test_a_pump_that_asks_for_presence_is_told_of_once(store: Store) -> None:
    order = bench_plan()
    device, view = InfusingDevice(order), SilentView()
    device.events[50] = lambda now: now.fields.update(checklist=PRESENCE_ASKED)
    device.events[150] = lambda now: now.fields.update(checklist=0)
    # Asked again, and the infusion ends before anybody answers.
    device.events[200] = lambda now: now.fields.update(checklist=PRESENCE_ASKED)
    device.events[310] = lambda now: now.fields.update(checklist=0)

    summary = await scripted(store, device, order, view)

    names = ("presence_asked", "presence_confirmed", "checked")
    assert [name for name in view.names if name in names] == [names[0], names[1], names[0]]
    assert summary.as_json()["presence"] == {"asked": 2, "confirmed": 1}
    assert summary.as_json()["vital_signs"] is None


@pytest.mark.requirement("KET-09")
async def test_an_order_that_holds_stops_the_pump_where_nobody_enters_signs(store: Store) -> None:
    order = plan_of(reference_table(session__vitals="hold"))

    summary = await emulated(store, order, [at(None)])

    assert isinstance(summary.error, StoppedByAlarm)
    assert summary.error.code == "vitals_overdue"
    (alarm,) = [one for one in summary.tracker.alarms if one.name == "vitals_overdue"]
    assert alarm.raised.t_s - summary.tracker.started.t_s == pytest.approx(15 * 60, abs=2)
    assert summary.chart.alarm_names == ()
    assert summary.as_json()["vital_signs"]["missed"] == 1


@pytest.mark.requirement("KET-09", "KET-11")
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("baseline_missing", Refused),
        ("baseline_hard", Refused),
        ("baseline_soft", NeedsOverride),
        ("checklist", CheckFailed),
    ],
)
def test_a_start_that_the_pump_refuses_ends_by_the_name_of_the_refusal(
    name: str, kind: type
) -> None:
    error = not_started((), "the auto operator gave up", name)

    assert type(error) is kind
    assert error.code == (name if kind is not CheckFailed else "operator")


@pytest.mark.requirement("KET-09")
async def test_what_an_auto_operator_makes_up_is_counted_and_keeps_the_limits(
    store: Store,
) -> None:
    order = plan_of(reference_table(session__vitals="hold"))
    opened = await open_port("emulated:pico", plan=order, speed=None, runtime="cpython")
    view = Typist({700.0: "?"})
    view.session = Session(order, opened, store, view)
    running = asyncio.create_task(view.session.run())
    await view.has_typed.wait()
    running.cancel()

    summary = await running

    signs = summary.as_json()["vital_signs"]
    assert (signs["asked"], signs["missed"], signs["late"]) == (2, 0, 0)
    assert (signs["entered"], signs["made_up"]) == (2, 2)
    assert summary.tracker.alarms == []
