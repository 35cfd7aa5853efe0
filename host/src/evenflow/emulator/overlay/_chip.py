"""What tells an RP2040 from its successors: its clock, and where it says why it has started."""

FREQ_HZ = 125_000_000
CHIP_RESET = 0x40064008
WATCHDOG_REASON = 0x40058008
