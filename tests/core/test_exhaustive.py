"""All abstract states of the kernel under all inputs; and that each planted defect is found."""

import inspect
import sys
import textwrap
from types import FunctionType

import pytest
from core.explorer import TO_INFUSING, TO_KVO, Found, explore
from core.small_pump import make_small

from pumpcore import alarms, interlock, limits, occurrence
from pumpcore.back_off import BackOff
from pumpcore.interlock import (
    ALARM,
    CANCEL,
    COMPLETED,
    CONFIRM,
    FAULT,
    HELD,
    IDLE,
    INFUSING,
    KVO,
    PAUSE,
    STAGE,
    STAGED,
    TRANSITIONS,
)
from pumpcore.keep_open import KeepOpen
from pumpcore.kernel import Kernel
from pumpcore.motion import Motion
from pumpcore.occurrence import Word
from pumpcore.preparation import Preparation
from pumpcore.start_gate import StartGate

pytestmark = [
    pytest.mark.requirement("OVR-06", "OVR-09", "OVR-11", "LIB-16", "TST-03", "DES-06", "ALM-12"),
    pytest.mark.timeout(900),
]

TO_STAGED = TO_INFUSING[:3]
TO_PURGED = TO_INFUSING[: TO_INFUSING.index("CHECK")]
TO_PURGING = TO_INFUSING[:7]
TO_AGAIN = (*TO_PURGED, "hold PRIME", "hold nothing", "hold PRIME", "tick", "tick", "tick")
TO_PAUSED = (*TO_INFUSING, "STOP")
TO_CHECKED = TO_INFUSING[:-1]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    make_small(monkeypatch.setattr)


def test_no_input_in_any_state_breaks_a_rule(capsys: pytest.CaptureFixture[str]) -> None:
    found = explore()
    with capsys.disabled():
        sys.stdout.write(f"\n{found}\n")

    assert (found.broken, found.trace) == ("", ())
    reached = {name for name, count in found.count_by_state().items() if count}
    assert reached == set(interlock.STATES)


# What is taken out, what is put in, where the search begins, what is told, how far off it is.
TABLES = (
    ((STAGED, CONFIRM), (STAGED, CONFIRM, INFUSING), TO_STAGED, "infusing without its job", 1),
    ((INFUSING, PAUSE), None, TO_INFUSING, "infusing without its job", 1),
    ((INFUSING, ALARM), None, TO_INFUSING, "infusing without its job", 1),
    ((KVO, ALARM), None, TO_KVO, "kvo without its job", 1),
    ((KVO, COMPLETED), None, TO_KVO, "kvo without its job", 1),
    ((HELD, CANCEL), (HELD, STAGE, STAGED), TO_INFUSING, "another programme while held", 2),
    ((FAULT, CANCEL), (FAULT, CANCEL, IDLE), TO_INFUSING, "a fault was left", 2),
)


@pytest.mark.parametrize(("out", "into", "first", "told", "depth"), TABLES)
def test_a_defect_in_the_table_is_found(
    monkeypatch: pytest.MonkeyPatch,
    out: tuple[int, int],
    into: tuple[int, int, int] | None,
    first: tuple[str, ...],
    told: str,
    depth: int,
) -> None:
    rows = [row for row in TRANSITIONS if row[:2] != out]
    monkeypatch.setattr(interlock, "TRANSITIONS", (*rows, into) if into else tuple(rows))
    assert_found(explore(first), first, told, depth)


