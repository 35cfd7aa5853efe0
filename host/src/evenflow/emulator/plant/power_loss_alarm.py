"""The power-loss alarm: a missing-pulse detector, a latch, a buzzer and a supercapacitor.

Each edge of the controller's sign of life restarts a timer of 1.5 s. When it has run out and the
latch is set, the buzzer sounds: from the rail while there is one, else from the capacitor, for as
long as that lasts. Whoever drives the latch sets it; without a drive it stays as it is. A supply
that is there fills the capacitor at once; a real one takes a minute. Next-event and exact: what
has sounded is worked out at each change.
"""

TIMEOUT_NS = 1_500_000_000
_NS_PER_S = 1_000_000_000


class PowerLossAlarm:
    """Moments are ns of true time."""

    def __init__(self, capacitor_s: float) -> None:
        """Not armed, capacitor full, an edge just now."""
        self.is_armed = False
        self._capacity_ns = self._left_ns = round(capacitor_s * _NS_PER_S)
        self._has_supply = True
        self._level = 0
        self._settled_ns = 0
        self._due_ns = TIMEOUT_NS
        self._sounded_ns = 0

    def take_level(self, level: int, now_ns: int) -> None:
        """The sign of life has that level; an edge if it had the other."""
        if level != self._level:
            self._level = level
            if now_ns > self._due_ns:
                self._settle(now_ns)
            self._due_ns = now_ns + TIMEOUT_NS

    def arm(self, now_ns: int, *, is_armed: bool) -> None:
        """Set the latch, or clear it."""
        self._settle(now_ns)
        self.is_armed = is_armed

    def supply(self, now_ns: int, *, is_on: bool) -> None:
        """The rail comes or goes."""
        self._settle(now_ns)
        self._has_supply = is_on
        if is_on:
            self._left_ns = self._capacity_ns

    def is_sounding(self, now_ns: int) -> bool:
        """Whether the buzzer sounds now."""
        self._settle(now_ns)
        return self.is_armed and now_ns >= self._due_ns and (self._has_supply or self._left_ns > 0)

    def sounded_s(self, now_ns: int) -> float:
        """How long it has sounded by now, in all."""
        self._settle(now_ns)
        return self._sounded_ns / _NS_PER_S

    def _settle(self, now_ns: int) -> None:
        """Add up what has sounded since the last change; nothing did change since."""
        span_ns = now_ns - max(self._settled_ns, self._due_ns)
        self._settled_ns = now_ns
        if not self.is_armed or span_ns <= 0:
            return
        if not self._has_supply:
            span_ns = min(span_ns, self._left_ns)
            self._left_ns -= span_ns
        self._sounded_ns += span_ns
