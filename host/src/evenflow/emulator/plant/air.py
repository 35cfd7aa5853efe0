"""Air on its way from the syringe to the patient, past a detector.

A bubble leaves the syringe in place of fluid and travels as a plug with what flows through the
line: with Q the volume that has passed since its front entered, a bubble of volume V is

    at the detector while  d <= Q < d + V,       leaving at the patient's end while  L <= Q < L + V

Next-event and exact: how much of a span's outflow is air is the overlap of two intervals, whatever
the span's length, and backwards as well. The detector's level is that at the span's end. V is the
bubble's volume when it entered; that it is shorter under pressure changes its compliance (gas.py)
and not its way. Detectors see no bubble below a few uL; `sees_air` keeps to that.
"""

from dataclasses import dataclass

from evenflow.emulator.plant.gas import Gas


@dataclass(slots=True)
class Bubble:
    """Front and tail as volumes that pass before they are at the syringe's outlet, in nL."""

    front_nl: float
    volume_nl: float
    atm_nl: float

    def passing_nl(self, place_nl: float, before_nl: float, after_nl: float) -> float:
        """How much of it passed a place while Q went from one to the other; negative if back."""
        low_nl = self.front_nl + place_nl
        high_nl = low_nl + self.volume_nl
        return min(max(after_nl, low_nl), high_nl) - min(max(before_nl, low_nl), high_nl)


class Bubbles:
    """The bubbles of one line. Volumes in nL."""

    def __init__(self, line_nl: float, detector_nl: float, least_nl: float, gas: Gas) -> None:
        """The line's volume, the detector's place in it, and the least bubble that it sees."""
        # In the order in which they left, or will leave, the syringe.
        self.train: list[Bubble] = []
        # All air that has gone past the detector, forwards less backwards.
        self.detected_nl = 0.0
        self._line_nl = line_nl
        self._detector_nl = detector_nl
        self._least_nl = least_nl
        self._gas = gas
        self._passed_nl = 0.0

    @property
    def sees_air(self) -> bool:
        """Whether a bubble is before the detector."""
        at_nl = self._passed_nl - self._detector_nl
        return any(
            bubble.volume_nl >= self._least_nl
            and bubble.front_nl <= at_nl < bubble.front_nl + bubble.volume_nl
            for bubble in self.train
        )

    def inject(self, volume_nl: float, pressure_pa: float) -> None:
        """A bubble is next to leave the syringe, behind those that have not left it yet."""
        front_nl = self._passed_nl
        if self.train:
            last = self.train[-1]
            front_nl = max(front_nl, last.front_nl + last.volume_nl)
        atm_nl = self._gas.enter(volume_nl, pressure_pa)
        self.train.append(Bubble(front_nl, volume_nl, atm_nl))

    def travel(self, outflow_nl: float, pressure_pa: float) -> tuple[float, float]:
        """Move on by an outflow; the air that has left, as it came, and what it had stored."""
        before_nl = self._passed_nl
        after_nl = self._passed_nl = before_nl + outflow_nl
        air_nl = stored_nl = 0.0
        for bubble in self.train:
            self.detected_nl += bubble.passing_nl(self._detector_nl, before_nl, after_nl)
            gone_nl = bubble.passing_nl(self._line_nl, before_nl, after_nl)
            if gone_nl:
                air_nl += gone_nl
                atm_nl = bubble.atm_nl * gone_nl / bubble.volume_nl
                stored_nl += self._gas.leave(atm_nl, gone_nl, pressure_pa)
        first = self.train[0]
        if after_nl >= first.front_nl + self._line_nl + first.volume_nl:
            self.train.pop(0)
            if not self.train:
                self._gas.clear()
        return air_nl, stored_nl
