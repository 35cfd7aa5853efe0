"""What the application asks of a display.

A port like those of pumpboard.ports, apart from them: no board loads this file.
"""

from pumpcore._compat import Protocol


class Display(Protocol):
    """Eight lines of 21 characters; one that is lost is tried again, and stops nothing."""

    is_alive: bool

    def show(self, number: int, text: bytearray) -> bool:
        """At most once a tick: go on with a line; whether it stands, or nobody can show it."""
        ...
