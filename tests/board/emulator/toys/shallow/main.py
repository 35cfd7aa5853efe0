"""The real firmware, called with no more stack left than a Pico has.

Imports come before: to compile takes far more of the stack on a PC than on a controller.
"""

import micropython

from pumpapp.main import main

# MicroPython's unix port: 80,000 bytes, in which a plain function calls itself 197 times. A Pico's
# 7,936 bytes hold 30 calls.
LIMIT_BYTES = 80_000
LEFT_BYTES = 80_000 * 30 // 197

for name in (
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
        main()


sink()
