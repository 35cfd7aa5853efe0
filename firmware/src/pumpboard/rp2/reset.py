"""Why the RP2040 has started, from its own registers.

`machine.reset_cause()` knows two of these: `machine.reset()` goes through the watchdog, whose
REASON tells a forced reset from a time-out, and CHIP_RESET keeps what came before it (RP2040
datasheet, 4.7.6 and 2.12.8). A brown-out sets HAD_POR like a power-on.
"""

from machine import mem32

from pumpcore import reset_cause
from pumpcore._compat import const

_CHIP_RESET = const(0x40064008)
_HAD_PSM_RESTART = const(1 << 20)
_HAD_RUN = const(1 << 16)
_HAD_POR = const(1 << 8)

_WATCHDOG_REASON = const(0x40058008)
_FORCE = const(1 << 1)
_TIMER = const(1 << 0)


def read() -> int:
    """Index in RESET_CAUSES; a soft reset of the interpreter leaves what it was."""
    return cause(mem32[_CHIP_RESET], mem32[_WATCHDOG_REASON])


def cause(chip_reset: int, watchdog_reason: int) -> int:
    """What those two registers say; the watchdog's is clear after any other reset."""
    if watchdog_reason & _TIMER:
        return reset_cause.WATCHDOG
    if watchdog_reason & _FORCE:
        return reset_cause.SOFTWARE
    if chip_reset & _HAD_RUN:
        return reset_cause.RESET_LINE
    if chip_reset & _HAD_PSM_RESTART:
        return reset_cause.DEBUG_PORT
    if chip_reset & _HAD_POR:
        return reset_cause.POWER_ON
    return reset_cause.UNKNOWN
