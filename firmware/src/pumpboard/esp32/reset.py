"""Why the controller has started, as far as MicroPython's esp32 port tells.

It tells a brown-out and the reset key, which cuts the chip's enable, as a power-on. A crash of
ESP-IDF is told as what `machine.reset()` is: both are the software's doing. After a soft reset of
the interpreter it tells nothing else any more (ports/esp32/modmachine.c).
"""

import machine

from pumpcore import reset_cause


def read() -> int:
    """Index in RESET_CAUSES."""
    cause = machine.reset_cause()
    if cause == machine.WDT_RESET:
        return reset_cause.WATCHDOG
    if cause == machine.PWRON_RESET:
        return reset_cause.POWER_ON
    if cause in (machine.HARD_RESET, machine.SOFT_RESET):
        return reset_cause.SOFTWARE
    # A pump does not sleep.
    return reset_cause.UNKNOWN
