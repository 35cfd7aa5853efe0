"""A controller's crystal that is not true: its own time against the plant's, exact to 1e-9."""

_PARTS = 1_000_000_000
_PARTS_PER_PERCENT = _PARTS // 100


class Crystal:
    """Own time as a line through one moment; both in whole ns, neither ever runs backwards."""

    def __init__(self, percent: float, true_ns: int, own_ns: int) -> None:
        """Fast by so many percent (slow below zero) from that moment on."""
        self._rate = _PARTS + round(percent * _PARTS_PER_PERCENT)
        self._true_ns = true_ns
        self._own_ns = own_ns

    def own_ns(self, true_ns: int) -> int:
        """What this crystal's clock shows at a true moment, rounded down."""
        return self._own_ns + (true_ns - self._true_ns) * self._rate // _PARTS

    def true_ns(self, own_ns: int) -> int:
        """The first true moment at which the clock shows so much."""
        return self._true_ns - (self._own_ns - own_ns) * _PARTS // self._rate
