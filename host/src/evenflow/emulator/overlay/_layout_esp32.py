"""What an esp32 adds to the words of the exchange: see `_layout.py`, whose heap others pay for.

It has no state machines and no DMA, and their words of the reply are its counters' and trains'.
"""

# ---- operations --------------------------------------------------------------------------------
# unit | channel << 8; pin | mode pin << 8, actions: rising | falling << 4 | low << 8 | high << 12
OP_PCNT_CHANNEL = 46
OP_PCNT_LIMITS = 47  # unit; lowest, highest: the count becomes zero
OP_PCNT_DO = 48  # unit | PCNT_… << 8
OP_RMT_INIT = 49  # channel; pin (NO_PIN: released) | idle level << 8, divider of the 80 MHz
OP_RMT_LOAD = 50  # channel | count << 8; pulses that the next start will send: units << 1 | level
OP_RMT_START = 51  # channel | 256 to loop
OP_RMT_END_LOOP = 52  # channel
OP_PAD_INPUT = 58  # pad | 256 if its level reaches the counters

PCNT_CLEAR = 0
PCNT_START = 1
PCNT_STOP = 2
PCNT_FORGET = 3

# ---- reply -------------------------------------------------------------------------------------
IN_KIND = 18  # IN_RX_COUNT: KIND_ESP32 on an esp32; elsewhere a FIFO's few words
IN_PCNT = 10  # IN_MACHINE: a word a unit: its count, 32 bits signed
# IN_DMA: a word a channel, us until its pulses (of this round, if RMT_LOOPS) end, rounded up
IN_RMT = 26
RMT_LOOPS = 1 << 31

KIND_ESP32 = 0x45535033
PCNT_COUNT = 8
RMT_COUNT = 8

# What its machine.reset_cause() tells beside what rp2's does.
HARD_RESET = 2  # machine.reset(), or a crash of ESP-IDF
SOFT_RESET = 5
