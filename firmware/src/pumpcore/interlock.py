"""The state machine as a table, and the one gate to the plunger.

Theory. The pump is always in exactly one of STATES. Events move it; a pair of state and event that
has no row in TRANSITIONS is refused and changes nothing. Only four states ever let the plunger
move forward: `infusing`, `kvo` after it where the order asks for it, and `staged` or `confirmed`
while a purge to waste runs. It moves back only in `held`, to take the pressure of an occlusion off
the line. Whatever goes wrong leads to `held` (a latched alarm; left by acknowledging it and then
resuming) or to `fault` (left only by a power cycle and a passed self-test). Nothing leads out of a
stop by itself, and nothing from `kvo` back to `infusing`: a hold in it is resumed into it.
"""

from pumpcore._compat import const
from pumpcore.alarms import OCCLUSION_DOWNSTREAM, REPEATED_ALARM_LOCK

# Index is the wire's code; append only.
STATES = (
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
)
BOOT = const(0)
SELF_TEST = const(1)
IDLE = const(2)
STAGED = const(3)
CONFIRMED = const(4)
INFUSING = const(5)
PAUSED = const(6)
HELD = const(7)
KVO = const(8)
COMPLETE = const(9)
FAULT = const(10)

# In which a patient is given something.
GIVING = (INFUSING, KVO)

EVENTS = (
    "power_on",
    "self_test_passed",
    "self_test_failed",
    "stage",
    "confirm",
    "cancel",
    "start",
    "pause",
    "resume",
    "alarm",
    "complete",
    "fault",
    "keep_open",
)
POWER_ON = const(0)
SELF_TEST_PASSED = const(1)
SELF_TEST_FAILED = const(2)
STAGE = const(3)
CONFIRM = const(4)
CANCEL = const(5)
START = const(6)
PAUSE = const(7)
RESUME = const(8)
ALARM = const(9)
COMPLETED = const(10)
FAILED = const(11)
KEEP_OPEN = const(12)

# state, event, next state. What is not here is refused.
TRANSITIONS = (
    (BOOT, POWER_ON, SELF_TEST),
    (SELF_TEST, SELF_TEST_PASSED, IDLE),
    (SELF_TEST, SELF_TEST_FAILED, FAULT),
    (IDLE, STAGE, STAGED),
    (STAGED, STAGE, STAGED),
    (STAGED, CONFIRM, CONFIRMED),
    (STAGED, CANCEL, IDLE),
    (CONFIRMED, STAGE, STAGED),
    (CONFIRMED, CANCEL, IDLE),
    (CONFIRMED, START, INFUSING),
    (INFUSING, PAUSE, PAUSED),
    (INFUSING, ALARM, HELD),
    (INFUSING, COMPLETED, COMPLETE),
    (INFUSING, KEEP_OPEN, KVO),
    (KVO, COMPLETED, COMPLETE),
    (KVO, ALARM, HELD),
    (PAUSED, RESUME, INFUSING),
    (PAUSED, ALARM, HELD),
    (PAUSED, CANCEL, IDLE),
    (HELD, RESUME, INFUSING),
    (HELD, KEEP_OPEN, KVO),
    (HELD, CANCEL, IDLE),
    (COMPLETE, STAGE, STAGED),
    (COMPLETE, CANCEL, IDLE),
    (BOOT, FAILED, FAULT),
    (SELF_TEST, FAILED, FAULT),
    (IDLE, FAILED, FAULT),
    (STAGED, FAILED, FAULT),
    (CONFIRMED, FAILED, FAULT),
    (INFUSING, FAILED, FAULT),
    (PAUSED, FAILED, FAULT),
    (HELD, FAILED, FAULT),
    (KVO, FAILED, FAULT),
    (COMPLETE, FAILED, FAULT),
    (FAULT, FAILED, FAULT),
)

# What the plunger is moved for.
NO_JOB = const(0)
PURGE = const(1)
TAKE_UP = const(2)
INFUSE = const(3)
BACK_OFF = const(4)
KEPT_OPEN = const(5)

# With nothing but these alarms the plunger may be drawn back, and with one of them at least.
_BACK_OFF_ALARMS = OCCLUSION_DOWNSTREAM | REPEATED_ALARM_LOCK


def next_state(state: int, event: int) -> int:
    """The state after an event, or -1 where the table has no such row."""
    for row in TRANSITIONS:
        if row[0] == state and row[1] == event:
            return row[2]
    return -1


def is_engaged(state: int) -> bool:
    """Whether there is a programme that waits, runs or stands: not to be ended from a console."""
    return STAGED <= state <= KVO


def may_drive(state: int, job: int, stopping: int, stopping_upper: int) -> bool:
    """Whether the plunger may move now. The only path to plunger output; stopped by default.

    `stopping` and `stopping_upper` are the stopping alarms, as bits of the two words.
    """
    if job == BACK_OFF:
        return state == HELD and may_back_off(stopping, stopping_upper)
    if stopping or stopping_upper:
        return False
    if job == INFUSE:
        return state == INFUSING
    if job == KEPT_OPEN:
        return state == KVO
    if job == PURGE or job == TAKE_UP:
        return state == STAGED or state == CONFIRMED
    return False


def may_back_off(stopping: int, stopping_upper: int) -> bool:
    """Whether an occlusion, and nothing else, stops the plunger."""
    if stopping_upper or not stopping:
        return False
    return not stopping & ~_BACK_OFF_ALARMS
