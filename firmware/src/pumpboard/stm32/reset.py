"""Why the controller has started, as MicroPython keeps it: it clears the chip's own flags.

`machine.reset()` pulls the chip's reset line, as a key does (RM0410, 5.1.2): both are told as the
line. After a soft reset of the interpreter no more is known than that.
"""

import machine

from pumpcore import reset_cause

# What is not here is waking from a sleep that a pump never sleeps.
_CAUSES = (
    (machine.PWRON_RESET, reset_cause.POWER_ON),
    (machine.WDT_RESET, reset_cause.WATCHDOG),
    (machine.HARD_RESET, reset_cause.RESET_LINE),
    (machine.SOFT_RESET, reset_cause.SOFTWARE),
)


def read() -> int:
    """Index in RESET_CAUSES."""
    told = machine.reset_cause()
    for cause, index in _CAUSES:
        if told == cause:
            return index
    return reset_cause.UNKNOWN
