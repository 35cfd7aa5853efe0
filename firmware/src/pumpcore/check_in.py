"""Which parts of a tick have done their work; only all of them together feed the watchdog.

Each part says so itself, at its end: one that returns early, or is left out, does not.
"""

from pumpcore._compat import const

SENSED = const(1 << 0)
LISTENED = const(1 << 1)
DECIDED = const(1 << 2)
ACTED = const(1 << 3)
SHOWN = const(1 << 4)
RECORDED = const(1 << 5)
REPORTED = const(1 << 6)
CARRIED = const(1 << 7)
ALL = const(0xFF)
# Where a motor driver can be asked.
WATCHED = const(1 << 8)
