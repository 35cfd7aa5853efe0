"""Accepts a switch's new level after two readings in a row, 20 to 40 ms after it changed."""


class Debounce:
    """All switches at once, as bits."""

    def __init__(self) -> None:
        """Everything open."""
        self.stable = 0
        self.pressed = 0
        self._pending = 0

    def update(self, raw: int) -> None:
        """Take one reading; `stable` is the accepted levels, `pressed` what just closed."""
        differs = raw ^ self.stable
        accepted = differs & self._pending
        self._pending = differs & ~accepted
        self.pressed = accepted & raw
        self.stable ^= accepted
