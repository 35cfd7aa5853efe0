"""What tells an RP2040 from its successors: its clock, and where it says why it has started."""

FREQ_HZ = 125_000_000
CHIP_RESET = 0x40064008
WATCHDOG_REASON = 0x40058008

# What its `machine` has beside, or in place of, that of all ports.
OWN: dict[str, object] = {}


def take_flash(flash: object) -> str:
    """Where the port keeps its flash: `rp2.Flash`; where it mounts it."""
    import rp2

    rp2.Flash = lambda: flash
    return "/"
