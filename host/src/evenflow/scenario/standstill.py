"""When the plunger stands still, and when it made its last forward microstep before that."""

from collections.abc import Callable

from evenflow.emulator.plant import Plant

_NS_PER_US = 1_000
_US_PER_H = 3_600_000_000
_NL_PER_UL = 1_000
_NL_PER_FL = 1e-6
# Two steps may be so far apart in a running motion: twice the interval, and two ticks.
_SLACK_US = 40_000


class Standstill:
    """Tells those who wait, once, the moment of the last forward microstep before a standstill."""

    def __init__(self, plant: Plant) -> None:
        """Nobody waits."""
        self._plant = plant
        self._waiting: list[Callable[[int], None]] = []
        self._rate_ul_per_h = 0

    @property
    def is_awaited(self) -> bool:
        """Whether anybody waits."""
        return bool(self._waiting)

    def is_moving(self, at_us: int) -> bool:
        """Whether the last forward microstep is no older than two steps are apart."""
        last_ns = self._plant.last_forward_step_at_ns
        if last_ns is None or not self._rate_ul_per_h:
            return False
        return at_us - last_ns // _NS_PER_US <= self._allowance_us()

    def wait(self, tell: Callable[[int], None]) -> None:
        """Tell the moment of the last forward microstep, as soon as the plunger stands."""
        self._waiting.append(tell)

    def adopt_rate(self, rate_ul_per_h: int) -> None:
        """Take the rate that the device commands; zero leaves the one before."""
        self._rate_ul_per_h = rate_ul_per_h or self._rate_ul_per_h

    def tick(self, now_us: int) -> None:
        """Look at the plant."""
        if self._waiting and not (self._plant.motor_enabled and self.is_moving(now_us)):
            self.finish()

    def finish(self) -> None:
        """The run ends, or the plunger stands: tell everybody."""
        last_ns = self._plant.last_forward_step_at_ns
        waiting, self._waiting = self._waiting, []
        if last_ns is not None:
            for tell in waiting:
                tell(last_ns // _NS_PER_US)

    def _allowance_us(self) -> int:
        plant = self._plant
        step_nl = plant.plunger.area_um2 * plant.drive.um_per_microstep * _NL_PER_FL
        rate_nl_per_h = self._rate_ul_per_h * _NL_PER_UL
        return round(2 * step_nl * _US_PER_H / rate_nl_per_h) + _SLACK_US
