"""Slack between pusher and plunger: what nobody has taken up before the line was primed.

    gap -= dx;  gap < 0  =>  -gap passes on to the plunger, gap = 0

It is open after a syringe was put in and closes once; the play that comes back at every reversal
is the drive's backlash. With backlash b, softness s of drive and stopper in series and break-away
friction F, a syringe of area A gives its first fluid after

    A * (gap + b + F / k),   1 / k = 1 / k_drive + 1 / k_stopper

Exact for any step. Source of the figures (Snijder 2015, Neff 2001 and 2007): first fluid after
6.8 to 57 min at 1 mL/h, steady flow after 3.6 +- 0.9 min (10 mL at 1 mL/h) and 74.5 +- 26.6 min
(50 mL at 0.1 mL/h), first fluid after 0.3 to 1.1 min at 1 mL/h behind a bolus of 2 mL. One pair of
defaults, a gap of 190 um and a stopper of 125 N/mm, lies within all four.
"""


class Slack:
    """A gap in um that forward movement closes."""

    def __init__(self, gap_um: float) -> None:
        """Open by that much; zero has no effect."""
        self.gap_um = gap_um

    def take_up(self, moved_um: float) -> float:
        """What of a movement of the carriage reaches the plunger; pulling back widens the gap."""
        self.gap_um -= moved_um
        if self.gap_um >= 0.0:
            return 0.0
        passed_um = -self.gap_um
        self.gap_um = 0.0
        return passed_um


def series(first: float, second: float) -> float:
    """Stiffness of two springs, one behind the other, in the unit of both."""
    return first * second / (first + second)
