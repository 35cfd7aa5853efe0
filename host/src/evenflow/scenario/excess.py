"""How far the patient's volume was ever above what the confirmed programme had given by then.

The programme's integral runs while the device infuses, from the first step on, up to its volume;
a stop freezes it. Fluid that an occlusion has stored was in it before, and is no excess.
"""

from evenflow.client.records import Staged

_US_PER_H = 3_600_000_000
_NL_PER_UL = 1_000


class Excess:
    """The integral of all programmes, and the greatest excess over it so far, in nL."""

    def __init__(self) -> None:
        """Nothing given."""
        self.highest_nl = 0.0
        self._before_nl = 0.0
        self._given_nl = 0.0
        self._volume_nl = 0
        self._nl_per_us = 0.0
        self._programme_number = 0
        self._running_from_us: int | None = None

    def adopt(self, programme: Staged) -> None:
        """Another programme is infused from here on."""
        if programme.programme_number == self._programme_number:
            return
        self._programme_number = programme.programme_number
        self._before_nl += self._given_nl
        self._given_nl = 0.0
        self._volume_nl = programme.volume_nl
        self._nl_per_us = programme.rate_ul_per_h * _NL_PER_UL / _US_PER_H

    def run(self, from_us: int) -> None:
        """The device infuses from that moment on."""
        self._running_from_us = from_us

    def stop(self, at_us: int) -> None:
        """It infuses no more."""
        if self._running_from_us is not None:
            self._given_nl = self._given_by(at_us)
            self._running_from_us = None

    def measure(self, patient_nl: float, at_us: int) -> None:
        """The patient has got so much by now."""
        above_nl = patient_nl - self._before_nl - self._given_by(at_us)
        self.highest_nl = max(self.highest_nl, above_nl)

    def _given_by(self, at_us: int) -> float:
        if self._running_from_us is None:
            return self._given_nl
        given_nl = self._given_nl + (at_us - self._running_from_us) * self._nl_per_us
        return min(given_nl, self._volume_nl)
