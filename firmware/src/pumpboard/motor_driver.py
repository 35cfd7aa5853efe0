"""What the loop asks of a motor driver that has more than STEP and DIR.

A port like those of pumpboard.ports, apart from them: no board loads this file.
"""

from pumpcore._compat import Protocol


class MotorDriver(Protocol):
    """The chip between STEP and motor, as far as it can be asked."""

    # It has switched off, is set otherwise than it was, or is mute.
    has_fault: bool
    # What went wrong at boot; empty if nothing did.
    problem: str

    def carry(self) -> int:
        """Once a tick: take what it has told, ask on, never wait, never raise; WATCHED."""
        ...
