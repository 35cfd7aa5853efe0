"""How far the patient's volume was ever above what the confirmed programme had given by then.

The programme's integral runs while the device infuses, from the first step on, up to its volume;
a stop freezes it. Fluid that an occlusion has stored was in it before, and is no excess.
"""

from evenflow.client.records import Staged
from evenflow.dose.step import Row, given_nl

_US_PER_MS = 1_000


class Excess:
    """The integral of all programmes, and the greatest excess over it so far, in nL."""

    def __init__(self) -> None:
        """Nothing given."""
        self.highest_nl = 0.0
        self._before_nl = 0.0
        self._given_nl = 0.0
        self._rows: tuple[Row, ...] = ()
        self._infused_us = 0
        self._programme_number = 0
        self._running_from_us: int | None = None

    def adopt(self, programme: Staged, rows: tuple[Row, ...] = ()) -> None:
        """Another programme is infused from here on; `rows` are its steps, if it has any."""
        if programme.programme_number == self._programme_number:
            return
        self._programme_number = programme.programme_number
        self._before_nl += self._given_nl
        self._given_nl = 0.0
        rate_ul_per_h = programme.rate_ul_per_h
        self._rows = rows or ((rate_ul_per_h, rate_ul_per_h, programme.volume_nl),)
        self._infused_us = 0

    def run(self, from_us: int) -> None:
        """The device infuses from that moment on."""
        self._running_from_us = from_us

    def stop(self, at_us: int) -> None:
        """It infuses no more."""
        if self._running_from_us is not None:
            self._given_nl = self._given_by(at_us)
            self._infused_us += at_us - self._running_from_us
            self._running_from_us = None

    def measure(self, patient_nl: float, at_us: int) -> None:
        """The patient has got so much by now."""
        above_nl = patient_nl - self._before_nl - self._given_by(at_us)
        self.highest_nl = max(self.highest_nl, above_nl)

    def _given_by(self, at_us: int) -> float:
        if self._running_from_us is None:
            return self._given_nl
        infused_us = self._infused_us + at_us - self._running_from_us
        return given_nl(self._rows, infused_us / _US_PER_MS)
