"""Whether what should sound does: its current, looked at through a peak hold of 0.2 s."""

from pumpcore._compat import const

# Of tone without any current: both pulses of a low alarm, four of a high one, 0.9 s.
_DEAF_MS = const(380)
# Of tone with current, before a silent sounder counts as mended.
_MENDED_MS = const(200)


class SounderCheck:
    """Faulty from the first burst that nobody could hear, until one is heard again."""

    def __init__(self) -> None:
        """Not heard yet, which is no fault."""
        self.is_faulty = False
        self._deaf_ms = 0
        self._heard_ms = 0

    def tick(self, elapsed_ms: int, *, is_on: bool, is_heard: bool, is_watched: bool) -> None:
        """Take one tick; the tone that was switched on before it, and what is heard now."""
        if not is_watched or not is_on:
            return
        if is_heard:
            self._deaf_ms = 0
            if self.is_faulty:
                self._heard_ms += elapsed_ms
                self.is_faulty = self._heard_ms < _MENDED_MS
        else:
            self._heard_ms = 0
            self._deaf_ms += elapsed_ms
            if self._deaf_ms >= _DEAF_MS:
                self.is_faulty = True
