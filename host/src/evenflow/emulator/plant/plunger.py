"""The plunger in its barrel: dry friction behind an elastic drive.

The carriage pushes through a spring of stiffness k (a Jenkins element): its force follows the
carriage until it reaches the friction, then the plunger slides.

    F += k * dx;  |F| > limit  =>  slip = (|F| - running) / k,  F = +-running

The limit is the break-away friction if the plunger has rested for `dwell`, else the running
friction. A sticky stopper regains part of it, `stick_n`, in the rests between slow steps: it then
creeps by leaps of stick_n / k, one in each stick_n / (k v), until the steps follow each other
faster than `stick_dwell`. All movement of a span counts as made at its end; for that it is exact.

What the plunger sweeps is area * slip; um^2 * um is femtolitres, 1e-6 of it nanolitres. The
drive's elasticity under pressure is part of the line's compliance, not of this spring.
"""

import math

NL_PER_FL = 1e-6


class Plunger:
    """Friction and residual volume of one syringe. Forces in N, lengths in um, volumes in nL."""

    def __init__(
        self, stiffness_n_per_um: float, running_n: float, break_away_n: float, dwell_ns: int
    ) -> None:
        """An empty, seated plunger at rest; see `mount`."""
        self.stiffness_n_per_um = stiffness_n_per_um
        self.running_n = running_n
        self.break_away_n = break_away_n
        self.dwell_ns = dwell_ns
        self.bore_um = 0.0
        self.area_um2 = 0.0
        self.residual_nl = 0.0
        self.is_seated = True
        self.stick_n = 0.0
        # No rest is long enough before the break-away friction is back.
        self.stick_dwell_ns = dwell_ns
        # Force of the spring, which is the friction that it overcomes.
        self.friction_n = 0.0
        self.drawn_nl = 0.0
        self.slid_at_ns = -dwell_ns
        self._capacity_nl = 0.0

    def mount(self, bore_um: float, residual_nl: float, capacity_nl: float) -> None:
        """Put in a syringe of that bore and content; the drive's spring is relaxed."""
        self._capacity_nl = capacity_nl
        self.bore_um = bore_um
        self.area_um2 = math.pi / 4 * bore_um * bore_um
        self.residual_nl = residual_nl
        self.friction_n = 0.0

    def push(self, carriage_um: float, now_ns: int) -> float:
        """Follow that movement of the carriage; the volume swept in nL, negative when pulled."""
        if not self.is_seated:
            return 0.0
        force_n = self.friction_n + self.stiffness_n_per_um * carriage_um
        limit_n = self.limit_n(now_ns)
        if -limit_n <= force_n <= limit_n:
            self.friction_n = force_n
            return 0.0
        after_n = self.running_n if force_n > 0 else -self.running_n
        swept_nl = (force_n - after_n) / self.stiffness_n_per_um * self.area_um2 * NL_PER_FL
        if swept_nl > self.residual_nl:
            # The stopper is at the bottom of the barrel: the drive winds up against it.
            swept_nl = self.residual_nl
            slip_um = swept_nl / (self.area_um2 * NL_PER_FL)
            after_n = force_n - self.stiffness_n_per_um * slip_um
        self.friction_n = after_n
        self.slid_at_ns = now_ns
        self.residual_nl -= swept_nl
        self.drawn_nl += swept_nl
        return swept_nl

    def limit_n(self, now_ns: int) -> float:
        """The friction that has to be overcome: less while it slides than after a rest."""
        rest_ns = now_ns - self.slid_at_ns
        if rest_ns >= self.dwell_ns:
            return self.break_away_n
        if rest_ns >= self.stick_dwell_ns:
            return self.running_n + self.stick_n
        return self.running_n

    def sweep(self, wanted_nl: float) -> float:
        """Slide by a volume, as far as the barrel goes; the volume swept, negative if back."""
        most_nl = self.residual_nl
        swept_nl = min(max(wanted_nl, most_nl - self._capacity_nl), most_nl)
        self.residual_nl -= swept_nl
        self.drawn_nl += swept_nl
        return swept_nl

    def unseat(self) -> None:
        """The grip is open: no force passes, the plunger stays where it is."""
        self.is_seated = False
        self.friction_n = 0.0

    def seat(self) -> None:
        """Gripped again where it stands."""
        self.is_seated = True
