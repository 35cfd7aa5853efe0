"""The ENABLE chain: a charge pump that the heartbeat feeds, and the limiter's gate.

ENABLE is high while the last edge of the heartbeat is younger than the pump's hold time and the
gate pin is driven high, and the motor's supply comes through it: without supply, or with a driver
that has switched off for a fault, ENABLE has nothing to enable. A pin that is stuck, high or low,
makes no edges and enables nothing.
"""

NEVER_NS = -(1 << 62)


class EnableChain:
    """Whether the motor has power; moments are ns of true time."""

    def __init__(self, hold_us: int) -> None:
        """Dead: no heartbeat yet, gate floating (pulled low)."""
        self.hold_ns = hold_us * 1000
        # The last edge that the heartbeat has queued so far.
        self.last_edge_at_ns = NEVER_NS
        self.is_gate_high = False
        # Supply and driver are well.
        self.has_power = True

    def enabled_until_ns(self) -> int:
        """The moment at which ENABLE drops if nothing else comes; NEVER_NS if it is down."""
        if self.is_gate_high and self.has_power:
            return self.last_edge_at_ns + self.hold_ns
        return NEVER_NS
