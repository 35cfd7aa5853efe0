"""What an STM32 adds to the words of the exchange: see `_layout.py`, whose heap others pay for.

It has no state machines, and their words of the reply are its timers' that count.
"""

# ---- operations --------------------------------------------------------------------------------
OP_TIMER_EDGES = 60  # counter | pad << 8: count its rising edges, from zero
OP_TIMER_QUADRATURE = 61  # counter | pad of A << 8 | pad of B << 16: all four edges, from zero

# ---- reply -------------------------------------------------------------------------------------
IN_KIND = 18  # IN_RX_COUNT: KIND_STM32 on an STM32; elsewhere a FIFO's few words
IN_TIMER = 10  # IN_MACHINE: a word a counter, 32 bits signed

KIND_STM32 = 0x53544D33
TIMER_COUNT = 8

# ---- what the chip's own sensor reads, 12 bits wide (DS11532, 6.3.25), 50 mV above the usual ----
AT_30_DEGREES = 1_021
AT_110_DEGREES = 1_269
# Where the board tells an RP2040's sensor instead: at 30 degrees, and its fall up to 110.
TOLD_AT_30_DEGREES = 13_918
TOLD_SPAN = 2_734
