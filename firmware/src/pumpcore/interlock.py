"""The state machine as a table, and the one gate to the plunger.

Theory. The pump is always in exactly one of STATES. Events move it; a pair of state and event that
has no row in TRANSITIONS is refused and changes nothing. Only three states ever let the plunger
move: `infusing`, and `staged` or `confirmed` while a purge to waste runs. Whatever goes wrong
leads to `held` (a latched alarm; left by acknowledging it and then resuming) or to `fault` (left
only by a power cycle and a passed self-test). Nothing leads out of a stop by itself.
"""

from pumpcore._compat import const

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
