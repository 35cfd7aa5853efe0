"""The real firmware, called with no more stack left than a Pico has.

Imports come before: to compile takes far more of the stack on a PC than on a controller.
"""

import gc
import sys

import micropython

# MicroPython's unix port: 80,000 bytes, in which a plain function calls itself 197 times. A Pico's
# 7,936 bytes hold 30 calls.
LIMIT_BYTES = 80_000
LEFT_BYTES = 80_000 * 30 // 197

# As pumpapp.main does it before its own imports.
gc.threshold(4_096)
for name in (
    "pumpapp.main",
    "pumpcore.board.check",
    "pumpcore.board.drivers",
    "pumpcore.board.rp2040",
    "pumpboard.rp2.board",
    "pumpapp.recorder",
    "pumpapp.power_on",
    "pumpapp.assembly",
    "pumpapp.loop",
):
    __import__(name)


def sink() -> None:
    if micropython.stack_use() + LEFT_BYTES < LIMIT_BYTES:
        sink()
    else:
        print("stack left", LIMIT_BYTES - micropython.stack_use())
        sys.modules["pumpapp.main"].main()


sink()
