"""The state machine's table, explored whole, and the one gate."""

import pytest

from pumpcore import interlock
from pumpcore.alarms import OCCLUSION_DOWNSTREAM, REPEATED_ALARM_LOCK
from pumpcore.interlock import (
    BACK_OFF,
    CONFIRMED,
    EVENTS,
    FAULT,
    HELD,
    INFUSE,
    INFUSING,
    KEPT_OPEN,
    KVO,
    NO_JOB,
    PURGE,
    STAGED,
    STATES,
    TAKE_UP,
    TRANSITIONS,
    is_engaged,
    may_drive,
    next_state,
)

pytestmark = pytest.mark.requirement("DES-06")

VOCABULARY = [
    "boot",
    "self_test",
    "idle",
    "staged",
    "confirmed",
    "infusing",
    "paused",
    "held",
    "kvo",
    "complete",
    "fault",
]
FORWARD_JOBS = (NO_JOB, PURGE, TAKE_UP, INFUSE, KEPT_OPEN)


def event(name: str) -> int:
    return EVENTS.index(name)


def state(name: str) -> int:
    return STATES.index(name)


def test_states_are_those_agreed() -> None:
    assert list(STATES) == VOCABULARY
    for index, name in enumerate(STATES):
        assert getattr(interlock, name.upper()) == index


def test_events_and_jobs_stand_in_the_order_of_their_constants() -> None:
    constants = (
        interlock.POWER_ON,
        interlock.SELF_TEST_PASSED,
        interlock.SELF_TEST_FAILED,
        interlock.STAGE,
        interlock.CONFIRM,
        interlock.CANCEL,
        interlock.START,
        interlock.PAUSE,
        interlock.RESUME,
        interlock.ALARM,
        interlock.COMPLETED,
        interlock.FAILED,
        interlock.KEEP_OPEN,
    )

    assert constants == tuple(range(len(EVENTS)))
    # Those up to INFUSE are positions of their bits in the telemetry field `motion`.
    assert (*FORWARD_JOBS[:-1], BACK_OFF, KEPT_OPEN) == (0, 1, 2, 3, 4, 5)


def test_each_pair_has_one_row_and_every_other_is_refused() -> None:
    pairs = [(row[0], row[1]) for row in TRANSITIONS]
    assert len(set(pairs)) == len(pairs)
    for source in range(len(STATES)):
        for cause in range(len(EVENTS)):
            rows = [row[2] for row in TRANSITIONS if row[:2] == (source, cause)]
            assert next_state(source, cause) == (rows[0] if rows else -1)


@pytest.mark.requirement("OVR-11")
def test_infusing_is_entered_by_start_and_resume_alone() -> None:
    """Neither an alarm's end nor a command leads there."""
    into = {(STATES[row[0]], EVENTS[row[1]]) for row in TRANSITIONS if row[2] == INFUSING}

    assert into == {("confirmed", "start"), ("paused", "resume"), ("held", "resume")}


@pytest.mark.requirement("SYR-07")
def test_kvo_follows_a_dose_and_leads_to_none() -> None:
    """Nothing leads from it into `infusing` or to a pause; a hold in it is resumed into it."""
    into = {(STATES[row[0]], EVENTS[row[1]]) for row in TRANSITIONS if row[2] == KVO}
    out = {(EVENTS[row[1]], STATES[row[2]]) for row in TRANSITIONS if row[0] == KVO}

    assert into == {("infusing", "keep_open"), ("held", "keep_open")}
    assert out == {("complete", "complete"), ("alarm", "held"), ("fault", "fault")}


@pytest.mark.requirement("TST-02")
def test_fault_is_never_left() -> None:
    """Only a power cycle."""
    assert {row[2] for row in TRANSITIONS if row[0] == FAULT} == {FAULT}
    for source in range(len(STATES)):
        assert next_state(source, event("fault")) == FAULT


def test_held_is_left_by_resume_cancel_and_fault_alone() -> None:
    """After the dose, to resume is to keep the vein open."""
    out = {EVENTS[row[1]] for row in TRANSITIONS if row[0] == HELD}

    assert out == {"resume", "keep_open", "cancel", "fault"}


def test_every_state_is_reached_from_boot() -> None:
    reached = {state("boot")}
    for _ in STATES:
        reached |= {row[2] for row in TRANSITIONS if row[0] in reached}

    assert set(range(len(STATES))) == reached


def test_a_programme_can_be_left_without_power_off_from_every_state_that_holds_one() -> None:
    for name in ("staged", "confirmed", "paused", "held", "complete"):
        assert next_state(state(name), event("cancel")) == state("idle")


def test_a_pump_is_engaged_from_staged_until_its_programme_is_over() -> None:
    engaged = [name for name in STATES if is_engaged(state(name))]

    assert engaged == ["staged", "confirmed", "infusing", "paused", "held", "kvo"]


@pytest.mark.requirement("OVR-09", "TST-03")
@pytest.mark.parametrize("job", FORWARD_JOBS)
@pytest.mark.parametrize("source", range(len(STATES)), ids=STATES)
def test_the_gate_is_shut_but_for_four_cases(source: int, job: int) -> None:
    """For every state, every job, every stopping alarm."""
    allowed = {
        (INFUSING, INFUSE),
        (KVO, KEPT_OPEN),
        *((source, job) for source in (STAGED, CONFIRMED) for job in (PURGE, TAKE_UP)),
    }

    assert may_drive(source, job, 0, 0) == ((source, job) in allowed)
    for ident in range(30):
        assert not may_drive(source, job, 1 << ident, 0)
        assert not may_drive(source, job, 0, 1 << ident)


@pytest.mark.parametrize("source", range(len(STATES)), ids=STATES)
def test_the_plunger_goes_back_only_for_an_occlusion_and_in_no_other_state(source: int) -> None:
    """OVR-06: alone or with the lock that the third of them brings."""
    lock = OCCLUSION_DOWNSTREAM | REPEATED_ALARM_LOCK
    for stopping in (OCCLUSION_DOWNSTREAM, lock):
        assert may_drive(source, BACK_OFF, stopping, 0) == (source == HELD)
        assert not may_drive(source, BACK_OFF, stopping, 1)
    assert not may_drive(source, BACK_OFF, 0, 0)
    for ident in range(30):
        if not lock & (1 << ident):
            assert not may_drive(source, BACK_OFF, 1 << ident | OCCLUSION_DOWNSTREAM, 0)
