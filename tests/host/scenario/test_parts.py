"""Small parts of the engine: agenda, schedule, alarm log, excess, paths of results."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from evenflow.client.records import Staged
from evenflow.errors import CheckFailed, WrongUsage
from evenflow.scenario import place
from evenflow.scenario.agenda import Agenda
from evenflow.scenario.alarm_log import AlarmLog
from evenflow.scenario.condition import Condition
from evenflow.scenario.event import Event
from evenflow.scenario.excess import Excess
from evenflow.scenario.schedule import Schedule, reason_undone
from evenflow.scenario.standstill import Standstill
from evenflow.scenario.stimuli import BY_NAME
from evenflow.scenario.stimulus import Arguments

pytestmark = pytest.mark.requirement("DES-09")


def event(number: int, **given: object) -> Event:
    fields: dict[str, Any] = {
        "at_us": None,
        "at_power_us": None,
        "condition": None,
        "after_us": 0,
        "is_repeated": False,
    }
    return Event(number, BY_NAME["plant.occlude"], Arguments({}), **{**fields, **given})


class Story:
    """A schedule, and which events it did when."""

    def __init__(self, *events: Event) -> None:
        """At power-on."""
        self.done: list[tuple[int, int]] = []
        self.now_us = 0
        self.agenda = Agenda()
        self.schedule = Schedule(events, self.agenda, self._do)

    def _do(self, one: Event) -> None:
        self.done.append((one.number, self.now_us))

    def until(self, end_us: int) -> list[tuple[int, int]]:
        while self.agenda.next_us is not None and self.agenda.next_us <= end_us:
            self.now_us = max(self.now_us, self.agenda.next_us)
            self.agenda.do_due(self.now_us)
        self.now_us = end_us
        return self.done


def test_what_is_due_at_once_is_done_in_the_order_of_the_file() -> None:
    story = Story(event(1, at_power_us=5), event(2, at_power_us=3), event(3, at_power_us=5))

    assert story.until(10) == [(2, 3), (1, 5), (3, 5)]


def test_times_after_the_first_step_count_from_there() -> None:
    story = Story(event(1, at_us=100), event(2, at_us=0))
    assert story.until(1_000) == []
    story.schedule.start(1_234)

    assert story.until(2_000) == [(2, 1_234), (1, 1_334)]


def test_a_condition_is_met_once_or_every_time() -> None:
    alarm = Condition("alarm", "motor_stall")
    story = Story(
        event(1, condition=alarm, after_us=10),
        event(2, condition=alarm, is_repeated=True),
    )
    for at_us in (100, 200):
        story.schedule.notice("alarm", "motor_stall", at_us)
        story.schedule.notice("alarm", "link_lost", at_us)

    assert story.until(1_000) == [(2, 100), (1, 110), (2, 200)]


def test_a_volume_is_reached_once() -> None:
    story = Story(event(1, condition=Condition("volume_ml", "10.0"), after_us=5))
    assert story.schedule.waits_for_volume
    story.schedule.notice_volume(9_999_999.9, 100)
    story.schedule.notice_volume(10_000_000.0, 200)
    story.schedule.notice_volume(11_000_000.0, 300)

    assert story.until(1_000) == [(1, 205)]
    assert not story.schedule.waits_for_volume


def test_events_that_were_never_done_are_told_with_their_reason() -> None:
    story = Story(
        event(1, condition=Condition("alarm", "motor_stall")),
        event(2, condition=Condition("state", "held"), after_us=9_000),
        event(3, at_us=5),
        event(4, condition=Condition("alarm", "link_lost"), is_repeated=True),
        event(5, at_power_us=10),
    )
    story.schedule.notice("state", "held", 100)
    story.until(1_000)

    undone = story.schedule.undone()
    assert [(one.number, was_met) for one, was_met in undone] == [
        (1, False),
        (2, True),
        (3, False),
    ]
    reasons = [reason_undone(one, was_met=was_met, end_us=1_000)[0] for one, was_met in undone]
    assert "alarm:motor_stall" in reasons[0]
    assert "the run ended" in reasons[1]
    assert "no infusion ever started" in reasons[2]


def test_events_that_make_each_other_at_one_moment_are_stopped() -> None:
    agenda = Agenda()

    def again() -> None:
        agenda.add(7, again)

    again()
    with pytest.raises(CheckFailed) as caught:
        agenda.do_due(7)
    assert caught.value.code == "endless_events"


def test_every_occurrence_of_an_alarm_has_its_own_moments() -> None:
    log = AlarmLog({})
    log.update(("barrel_open",), 100, {"barrel_open": 60})
    log.sounded(100)
    log.update(("barrel_open", "near_end"), 200, {})
    log.acknowledge(250)
    log.sounded(260)
    log.update(("near_end",), 300, {})
    log.update(("near_end", "barrel_open"), 400, {})

    entries = [occurrence.entry() for occurrence in log.occurrences]
    assert [entry["id"] for entry in entries] == ["barrel_open", "near_end", "barrel_open"]
    assert entries[0] == {
        "id": "barrel_open",
        "priority": "high",
        "condition_t_s": 60e-6,
        "raised_t_s": 100e-6,
        "sounded_t_s": 100e-6,
        "last_step_t_s": None,
        "acknowledged_t_s": 250e-6,
        "cleared_t_s": 300e-6,
    }
    assert (entries[1]["priority"], entries[1]["sounded_t_s"]) == ("low", 260e-6)
    assert (entries[1]["cleared_t_s"], entries[2]["acknowledged_t_s"]) == (None, None)
    assert log.active_names == ("near_end", "barrel_open")


def test_a_programme_may_raise_a_priority() -> None:
    log = AlarmLog({"link_lost": "high"})
    log.update(("link_lost",), 1, {})

    assert log.occurrences[0].priority == "high"


def staged(number: int, volume_nl: int, rate_ul_per_h: int) -> Staged:
    return Staged(1, number, 0, volume_nl, rate_ul_per_h, 1, 1, bytes(8))


def test_excess_is_what_is_above_the_programme_s_integral() -> None:
    excess = Excess()
    excess.adopt(staged(1, 10_000, 3_600))  # 1 uL/s
    excess.run(1_000_000)
    excess.measure(900, 2_000_000)
    assert excess.highest_nl == 0
    excess.measure(2_500, 3_000_000)
    assert excess.highest_nl == pytest.approx(500)
    excess.stop(3_000_000)
    excess.measure(2_700, 9_000_000)
    assert excess.highest_nl == pytest.approx(700)
    excess.run(10_000_000)
    excess.measure(10_600, 60_000_000)
    assert excess.highest_nl == pytest.approx(700)
    excess.measure(10_800, 60_000_000)
    assert excess.highest_nl == pytest.approx(800)


def test_a_second_programme_adds_its_own_integral() -> None:
    excess = Excess()
    excess.adopt(staged(1, 1_000, 3_600))
    excess.run(0)
    excess.stop(5_000_000)
    excess.adopt(staged(2, 5_000, 7_200))
    excess.run(10_000_000)
    excess.measure(3_000, 11_000_000)

    assert excess.highest_nl == pytest.approx(0)


class StubPlant:
    """What a standstill looks at."""

    def __init__(self) -> None:
        """Enabled, and has made no step."""
        self.plunger = SimpleNamespace(area_um2=560_000_000.0)
        self.drive = SimpleNamespace(um_per_microstep=0.3125)
        self.last_forward_step_at_ns: int | None = None
        self.motor_enabled = True


def test_the_last_step_before_a_standstill_is_told_once() -> None:
    plant = StubPlant()
    standstill = Standstill(plant)  # type: ignore[arg-type]
    told: list[int] = []
    assert not standstill.is_moving(0)
    standstill.adopt_rate(26_250)  # a step each 24 ms
    plant.last_forward_step_at_ns = 1_000_000_000
    assert standstill.is_moving(1_040_000)
    assert not standstill.is_moving(1_100_000)
    standstill.wait(told.append)
    standstill.tick(1_020_000)
    assert told == []
    plant.last_forward_step_at_ns = 1_024_000_000
    plant.motor_enabled = False
    standstill.tick(1_040_000)
    standstill.tick(1_060_000)

    assert told == [1_024_000]


def test_a_motor_that_is_enabled_without_a_step_stands_too() -> None:
    plant = StubPlant()
    standstill = Standstill(plant)  # type: ignore[arg-type]
    told: list[int] = []
    standstill.adopt_rate(26_250)
    standstill.adopt_rate(0)
    plant.last_forward_step_at_ns = 1_000_000_000
    standstill.wait(told.append)
    standstill.tick(1_080_000)
    assert told == []
    standstill.tick(1_100_000)

    assert told == [1_000_000]


def test_results_go_where_they_are_wanted(tmp_path: Path) -> None:
    assert place.paths(None, ["a"], ".json") == [Path("evenflow-runs/a.json")]
    assert place.paths("x.json", ["a"], ".json") == [Path("x.json")]
    assert place.paths("out/", ["a", "b"], ".csv") == [Path("out/a.csv"), Path("out/b.csv")]
    assert place.paths(str(tmp_path), ["a"], ".csv") == [tmp_path / "a.csv"]
    assert place.paths("r-{name}.json", ["a", "b"], ".json") == [
        Path("r-a.json"),
        Path("r-b.json"),
    ]


@pytest.mark.parametrize(
    ("wanted", "names", "code"),
    [("x.json", ["a", "b"], "one_file_for_many"), (None, ["a", "a"], "same_name")],
)
def test_two_results_never_go_to_one_file(wanted: str | None, names: list[str], code: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        place.paths(wanted, names, ".json")
    assert caught.value.code == code
