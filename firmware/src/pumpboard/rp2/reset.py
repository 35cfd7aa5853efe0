"""Why the controller has started, from its own registers.

`machine.reset_cause()` knows two of these: `machine.reset()` goes through the watchdog, whose
REASON tells a forced reset from a time-out, and CHIP_RESET keeps what came before it (RP2040
datasheet, 4.7.6 and 2.12.8; RP2350 datasheet, 12.9 and 6.4). A brown-out is told as a power-on:
on the RP2040 it sets the same bit.
"""

from machine import mem32

from pumpcore import reset_cause
from pumpcore._compat import const

_CHIP_RESET = const(0x40064008)
_HAD_PSM_RESTART = const(1 << 20)
_HAD_RUN = const(1 << 16)
_HAD_POR = const(1 << 8)
_WATCHDOG_REASON = const(0x40058008)

_CHIP_RESET_RP2350 = const(0x4010002C)
_HAD_DEBUG_RP2350 = const(1 << 19 | 1 << 21 | 1 << 27)
_HAD_RUN_RP2350 = const(1 << 18)
_HAD_POR_RP2350 = const(1 << 16 | 1 << 17)
_WATCHDOG_REASON_RP2350 = const(0x400D8008)

# The same of both.
_FORCE = const(1 << 1)
_TIMER = const(1 << 0)


def read(controller: str) -> int:
    """Index in RESET_CAUSES; a soft reset of the interpreter leaves what it was."""
    if controller == "rp2350":
        by_watchdog = _by_watchdog(mem32[_WATCHDOG_REASON_RP2350])
        chip_reset = mem32[_CHIP_RESET_RP2350]
        debug, run, power = _HAD_DEBUG_RP2350, _HAD_RUN_RP2350, _HAD_POR_RP2350
    else:
        by_watchdog = _by_watchdog(mem32[_WATCHDOG_REASON])
        chip_reset = mem32[_CHIP_RESET]
        debug, run, power = _HAD_PSM_RESTART, _HAD_RUN, _HAD_POR
    if by_watchdog != reset_cause.UNKNOWN:
        return by_watchdog
    if chip_reset & run:
        return reset_cause.RESET_LINE
    if chip_reset & debug:
        return reset_cause.DEBUG_PORT
    return reset_cause.POWER_ON if chip_reset & power else reset_cause.UNKNOWN


def _by_watchdog(reason: int) -> int:
    """The cause that its REASON tells, which is clear after any other reset."""
    if reason & _TIMER:
        return reset_cause.WATCHDOG
    return reset_cause.SOFTWARE if reason & _FORCE else reset_cause.UNKNOWN