# What is planted where, where the search begins, what is told, how far off it is.
CODE = (
    (interlock.may_back_off, "not stopping & ~_BACK_OFF_ALARMS", "True", TO_INFUSING, "alone", 1),
    (interlock.may_back_off, "stopping_upper or", "", TO_INFUSING, "alone", 2),
    (Kernel._stand_still, "self.resume_left_ms = 0", "pass", TO_INFUSING, "START often", 4),
    (Kernel._stand_still, "self.motion.end()", "pass", TO_PURGING, "PRIME twice", 1),
    (Kernel._stand_still, "self.preparation.interrupt()", "pass", TO_STAGED, "PRIME twice", 4),
    (Kernel._infuse, "- self.motion.delivered_steps", "", TO_INFUSING, "of the dose given", 5),
    (Kernel.start, "is_resume and self.resume_left_ms <= 0", "False", TO_INFUSING, "START", 2),
    (Kernel.confirm, "digest != self.programme.digest", "False", TO_STAGED, "not staged", 1),
    (Kernel._stop_for_alarm, "self.stop_reason =", "return #", TO_INFUSING, "its job", 1),
    (Preparation.press_prime, "& panel.CONNECTED", "& 0", TO_CHECKED, "PRIME twice", 3),
    (Preparation.press_prime, "self._armed_left_ms <= 0", "False", TO_STAGED, "PRIME twice", 1),
    (Preparation.press_prime, "- self._motion.purged_steps", "", TO_AGAIN, "4 steps purged", 5),
    (StartGate.refusal, "!= panel.CHECKLIST_COMPLETE", "< 0", TO_PURGED, "START often", 1),
    (BackOff._begin, "self._motion.delivered_steps)", "9)", TO_INFUSING, "-1 steps", 2),
    (Word.update, "self.active & self._latching_mask", "0", TO_INFUSING, "acknowledged", 3),
    (Kernel.start, "self.keep_open.has_begun", "False", TO_KVO, "back to the dose", 5),
    (
        Kernel._conclude,
        "KVO and self.keep_open.is_over(elapsed_ms)",
        "99",
        TO_KVO,
        "kvo without its job",
        4,
    ),
    (KeepOpen.begin, "- motion.delivered_steps", "", TO_KVO, "of the dose given", 3),
    (Motion._take, "else -steps", "else steps", TO_INFUSING, "the account says", 2),
)


@pytest.mark.parametrize(("where", "old", "planted", "first", "told", "depth"), CODE)
def test_a_defect_in_the_code_is_found(
    monkeypatch: pytest.MonkeyPatch,
    where: FunctionType,
    old: str,
    planted: str,
    first: tuple[str, ...],
    told: str,
    depth: int,
) -> None:
    owner: object = sys.modules[where.__module__]
    text = textwrap.dedent(inspect.getsource(where))
    assert old in text
    names: dict[str, object] = {}
    exec(text.replace(old, planted), owner.__dict__, names)
    for part in where.__qualname__.split(".")[:-1]:
        owner = getattr(owner, part)
    monkeypatch.setattr(owner, where.__name__, names[where.__name__])

    assert_found(explore(first), first, told, depth)


# What is too large or too small for what people were promised, and where that is noticed.
LIMITS = (
    ("SECOND_PRESS_MS", 100_000, TO_PAUSED, "START often", 3),
    ("MAX_PURGE_NL", 1_000, TO_PURGING, "4 steps purged", 1),
    ("BACK_OFF_MS", 1_000, TO_INFUSING, "drawn back for too long", 3),
)


@pytest.mark.parametrize(("name", "value", "first", "told", "depth"), LIMITS)
def test_a_limit_that_is_no_longer_what_was_promised_is_found(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: int,
    first: tuple[str, ...],
    told: str,
    depth: int,
) -> None:
    monkeypatch.setattr(limits, name, value)

    assert_found(explore(first), first, told, depth)


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("occlusion_downstream", "hold the line shut"),
        ("plunger_unseated", "hold the plunger open"),
        ("barrel_open", "barrel open"),
        ("motor_stall", "screw turned on"),
        ("tick_overrun", "late tick"),
        ("over_delivery", "gate broken"),
        ("motor_fault", "driver fault"),
        ("sensor_force", "force at its rail"),
        ("clock_mismatch", "clock stopped"),
        ("end_of_travel", "end of travel"),
        ("free_flow", "nobody holds the plunger"),
        ("syringe_mismatch", "another syringe"),
        ("air_in_line", "air"),
        ("contact_open", "contact open"),
        ("temperature_high", "hot"),
        ("battery_depleted", "battery empty"),
        ("expander_lost", "expander silent"),
    ],
)
def test_an_alarm_that_no_longer_stops_is_found(
    monkeypatch: pytest.MonkeyPatch, name: str, last: str
) -> None:
    rows = [row._replace(stops=row.stops and row.name != name) for row in alarms.ALARMS]
    monkeypatch.setattr(occurrence, "ALARMS", tuple(rows))
    found = explore(TO_INFUSING)

    assert found.broken
    assert found.trace[-1] == last


def assert_found(found: Found, first: tuple[str, ...], told: str, depth: int) -> None:
    """The rule that was broken, and the shortest way to it from where the search began."""
    assert told in found.broken
    assert found.trace[: len(first)] == first
    assert len(found.trace) == len(first) + depth
