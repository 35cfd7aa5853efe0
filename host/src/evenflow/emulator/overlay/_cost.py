"""What the firmware's code costs in virtual time, as an estimate for the RP2040 at 125 MHz.

Code itself takes no virtual time here; the overlay charges these, where it meets what they stand
for. Bytecode costs 112 times what it takes on 64-bit MicroPython on a PC (benchmarks that were run
on both: 97 to 134 times).
"""

# From one feed of the watchdog to the next: 22 us for the kernel, 32 for a frame of telemetry and
# about 13 for the drivers (`make bench`, on a PC), times 112.
TICK_US = 7_500
# An explicit collection of this firmware's heap, and a look at what is free of it, as the emulated
# RP2040 takes them (a benchmark with 80 KB of plain live objects took 12.2 ms).
COLLECT_US = 22_000
MEM_FREE_US = 8_000
# SHA-256, in C, of each 64 bytes: what digests and message authentication codes are made of.
SHA256_BLOCK_US = 184
# The Pico's W25Q16JV, typical (datasheet, AC characteristics): sector erase, page program.
ERASE_US = 45_000
PAGE_US = 400
