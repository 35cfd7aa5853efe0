"""What the firmware did that the real hardware would not survive, or that no model covers."""

from evenflow.errors import CheckFailed


class EmulationError(CheckFailed):
    """A misuse of the emulated hardware by the firmware, or an emulator that cannot go on."""

    def __init__(self, reason: str, hint: str = "correct the firmware's driver") -> None:
        """The code is `emulation` for all of them."""
        super().__init__("emulation", reason, hint)


def cycle_ns(program: str, freq_hz: int) -> int:
    """Length of a PIO cycle; EmulationError unless it is a whole number of nanoseconds."""
    if freq_hz <= 0 or 1_000_000_000 % freq_hz:
        raise EmulationError(
            f"{program}: a cycle at {freq_hz} Hz is not a whole number of nanoseconds",
            "choose a frequency that divides 1 GHz",
        )
    return 1_000_000_000 // freq_hz
